/*
 * channel - see the header. With a deadline the socket is polled, without one
 * only read() and write() are called: a worker may call nothing else.
 */
#include "script/channel.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_BYTES = 64 << 10 };

int64_t channel_now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void channel_init(struct channel *c, int fd, size_t ceiling_bytes)
{
    c->fd = fd;
    c->at = 0;
    buf_init(&c->in, ceiling_bytes);
}

void channel_release(struct channel *c)
{
    buf_release(&c->in);
}

bool channel_is_empty(const struct channel *c)
{
    return c->at == c->in.n;
}

static enum channel_end wait_for(int fd, short events, int64_t deadline_us)
{
    for (;;) {
        int64_t left = deadline_us - channel_now_us();
        struct pollfd p = {.fd = fd, .events = events};
        struct timespec t;
        int n;

        if (left <= 0)
            return CHANNEL_LATE;
        t = (struct timespec){.tv_sec = left / 1000000,
                              .tv_nsec = left % 1000000 * 1000};
        n = ppoll(&p, 1, &t, NULL);
        if (n > 0)
            return CHANNEL_OK;
        if (n < 0 && errno != EINTR)
            return CHANNEL_CLOSED;
    }
}

enum channel_end channel_send(struct channel *c, struct str frame,
                              int64_t deadline_us)
{
    while (frame.n > 0) {
        ssize_t n = deadline_us ? send(c->fd, frame.p, frame.n,
                                       MSG_DONTWAIT | MSG_NOSIGNAL)
                                : write(c->fd, frame.p, frame.n);

        if (n > 0) {
            frame = str_of(frame.p + n, frame.n - (size_t)n);
            continue;
        }
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && deadline_us && errno == EAGAIN) {
            enum channel_end end = wait_for(c->fd, POLLOUT, deadline_us);

            if (end != CHANNEL_OK)
                return end;
            continue;
        }
        return CHANNEL_CLOSED;
    }
    return CHANNEL_OK;
}

/* More bytes behind those that are there. */
static enum channel_end receive(struct channel *c, int64_t deadline_us)
{
    enum channel_end end = CHANNEL_OK;

    if (!buf_reserve(&c->in, READ_BYTES))
        return CHANNEL_NOMEM;
    for (;;) {
        ssize_t n;

        if (deadline_us)
            end = wait_for(c->fd, POLLIN, deadline_us);
        if (end != CHANNEL_OK)
            return end;
        n = deadline_us
                ? recv(c->fd, c->in.p + c->in.n, READ_BYTES, MSG_DONTWAIT)
                : read(c->fd, c->in.p + c->in.n, READ_BYTES);
        if (n > 0) {
            c->in.n += (size_t)n;
            return CHANNEL_OK;
        }
        if (n == 0 || (errno != EINTR && errno != EAGAIN))
            return CHANNEL_CLOSED;
    }
}

enum channel_end channel_next(struct channel *c, size_t max,
                              int64_t deadline_us, uint8_t *type,
                              struct str *payload)
{
    size_t n = 0;

    if (c->at == c->in.n) {
        c->at = c->in.n = 0;
    } else if (c->at > 0) {
        memmove(c->in.p, c->in.p + c->at, c->in.n - c->at);
        c->in.n -= c->at;
        c->at = 0;
    }
    for (;;) {
        enum channel_end end;

        if (c->in.n >= WIRE_HEAD_BYTES) {
            if (!wire_head(c->in.p, max, &n, type))
                return CHANNEL_BAD;
            if (c->in.n - WIRE_HEAD_BYTES >= n)
                break;
        }
        end = receive(c, deadline_us);
        if (end != CHANNEL_OK)
            return end;
    }
    *payload = str_of(c->in.p + WIRE_HEAD_BYTES, n);
    c->at = WIRE_HEAD_BYTES + n;
    return CHANNEL_OK;
}
