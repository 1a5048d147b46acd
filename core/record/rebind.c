/*
 * rebind - a batch bound against definitions that were replaced meanwhile.
 *
 * Entities and fields are found again by their names; what is gone or of
 * another type is an issue. The caller's items stay as they are and take the
 * values back as copies, for the newer model goes when the save ends.
 */
#include <time.h>

#include "record/pipe.h"

enum {
    SLOT_WAIT_MS = 2, /* a publish commits, then swaps the slot */
    SLOT_WAITS = 100
};

/* The publish commits first and swaps the slot right after. */
const struct model *rebind_newer(const struct record_ctx *ctx,
                                 const struct model *than)
{
    const struct timespec pause = {0, SLOT_WAIT_MS * 1000000L};
    int i;

    for (i = 0; ctx->slot && i < SLOT_WAITS; i++) {
        const struct model *m = model_slot_ref(ctx->slot);

        if (m && m->generation != than->generation)
            return m;
        model_unref(m);
        (void)nanosleep(&pause, NULL);
    }
    return NULL;
}

static const struct field *same_field(const struct entity *e,
                                      const struct field *f)
{
    const struct field *now = entity_field(e, f->name);

    return now && now->type == f->type ? now : NULL;
}

static enum rc rebind_item(struct record_batch *b,
                           const struct record_item *item,
                           const struct entity *e, struct issues *issues,
                           struct err *err)
{
    const struct entity *was = item->entity;
    struct record_item *to =
        batch_push(b, item->op, e, item->op == RECORD_CREATE ? 0 : item->id);
    size_t i;

    if (!to)
        return pipe_nomem(err);
    to->if_rev = item->if_rev;
    to->allow_duplicates = item->allow_duplicates;
    to->path = item->path;
    to->failed = item->failed;
    to->rc = item->rc;
    to->code = item->code;
    to->pending = ARENA_ARRAY(b->arena, struct record_pending, item->n_pending);
    if (item->n_pending && !to->pending)
        return pipe_nomem(err);
    for (i = 0; i < was->n_fields; i++) {
        const struct field *f = same_field(e, was->fields[i]);

        if (!field_set_has(&item->given, (int)i))
            continue;
        if (f && record_set(to, f, item->v[i]))
            continue;
        to->failed = true;
        to->rc = RC_INVALID;
        issues->prefix = item->path;
        issues_add(issues, was->fields[i]->name, "unknown_field",
                   "\"%.*s\" was changed or removed meanwhile; read the record "
                   "again.",
                   STR_ARG(was->fields[i]->name));
        issues->prefix = STR("");
    }
    for (i = 0; i < item->n_pending; i++) {
        const struct field *f = same_field(e, item->pending[i].field);

        if (f)
            to->pending[to->n_pending++] =
                (struct record_pending){f, item->pending[i].item};
    }
    return RC_OK;
}

/* Copies: what came from the newer model goes with it. */
static enum rc take_back(struct record_batch *b, struct record_item *item,
                         const struct record_item *from, struct err *err)
{
    const struct entity *e = item->entity;
    struct value *v = ARENA_ARRAY(b->arena, struct value, e->n_fields + 1);
    size_t i;

    if (!v)
        return pipe_nomem(err);
    item->changed = (struct field_set){{0}};
    for (i = 0; i < e->n_fields; i++) {
        const struct field *f = same_field(from->entity, e->fields[i]);

        if (f && !value_copy(b->arena, &from->v[f->index], &v[i]))
            return pipe_nomem(err);
        if (f && field_set_has(&from->changed, f->index))
            field_set_add(&item->changed, (int)i);
    }
    item->v = v;
    item->old = NULL;
    item->id = from->id;
    item->rev = from->rev;
    item->failed = from->failed;
    item->rc = from->rc;
    item->code = from->code;
    return RC_OK;
}

enum rc rebind_items(const struct model *m, const struct record_batch *from,
                     struct record_batch *to, struct issues *issues,
                     struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < from->n; i++) {
        const struct entity *e = model_entity(m, from->items[i].entity->qname);

        if (!e)
            return FAIL(err, RC_NOTFOUND,
                        "%.*s was removed while this was being saved.",
                        STR_ARG(from->items[i].entity->qname));
        rc = rebind_item(to, &from->items[i], e, issues, err);
    }
    return rc;
}

enum rc rebind_back(struct record_batch *b, const struct record_batch *from,
                    struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < b->n && i < from->n; i++)
        rc = take_back(b, &b->items[i], &from->items[i], err);
    return rc;
}
