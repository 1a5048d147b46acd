/*
 * ws_fixture - a runtime workspace in memory: the platform's own definitions,
 * put there by package_apply; the test owns its time.
 */
#ifndef SUPPORT_RUNTIME_WS_FIXTURE_H
#define SUPPORT_RUNTIME_WS_FIXTURE_H

#include "base/clock.h"
#include "package/package.h"

struct ws_fixture {
    struct arena arena;
    struct clock_manual clock;
    struct workspace ws;
    struct principal who; /* the system */
    struct err err;
    /* of the last ws_install */
    struct messages messages;
    struct plan plan;
    struct package_result result;
};

struct ws_file {
    const char *path, *text;
};

void ws_fixture_open(struct ws_fixture *f);
/* The same in a file, which may be one of an earlier fixture; `vfs` or NULL. */
void ws_fixture_open_file(struct ws_fixture *f, const char *path,
                          const char *vfs);
void ws_fixture_close(struct ws_fixture *f);
/* Schema, definitions, names and what else the system keeps, a sorted line a
   fact, without times and numbers: what two workspaces that went different ways
   to the same place have in common. */
const char *ws_facts(struct ws_fixture *f);
/* A package of these files; the last has path NULL. In order of path. */
struct package_src *ws_package(struct ws_fixture *f, const char *id,
                               const struct ws_file *files);
enum rc ws_install(struct ws_fixture *f, const struct store_change *change);
enum rc ws_put(struct ws_fixture *f, const struct package_src *src);
/* One statement behind the pipeline's back, in a write job. */
enum rc ws_exec(struct ws_fixture *f, const char *sql);
/* First column of the first row; 0 when there is none. */
int64_t ws_i64(struct ws_fixture *f, const char *sql);
/* The same as text; "" when there is none. */
struct str ws_text(struct ws_fixture *f, const char *sql);

#endif
