/*
 * wrap - what CivetWeb gets when it calls poll and recv.
 *
 * The linker sends CivetWeb's calls here (--wrap). In a worker that waits for
 * the first byte of a connection, poll says at once that there is something
 * and recv hands over a constant request; CivetWeb then calls us back, and all
 * that is really on the wire is read by conn.c. In every other thread these
 * are the system's own calls.
 *
 * Two extras for the accepting thread. Its poll also watches a descriptor by
 * which a closing server wakes it; CivetWeb alone would sleep up to 2 s. And
 * when the process has no descriptor left, accept waits a moment: the client
 * stays in the queue, so CivetWeb would ask again at once, for ever.
 */
#include <errno.h>

#include <sys/socket.h>

#include "http/server.h"

enum {
    MASTER_FDS = 32,      /* listening sockets, more than may be configured */
    NO_DESCRIPTOR_MS = 20 /* before accept is tried again                   */
};

int __real_poll(struct pollfd *p, nfds_t n, int timeout_ms);
int __wrap_poll(struct pollfd *p, nfds_t n, int timeout_ms);
ssize_t __real_recv(int fd, void *p, size_t n, int flags);
ssize_t __wrap_recv(int fd, void *p, size_t n, int flags);
int __real_accept(int fd, struct sockaddr *peer, socklen_t *n);
int __wrap_accept(int fd, struct sockaddr *peer, socklen_t *n);

int http_real_poll(struct pollfd *p, nfds_t n, int timeout_ms)
{
    return __real_poll(p, n, timeout_ms);
}

ssize_t http_real_recv(int fd, void *p, size_t n, int flags)
{
    return __real_recv(fd, p, n, flags);
}

static int master_poll(int wake_fd, struct pollfd *p, nfds_t n, int timeout_ms)
{
    struct pollfd all[MASTER_FDS + 1];
    int ready;

    memcpy(all, p, n * sizeof *p);
    all[n] = (struct pollfd){.fd = wake_fd, .events = POLLIN};
    ready = __real_poll(all, n + 1, timeout_ms);
    for (nfds_t i = 0; i < n; i++)
        p[i].revents = ready > 0 ? all[i].revents : 0;
    return ready > 0 && all[n].revents != 0 ? ready - 1 : ready;
}

int __wrap_poll(struct pollfd *p, nfds_t n, int timeout_ms)
{
    struct http_worker *w = http_worker_here();
    int wake_fd;

    if (!w)
        return __real_poll(p, n, timeout_ms);
    if (http_worker_is_fresh(w) && n == 1 && (p->events & POLLIN)) {
        p->revents = POLLIN;
        return 1;
    }
    wake_fd = http_worker_wake_fd(w);
    if (wake_fd >= 0 && n <= MASTER_FDS)
        return master_poll(wake_fd, p, n, timeout_ms);
    return __real_poll(p, n, timeout_ms);
}

ssize_t __wrap_recv(int fd, void *p, size_t n, int flags)
{
    struct http_worker *w = http_worker_here();

    if (!w || !http_worker_is_fresh(w))
        return __real_recv(fd, p, n, flags);
    http_worker_take(w, fd, NULL);
    return (ssize_t)http_worker_stub(w, p, n);
}

int __wrap_accept(int fd, struct sockaddr *peer, socklen_t *n)
{
    struct http_worker *w = http_worker_here();
    int accepted = __real_accept(fd, peer, n);

    if (accepted < 0 && w && (errno == EMFILE || errno == ENFILE)) {
        struct pollfd wake = {.fd = http_worker_wake_fd(w), .events = POLLIN};

        __real_poll(&wake, 1, NO_DESCRIPTOR_MS);
        errno = EMFILE;
    }
    return accepted;
}
