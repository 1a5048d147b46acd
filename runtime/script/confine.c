/*
 * confine - wall C: a worker gives up everything but computing and its socket.
 *
 * The filter allows by number; whatever else is called ends the process with
 * SIGSYS. Sanitizers reserve terabytes and ask the system more: their builds
 * leave out RLIMIT_AS and let those calls through, never one that opens,
 * connects or executes; the thread sanitizer's runs without a filter.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/json.h"
#include "script/process.h"

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#ifndef WITH_ASAN
#define WITH_ASAN 0
#endif
#if defined(__SANITIZE_THREAD__)
#define WITH_TSAN 1
#else
#define WITH_TSAN 0
#endif

#if defined(__x86_64__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCH AUDIT_ARCH_AARCH64
#else
#define OUR_ARCH 0 /* no filter is known: no worker runs */
#endif

#define LOAD(field)                                                            \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS,                                         \
             (uint32_t)offsetof(struct seccomp_data, field))
#define ANSWER(what) BPF_STMT(BPF_RET | BPF_K, (what))
#define ALLOW(nr)                                                              \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(nr), 0, 1),                 \
        ANSWER(SECCOMP_RET_ALLOW)
/* Only without PROT_EXEC, argument 2; little-endian, so the low half is it. */
#define ALLOW_NO_EXEC(nr)                                                      \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(nr), 0, 4), LOAD(args[2]),  \
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1),                 \
        ANSWER(SECCOMP_RET_KILL_PROCESS), ANSWER(SECCOMP_RET_ALLOW)

static bool filter_calls(void)
{
    static struct sock_filter program[] = {
        LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCH, 1, 0),
        ANSWER(SECCOMP_RET_KILL_PROCESS),
        LOAD(nr),
        ALLOW(SYS_read),
        ALLOW(SYS_write),
        ALLOW(SYS_clock_gettime),
        ALLOW(SYS_brk),
        ALLOW(SYS_munmap),
        ALLOW(SYS_mremap),
        ALLOW(SYS_futex),
        ALLOW(SYS_rt_sigreturn),
        ALLOW(SYS_exit_group),
#if WITH_ASAN
        ALLOW(SYS_madvise),
        ALLOW(SYS_sigaltstack),
        ALLOW(SYS_rt_sigaction),
        ALLOW(SYS_rt_sigprocmask),
        ALLOW(SYS_getpid),
        ALLOW(SYS_gettid),
        ALLOW(SYS_sched_yield),
        ALLOW(SYS_getrlimit),
        ALLOW_NO_EXEC(SYS_mprotect),
#endif
        ALLOW_NO_EXEC(SYS_mmap),
        ANSWER(SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_fprog filter = {
        .len = (unsigned short)(sizeof program / sizeof program[0]),
        .filter = program};

    if (WITH_TSAN || OUR_ARCH == 0)
        return OUR_ARCH != 0;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0;
}

static bool limit(int what, rlim_t n)
{
    struct rlimit l = {n, n};

    return setrlimit((__rlimit_resource_t)what, &l) == 0;
}

bool script_confine(enum worker_kind kind)
{
    struct script_limits l = script_limits_of(
        kind == WORKER_BACKGROUND ? SCRIPT_JOB : SCRIPT_ACTION, 0);
    rlim_t memory = (rlim_t)l.memory + SCRIPT_SPARE_BYTES;

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return false;
    if (!limit(RLIMIT_CORE, 0) || !limit(RLIMIT_FSIZE, 0) ||
        !limit(RLIMIT_NPROC, 0) || !limit(RLIMIT_NOFILE, SCRIPT_FD + 1) ||
        !limit(RLIMIT_CPU, SCRIPT_WORKER_CPU_S))
        return false;
    if (!WITH_ASAN && !WITH_TSAN && !limit(RLIMIT_AS, memory))
        return false;
    return filter_calls();
}

static int by_number(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* qsort asks how much memory there is before it sorts more than 1 KiB, hash
   tables ask for randomness: once, and not behind the filter. */
void script_warm_up(void)
{
    int numbers[1024];
    struct arena a;
    const struct json *v;

    for (int i = 0; i < 1024; i++)
        numbers[i] = 1024 - i;
    qsort(numbers, 1024, sizeof numbers[0], by_number);
    arena_init(&a, 1 << 16);
    if (json_parse(STR("{\"a\": {\"b\": 1.5}}"), &a, &v, NULL) == RC_OK)
        (void)str_hash(STR("a"));
    arena_release(&a);
}
