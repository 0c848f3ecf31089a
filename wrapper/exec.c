/*
 * exec <variables-file> <command> [argument...]
 *
 * Becomes the command, with the variables of the file in its environment: NAME=VALUE entries, each ended by a NUL, which
 * replace inherited variables of the same name. The command is found as runc finds it. README.md has the exit codes.
 */
#include "system.h"
#include <linux/auxvec.h>
#include <linux/errno.h>
#include <stdbool.h>

enum { OWN_TROUBLE = 125, CANNOT_EXECUTE = 126, NOT_FOUND = 127, LONGEST_LINE = 1024, LONGEST_PART = 400, PAGES_A_STRING = 32 };

/* The entries of the variables file, and a hash table of them by name: open addressing, at least half of it empty. */
struct variables {
    const char *entries, *end, **slots;
    size_t count, mask;
};

/* Ends with one line on stderr, made of several texts. One may hold line breaks or be very long: neither gets through. */
#define FAIL(code, ...) fail(code, (const char *const[]){"keyfirst: ", __VA_ARGS__, NULL})
static _Noreturn void fail(int code, const char *const *parts) {
    char line[LONGEST_LINE];
    size_t size = 0;
    for (; *parts != NULL; parts++)
        for (const char *at = *parts; *at != '\0' && at < *parts + LONGEST_PART && size < LONGEST_LINE - 1; at++)
            line[size++] = (unsigned char)*at < ' ' || *at == 0x7f ? '?' : *at;
    line[size++] = '\n';
    leave(code, line, size);
}

static const char *reason(int error) {
    switch (error) {
    case ENOENT: case ENOTDIR: return "there is no such file";
    case EACCES: return "the user of this container has no permission";
    case EISDIR: return "it is a directory";
    case EINVAL: return "it is not a regular file";
    case ENOEXEC: return "it is neither a program for this processor nor a script that begins with #!";
    case ELIBACC: return "the interpreter or loader that it names is missing";
    case EXDEV: return "PATH names its folder relative to the working directory, which container runtimes refuse";
    default: return "the kernel refuses it";
    }
}

static void *need(size_t size) {
    void *memory = allocate(size);
    if (memory == NULL)
        FAIL(OWN_TROUBLE, "no memory to build the environment; raise the memory limit of the container");
    return memory;
}

/* How far it is to the stop, or to the end of the text. */
static size_t up_to(char stop, const char *text) {
    size_t length = 0;
    while (text[length] != '\0' && text[length] != stop)
        length++;
    return length;
}

static char *copy(char *to, const char *from, size_t length) {
    while (length-- > 0)
        *to++ = *from++;
    return to;
}

static const char *after(const char *entry) {
    return entry + up_to('\0', entry) + 1;
}

/* Length of the name in NAME=VALUE; 0 where there is no name. */
static size_t name_length(const char *entry) {
    size_t length = up_to('=', entry);
    return entry[length] == '=' ? length : 0;
}

static bool has_name(const char *entry, const char *name, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (entry[i] != name[i])
            return false;
    return entry[length] == '=';
}

/* The slot of the variable of this name, or the empty slot where it belongs. */
static const char **slot_of(const struct variables *ours, const char *name, size_t length) {
    unsigned hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)name[i]) * 16777619u;
    while (ours->slots[hash & ours->mask] != NULL && !has_name(ours->slots[hash & ours->mask], name, length))
        hash++;
    return &ours->slots[hash & ours->mask];
}

/* Fills in the table. Returns what is wrong with the file, or NULL. */
static const char *index_by_name(struct variables *ours) {
    if (ours->entries < ours->end && ours->end[-1] != '\0')
        return "its last entry is cut off";
    for (const char *byte = ours->entries; byte < ours->end; byte++)
        ours->count += *byte == '\0';
    for (ours->mask = 1; ours->mask < 2 * ours->count;)
        ours->mask = 2 * ours->mask + 1;
    ours->slots = need((ours->mask + 1) * sizeof *ours->slots);
    for (const char *entry = ours->entries; entry < ours->end; entry = after(entry)) {
        size_t length = name_length(entry);
        const char **slot = slot_of(ours, entry, length);
        if (length == 0 || *slot != NULL)
            return length == 0 ? "it has an entry without a name" : "it has two entries of the same name";
        *slot = entry;
    }
    return NULL;
}

/* What we inherited, less the names that we deliver; then what we deliver. */
static const char **merge(char **inherited, const struct variables *ours) {
    size_t count = 0;
    while (inherited[count] != NULL)
        count++;
    const char **merged = need((count + ours->count + 1) * sizeof *merged), **next = merged;
    for (; *inherited != NULL; inherited++)
        if (name_length(*inherited) == 0 || *slot_of(ours, *inherited, name_length(*inherited)) == NULL)
            *next++ = *inherited;
    for (const char *entry = ours->entries; entry < ours->end; entry = after(entry))
        *next++ = entry;
    return merged;
}

