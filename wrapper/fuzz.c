/*
 * fuzz <cases> <seed>
 *
 * Runs the wrapper on invented variables files, environments, arguments, PATHs and file trees, and compares what it does
 * with a model that is as simple as can be. Every piece of memory that it sees has exactly its size, so a sanitizer build
 * notices each byte too far. A case depends on nothing but its own seed, which is printed when it fails.
 */
#include "system.h"

#include <errno.h>
#include <linux/auxvec.h>
#include <sanitizer/common_interface_defs.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition) ((condition) ? (void)0 : broken(#condition, __LINE__))
#define COUNT(array) (sizeof(array) / sizeof *(array))

static uint64_t seed, state;
static jmp_buf end_of_case;

/* The invented world of a case. */
static void *owned[4096];
static size_t owned_count;
static char *file_bytes;
static size_t file_size;
static int file_error, execute_error, allocations_left;
static bool file_mutated;
static char *arguments[8], *inherited[64];
static unsigned long page_size;

/* What the wrapper did in it. */
static int exit_code;
static char words[2048];
static bool ran_out, executed;

static void tell_seed(void)
{
    fprintf(stderr, "Again: fuzz 1 %llu\n", (unsigned long long)seed);
}

static _Noreturn void broken(const char *what, int line)
{
    fprintf(stderr, "fuzz.c:%d: %s does not hold; exit code %d, said: %s\n", line, what, exit_code, words);
    tell_seed();
    abort();
}

static uint64_t mix(uint64_t value) /* splitmix64 */
{
    value += 0x9e3779b97f4a7c15u;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
}

static size_t below(size_t limit)
{
    state = mix(state);
    return (size_t)(state % limit);
}

static void *own(void *memory)
{
    CHECK(memory != NULL && owned_count < COUNT(owned));
    return owned[owned_count++] = memory;
}

/* ---- The world, as system.h has it ---- */

/* Every path has a fate that only the case decides, so the model may ask again. */
static int fate(const char *path)
{
    static const int fates[] = {0, 0, 0, 0, EACCES, EISDIR, ENOTDIR, ELOOP, ENAMETOOLONG, EPERM};
    uint64_t hash = seed;
    for (; *path != '\0'; path++)
        hash = mix(hash ^ (unsigned char)*path);
    return hash % 2 == 0 ? fates[mix(hash) % COUNT(fates)] : ENOENT;
}

int map_file(const char *path, const char **bytes, size_t *size)
{
    CHECK(path == arguments[1]);
    *bytes = file_size > 0 ? file_bytes : NULL;
    *size = file_size;
    return file_error;
}

void *allocate(size_t size)
{
    ran_out = allocations_left-- == 0;
    return ran_out ? NULL : own(calloc(1, size));
}

int check_executable(const char *path)
{
    return fate(path);
}

_Noreturn void leave(int code, const char *text, size_t size)
{
    exit_code = code;
    CHECK(size < sizeof words);
    memcpy(words, text, size);
    words[size] = '\0';
    longjmp(end_of_case, 1);
}

/* ---- The model ---- */

/* The bytes of the file as entries, or false when it is malformed. */
static bool model_entries(const char **entries, size_t *count)
{
    *count = 0;
    for (size_t at = 0; at < file_size;) {
        const char *entry = file_bytes + at, *nul = memchr(entry, '\0', file_size - at), *equals;
        if (nul == NULL || (equals = strchr(entry, '=')) == NULL || equals == entry)
            return false;
        for (size_t i = 0; i < *count; i++)
            if (strncmp(entries[i], entry, (size_t)(equals - entry) + 1) == 0)
                return false;
        CHECK(*count < 256);
        entries[(*count)++] = entry;
        at += (size_t)(nul - entry) + 1;
    }
    return true;
}

