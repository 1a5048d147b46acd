/*
 * late - what the search tables are fed just before the COMMIT of a group.
 *
 * FTS5 writes its segments at every savepoint, so feeding it job by job costs
 * more than all the rest of a save. An engine that gathers jobs keeps what they
 * put in a list and feeds it once a group; what a job or a nested savepoint put
 * leaves the list with it. For core/db alone, in the writer's thread.
 */
#ifndef DB_LATE_H
#define DB_LATE_H

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"

struct db;

enum {
    LATE_BYTES = 1 << 30,      /* of one group's texts                     */
    LATE_FULL_BYTES = 32 << 20 /* from here no more jobs come to the group */
};

struct late_put {
    int64_t id;
    int ent;
    struct str was, now; /* copies */
};

struct late {
    struct arena arena;
    struct late_put *v;
    size_t n, cap;
};
void late_init(struct late *l);
void late_release(struct late *l);
/* Nothing is waiting; storage is kept. */
void late_reset(struct late *l);
enum rc late_add(struct late *l, const struct late_put *put,
                 struct err *err) MUST_CHECK;
bool late_is_full(const struct late *l);
/* In order, at once; db->late is not looked at. */
enum rc late_feed(struct late *l, struct db *db, struct err *err) MUST_CHECK;

#endif
