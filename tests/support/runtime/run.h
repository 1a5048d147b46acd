/*
 * run - the program itself, as a child: commands and servers.
 */
#ifndef SUPPORT_RUNTIME_RUN_H
#define SUPPORT_RUNTIME_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { RUN_OUT = 1 << 20 };

struct ran {
    int exit; /* 128 + n: by signal n */
    char out[RUN_OUT], err[RUN_OUT];
};

/* Run `perigee` with these words (the last NULL) to its end. Not reentrant: the
   result lives until the next call. */
const struct ran *run(const char *const *words);
#define RUN(...) run((const char *const[]){__VA_ARGS__, NULL})

/* The same without waiting for its end; both outputs go to the file. */
pid_t run_background(const char *file, const char *const *words);

struct server {
    pid_t pid;
    int out; /* its stdout */
    int port;
    char url[256], setup[512]; /* setup: the token, or "" */
};
/* `perigee serve --json --data DIR --listen 127.0.0.1:0 ...`; waits for its
   first line. */
void server_start(struct server *s, const char *dir, const char *const *more);
/* kill, and the exit code as above; fails the test after ten seconds. */
int server_stop(struct server *s, int signal);

/* One HTTP request to 127.0.0.1; the body, with status. */
struct http_got {
    int status;
    char head[16384], body[RUN_OUT];
};
const struct http_got *http_ask(int port, const char *method, const char *path,
                                const char *headers, const char *body);

/* Write a file for a command to read; the path lives until the next call. */
const char *write_file(const char *dir, const char *name, const char *text);

#endif