static size_t model_environment(const char **entries, size_t count, const char **environment)
{
    size_t size = 0;
    for (size_t i = 0; inherited[i] != NULL; i++) {
        const char *equals = strchr(inherited[i], '=');
        bool replaced = false;
        for (size_t j = 0; j < count && equals != NULL && equals > inherited[i]; j++)
            replaced = replaced || strncmp(entries[j], inherited[i], (size_t)(equals - inherited[i]) + 1) == 0;
        if (!replaced)
            environment[size++] = inherited[i];
    }
    for (size_t i = 0; i < count; i++)
        environment[size++] = entries[i];
    return size;
}

/* filepath.Join(folder, command) by a list of components. */
static void model_join(const char *folder, const char *command, char *path)
{
    char text[1024], *kept[256], *rest = text;
    size_t count = 0;
    bool rooted = *folder == '/';
    strcpy(text, folder);
    for (char *part; (part = strsep(&rest, "/")) != NULL;) {
        bool up = strcmp(part, "..") == 0;
        if (*part == '\0' || strcmp(part, ".") == 0)
            continue;
        if (up && count > 0 && strcmp(kept[count - 1], "..") != 0)
            count--;
        else if (!up || !rooted)
            kept[count++] = part;
    }
    strcpy(path, rooted ? "/" : "");
    for (size_t i = 0; i < count; i++)
        strcat(strcat(path, kept[i]), "/");
    strcat(path, command);
}

/* What to execute, in `path`, or the exit code. */
static int model_command(const char *command, const char *search, char *path)
{
    char text[2048], *rest = text;
    bool refused = false;
    strcpy(path, command);
    if (strchr(command, '/') != NULL)
        return fate(command) == 0 ? 0 : fate(command) == ENOENT || fate(command) == ENOTDIR ? 127 : 126;
    if (search == NULL || *search == '\0')
        return 127;
    strcpy(text, search);
    for (char *folder; (folder = strsep(&rest, ":")) != NULL;) {
        model_join(folder, command, path);
        if (fate(path) == 0)
            return *path == '/' ? 0 : 126;
        refused = refused || (fate(path) != ENOENT && fate(path) != ENOTDIR);
    }
    return refused ? 126 : 127;
}

/* ---- Comparison ---- */

static const char *expected[512], *secret_path;
static size_t expected_count;
static char expected_path[4096];
static int expected_code;

int execute(const char *path, char **argv, const char **environment)
{
    CHECK(!executed && expected_code == 0 && strcmp(path, expected_path) == 0);
    for (size_t i = 0; i == 0 || arguments[i + 1] != NULL; i++)
        CHECK(argv[i] == arguments[i + 2]);
    for (size_t i = 0; i < expected_count; i++)
        CHECK(environment[i] == expected[i]);
    CHECK(environment[expected_count] == NULL);
    executed = true;
    if (execute_error == 0)
        longjmp(end_of_case, 1);
    return execute_error;
}

static void expect_line(void)
{
    size_t size = strlen(words);
    CHECK(strncmp(words, "keyfirst: ", 10) == 0 && size > 20 && size <= 1024 && words[size - 1] == '\n');
    bool shows_mutated_name = file_mutated && strstr(words, "the variable ") != NULL;
    for (size_t i = 0; i + 1 < size; i++)
        CHECK(words[i] >= ' ' || (shows_mutated_name && (words[i] & 0x80) != 0)); /* All values but PATH are of bytes from 0x80. */
    CHECK(secret_path == NULL || strlen(secret_path) < 8 || strstr(words, secret_path) == NULL);
}

static void expect_too_big(const char **entries, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(entries[i]) + 1 > 32 * page_size) {
            size_t length = strcspn(entries[i], "=");
            const char *shown = strstr(words, "the variable ");
            CHECK(shown != NULL);
            if (!file_mutated)
                CHECK(strncmp(shown + 13, entries[i], length) == 0 && shown[13 + length] == ' ');
            return;
        }
    CHECK(strstr(words, "arguments and variables are too long together") != NULL);
}

/* ---- Invention ---- */

static const char *const NAMES[] = {"A", "AB", "B", "PATH", "PATH", "PATHS", "PAT", "HOME", "X_1", "a.b-c", "LONG_NAME_OF_A_VARIABLE"};
static const char *const FOLDERS[] = {"", ".", "..", "/", "//", "/bin", "/usr/bin", "/usr//local/./bin/", "a", "a/b", "./a", "../a", "../..",
                                      "a/..", "a/../..", "/..", "/../bin", "/a/../../b", "/a/b/..", "...", "/.../.a", "a/../../b/./c/"};
