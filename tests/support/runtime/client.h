/*
 * client - an HTTP client on one kept connection, for threads beside a server
 * that may be killed: it shares nothing, and no answer is an answer.
 */
#ifndef SUPPORT_RUNTIME_CLIENT_H
#define SUPPORT_RUNTIME_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

struct client {
    int port;
    int fd;              /* -1: not connected                       */
    const char *headers; /* of each request, "Name: x\r\n"; borrowed */
    char *in;            /* the answer, CLIENT_MAX_BYTES             */
    const char *body;    /* its body, until the next request         */
};

enum { CLIENT_MAX_BYTES = 4 << 20, CLIENT_WAIT_S = 30 };

/* Connects with the first request. False: no memory. */
bool client_open(struct client *c, int port, const char *headers);
void client_close(struct client *c);

/*
 * One request under /api/v1/ with a JSON body, or none where it is NULL. The
 * status; 0 when the connection broke, or nothing came for CLIENT_WAIT_S.
 * Never fails a test, so that threads may call it.
 */
int client_ask(struct client *c, const char *method, const char *path,
               const char *body);

/* The text member `name` of the answer, from its `nth` occurrence (0 the
   first), into `to`; false: it is not there or too long. */
bool client_text(const struct client *c, const char *name, int nth, char *to,
                 size_t size);
/* The number member `name` that occurs first; -1: it is not there. */
long client_number(const struct client *c, const char *name);

#endif
