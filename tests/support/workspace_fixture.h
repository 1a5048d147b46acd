/*
 * workspace_fixture - a store in memory with the platform's package installed,
 * and packages published into it as an install does.
 */
#ifndef SUPPORT_WORKSPACE_FIXTURE_H
#define SUPPORT_WORKSPACE_FIXTURE_H

#include "base/clock.h"
#include "db/db.h"
#include "model/store.h"
#include "support/model_fixture.h"

struct workspace {
    struct clock_manual *clock; /* in the arena: a workspace may be copied */
    struct db_store *store;
    struct arena arena;
    const struct model *model; /* the current one */
    /* of the last publish */
    struct messages messages;
    struct plan plan;
    struct str words; /* plan_text */
    struct err err;
};
void workspace_open(struct workspace *w);
/* In a file, as the configuration says; its clock is replaced. */
void workspace_open_on(struct workspace *w, const struct db_config *config);
void workspace_close(struct workspace *w);
/* Prepare and, when nothing is refused, commit. RC_CONFLICT: the plan refuses. */
enum rc workspace_publish(struct workspace *w, const struct store_change *c);
enum rc workspace_put(struct workspace *w, const struct package_src *src);
/* A package of one file. */
enum rc workspace_put_xml(struct workspace *w, const char *id, const char *xml);
/* One statement in a write job. */
enum rc workspace_exec(struct workspace *w, const char *sql);
/* The first column of the first row as text; "" when there is none. */
struct str workspace_query(struct workspace *w, const char *sql);

#endif
