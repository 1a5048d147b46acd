/*
 * host - the workspaces of a process: each with its store, model, bells and
 * jobs. Opened on demand, kept until the process ends.
 */
#ifndef APP_HOST_H
#define APP_HOST_H

#include "app/app.h"

enum { HOST_MAX = 256, HOST_KINDS = 4 };

struct hosted {
    struct arena arena;
    struct workspace ws;
    struct job_runner *jobs; /* NULL: not serving */
    struct job_kind kinds[HOST_KINDS];
    struct api_jobs api_jobs;
};

struct host_config {
    const struct folder *folder;
    const struct clock *clock;
    const char *url;
    const char *apps; /* the marketplace folder */
    bool create, serves;
    struct settings settings; /* of a new workspace */
};

/*
 * Open workspace `name` of the folder and its jobs.
 * Errors: RC_NOTFOUND  no such workspace (create is false), or no such name
 *         those of db_open, store_load; RC_INVALID: definitions that do not
 *         compile
 */
enum rc hosted_open(const struct host_config *config, struct str name,
                    struct hosted **out, struct err *err) MUST_CHECK;
/* A workspace of the platform's own definitions that vanishes with its close. */
enum rc hosted_open_memory(const struct clock *clock, struct hosted **out,
                           struct err *err) MUST_CHECK;
void hosted_close(struct hosted *h); /* NULL is fine */
/* Bring the platform's own definitions up to this program's. */
enum rc host_update_sys(struct workspace *ws, struct err *err) MUST_CHECK;

/* The first fault of a check, as an error. */
enum rc host_fault(const struct messages *ms, struct err *err);

#endif
