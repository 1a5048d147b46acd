/*
 * check - step 7: all that is wrong with all records, at once.
 *
 * Pure: nothing is written, other records are only read. Runs in the writer,
 * so that what it saw is what the write meets; a save that is known to be wrong
 * runs it over its snapshot instead and never reaches the writer.
 */
#include "record/pipe.h"

static const struct field *field_at(const struct work *w, size_t i)
{
    return w->item->entity->fields[i];
}

static bool is_changed(const struct work *w, size_t i)
{
    return field_set_has(&w->item->changed, (int)i);
}

/* --- required ----------------------------------------------------------------- */

static enum rc check_required(struct save *s, struct work *w,
                              const struct field *f, struct err *err)
{
    bool required = (f->flags & FIELD_REQUIRED) != 0;
    enum rc rc = RC_OK;

    /* written at step 9 */
    if (f->type->traits & FIELD_WRITTEN_BY_US)
        return RC_OK;
    if (w->item->v[f->index].kind != V_NULL)
        return RC_OK;
    if (!required && f->required_when)
        rc = rows_true(s, f->required_when, w, &required, err);
    if (rc == RC_OK && required)
        item_fail(s, w, RC_INVALID, "", f, "required", "Fill in \"%.*s\".",
                  STR_ARG(text_in(&f->label, model_lang(s->m, s->who->lang))));
    return rc;
}

/* --- limits, pattern, options ---------------------------------------------------- */

/* What was given passed at step 2; defaults and handlers' values did not yet. */
static bool wants_validate(const struct save *s, const struct work *w, size_t i)
{
    return is_changed(w, i) && w->item->v[i].kind != V_NULL &&
           (s->ctx->hooks || !field_set_has(&w->item->given, (int)i));
}

static enum rc check_value(struct save *s, struct work *w,
                           const struct field *f, struct err *err)
{
    struct field_in in = {.model = s->m,
                          .arena = s->arena,
                          .issues = s->issues,
                          .lang = model_lang(s->m, s->who->lang)};
    struct str was = issues_enter(s, w->item);
    enum rc rc = f->type->validate(&in, f, &w->item->v[f->index]);

    issues_leave(s, was);
    if (rc == RC_NOMEM)
        return pipe_nomem(err);
    if (rc == RC_INVALID)
        item_failed(w, RC_INVALID, "");
    return rc == RC_INVALID ? RC_OK : rc;
}

/* --- a tree has no rings ------------------------------------------------------------ */

static enum rc check_tree(struct save *s, struct work *w, const struct field *f,
                          struct err *err)
{
    const struct value *v = &w->item->v[f->index];
    const struct row *r = &w->now;
    int depth;
    enum rc rc;

    if (f->n_targets != 1 || f->targets[0] != w->item->entity)
        return RC_OK;
    for (depth = 0; v->kind == V_REF; depth++) {
        if (v->u.i == w->item->id || depth == PIPE_TREE_DEPTH) {
            item_fail(s, w, RC_INVALID, "", f, "ring",
                      "A record cannot stand below itself, nor more than %d "
                      "levels deep; choose another \"%.*s\".",
                      PIPE_TREE_DEPTH, STR_ARG(f->label.base));
            return RC_OK;
        }
        rc = rows_live(s, w->item->entity, v->u.i, &r, err);
        if (rc != RC_OK || !r)
            return rc;
        v = &r->v[f->index];
    }
    return RC_OK;
}

/* --- <check> --------------------------------------------------------------------------- */

static enum rc check_rule(struct save *s, struct work *w, const struct check *c,
                          struct err *err)
{
    struct str text = text_in(&c->message, model_lang(s->m, s->who->lang));
    bool wrong = false;
    char code[64];
    enum rc rc = rows_true(s, c->when, w, &wrong, err);

    if (rc != RC_OK || !wrong)
        return rc;
    (void)snprintf(code, sizeof code, "%.*s", STR_ARG(c->name));
    if (!text.n)
        text = fx_source(c->when);
    if (c->is_warning)
        item_warn(s, w, c->field, code, "%.*s", STR_ARG(text));
    else
        item_fail(s, w, RC_INVALID, "", c->field, code, "%.*s", STR_ARG(text));
    return RC_OK;
}

