/*
 * plan_archive - what a removal keeps and an install wakes up again. No table
 * changes by it; the plan says it, so that nobody wonders later what a table
 * without a screen is for.
 */
#include "model/plan_change.h"

static bool is_archived(const struct model *m, struct str package)
{
    size_t i;

    for (i = 0; m && i < m->n_packages; i++)
        if (str_eq(m->packages[i]->id, package))
            return m->packages[i]->is_archived;
    return false;
}

static void say_entity(struct planner *p, const struct plan_change *c,
                       int64_t rows)
{
    const struct entity *e = c->new_entity;
    bool one = rows == 1;
    struct str sides = STR("");
    size_t i;

    for (i = 0; i < e->n_fields; i++)
        if (e->fields[i]->col.side.s.n && sides.p)
            sides = str_fmt(p->a, "%.*s, %.*s", STR_ARG(sides),
                            STR_ARG(e->fields[i]->col.side.s));
    p->nomem |= !sides.p;
    if (e->is_archived)
        plan_add_step(p, PLAN_KEEP_ENTITY, c, rows, 0,
                      "Keep %.*s as a read-only archive: table%s %.*s%.*s.",
                      STR_ARG(e->plural.base), sides.n ? "s" : "",
                      STR_ARG(e->table.s), (int)sides.n,
                      sides.p ? sides.p : "");
    else
        plan_add_step(p, PLAN_WAKE_ENTITY, c, rows, 0,
                      "Bring %.*s back from the archive%s.",
                      STR_ARG(e->plural.base),
                      rows <= 0 ? ""
                      : one     ? " with its record"
                                : " with its records");
}

static void say_field(struct planner *p, const struct plan_change *c,
                      int64_t rows, bool kept)
{
    const struct field *f = c->new_field;
    struct ident side = f->col.side;

    if (!kept)
        plan_add_step(p, PLAN_WAKE_FIELD, c, rows, 0,
                      "Bring field %.*s of %.*s back.", STR_ARG(f->label.base),
                      STR_ARG(f->entity->label.base));
    else
        plan_add_step(p, PLAN_KEEP_FIELD, c, rows, 0,
                      "Keep field %.*s of %.*s, read-only: %s %.*s%s%.*s.",
                      STR_ARG(f->label.base), STR_ARG(f->entity->label.base),
                      side.s.n ? "table" : "column",
                      STR_ARG(side.s.n ? side.s : f->entity->table.s),
                      side.s.n ? "" : ".", side.s.n ? 0 : (int)f->col.main.s.n,
                      f->col.main.s.p);
}

static enum rc look_at_field(struct planner *p, const struct entity *was,
                             const struct field *f, struct err *err)
{
    const struct field *old = plan_same_field(was, f);
    struct plan_change c = {.old_entity = was,
                            .new_entity = f->entity,
                            .old_field = old,
                            .new_field = f};
    bool before = old && is_archived(p->old, old->package);
    bool kept = is_archived(p->new_model, f->package);
    int64_t rows;
    enum rc rc;

    if (!old || before == kept || f->entity->is_archived != was->is_archived)
        return RC_OK;
    rc = plan_count_values(p, f, &rows, err);
    if (rc == RC_OK)
        say_field(p, &c, rows, kept);
    return rc;
}

enum rc plan_compare_archives(struct planner *p, const struct entity *was,
                              const struct entity *is, struct err *err)
{
    struct plan_change c = {.old_entity = was, .new_entity = is};
    int64_t rows;
    size_t i;
    enum rc rc = RC_OK;

    if (was->is_archived != is->is_archived) {
        rc = plan_count(p, is->table, NULL, &rows, err);
        if (rc == RC_OK)
            say_entity(p, &c, rows);
    }
    for (i = is->n_system; rc == RC_OK && i < is->n_fields; i++)
        rc = look_at_field(p, was, is->fields[i], err);
    return rc;
}

bool plan_drops_data(const struct plan *plan)
{
    size_t i;

    for (i = 0; i < plan->n; i++)
        if ((plan->steps[i].op == PLAN_DROP_ENTITY ||
             plan->steps[i].op == PLAN_DROP_FIELD) &&
            plan->steps[i].rows != 0)
            return true;
    return false;
}
