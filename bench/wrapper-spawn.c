/*
 * wrapper-spawn <rounds> <wrapper> <variables-file> <program>: starts the program with these variables, directly and
 * through the wrapper in turn, so that what else the machine does hits both alike. Writes the median time of each, from
 * the start to the end, in nanoseconds.
 */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

enum { LARGEST_FILE = 6 << 20, MOST_VARIABLES = 100000 };

static char content[LARGEST_FILE], *variables[MOST_VARIABLES + 1], *nothing[] = {NULL};

static void read_variables(const char *path)
{
    FILE *file = fopen(path, "r");
    size_t size = file == NULL ? 0 : fread(content, 1, sizeof content - 1, file), count = 0;
    for (char *entry = content; entry < content + size && count < MOST_VARIABLES; entry += strlen(entry) + 1)
        variables[count++] = entry;
}

static long long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static long long time_of(char **command, char **environment)
{
    pid_t child;
    int status;
    long long start = now();
    if (posix_spawn(&child, command[0], NULL, NULL, command, environment) != 0 || waitpid(child, &status, 0) != child || status != 0) {
        fprintf(stderr, "%s did not start, or not end with 0\n", command[0]);
        exit(1);
    }
    return now() - start;
}

static int compare(const void *a, const void *b)
{
    long long first = *(const long long *)a, second = *(const long long *)b;
    return (first > second) - (first < second);
}

int main(int argc, char **argv)
{
    int rounds = argc == 5 ? atoi(argv[1]) : 0;
    if (rounds < 1)
        return 2;
    read_variables(argv[3]);
    long long *direct = calloc((size_t)rounds, sizeof *direct), *wrapped = calloc((size_t)rounds, sizeof *wrapped);
    for (int i = 0; i < rounds; i++) {
        direct[i] = time_of(argv + 4, variables);
        wrapped[i] = time_of(argv + 2, nothing);
    }
    qsort(direct, (size_t)rounds, sizeof *direct, compare);
    qsort(wrapped, (size_t)rounds, sizeof *wrapped, compare);
    printf("%lld %lld\n", direct[rounds / 2], wrapped[rounds / 2]);
    return 0;
}
