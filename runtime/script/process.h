/*
 * process - between launcher, workers and the pool: what each may assume.
 */
#ifndef SCRIPT_PROCESS_H
#define SCRIPT_PROCESS_H

#include "script/script.h"

enum worker_kind { WORKER_INTERACTIVE, WORKER_BACKGROUND, WORKER_KINDS };

enum {
    SCRIPT_FD = 3,              /* the one socket of launcher and worker      */
    SCRIPT_STACK_BYTES = 8 << 20,
    SCRIPT_SPARE_BYTES = 64 << 20, /* of address space above the memory limit */
    SCRIPT_WORKER_CPU_S = 600,  /* of a whole life; the pool ends it at half  */
    SCRIPT_WORKER_RUNS = 1000
};

/* Launcher: a word to it and its answer, one packet each. */
enum launcher_word { LAUNCHER_SPAWN = 1, LAUNCHER_END };
struct launcher_ask {
    int32_t word;
    int32_t kind; /* SPAWN */
    int32_t pid;  /* END   */
};
struct launcher_answer {
    int32_t pid;    /* SPAWN: with its socket; or -errno          */
    int32_t status; /* END: of waitpid; -1: no child of ours      */
    int64_t rss_kib; /* END: its peak                             */
};

/* Of the pool; one call at a time. RC_IO: the launcher is gone. */
enum rc launcher_spawn(struct script_launcher *l, enum worker_kind kind,
                       int *pid, int *fd, struct err *err) MUST_CHECK;
/* Kills, waits. */
enum rc launcher_end(struct script_launcher *l, int pid, int *status,
                     int64_t *rss_kib, struct err *err) MUST_CHECK;

/* In the worker, before its first read: no way back. False: it must not run. */
bool script_confine(enum worker_kind kind);
/* Before that: what the C library and ours ask of the system only once. */
void script_warm_up(void);
_Noreturn void script_worker_main(const struct script_module *const *modules);

#endif
