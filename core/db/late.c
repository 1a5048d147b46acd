/* late - see the header. */
#include "db/late.h"

#include "base/vec.h"
#include "db/driver.h"
#include "db/search.h"

void late_init(struct late *l)
{
    *l = (struct late){.n = 0};
    arena_init(&l->arena, LATE_BYTES);
}

void late_release(struct late *l)
{
    arena_release(&l->arena);
    l->v = NULL;
    l->n = l->cap = 0;
}

void late_reset(struct late *l)
{
    l->v = NULL;
    l->n = l->cap = 0;
    arena_reset(&l->arena);
}

enum rc late_add(struct late *l, const struct late_put *put, struct err *err)
{
    struct late_put own = *put;

    own.was = str_copy(&l->arena, put->was);
    own.now = str_copy(&l->arena, put->now);
    if (!own.was.p || !own.now.p || !VEC_PUSH(&l->arena, l, own))
        return FAIL(err, RC_NOMEM, "There is no memory for a search text.");
    return RC_OK;
}

bool late_is_full(const struct late *l)
{
    return l->arena.used > LATE_FULL_BYTES;
}

enum rc late_feed(struct late *l, struct db *db, struct err *err)
{
    struct late *was = db->late;
    size_t i;
    enum rc rc = RC_OK;

    db->late = NULL;
    for (i = 0; rc == RC_OK && i < l->n; i++)
        rc = search_put(db, l->v[i].id, l->v[i].ent, l->v[i].was, l->v[i].now,
                        err);
    db->late = was;
    return rc;
}
