/*
 * launcher - the small process that makes workers. It runs before the server
 * has opened anything, so what it and its children never had cannot leak. It
 * keeps its children unreaped until the server asks: so a pid is always theirs.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "script/process.h"

/* --- the server's side --------------------------------------------------------------------- */

/* In the child: only what is safe after fork. */
_Noreturn static void become_launcher(int socket)
{
    static char program[] = "perigee";
    static char verb[] = SCRIPT_LAUNCHER_VERB;
    char *const argv[] = {program, verb, NULL};
    char *env[4] = {NULL};
    struct rlimit stack = {SCRIPT_STACK_BYTES, SCRIPT_STACK_BYTES};
    static char locale[] = "LC_ALL=C";
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int n = 0;

    env[n++] = locale;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    /* Its reports come from stderr, and nobody reads leaks of a worker. */
    static char asan[] = "ASAN_OPTIONS=detect_leaks=0";
    env[n++] = asan;
#else
    dup2(null, STDERR_FILENO);
#endif
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
        dup2(null, STDOUT_FILENO) < 0)
        _exit(71);
    if (socket == SCRIPT_FD ? fcntl(socket, F_SETFD, 0) < 0
                            : dup2(socket, SCRIPT_FD) < 0)
        _exit(71);
    syscall(SYS_close_range, SCRIPT_FD + 1, ~0U, 0);
    setrlimit(RLIMIT_STACK, &stack);
    setsid(); /* Ctrl-C is for the server, which ends its runs in order */
    execve("/proc/self/exe", argv, env);
    _exit(71);
}

enum rc script_launcher_start(struct script_launcher *out, struct err *err)
{
    int pair[2];
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return FAIL(err, RC_IO, "There is no socket for scripts: %s.",
                    strerror(errno));
    pid = fork();
    if (pid == 0)
        become_launcher(pair[1]);
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        return FAIL(err, RC_IO, "There is no process for scripts: %s.",
                    strerror(errno));
    }
    *out = (struct script_launcher){.fd = pair[0], .pid = (int)pid};
    return RC_OK;
}

void script_launcher_stop(struct script_launcher *l)
{
    if (l->pid <= 0)
        return;
    close(l->fd);
    while (waitpid(l->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    *l = (struct script_launcher){.fd = -1, .pid = 0};
}

/* One word and its answer; the descriptor that came with it, or -1. */
static enum rc talk(struct script_launcher *l, const struct launcher_ask *ask,
                    struct launcher_answer *answer, int *fd, struct err *err)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec iov = {answer, sizeof *answer};
    struct msghdr m = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = &control,
                       .msg_controllen = sizeof control};
    struct cmsghdr *c;
    ssize_t n;

    do
        n = send(l->fd, ask, sizeof *ask, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    do
        n = recvmsg(l->fd, &m, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n != sizeof *answer)
        return FAIL(err, RC_IO,
                    "The launcher of scripts has ended; restart the server.");
    c = CMSG_FIRSTHDR(&m);
    *fd = -1;
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
        memcpy(fd, CMSG_DATA(c), sizeof *fd);
    return RC_OK;
}

enum rc launcher_spawn(struct script_launcher *l, enum worker_kind kind,
                       int *pid, int *fd, struct err *err)
{
    struct launcher_ask ask = {.word = LAUNCHER_SPAWN, .kind = (int32_t)kind};
    struct launcher_answer answer = {.pid = 0};
    int got = -1;
    enum rc rc = talk(l, &ask, &answer, &got, err);

    if (rc == RC_OK && (answer.pid <= 0 || got < 0))
        rc = FAIL(err, RC_IO, "There is no process for a script: %s.",
                  strerror(answer.pid < 0 ? -answer.pid : EIO));
    if (rc != RC_OK) {
        if (got >= 0)
            close(got);
        return rc;
    }
    *pid = answer.pid;
    *fd = got;
    return RC_OK;
}

enum rc launcher_end(struct script_launcher *l, int pid, int *status,
                     int64_t *rss_kib, struct err *err)
{
    struct launcher_ask ask = {.word = LAUNCHER_END, .pid = pid};
    struct launcher_answer answer = {.pid = 0};
    int fd;
    enum rc rc = talk(l, &ask, &answer, &fd, err);

    if (rc == RC_OK) {
        *status = answer.status;
        *rss_kib = answer.rss_kib;
    }
    return rc;
}

/* --- the launcher itself --------------------------------------------------------------------- */

static void tell(const struct launcher_answer *answer, int fd)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    struct launcher_answer copy = *answer;
    struct iovec iov = {&copy, sizeof copy};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};

    if (fd >= 0) {
        memset(&control, 0, sizeof control);
        m.msg_control = &control;
        m.msg_controllen = sizeof control;
        control.head.cmsg_level = SOL_SOCKET;
        control.head.cmsg_type = SCM_RIGHTS;
        control.head.cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(&control.head), &fd, sizeof fd);
    }
    if (sendmsg(SCRIPT_FD, &m, MSG_NOSIGNAL) < 0)
        _exit(0); /* the server is gone */
}

