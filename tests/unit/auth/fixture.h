/*
 * fixture - a workspace in memory with the platform's own entities and nothing
 * else, whose time the test owns.
 */
#ifndef UNIT_AUTH_FIXTURE_H
#define UNIT_AUTH_FIXTURE_H

#include "auth/auth.h"
#include "base/clock.h"

struct fix {
    struct arena arena;
    struct clock_manual clock;
    struct workspace ws;
    struct err err;
};

#define FIX_NOW INT64_C(1790000000000)

void fix_open(struct fix *f);
void fix_close(struct fix *f);
/* A row of sys:user, put there behind the pipeline's back. */
void fix_user(struct fix *f, int64_t id, const char *email, bool active,
              bool admin);
/* A statement without results. */
void fix_exec(struct fix *f, const char *sql);
int64_t fix_count(struct fix *f, const char *sql);
enum rc fix_by_session(struct fix *f, struct str token, struct auth *out);
enum rc fix_by_token(struct fix *f, struct str token, struct auth *out);

#endif
