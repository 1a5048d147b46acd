/*
 * plan_index - indexes and uniques of an entity compared; the same by name.
 *
 * D803 a unique that does not hold
 */
#include "model/plan_change.h"

#include "model/physical.h"

enum { RATE_INDEX = 300 }; /* rows a millisecond, on one slow core */

/* --- indexes -------------------------------------------------------------- */

bool plan_index_has(const struct ddl_index *ix, const struct field *f)
{
    struct ident names[FIELD_MAX_COLUMNS];
    enum db_type types[FIELD_MAX_COLUMNS];
    size_t n = field_columns(f, names, types), i, k;

    for (i = 0; i < n; i++)
        for (k = 0; k < ix->n; k++)
            if (str_eq(names[i].s, ix->keys[k].column.s))
                return true;
    return false;
}

static bool same_index(const struct ddl_index *a, const struct ddl_index *b)
{
    size_t i;

    if (!str_eq(a->name.s, b->name.s) || a->n != b->n ||
        a->unique != b->unique || a->live_only != b->live_only)
        return false;
    for (i = 0; i < a->n; i++)
        if (!str_eq(a->keys[i].column.s, b->keys[i].column.s) ||
            a->keys[i].descending != b->keys[i].descending)
            return false;
    return true;
}

static bool among(const struct ddl_index *v, size_t n,
                  const struct ddl_index *ix)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (same_index(&v[i], ix))
            return true;
    return false;
}

static struct str index_words(struct planner *p, const struct ddl_index *ix)
{
    struct str s = STR("");
    size_t i;

    for (i = 0; i < ix->n; i++) {
        if (str_is(ix->keys[i].column.s, "id"))
            continue;
        s = str_fmt(p->a, "%.*s%s%.*s", STR_ARG(s), i ? ", " : "",
                    STR_ARG(ix->keys[i].column.s));
        p->nomem |= !s.p;
    }
    return s;
}

/* Are all its columns there already, with values that will not change? */
static bool can_be_tried(const struct entity *old_e, const struct entity *new_e,
                         const struct ddl_index *ix)
{
    size_t i, k;

    for (k = 0; k < ix->n; k++) {
        bool found = false;

        for (i = 0; i < new_e->n_fields; i++) {
            const struct field *f = new_e->fields[i], *was;
            struct ddl_index one = *ix;

            one.keys[0] = ix->keys[k];
            one.n = 1;
            was = plan_same_field(old_e, f);
            found |=
                plan_index_has(&one, f) && was && plan_same_storage(was, f);
        }
        if (!found)
            return false;
    }
    return true;
}

static enum rc add_unique(struct planner *p, const struct plan_change *c,
                          int64_t rows, struct err *err)
{
    struct str example = STR_NONE, words = index_words(p, c->index);
    enum rc rc = RC_OK;

    if (rows > 0 && can_be_tried(c->old_entity, c->new_entity, c->index))
        rc = plan_find_twice(p, c->index, &example, err);
    if (rc == RC_OK && example.p)
        plan_refuse(p, "D803",
                    "%.*s cannot be unique by %.*s: \"%.*s\" is there more "
                    "than once; merge these records first",
                    STR_ARG(c->new_entity->qname), STR_ARG(words),
                    STR_ARG(example));
    plan_add_step(p, PLAN_ADD_UNIQUE, c, rows, RATE_INDEX,
                  "Make %.*s unique by %.*s.",
                  STR_ARG(c->new_entity->label.base), STR_ARG(words));
    return rc;
}

enum rc plan_compare_indexes(struct planner *p, const struct entity *old_e,
                             const struct entity *new_e, struct err *err)
{
    struct plan_change c = {.old_entity = old_e, .new_entity = new_e};
    struct ddl_index *was, *is;
    size_t n_was, n_is, i;
    int64_t rows = -1;
    enum rc rc = physical_indexes(old_e, p->a, &was, &n_was, err);

    if (rc == RC_OK)
        rc = physical_indexes(new_e, p->a, &is, &n_is, err);
    for (i = 0; rc == RC_OK && i < n_was; i++) {
        if (among(is, n_is, &was[i]))
            continue;
        c.index = &was[i];
        plan_add_step(
            p, was[i].unique ? PLAN_DROP_UNIQUE : PLAN_DROP_INDEX, &c, 0, 0,
            "Drop the %s of %.*s by %.*s.", was[i].unique ? "unique" : "index",
            STR_ARG(old_e->label.base), STR_ARG(index_words(p, &was[i])));
    }
    for (i = 0; rc == RC_OK && i < n_is; i++) {
        if (among(was, n_was, &is[i]))
            continue;
        c.index = &is[i];
        if (rows < 0)
            rc = plan_count(p, old_e->table, NULL, &rows, err);
        if (rc == RC_OK && is[i].unique)
            rc = add_unique(p, &c, rows, err);
        else if (rc == RC_OK)
            plan_add_step(p, PLAN_ADD_INDEX, &c, rows, RATE_INDEX,
                          "Index %.*s by %.*s.", STR_ARG(new_e->label.base),
                          STR_ARG(index_words(p, &is[i])));
    }
    return rc;
}