/* The kernel shall take a worker before the server. */
static void offer_to_the_kernel(void)
{
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return;
    if (write(fd, "1000", 4) != 4)
        errno = 0; /* it is a favour */
    close(fd);
}

_Noreturn static void become_worker(enum worker_kind kind, int socket,
                                    pid_t launcher,
                                    const struct script_module *const *modules)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != launcher || dup2(socket, SCRIPT_FD) < 0)
        _exit(72);
    syscall(SYS_close_range, SCRIPT_FD + 1, ~0U, 0);
    prctl(PR_SET_NAME, "perigee-script", 0, 0, 0);
    offer_to_the_kernel();
    if (!script_confine(kind))
        _exit(73);
    script_worker_main(modules);
}

static void spawn(enum worker_kind kind,
                  const struct script_module *const *modules)
{
    struct launcher_answer answer = {.pid = -EIO};
    pid_t self = getpid();
    int pair[2];
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
        answer.pid = -errno;
        tell(&answer, -1);
        return;
    }
    pid = fork();
    if (pid == 0)
        become_worker(kind, pair[1], self, modules);
    close(pair[1]);
    answer.pid = pid < 0 ? -errno : (int32_t)pid;
    tell(&answer, pid < 0 ? -1 : pair[0]);
    close(pair[0]);
}

static void end(pid_t pid)
{
    struct launcher_answer answer = {.status = -1};
    struct rusage usage;
    siginfo_t info = {.si_pid = 0};
    int status;
    pid_t got;

    /* Ours and unreaped, or nothing is killed. */
    if (pid > 0 &&
        waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0) {
        if (info.si_pid == 0)
            kill(pid, SIGKILL);
        do
            got = wait4(pid, &status, 0, &usage);
        while (got < 0 && errno == EINTR);
        if (got == pid) {
            answer.status = status;
            answer.rss_kib = usage.ru_maxrss;
        }
    }
    tell(&answer, -1);
}

int script_launcher_main(const struct script_module *const *modules)
{
    struct launcher_ask ask;
    ssize_t n;
    int type = 0;
    socklen_t size = sizeof type;

    if (getsockopt(SCRIPT_FD, SOL_SOCKET, SO_TYPE, &type, &size) < 0 ||
        type != SOCK_SEQPACKET)
        return 2; /* somebody typed the word */
    prctl(PR_SET_NAME, "perigee-scripts", 0, 0, 0);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTERM, SIG_IGN); /* it ends when the server does */
    script_warm_up();
    for (;;) {
        n = recv(SCRIPT_FD, &ask, sizeof ask, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n != sizeof ask)
            return 0;
        if (ask.word == LAUNCHER_SPAWN)
            spawn(ask.kind == WORKER_BACKGROUND ? WORKER_BACKGROUND
                                                : WORKER_INTERACTIVE,
                  modules);
        else
            end((pid_t)ask.pid);
    }
}
