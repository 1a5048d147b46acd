/*
 * channel - frames over a stream socket, buffered; by the server with a
 * deadline, by the worker (which has nothing else to do) without.
 */
#ifndef SCRIPT_CHANNEL_H
#define SCRIPT_CHANNEL_H

#include "script/wire.h"

enum channel_end {
    CHANNEL_OK,
    CHANNEL_CLOSED,
    CHANNEL_LATE, /* the deadline passed               */
    CHANNEL_BAD,  /* a length or type that cannot be   */
    CHANNEL_NOMEM
};

struct channel {
    int fd;
    struct buf in;
    size_t at; /* where the next frame begins in `in` */
};

void channel_init(struct channel *c, int fd, size_t ceiling_bytes);
void channel_release(struct channel *c); /* not the descriptor */
/* deadline_us: CLOCK_MONOTONIC; 0: none. */
enum channel_end channel_send(struct channel *c, struct str frame,
                              int64_t deadline_us);
/* The payload lives until the next call. */
enum channel_end channel_next(struct channel *c, size_t max,
                              int64_t deadline_us, uint8_t *type,
                              struct str *payload);
/* Nothing is left over of what was received. */
bool channel_is_empty(const struct channel *c);
int64_t channel_now_us(void);

#endif
