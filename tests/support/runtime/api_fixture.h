/*
 * fixture - the whole interface over a workspace in memory, driven without a
 * socket. One for the program: tests make the records they look at.
 */
#ifndef SUPPORT_RUNTIME_API_FIXTURE_H
#define SUPPORT_RUNTIME_API_FIXTURE_H

#include "api/api.h"
#include "http/loopback.h"
#include "support/records_fixture.h"
#include "support/test.h"

enum who { NOBODY, ADMIN, USER, READER, PERSON, CLI };

struct fix {
    struct records_fixture r;
    struct workspace ws;
    struct api *api;
    struct job_kind kinds[8];
    struct api_jobs api_jobs;
    size_t n_kinds;
    struct job_runner *jobs;
    struct arena a; /* of answers; emptied by each fix() */
    int64_t admin, user;
    const char *admin_token, *user_token, *reader_token;
    const char *cookie, *csrf; /* of PERSON, the administrator signed in */
    struct http_test_result res;
};

#define PASSWORD "a long enough secret 7"

struct fix *fix(void);

/* As this one, with more headers ("Name: value\n") or NULL. The body's type is
   JSON unless a header says otherwise. Fills f->res; answers the status. */
int call(struct fix *f, enum who who, const char *method, const char *target,
         const char *headers, const char *body);
int call_bytes(struct fix *f, enum who who, const char *method,
               const char *target, const char *headers, struct str body);

/* Of the last answer. */
const char *body_text(struct fix *f);
const struct json *body_json(struct fix *f);
/* "items.0.name" of it as text; numbers, bools and null as JSON has them. */
const char *at(struct fix *f, const char *path);
const char *header(struct fix *f, const char *name);
/* An account made by the administrator; its id. */
const char *new_account(struct fix *f, const char *json);
/* A batch of n creates of shop:account with this body. */
const char *batch_of(struct fix *f, size_t n, const char *body);
const char *text(struct fix *f, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#define CHECK_STATUS(expr, want)                                               \
    do {                                                                       \
        int status_ = (expr);                                                  \
        if (status_ != (want))                                                 \
            test_fail(__FILE__, __LINE__, "%s answered %d, not %d: %.600s",    \
                      #expr, status_, (want), body_text(f));                   \
    } while (0)

#endif
