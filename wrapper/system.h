/* What the programs ask of the world: linux.c answers with system calls, fuzz.c with inventions. Errors are errno numbers, 0 is none. */
#include <stddef.h>

/* The whole of a regular file, privately in memory; no address where it is empty. */
int map_file(const char *path, const char **bytes, size_t *size);
/* Memory full of zeros, or NULL. Nothing is ever given back: it all goes with the process image. */
void *allocate(size_t size);
/* Whether this process may execute that file, and if not, why. */
int check_executable(const char *path);
/* Becomes the program; returns only with an error. */
int execute(const char *path, char **arguments, const char **environment);
/* Ends the process after these last words on stderr, if any. */
_Noreturn void leave(int code, const char *words, size_t size);
/* Either program. `stack` is as the kernel leaves it: argc, argv, NULL, envp, NULL, auxiliary vector. */
_Noreturn void program(unsigned long *stack);