#define TEN(text) text text text text text text text text text text
#define LONG TEN(TEN("12345"))
static const char *const COMMANDS[] = {"app", "a", "", ".", "..", "...", "/bin/app", "./app", "../app", "a/b", "app/", "/", "x\ny\x7f", "-", LONG, "/" LONG};

static char *text(const char *pattern, const char *first, const char *second)
{
    char buffer[2048];
    snprintf(buffer, sizeof buffer, pattern, first, second);
    return own(strdup(buffer));
}

static const char *random_path(void)
{
    char buffer[1024] = "";
    for (size_t count = below(3) == 0 ? below(2) : 2 + below(5), i = 0; i < count; i++)
        strcat(strcat(buffer, i > 0 ? ":" : ""), FOLDERS[below(COUNT(FOLDERS))]);
    return text("%s%s", buffer, below(8) == 0 ? ":" : "");
}

static const char *random_value(void)
{
    char buffer[200];
    size_t length = below(4) == 0 ? below(sizeof buffer - 1) : below(12);
    for (size_t i = 0; i < length; i++)
        buffer[i] = (char)(0x80 + below(0x80));
    buffer[length] = '\0';
    return text("%s%s", buffer, "");
}

static char *random_entry(void)
{
    const char *name = NAMES[below(COUNT(NAMES))];
    char numbered[32];
    snprintf(numbered, sizeof numbered, "N%zu", below(300));
    if (below(3) == 0)
        name = numbered;
    return text("%s=%s", name, strcmp(name, "PATH") == 0 ? random_path() : random_value());
}

static void invent_file(void)
{
    char bytes[16384];
    size_t size = 0, wanted = below(20) == 0 ? below(60) : below(6);
    char *entries[64];
    for (size_t count = 0; count < wanted;) {
        char *entry = random_entry();
        bool repeated = false;
        for (size_t i = 0; i < count; i++)
            repeated = repeated || strncmp(entries[i], entry, strcspn(entry, "=") + 1) == 0;
        if (repeated && below(200) > 0) {
            wanted--;
            continue;
        }
        entries[count++] = entry;
        memcpy(bytes + size, entry, strlen(entry) + 1);
        size += strlen(entry) + 1;
    }
    file_mutated = below(4) == 0;
    for (size_t times = file_mutated ? 1 + below(4) : 0; times > 0; times--) {
        size_t at = below(size + 1), length = below(8);
        static const char telling[] = {'\0', '=', '\0', '=', 'A', ':', '/', '\n'};
        if (below(4) == 0) {
            size = at; /* cut off */
        } else if (below(3) == 0 && at + length <= size && size + length < sizeof bytes) {
            memmove(bytes + at + length, bytes + at, size - at); /* said twice */
            size += length;
        } else if (below(2) == 0 && at < size) {
            bytes[at] = (char)(below(2) == 0 ? telling[below(sizeof telling)] : (char)below(256));
        } else {
            memmove(bytes + at + 1, bytes + at, size - at);
            bytes[at] = telling[below(sizeof telling)];
            size++;
        }
    }
    file_size = size;
    file_bytes = own(malloc(size > 0 ? size : 1));
    memcpy(file_bytes, bytes, size);
    static const int errors[] = {ENOENT, ENOTDIR, EACCES, EINVAL, ENOMEM, EIO};
    file_error = below(60) == 0 ? errors[below(COUNT(errors))] : 0;
}

