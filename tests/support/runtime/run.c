#include "support/runtime/run.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/test.h"

/* PERIGEE names another one, say of the release. */
static const char *program(void)
{
    const char *named = getenv("PERIGEE");

    return named && *named ? named : TEST_BUILD_DIR "/perigee";
}

static pid_t spawn(const char *const *words, int *out, int *err)
{
    char *argv[32] = {strdup("perigee")};
    int o[2], e[2], n = 1;
    pid_t pid;

    for (; words[n - 1] && n < 31; n++)
        argv[n] = strdup(words[n - 1]);
    CHECK(pipe(o) == 0 && pipe(e) == 0);
    pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        /* a server does not outlive a test that failed */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(o[1], 1);
        dup2(e[1], 2);
        for (int fd = 3; fd < 64; fd++)
            close(fd);
        unsetenv("PERIGEE_DATA");
        execv(program(), argv);
        _exit(127);
    }
    close(o[1]);
    close(e[1]);
    *out = o[0];
    *err = e[0];
    while (--n >= 0)
        free(argv[n]);
    return pid;
}

pid_t run_background(const char *file, const char *const *words)
{
    char *argv[32] = {strdup("perigee")};
    int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600), n = 1;
    pid_t pid;

    for (; words[n - 1] && n < 31; n++)
        argv[n] = strdup(words[n - 1]);
    CHECK(fd >= 0);
    pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        dup2(fd, 1);
        dup2(fd, 2);
        unsetenv("PERIGEE_DATA");
        execv(program(), argv);
        _exit(127);
    }
    close(fd);
    while (--n >= 0)
        free(argv[n]);
    return pid;
}

static void drain(int fd, char *to, size_t *n, bool *open)
{
    ssize_t got = read(fd, to + *n, RUN_OUT - 1 - *n);

    if (got <= 0)
        *open = false;
    else
        *n += (size_t)got;
    to[*n] = '\0';
}

static int exit_of(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

const struct ran *run(const char *const *words)
{
    static struct ran r;
    struct pollfd p[2] = {{.events = POLLIN}, {.events = POLLIN}};
    size_t n[2] = {0, 0};
    bool open[2] = {true, true};
    int status = 0;
    pid_t pid = spawn(words, &p[0].fd, &p[1].fd);

    r.out[0] = r.err[0] = '\0';
    while (open[0] || open[1]) {
        struct pollfd q[2] = {p[0], p[1]};

        for (int i = 0; i < 2; i++) {
            if (!open[i])
                q[i].fd = -1;
        }
        CHECK(poll(q, 2, 60000) > 0);
        if (q[0].revents)
            drain(p[0].fd, r.out, &n[0], &open[0]);
        if (q[1].revents)
            drain(p[1].fd, r.err, &n[1], &open[1]);
    }
    close(p[0].fd);
    close(p[1].fd);
    CHECK(waitpid(pid, &status, 0) == pid);
    r.exit = exit_of(status);
    if (getenv("RUN_SHOW"))
        fprintf(stderr, "%s %s -> %d\n%s%s", words[0], words[1] ? words[1] : "",
                r.exit, r.out, r.err);
    return &r;
}

/* --- a server --------------------------------------------------------------- */

static void first_line(int fd, char *to, size_t size)
{
    size_t n = 0;

    while (n + 1 < size) {
        struct pollfd p = {.fd = fd, .events = POLLIN};

        CHECK(poll(&p, 1, 60000) > 0);
        CHECK(read(fd, to + n, 1) == 1);
        if (to[n] == '\n')
            break;
        n++;
    }
    to[n] = '\0';
}

static void cut(const char *line, const char *before, const char *until,
                char *to, size_t size)
{
    const char *at = strstr(line, before);
    size_t n;

    to[0] = '\0';
    if (!at)
        return;
    at += strlen(before);
    n = strcspn(at, until);
    CHECK(n < size);
    memcpy(to, at, n);
    to[n] = '\0';
}

void server_start(struct server *s, const char *dir, const char *const *more)
{
    const char *words[24] = {"serve",    "--json",      "--data", dir,
                             "--listen", "127.0.0.1:0", "--log",  "error"};
    char line[2048], port[16];
    int n = 8, err;

    for (; more && *more; more++)
        words[n++] = *more;
    *s = (struct server){0};
    s->pid = spawn(words, &s->out, &err);
    /* What it says on stderr is the developer's to see. */
    if (getenv("RUN_SHOW") == NULL)
        close(err);
    first_line(s->out, line, sizeof line);
    cut(line, "\"url\":\"", "\"", s->url, sizeof s->url);
    cut(line, "/setup#", "\"", s->setup, sizeof s->setup);
    cut(line, "127.0.0.1:", "/", port, sizeof port);
    s->port = (int)strtol(port, NULL, 10);
    CHECK(s->port > 0);
}

int server_stop(struct server *s, int sig)
{
    const struct timespec pause = {0, 10000000};
    int status = 0;

    if (sig)
        CHECK(kill(s->pid, sig) == 0);
    for (int i = 0; i < 1500; i++) {
        if (waitpid(s->pid, &status, WNOHANG) == s->pid) {
            close(s->out);
            return exit_of(status);
        }
        nanosleep(&pause, NULL);
    }
    kill(s->pid, SIGKILL);
    test_fail(__FILE__, __LINE__, "the server did not end");
}

/* --- http ---------------------------------------------------------------------- */

const struct http_got *http_ask(int port, const char *method, const char *path,
                                const char *headers, const char *body)
{
    static struct http_got g;
    static char in[RUN_OUT];
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char out[16384];
    size_t n = 0;
    char *end;
    int len;

    CHECK(connect(fd, (const struct sockaddr *)&at, sizeof at) == 0);
    len = snprintf(out, sizeof out,
                   "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: "
                   "close\r\nContent-Length: %zu\r\n%s%s\r\n%s",
                   method, path, port, strlen(body),
                   body[0] ? "Content-Type: application/json\r\n" : "", headers,
                   body);
    CHECK(len > 0 && send(fd, out, (size_t)len, 0) == len);
    for (;;) {
        ssize_t got = read(fd, in + n, sizeof in - 1 - n);

        if (got <= 0)
            break;
        n += (size_t)got;
    }
    close(fd);
    in[n] = '\0';
    end = strstr(in, "\r\n\r\n");
    CHECK(end != NULL);
    *end = '\0';
    g.status = (int)strtol(in + 9, NULL, 10);
    CHECK(strlen(in) < sizeof g.head);
    memcpy(g.head, in, strlen(in) + 1);
    memcpy(g.body, end + 4, strlen(end + 4) + 1);
    return &g;
}

const char *write_file(const char *dir, const char *name, const char *text)
{
    static char path[1024];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    f = fopen(path, "w");
    CHECK(f != NULL);
    fputs(text, f);
    fclose(f);
    return path;
}
