/*
 * refs - step 7: what a record points to is there, may be seen, fits.
 */
#include "base/id.h"
#include "record/pipe.h"

static bool is_target(const struct field *f, const struct entity *e)
{
    size_t i;

    for (i = 0; i < f->n_targets; i++)
        if (f->targets[i] == e)
            return true;
    return f->n_targets == 0; /* a file */
}

static void not_there(struct save *s, struct work *w, const struct field *f,
                      const struct entity *e, int64_t id)
{
    char text[ID_TEXT_BYTES + 1] = "?";

    if (id > 0)
        id_format(id, text);
    item_fail(s, w, RC_INVALID, "", f, "not_found",
              "There is no %.*s \"%s\" for \"%.*s\"; choose another, or take "
              "it out of the bin.",
              STR_ARG(e->name), text, STR_ARG(f->label.base));
}

/* The filter of the field, over the target. */
static enum rc check_filter(struct save *s, struct work *w,
                            const struct field *f, const struct entity *e,
                            int64_t id, struct err *err)
{
    const struct row *target = NULL;
    bool fits = true;
    enum rc rc = rows_live(s, e, id, &target, err);

    if (rc == RC_OK && target)
        rc = rows_true_of(s, f->filter, target, w, &fits, err);
    if (rc == RC_OK && !fits)
        item_fail(s, w, RC_INVALID, "", f, "not_fitting",
                  "This %.*s does not fit \"%.*s\": it must be one where %.*s.",
                  STR_ARG(e->name), STR_ARG(f->label.base),
                  STR_ARG(fx_source(f->filter)));
    return rc;
}

static enum rc check_ref(struct save *s, struct work *w, const struct field *f,
                         struct err *err)
{
    const struct value *v = &w->item->v[f->index];
    const struct entity *e = value_target(s->m, f, v);
    bool live = false, may = true;
    enum rc rc;

    if (!e || !is_target(f, e)) {
        item_fail(s, w, RC_INVALID, "", f, "wrong_entity",
                  "\"%.*s\" takes no such record.", STR_ARG(f->label.base));
        return RC_OK;
    }
    rc = rows_exists(s, e, v->u.i, &live, err);
    if (rc == RC_OK && live)
        rc = pipe_reach(s, e, v->u.i, &may, err);
    if (rc == RC_OK && live && may)
        rc = files_may_take(s, w, f, v->u.i, &may, err);
    if (rc != RC_OK)
        return rc;
    if (!live || !may) {
        not_there(s, w, f, e, v->u.i);
        return RC_OK;
    }
    if (w->item->op == RECORD_RESTORE)
        return RC_OK;
    rc = files_fit(s, w, f, v->u.i, err);
    return rc == RC_OK && f->filter ? check_filter(s, w, f, e, v->u.i, err)
                                    : rc;
}

/* A restore looks at all of them: a target may have gone to the bin since. An
   anyref may point into it, for nothing holds its target back. */
static bool wants_check(const struct work *w, const struct field *f)
{
    if (!(f->type->traits & FIELD_POINTS) ||
        w->item->v[f->index].kind == V_NULL)
        return false;
    if (w->item->op == RECORD_RESTORE)
        return !f->col.ent.s.n;
    return field_set_has(&w->item->changed, f->index);
}

enum rc check_refs(struct save *s, struct work *w, struct err *err)
{
    const struct entity *e = w->item->entity;
    size_t i;
    enum rc rc = RC_OK;

    for (i = e->n_system; rc == RC_OK && i < e->n_fields; i++)
        if (wants_check(w, e->fields[i]))
            rc = check_ref(s, w, e->fields[i], err);
    return rc;
}