/* The stack as the kernel lays it out, of exactly its size. */
static unsigned long *invent_stack(size_t *argc)
{
    static const size_t usual[] = {3, 3, 3, 3, 3, 4, 4, 4, 5, 5, 6, 7, 7, 6, 5, 4, 3, 0, 1, 2};
    static const unsigned long pages[] = {1, 2, 4096, 65536};
    size_t variables = below(12), size = 0;
    *argc = usual[below(COUNT(usual))];
    memset(arguments, 0, sizeof arguments);
    memset(inherited, 0, sizeof inherited);
    for (size_t i = 0; i < *argc; i++)
        arguments[i] = text("%s%s", i == 1 ? "/keyfirst/variables" : COMMANDS[below(below(3) == 0 ? COUNT(COMMANDS) : 2)], "");
    for (size_t i = 0; i < variables; i++) {
        static const char *const odd[] = {"", "=", "=x", "NOTHING", "PATH", "A", "A==", "PATH=", "B=\n"};
        if (i == 0 && below(4) > 0)
            inherited[i] = text("PATH=%s%s", random_path(), "");
        else
            inherited[i] = below(6) == 0 ? text("%s%s", odd[below(COUNT(odd))], "") : random_entry();
    }
    page_size = pages[below(COUNT(pages))];
    unsigned long *stack = own(calloc(1 + *argc + 1 + variables + 1 + 6, sizeof *stack));
    stack[size++] = *argc;
    for (size_t i = 0; i <= *argc; i++)
        stack[size++] = (unsigned long)arguments[i];
    for (size_t i = 0; i <= variables; i++)
        stack[size++] = (unsigned long)inherited[i];
    if (below(2) == 0) {
        stack[size++] = AT_SYSINFO_EHDR;
        stack[size++] = AT_PAGESZ;
    }
    stack[size++] = AT_PAGESZ;
    stack[size++] = page_size;
    stack[size++] = AT_NULL;
    return stack;
}

static void run_case(void)
{
    static const int errors[] = {0, 0, 0, 0, ENOENT, ENOEXEC, EACCES, E2BIG, E2BIG, ENOMEM, EINVAL, EIO};
    size_t argc, count = 0;
    const char *entries[256], *path = NULL;
    secret_path = NULL;
    invent_file();
    unsigned long *stack = invent_stack(&argc);
    execute_error = errors[below(COUNT(errors))];
    allocations_left = below(80) == 0 ? (int)below(3) : 100;
    ran_out = executed = false;
    exit_code = 0;
    words[0] = '\0';

    bool sound = argc >= 3 && file_error == 0 && model_entries(entries, &count);
    expected_count = expected_code = 0;
    if (sound) {
        expected_count = model_environment(entries, count, expected);
        for (size_t i = expected_count; i-- > 0;)
            if (strncmp(expected[i], "PATH=", 5) == 0)
                path = expected[i] + 5;
        for (size_t i = 0; i < count; i++)
            if (strncmp(entries[i], "PATH=", 5) == 0)
                secret_path = entries[i] + 5;
        expected_code = model_command(arguments[2], path, expected_path);
    }
    if (setjmp(end_of_case) == 0)
        program(stack);

    if (ran_out || !sound) {
        CHECK(!executed && exit_code == 125);
    } else if (expected_code != 0) {
        CHECK(!executed && exit_code == expected_code);
    } else {
        CHECK(executed && exit_code == (execute_error == 0 ? 0 : 126));
        if (execute_error == E2BIG)
            expect_too_big(entries, count);
    }
    if (exit_code != 0)
        expect_line();
    while (owned_count > 0)
        free(owned[--owned_count]);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: fuzz <cases> <seed>\n");
        return 2;
    }
    unsigned long long cases = strtoull(argv[1], NULL, 10), outcomes[5] = {0};
    seed = strtoull(argv[2], NULL, 10);
    __sanitizer_set_death_callback(tell_seed);
    printf("seed %llu\n", (unsigned long long)seed);
    fflush(stdout);
    for (unsigned long long i = 0; i < cases; i++, seed++) {
        state = mix(seed);
        run_case();
        outcomes[exit_code == 0 ? 0 : exit_code == 126 && executed ? 4 : exit_code - 124]++;
    }
    printf("%llu cases: %llu executed, %llu refused by the kernel, exit code 125: %llu, 126: %llu, 127: %llu\n", cases, outcomes[0],
           outcomes[4], outcomes[1], outcomes[2], outcomes[3]);
    return 0;
}
