/*
 * removal - step 7 of deletes: what points to a record that goes.
 *
 * on-delete of each reference says: refuse (restrict), empty the reference
 * (clear), go along (cascade). All goes to the bin, so nothing is left to the
 * engine's foreign keys. A cleared reference that is required is refused. An
 * anyref holds nobody back: it points into the bin until its target returns.
 *
 * What follows from a delete is a system write (s->effects): journaled and told
 * like any other, with no rights, handlers before or checks of its own.
 */
#include "record/pipe.h"

static void refuse(struct save *s, struct work *root, const struct field *by,
                   size_t n)
{
    item_fail(s, root, RC_INVALID, "", NULL, "in_use",
              "%zu of %.*s still need this record (\"%.*s\"); change or delete "
              "them first.",
              n, STR_ARG(by->entity->plural.base), STR_ARG(by->label.base));
}

static enum rc new_effect(struct save *s, const struct work *root,
                          const struct entity *e, struct query_record *old,
                          struct work **out, struct err *err)
{
    struct work *w = ARENA_NEW(s->arena, struct work);
    struct record_item *item = ARENA_NEW(s->arena, struct record_item);
    struct value *v = ARENA_ARRAY(s->arena, struct value, e->n_fields + 1);

    if (!w || !item || !v)
        return pipe_nomem(err);
    if (s->effects.n >= PIPE_EFFECTS)
        return FAIL(err, RC_LIMIT,
                    "More than %d records would change with this delete; "
                    "delete what depends on it first.",
                    PIPE_EFFECTS);
    memcpy(v, old->v, e->n_fields * sizeof *v);
    *item = (struct record_item){.op = RECORD_UPDATE,
                                 .entity = e,
                                 .id = old->id,
                                 .if_rev = -1,
                                 .v = v,
                                 .old = old,
                                 .rev = old->rev,
                                 .code = "",
                                 .path = root->item->path};
    w->item = item;
    w->is_effect = true;
    w->now = (struct row){.e = e,
                          .id = old->id,
                          .v = v,
                          .is_known = true,
                          .is_live = true,
                          .work = w};
    w->was = w->now;
    w->was.v = old->v;
    w->was.work = NULL;
    if (!VEC_PUSH(s->arena, &s->effects, w))
        return pipe_nomem(err);
    *out = w;
    return rows_put(s, &w->now, err);
}

static void take_effect(struct work *w, const struct field *by)
{
    if (by->on_delete == ON_DELETE_CASCADE) {
        w->item->op = RECORD_DELETE;
        w->item->changed = (struct field_set){{0}};
        w->now.is_live = false;
        return;
    }
    w->item->v[by->index] = VALUE_NULL;
    field_set_add(&w->item->changed, by->index);
}

static bool is_refused(const struct field *by)
{
    return by->on_delete == ON_DELETE_RESTRICT ||
           (by->on_delete == ON_DELETE_CLEAR && (by->flags & FIELD_REQUIRED));
}

/* Those of `ids` that are effects already, or become one. */
static enum rc take_effects(struct save *s, struct work *root,
                            const struct field *by, const int64_t *ids,
                            size_t n, struct err *err)
{
    struct query_record *old = NULL;
    struct db *db;
    size_t n_old = 0, i;
    enum rc rc = pipe_db(s, &db, err);

    if (rc == RC_OK)
        rc = query_load(db, s->m, by->entity, ids, n, s->arena, &old, &n_old,
                        err);
    for (i = 0; rc == RC_OK && i < n_old; i++) {
        struct work *w = rows_work(s, by->entity, old[i].id);

        if (w && !w->is_effect) { /* written by the batch as well */
            refuse(s, root, by, 1);
            return RC_OK;
        }
        if (!w)
            rc = new_effect(s, root, by->entity, &old[i], &w, err);
        if (rc == RC_OK)
            take_effect(w, by);
    }
    return rc;
}

/* One record goes, whether asked for or taken along. */
static enum rc remove_one(struct save *s, struct work *root,
                          const struct record_item *gone, struct err *err)
{
    const struct entity *e = gone->entity;
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < e->n_incoming && !root->item->failed; i++) {
        const struct field *by = e->incoming[i];
        const int64_t *ids = NULL;
        size_t n = 0;

        if (by->col.ent.s.n || (by->flags & FIELD_SYSTEM))
            continue;
        rc = refs_to(s, by, e, gone->id, &ids, &n, err);
        if (rc != RC_OK || n == 0)
            continue;
        if (is_refused(by))
            refuse(s, root, by, n);
        else
            rc = take_effects(s, root, by, ids, n, err);
    }
    return rc;
}

/* A record may be cleared first and taken along later: look at all of them
   until a pass finds nothing new. */
static enum rc remove_root(struct save *s, struct work *root, struct err *err)
{
    bool found = true;
    size_t i;
    enum rc rc = remove_one(s, root, root->item, err);

    while (rc == RC_OK && found && !root->item->failed) {
        found = false;
        for (i = 0; rc == RC_OK && i < s->effects.n; i++) {
            struct work *w = s->effects.v[i];

            if (w->item->op != RECORD_DELETE || w->is_removed)
                continue;
            w->is_removed = found = true;
            rc = remove_one(s, root, w->item, err);
        }
    }
    return rc;
}

/* true: a delete of a partial batch left, so what followed from it is void and
   all is reckoned again. */
static enum rc reckon(struct save *s, bool *again, struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    *again = false;
    for (i = 0; rc == RC_OK && i < s->b->n; i++) {
        struct work *w = &s->work[i];
        size_t before = s->effects.n;

        if (w->item->op != RECORD_DELETE || w->item->failed)
            continue;
        rc = remove_root(s, w, err);
        if (rc == RC_OK && w->item->failed && s->b->partial &&
            s->effects.n > before)
            *again = true;
    }
    return rc;
}

enum rc check_removals(struct save *s, struct err *err)
{
    bool any = false, again = false;
    size_t i;
    enum rc rc;

    for (i = 0; i < s->b->n && !any; i++)
        any = s->b->items[i].op == RECORD_DELETE && !s->b->items[i].failed;
    if (!any)
        return RC_OK;
    do {
        s->effects.n = 0;
        rc = rows_begin(s, err);
        if (rc == RC_OK)
            rc = reckon(s, &again, err);
    } while (rc == RC_OK && again);
    return rc;
}
