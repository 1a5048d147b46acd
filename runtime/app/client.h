/*
 * client - a command's side of perigee.sock.
 */
#ifndef APP_CLIENT_H
#define APP_CLIENT_H

#include "app/ops.h"

struct client_answer {
    int exit;
    bool is_stream; /* what was put */
    struct str message, text;
    struct str json; /* as it is to be printed; or "null" */
    struct str kept; /* for a file of the command's; or empty */
};

/*
 * Ask the server of this data folder to run an operation. What it streams goes
 * to put as it comes.
 * Errors: RC_NOTFOUND  no server listens there
 *         RC_IO        it went away, or answered nothing we know; RC_NOMEM
 */
enum rc client_call(const char *data, const char *operation,
                    struct str args_json, const struct op_file *files, size_t n,
                    enum rc (*put)(void *arg, struct str bytes,
                                   struct err *err),
                    void *put_arg, struct arena *a, struct client_answer *out,
                    struct err *err) MUST_CHECK;
/* Does somebody listen? */
bool client_is_there(const char *data);

#endif