static enum rc check_rules(struct save *s, struct work *w, bool at_commit,
                           struct err *err)
{
    const struct entity *e = w->item->entity;
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < e->n_checks; i++)
        if (e->checks[i].at_commit == at_commit)
            rc = check_rule(s, w, &e->checks[i], err);
    return rc;
}

/* --- one record ----------------------------------------------------------------------------- */

static enum rc check_fields(struct save *s, struct work *w, struct err *err)
{
    const struct entity *e = w->item->entity;
    size_t i;
    enum rc rc = RC_OK;

    for (i = e->n_system; rc == RC_OK && i < e->n_fields; i++) {
        const struct field *f = field_at(w, i);

        rc = check_required(s, w, f, err);
        if (rc == RC_OK && wants_validate(s, w, i))
            rc = check_value(s, w, f, err);
        if (rc == RC_OK && (f->flags & FIELD_TREE) && is_changed(w, i))
            rc = check_tree(s, w, f, err);
    }
    return rc;
}

static enum rc check_item(struct save *s, struct work *w, struct err *err)
{
    enum rc rc = RC_OK;

    switch (w->item->op) {
    case RECORD_CREATE:
    case RECORD_UPDATE:
        rc = pipe_transition(s, w, err);
        if (rc == RC_OK)
            rc = check_fields(s, w, err);
        if (rc == RC_OK)
            rc = check_refs(s, w, err);
        if (rc == RC_OK)
            rc = check_uniques(s, w, err);
        if (rc == RC_OK)
            rc = check_rules(s, w, false, err);
        return rc;
    case RECORD_RESTORE:
        rc = check_refs(s, w, err);
        return rc == RC_OK ? check_uniques(s, w, err) : rc;
    case RECORD_DELETE:
        break;
    }
    return rc;
}

/* --- all -------------------------------------------------------------------------------------- */

/* In partial mode a record that leaves takes those with it that point to it. */
bool pipe_lose_dependents(struct save *s)
{
    bool lost = false;
    size_t i, k;

    for (i = 0; i < s->b->n; i++) {
        struct work *w = &s->work[i];

        for (k = 0; !w->item->failed && k < w->item->n_pending; k++) {
            const struct record_pending *p = &w->item->pending[k];
            const struct record_item *to = &s->b->items[p->item];

            if (!to->failed || to->op != RECORD_CREATE)
                continue;
            item_fail(s, w, RC_INVALID, "", p->field, "not_found",
                      "Request %d of this batch failed, so its record is not "
                      "there.",
                      p->item);
            lost = true;
        }
    }
    return lost;
}

enum rc pipe_check(struct save *s, struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < s->b->n; i++) {
        struct work *w = &s->work[i];

        if (!work_out(w) && !w->is_idle)
            rc = check_item(s, w, err);
    }
    if (rc == RC_OK)
        rc = check_removals(s, err);
    while (rc == RC_OK && pipe_lose_dependents(s))
        ;
    return rc;
}

bool pipe_has_late_checks(const struct save *s)
{
    size_t i, k;

    for (i = 0; i < s->b->n; i++)
        for (k = 0; k < s->b->items[i].entity->n_checks; k++)
            if (s->b->items[i].entity->checks[k].at_commit)
                return true;
    return false;
}

enum rc pipe_check_late(struct save *s, struct err *err)
{
    size_t i;
    enum rc rc;

    if (!pipe_has_late_checks(s))
        return RC_OK;
    rc = rows_begin(s, err); /* what was read before the write is old */
    for (i = 0; rc == RC_OK && i < s->b->n; i++) {
        struct work *w = &s->work[i];

        if (!w->item->failed && !w->is_idle && !w->is_gone &&
            w->item->op != RECORD_DELETE)
            rc = check_rules(s, w, true, err);
    }
    return rc;
}
