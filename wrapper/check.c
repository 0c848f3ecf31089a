/*
 * keyfirst-check
 *
 * Proves that this node's kubelet sets variables from files, as the init container that takes one: ends with 0 where
 * KEYFIRST_CHECK is 1, else with 69 and words that the kubelet shows in the pod's status. README.md has more.
 */
#include "system.h"
#include <stdbool.h>

enum { UNAVAILABLE = 69 }; /* EX_UNAVAILABLE of sysexits.h */

static const char PROOF[] = "KEYFIRST_CHECK=1";
static const char WORDS[] =
    "keyfirst: this node's kubelet does not set variables from files (`fileKeyRef`), so the app would start with an empty variable: "
    "the kubelet is older than Kubernetes 1.35, or its feature gate EnvFiles is off. Either set `command` in the containers that take "
    "variables, so that Keyfirst can put its wrapper before it (keyfirst.dev/env-delivery: exec); or update this node or switch "
    "the gate on; or have the values delivered as files (keyfirst.dev/file.<name>).\n";

static bool same(const char *a, const char *b) {
    for (; *a != '\0' && *a == *b; a++)
        b++;
    return *a == *b;
}

_Noreturn void program(unsigned long *stack) {
    for (char **variable = (char **)(stack + 1) + stack[0] + 1; *variable != NULL; variable++)
        if (same(*variable, PROOF))
            leave(0, NULL, 0);
    leave(UNAVAILABLE, WORDS, sizeof WORDS - 1);
}
