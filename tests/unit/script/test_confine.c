/* What a worker has and may: seen from outside, in /proc. */
#include "runtime/script_stage.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { IS_SANITIZED = 1 };
#else
enum { IS_SANITIZED = 0 };
#endif

/* A file of /proc/PID, with a NUL; "" when it cannot be read. */
static void read_proc(int pid, const char *name, char *out, size_t size)
{
    char path[64];
    ssize_t n;
    int fd;

    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = fd < 0 ? 0 : read(fd, out, size - 1);
    out[n > 0 ? n : 0] = '\0';
    if (fd >= 0)
        close(fd);
}

/* A child of `parent`, or 0. */
static int child_of(int parent)
{
    DIR *dir = opendir("/proc");
    struct dirent *entry;
    int found = 0;

    while (dir && !found && (entry = readdir(dir)) != NULL) {
        int pid = (int)strtol(entry->d_name, NULL, 10);
        char text[4096];
        char want[32];

        if (pid <= 0)
            continue;
        read_proc(pid, "status", text, sizeof text);
        snprintf(want, sizeof want, "\nPPid:\t%d\n", parent);
        if (strstr(text, want))
            found = pid;
    }
    closedir(dir);
    return found;
}

static int descriptors_of(int pid)
{
    char path[64];
    DIR *dir;
    int n = 0;

    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    dir = opendir(path);
    if (!dir)
        return -1; /* only root may look */
    for (struct dirent *e; (e = readdir(dir)) != NULL;)
        n += e->d_name[0] != '.';
    closedir(dir);
    return n;
}

TEST(confine, a_worker_has_its_socket_and_nothing_of_the_server)
{
    struct script_stage s;
    char text[4096];
    int leaked = dup(1); /* not close-on-exec: a mistake of the server's */
    int worker;
    int n;

    setenv("SECRET", "of the server", 1);
    script_stage_open(&s);
    unsetenv("SECRET");
    CHECK_RC(script_stage_run(&s, "return 1"), RC_OK);
    worker = child_of(s.launcher.pid);
    CHECK(worker > 0);
    n = descriptors_of(worker);
    CHECK(n == 4 || n == -1);
    n = descriptors_of(s.launcher.pid);
    CHECK(n == 4 || n == -1);
    read_proc(worker, "environ", text, sizeof text);
    CHECK(strstr(text, "SECRET") == NULL);
    read_proc(worker, "status", text, sizeof text);
    CHECK_HAS(text, "NoNewPrivs:\t1");
#if !defined(__SANITIZE_THREAD__)
    CHECK_HAS(text, "Seccomp:\t2");
#endif
    CHECK_HAS(text, "Name:\tperigee-script");
    read_proc(worker, "limits", text, sizeof text);
    CHECK(strstr(text, "Max open files            4 ") != NULL);
    CHECK(strstr(text, "Max core file size        0 ") != NULL);
    CHECK(IS_SANITIZED || strstr(text, "Max address space         83886080 "));
    script_stage_close(&s);
    close(leaked);
}

TEST(confine, launcher_and_workers_end_with_the_server)
{
    int pipe_of[2];
    int pids[2] = {0, 0};
    pid_t server;
    int left = 500;

    CHECK(pipe(pipe_of) == 0);
    server = fork();
    if (server == 0) {
        struct script_stage s;

        script_stage_open(&s);
        script_stage_run(&s, "return 1");
        pids[0] = s.launcher.pid;
        pids[1] = child_of(s.launcher.pid);
        if (write(pipe_of[1], pids, sizeof pids) < 0)
            _exit(1);
        pause();
        _exit(0);
    }
    CHECK_I64(read(pipe_of[0], pids, sizeof pids), sizeof pids);
    CHECK(pids[0] > 0 && pids[1] > 0);
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    /* Gone, or waiting for whoever inherits the dead of this machine. */
    for (int i = 0; i < 2; i++) {
        char text[4096];

        do {
            read_proc(pids[i], "status", text, sizeof text);
            usleep(10000);
        } while (text[0] != '\0' && !strstr(text, "State:\tZ") && left-- > 0);
    }
    CHECK(left > 0);
    close(pipe_of[0]);
    close(pipe_of[1]);
}

TEST(confine, the_word_of_the_launcher_does_nothing_for_people)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    pid_t pid = fork();
    int status = 0;

    if (pid == 0) {
        dup2(fd, 3);
        _exit(script_launcher_main(script_modules()));
    }
    waitpid(pid, &status, 0);
    CHECK(WIFEXITED(status));
    CHECK_I64(WEXITSTATUS(status), 2);
    close(fd);
}

TEST(confine, an_idle_worker_that_died_is_replaced_unseen)
{
    struct script_stage s;

    script_stage_open(&s);
    CHECK_RC(script_stage_run(&s, "return 1"), RC_OK);
    kill(child_of(s.launcher.pid), SIGKILL);
    usleep(20000);
    CHECK_RC(script_stage_run(&s, "return 2"), RC_OK);
    CHECK_I64(s.result.value.u.i, 2);
    script_stage_close(&s);
}
