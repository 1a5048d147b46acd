/*
 * transition - step 5: may this record go from here to there?
 *
 * A status without moves may change freely. With moves, one that is enabled,
 * begins where the record stands, ends where it is to stand and whose guard
 * holds must exist; what it requires must be filled. A create may start in any
 * state, and an undo may go back the way it came.
 */
#include "record/pipe.h"

enum { TARGETS_BYTES = 240 };

static bool begins_at(const struct move *m, const struct str code)
{
    size_t i;

    for (i = 0; i < m->n_from; i++)
        if (str_eq(m->from[i]->code, code))
            return true;
    return false;
}

static bool leads(const struct move *m, struct str from, struct str to)
{
    return !m->disabled && m->to && str_eq(m->to->code, to) &&
           begins_at(m, from);
}

static struct str label_of(const struct field *f, struct str code)
{
    const struct option *o = field_option(f, code);

    return o && o->label.base.n ? o->label.base : code;
}

/* "Out, Cancelled", or "" where nothing leads on. */
static void targets_of(const struct field *f, struct str from,
                       char out[TARGETS_BYTES])
{
    size_t n = 0, i, k;

    out[0] = '\0';
    for (i = 0; i < f->n_moves && n < TARGETS_BYTES - 1; i++) {
        const struct move *m = &f->moves[i];
        struct str label = m->to ? label_of(f, m->to->code) : STR_NONE;
        int more;

        for (k = 0; k < i && f->moves[k].to != m->to; k++)
            ;
        if (!m->to || m->disabled || k < i || !begins_at(m, from))
            continue;
        more = snprintf(out + n, TARGETS_BYTES - n, "%s%.*s", n ? ", " : "",
                        STR_ARG(label));
        n += more > 0 ? (size_t)more : 0;
    }
}

static void refuse_edge(struct save *s, struct work *w, const struct field *f,
                        struct str from, struct str to)
{
    char targets[TARGETS_BYTES];
    struct str was = label_of(f, from);

    targets_of(f, from, targets);
    if (!targets[0])
        item_fail(s, w, RC_INVALID, "E_STATE", f, "not_allowed",
                  "From %.*s nothing leads on; \"%.*s\" stays as it is.",
                  STR_ARG(was), STR_ARG(f->label.base));
    else
        item_fail(s, w, RC_INVALID, "E_STATE", f, "not_allowed",
                  "From %.*s it does not go to %.*s; it goes to: %s.",
                  STR_ARG(was),
                  STR_ARG(to.n ? label_of(f, to) : STR("nothing")), targets);
}

static void refuse_guard(struct save *s, struct work *w, const struct field *f,
                         const struct move *m)
{
    if (m->message.base.n)
        item_fail(
            s, w, RC_INVALID, "E_STATE", f, "guard", "%.*s",
            STR_ARG(text_in(&m->message, model_lang(s->m, s->who->lang))));
    else
        item_fail(s, w, RC_INVALID, "E_STATE", f, "guard",
                  "\"%.*s\" is not possible now: %.*s does not hold.",
                  STR_ARG(m->label.base), STR_ARG(fx_source(m->when)));
}

static void check_required(struct save *s, struct work *w, const struct move *m)
{
    size_t i;

    for (i = 0; i < m->n_require; i++) {
        const struct field *f = m->require[i];

        if (w->item->v[f->index].kind == V_NULL)
            item_fail(s, w, RC_INVALID, "", f, "required",
                      "Fill in \"%.*s\" before \"%.*s\".",
                      STR_ARG(f->label.base), STR_ARG(m->label.base));
    }
}

static enum rc change(struct save *s, struct work *w, const struct field *f,
                      struct str from, struct str to, struct err *err)
{
    const struct move *guarded = NULL;
    size_t i;

    for (i = 0; i < f->n_moves; i++) {
        const struct move *m = &f->moves[i];
        bool holds = true;
        enum rc rc;

        if (!leads(m, from, to))
            continue;
        rc = m->when ? rows_true(s, m->when, w, &holds, err) : RC_OK;
        if (rc != RC_OK)
            return rc;
        if (holds) {
            check_required(s, w, m);
            return RC_OK;
        }
        guarded = m;
    }
    if (guarded)
        refuse_guard(s, w, f, guarded);
    else
        refuse_edge(s, w, f, from, to);
    return RC_OK;
}

enum rc pipe_transition(struct save *s, struct work *w, struct err *err)
{
    const struct entity *e = w->item->entity;
    size_t i;
    enum rc rc = RC_OK;

    if (w->item->op != RECORD_UPDATE || s->trusted)
        return RC_OK;
    for (i = e->n_system; rc == RC_OK && i < e->n_fields; i++) {
        const struct field *f = e->fields[i];
        const struct value *old = &w->item->old->v[i];
        const struct value *now = &w->item->v[i];

        if (f->n_moves && old->kind == V_TEXT &&
            field_set_has(&w->item->changed, (int)i))
            rc = change(s, w, f, old->u.s,
                        now->kind == V_TEXT ? now->u.s : STR(""), err);
    }
    return rc;
}
