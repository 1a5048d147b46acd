/*
 * ids - step 1: numbers for what is new, and "$2" for what is to be.
 */
#include "base/id.h"
#include "record/pipe.h"

/* Ids stay the same however often the save is prepared. */
enum rc pipe_take_ids(struct save *s, struct err *err)
{
    size_t n = 0, k = 0, i;

    if (s->has_ids)
        return RC_OK;
    for (i = 0; i < s->b->n; i++)
        n += s->b->items[i].op == RECORD_CREATE;
    /* one more for the transaction, if that has none yet */
    s->first_id = db_ids(s->ctx->store, (int)n + 1);
    if (s->first_id == 0)
        return FAIL(err, RC_LIMIT, "There are no record ids left.");
    for (i = 0; i < s->b->n; i++) {
        struct record_item *item = &s->b->items[i];

        if (item->op == RECORD_CREATE)
            item->id = id_plus(s->first_id, (int)k++);
    }
    s->txn = s->outer ? s->outer->txn : id_plus(s->first_id, (int)n);
    s->has_ids = true;
    return RC_OK;
}

static bool may_point(const struct field *f, const struct entity *e)
{
    size_t i;

    for (i = 0; i < f->n_targets; i++)
        if (f->targets[i] == e)
            return true;
    return false;
}

static void resolve_one(struct save *s, struct work *w,
                        const struct record_pending *p)
{
    const struct record_item *to;
    struct value v = {.kind = V_REF};

    if (p->item < 0 || (size_t)p->item >= s->b->n) {
        item_fail(s, w, RC_INVALID, "", p->field, "unknown_request",
                  "\"$%d\" names no request of this batch; they count from 0.",
                  p->item);
        return;
    }
    to = &s->b->items[p->item];
    if (!may_point(p->field, to->entity)) {
        item_fail(s, w, RC_INVALID, "", p->field, "wrong_entity",
                  "\"$%d\" is a record of %.*s, which \"%.*s\" does not take.",
                  p->item, STR_ARG(to->entity->qname), STR_ARG(p->field->name));
        return;
    }
    v.u.i = to->id;
    if (p->field->type->fx(p->field).kind == FX_ANYREF) {
        v.kind = V_ANYREF;
        v.ent = to->entity->number;
    }
    w->item->v[p->field->index] = v;
}

void pipe_resolve_pending(struct save *s, struct work *w)
{
    size_t i;

    for (i = 0; i < w->item->n_pending; i++)
        resolve_one(s, w, &w->item->pending[i]);
}