/* A folder of PATH and the command as one path, with "." and ".." taken away as text, as Go's filepath.Join does. */
static void join(char *path, const char *folder, const char *end, const char *command) {
    bool rooted = *folder == '/';
    char *tip = copy(path, "/", rooted), *floor = tip; /* ".." climbs no further than the floor */
    for (size_t length; folder < end; folder += length + 1) {
        for (length = 0; folder + length < end && folder[length] != '/';)
            length++;
        bool here = length == 0 || (length == 1 && folder[0] == '.');
        bool up = length == 2 && folder[0] == '.' && folder[1] == '.';
        if (up && tip > floor) {
            for (tip--; tip > floor && tip[-1] != '/';)
                tip--;
        } else if (!here && !(up && rooted)) {
            tip = copy(copy(tip, folder, length), "/", 1);
            floor = up ? tip : floor;
        }
    }
    copy(tip, command, up_to('\0', command) + 1);
}

/* Writes the path of the first file in PATH that may be executed. Returns 0, ENOENT where there is no file of that name,
 * EXDEV where PATH leads to it relative to the working directory, else why the first of that name may not be executed. */
static int search(const char *command, const char *path, char *found) {
    int refusal = ENOENT;
    for (bool more = *path != '\0'; more; more = *path++ == ':') {
        const char *folder = path;
        path += up_to(':', folder);
        join(found, folder, path, command);
        int error = check_executable(found);
        if (error == 0)
            return *found == '/' ? 0 : EXDEV;
        if (refusal == ENOENT && error != ENOTDIR)
            refusal = error;
    }
    return refusal;
}

/* The kernel does not say which of its limits was hit: that of one string, 32 pages, or that of all together. */
static _Noreturn void too_big(char **inherited, const struct variables *ours) {
    unsigned long *fact = (unsigned long *)inherited;
    while (*fact++ != 0)
        ;
    while (fact[0] != AT_PAGESZ)
        fact += 2;
    for (const char *entry = ours->entries; entry < ours->end; entry = after(entry)) {
        char name[LONGEST_PART + 1];
        size_t length = name_length(entry);
        *copy(name, entry, length < LONGEST_PART ? length : LONGEST_PART) = '\0';
        if ((size_t)(after(entry) - entry) > PAGES_A_STRING * fact[1])
            FAIL(CANNOT_EXECUTE, "the variable ", name, " is too long: with its name it may fill 32 pages of memory, which is ",
                 "128 KiB on most machines; deliver it as a file");
    }
    FAIL(CANNOT_EXECUTE, "arguments and variables are too long together: they may fill a quarter of the stack limit, ",
         "at most 6 MiB; deliver the longest variables as files");
}

_Noreturn void program(unsigned long *stack) {
    char **arguments = (char **)(stack + 1), **inherited = arguments + stack[0] + 1;
    if (stack[0] < 3)
        FAIL(OWN_TROUBLE, "usage: exec <variables-file> <command> [argument...]");
    const char *file = arguments[1], *command = arguments[2];
    struct variables ours = {.count = 0};
    size_t size;
    int error = map_file(file, &ours.entries, &size);
    if (error != 0)
        FAIL(OWN_TROUBLE, "cannot read the variables file \"", file, "\": ", reason(error),
             "; this container must mount the volume that Keyfirst's init container fills, and its user must be allowed to read it");
    ours.end = ours.entries + size;
    const char *damage = index_by_name(&ours);
    if (damage != NULL)
        FAIL(OWN_TROUBLE, "the variables file \"", file, "\" is damaged: ", damage,
             "; delete the pod, so that its successor writes the file anew");
    const char **environment = merge(inherited, &ours), **variable = environment;
    while (*variable != NULL && !has_name(*variable, "PATH", 4))
        variable++;
    const char *path = *variable == NULL ? "" : *variable + 5;
    char *found = need(up_to('\0', path) + up_to('\0', command) + 3);
    bool has_slash = command[up_to('/', command)] == '/';
    error = has_slash ? check_executable(command) : search(command, path, found);
    if (error == ENOENT || error == ENOTDIR)
        FAIL(NOT_FOUND, "command \"", command, has_slash || *path != '\0' ? "\" not found" : "\" not found: PATH is empty or not set",
             has_slash ? "; correct the container's command" : "; give its full path in the container's command, or correct PATH");
    if (error == 0 && (error = execute(has_slash ? command : found, arguments + 2, environment)) == ENOENT)
        error = ELIBACC;
    if (error == E2BIG)
        too_big(inherited, &ours);
    FAIL(CANNOT_EXECUTE, "command \"", command, "\" cannot be executed: ", reason(error),
         "; correct the file, or the container's command");
}
