/*
 * plan - two models compared, in words. See plan.h.
 *
 * Entities are the same by number, fields by their physical column, indexes by
 * name: so a rename is what keeps them, and needs no DDL at all.
 *
 * D801 data would be dropped        D802 an option or state in use is gone
 * D803 a unique that does not hold  D804 a type that its values do not fit
 * D805 dropped beside something alike: renamed?
 */
#include "model/plan_change.h"

#include <stdarg.h>
#include <stdio.h>

#include "model/physical.h"

/* Rates on one slow core with rows of 20 columns, in rows a millisecond. */
enum { RATE_INDEX = 300, RATE_REWRITE = 200, RATE_CONVERT = 30 };

enum { ALIKE_MAX_BYTES = 64 };

void plan_refuse(struct planner *p, const char *code, const char *fmt, ...)
{
    struct message m = {.severity = SEVERITY_ERROR, .code = code};
    char text[600];
    va_list args;

    va_start(args, fmt);
    if (vsnprintf(text, sizeof text, fmt, args) < 0)
        text[0] = '\0';
    va_end(args);
    m.text = str_copy(p->a, str_c(text));
    m.file = m.hint = m.excerpt = STR("");
    if (!m.text.p || !VEC_PUSH(p->a, &p->refused, m))
        p->nomem = true;
}

/* 8412 -> "8,412" */
static struct str count_text(struct planner *p, int64_t n)
{
    char digits[STR_I64_BYTES], out[2 * STR_I64_BYTES];
    size_t len = str_put_i64(digits, n), i, k = 0;

    for (i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            out[k++] = ',';
        out[k++] = digits[i];
    }
    return str_copy(p->a, str_of(out, k));
}

static void add_step(struct planner *p, enum plan_op op,
                     const struct plan_change *change, int64_t rows, int rate,
                     const char *fmt, ...)
{
    struct plan_change *c = arena_dup(p->a, change, sizeof *change);
    const struct entity *e =
        change->new_entity ? change->new_entity : change->old_entity;
    const struct field *f =
        change->new_field ? change->new_field : change->old_field;
    struct plan_step s = {.op = op, .rows = rows, .detail = c};
    char text[600];
    va_list args;

    va_start(args, fmt);
    if (vsnprintf(text, sizeof text, fmt, args) < 0)
        text[0] = '\0';
    va_end(args);
    s.ms = rows > 0 && rate ? rows / rate + 1 : 1;
    s.words = str_copy(p->a, str_c(text));
    s.entity = e ? str_copy(p->a, e->qname) : STR("");
    s.field = f ? str_copy(p->a, f->name) : STR("");
    if (!c || !s.words.p || !s.entity.p || !s.field.p ||
        !VEC_PUSH(p->a, &p->steps, s))
        p->nomem = true;
}

/* --- how alike two names are ---------------------------------------------- */

static size_t least(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;

    return m < c ? m : c;
}

static size_t distance(struct str a, struct str b)
{
    size_t row[ALIKE_MAX_BYTES + 1], i, k, diagonal, above;

    for (k = 0; k <= b.n; k++)
        row[k] = k;
    for (i = 1; i <= a.n; i++) {
        diagonal = row[0];
        row[0] = i;
        for (k = 1; k <= b.n; k++) {
            above = row[k];
            row[k] = least(row[k] + 1, row[k - 1] + 1,
                           diagonal + (a.p[i - 1] != b.p[k - 1]));
            diagonal = above;
        }
    }
    return row[b.n];
}

/* Over 0.6 of the longer name is the same, or one is part of the other. */
static bool are_alike(struct str a, struct str b)
{
    size_t longer = a.n > b.n ? a.n : b.n;

    if (!a.n || !b.n || longer > ALIKE_MAX_BYTES)
        return false;
    return (longer - distance(a, b)) * 10 > longer * 6 || str_find(a, b) >= 0 ||
           str_find(b, a) >= 0;
}

/* --- fields --------------------------------------------------------------- */

/* The same field in the other model: a new type does not change its name in
   the file, nor does a rename. */
static const struct field *same_field(const struct entity *e,
                                      const struct field *f)
{
    const struct field *there = entity_stored_field(e, field_stored_name(f));

    return there && !(there->flags & FIELD_SYSTEM) ? there : NULL;
}

static const struct field *added_alike(const struct entity *old_e,
                                       const struct entity *new_e,
                                       const struct field *gone)
{
    size_t i;

    for (i = new_e->n_system; i < new_e->n_fields; i++) {
        const struct field *f = new_e->fields[i];

        if (f->type == gone->type && !same_field(old_e, f) &&
            are_alike(f->name, gone->name))
            return f;
    }
    return NULL;
}

static enum rc drop_field(struct planner *p, const struct entity *old_e,
                          const struct entity *new_e, const struct field *f,
                          struct err *err)
{
    struct plan_change c = {
        .old_entity = old_e, .new_entity = new_e, .old_field = f};
    const struct field *alike = added_alike(old_e, new_e, f);
    struct str count;
    int64_t n;
    enum rc rc = plan_count(p, old_e->table, &f->col.main, &n, err);

    if (rc != RC_OK)
        return rc;
    count = count_text(p, n > 0 ? n : 0);
    if (n > 0 && !p->allow_drop && alike)
        plan_refuse(p, "D805",
                    "publishing would drop %.*s.%.*s (%.*s values) and add "
                    "\"%.*s\"; if it is a rename, write was=\"%.*s\" at the "
                    "new field, else drop it on purpose",
                    STR_ARG(old_e->qname), STR_ARG(f->name), STR_ARG(count),
                    STR_ARG(alike->name), STR_ARG(f->name));
    else if (n > 0 && !p->allow_drop)
        plan_refuse(p, "D801",
                    "publishing would drop %.*s.%.*s (%.*s values); keep the "
                    "field, hide it with hidden=\"true\", or drop it on "
                    "purpose",
                    STR_ARG(old_e->qname), STR_ARG(f->name), STR_ARG(count));
    add_step(p, PLAN_DROP_FIELD, &c, n, RATE_REWRITE,
             "Drop field %.*s of %.*s%s%.*s%s.", STR_ARG(f->label.base),
             STR_ARG(old_e->label.base), n > 0 ? "; " : "",
             n > 0 ? (int)count.n : 0, count.p,
             n > 0 ? " values are deleted" : "");
    return RC_OK;
}

static void add_field(struct planner *p, const struct entity *old_e,
                      const struct entity *new_e, const struct field *f)
{
    struct plan_change c = {
        .old_entity = old_e, .new_entity = new_e, .new_field = f};

    add_step(p, PLAN_ADD_FIELD, &c, 0, 0, "Add field %.*s (%s) to %.*s%s.",
             STR_ARG(f->label.base), f->type->name, STR_ARG(new_e->label.base),
             f->flags & FIELD_REQUIRED
                 ? "; records that are there need it when they are next edited"
                 : "");
}

static enum rc retype_field(struct planner *p, const struct field *from,
                            const struct field *to, struct err *err)
{
    struct plan_change c = {.old_entity = from->entity,
                            .new_entity = to->entity,
                            .old_field = from,
                            .new_field = to};
    struct str example, why;
    int64_t n;
    enum rc rc = plan_count(p, from->entity->table, &from->col.main, &n, err);

    if (rc != RC_OK)
        return rc;
    if (!plan_converts(from, to)) {
        if (n != 0)
            plan_refuse(p, "D804",
                        "%.*s.%.*s cannot turn from %s into %s; add a new "
                        "field, copy what is worth keeping, then drop this one",
                        STR_ARG(to->entity->qname), STR_ARG(to->name),
                        from->type->name, to->type->name);
    } else {
        rc = plan_find_unfit(p, from, to, &example, &why, err);
        if (rc == RC_OK && example.p)
            plan_refuse(p, "D804",
                        "%.*s.%.*s cannot turn from %s into %s while it holds "
                        "\"%.*s\": %.*s",
                        STR_ARG(to->entity->qname), STR_ARG(to->name),
                        from->type->name, to->type->name, STR_ARG(example),
                        STR_ARG(why));
    }
    add_step(p, PLAN_RETYPE_FIELD, &c, n, RATE_CONVERT,
             "Turn field %.*s of %.*s from %s into %s.",
             STR_ARG(to->label.base), STR_ARG(to->entity->label.base),
             from->type->name, to->type->name);
    return rc;
}

/* Codes that records hold must stay, hidden if nobody should pick them. */
static enum rc gone_options(struct planner *p, const struct field *from,
                            const struct field *to, struct err *err)
{
    size_t i;
    int64_t n = 0;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && !to->open && i < from->n_options; i++) {
        struct str code = from->codes[i], count;

        if (field_option(to, code))
            continue;
        rc = plan_count_code(p, from, code, &n, err);
        if (rc != RC_OK || n <= 0)
            continue;
        count = count_text(p, n);
        plan_refuse(p, "D802",
                    "%.*s records have %.*s.%.*s = \"%.*s\", which is gone; "
                    "keep it with hidden=\"true\", or give them another value "
                    "first",
                    STR_ARG(count), STR_ARG(to->entity->qname),
                    STR_ARG(to->name), STR_ARG(code));
    }
    return rc;
}

static enum rc gone_targets(struct planner *p, const struct field *from,
                            const struct field *to, struct err *err)
{
    size_t i, k;
    int64_t n = 0;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && from->col.ent.s.n && i < from->n_targets; i++) {
        for (k = 0; k < to->n_targets; k++)
            if (to->targets[k]->number == from->targets[i]->number)
                break;
        if (k < to->n_targets)
            continue;
        rc = plan_count_ent(p, from, from->targets[i]->number, &n, err);
        if (rc == RC_OK && n > 0 && !p->allow_drop)
            plan_refuse(p, "D802",
                        "%lld records have %.*s.%.*s on %.*s, which it does "
                        "not take any more; keep it in to=\"\"",
                        (long long)n, STR_ARG(to->entity->qname),
                        STR_ARG(to->name), STR_ARG(from->targets[i]->qname));
    }
    return rc;
}

static enum rc compare_field(struct planner *p, const struct field *from,
                             const struct field *to, struct err *err)
{
    struct plan_change c = {.old_entity = from->entity,
                            .new_entity = to->entity,
                            .old_field = from,
                            .new_field = to};
    enum rc rc;

    if (!str_eq(from->name, to->name))
        add_step(p, PLAN_RENAME_FIELD, &c, 0, 0,
                 "Rename field %.*s of %.*s to %.*s; no data is touched.",
                 STR_ARG(from->name), STR_ARG(to->entity->label.base),
                 STR_ARG(to->name));
    if (!plan_same_storage(from, to))
        return retype_field(p, from, to, err);
    rc = gone_options(p, from, to, err);
    return rc == RC_OK ? gone_targets(p, from, to, err) : rc;
}

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
            was = same_field(old_e, f);
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
    add_step(p, PLAN_ADD_UNIQUE, c, rows, RATE_INDEX,
             "Make %.*s unique by %.*s.", STR_ARG(c->new_entity->label.base),
             STR_ARG(words));
    return rc;
}

static enum rc compare_indexes(struct planner *p, const struct entity *old_e,
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
        add_step(p, was[i].unique ? PLAN_DROP_UNIQUE : PLAN_DROP_INDEX, &c, 0,
                 0, "Drop the %s of %.*s by %.*s.",
                 was[i].unique ? "unique" : "index", STR_ARG(old_e->label.base),
                 STR_ARG(index_words(p, &was[i])));
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
            add_step(p, PLAN_ADD_INDEX, &c, rows, RATE_INDEX,
                     "Index %.*s by %.*s.", STR_ARG(new_e->label.base),
                     STR_ARG(index_words(p, &is[i])));
    }
    return rc;
}

/* --- entities ------------------------------------------------------------- */

static struct str search_text(struct planner *p, const struct entity *e)
{
    struct str s = STR("");
    size_t i;

    for (i = 0; i < e->n_search; i++) {
        const void *const *path;
        size_t n = fx_as_path(e->search[i], &path), k;

        for (k = 0; k < n; k++) {
            const struct field *f = path[k];

            s = str_fmt(p->a, "%.*s%d.%.*s ", STR_ARG(s), f->entity->number,
                        STR_ARG(f->col.main.s));
            p->nomem |= !s.p;
        }
    }
    return s;
}

static enum rc compare_search(struct planner *p, const struct entity *old_e,
                              const struct entity *new_e, struct err *err)
{
    struct plan_change c = {.old_entity = old_e, .new_entity = new_e};
    int64_t rows;
    enum rc rc;

    if (str_eq(search_text(p, old_e), search_text(p, new_e)))
        return RC_OK;
    rc = plan_count(p, old_e->table, NULL, &rows, err);
    if (rc == RC_OK && rows != 0)
        add_step(p, PLAN_REINDEX, &c, rows, RATE_CONVERT,
                 "Search finds other fields of %.*s; its records are read "
                 "anew in the background.",
                 STR_ARG(new_e->label.base));
    return rc;
}

static enum rc compare_entity(struct planner *p, const struct entity *old_e,
                              const struct entity *new_e, struct err *err)
{
    struct plan_change c = {.old_entity = old_e, .new_entity = new_e};
    enum rc rc = RC_OK;
    size_t i;

    if (!str_eq(old_e->qname, new_e->qname))
        add_step(p, PLAN_RENAME_ENTITY, &c, 0, 0,
                 "Rename %.*s to %.*s; no data is touched.",
                 STR_ARG(old_e->qname), STR_ARG(new_e->qname));
    for (i = old_e->n_system; rc == RC_OK && i < old_e->n_fields; i++)
        if (!same_field(new_e, old_e->fields[i]))
            rc = drop_field(p, old_e, new_e, old_e->fields[i], err);
    for (i = new_e->n_system; rc == RC_OK && i < new_e->n_fields; i++) {
        const struct field *was = same_field(old_e, new_e->fields[i]);

        if (was)
            rc = compare_field(p, was, new_e->fields[i], err);
        else
            add_field(p, old_e, new_e, new_e->fields[i]);
    }
    if (rc == RC_OK)
        rc = compare_indexes(p, old_e, new_e, err);
    return rc == RC_OK ? compare_search(p, old_e, new_e, err) : rc;
}

static const struct entity *by_number(const struct model *m, int number)
{
    return m ? model_entity_no(m, number) : NULL;
}

static const struct entity *new_alike(struct planner *p,
                                      const struct entity *gone)
{
    size_t i;

    for (i = 0; i < p->new_model->n_entities; i++) {
        const struct entity *e = p->new_model->entities[i];

        if (str_eq(e->package, gone->package) &&
            !by_number(p->old, e->number) && are_alike(e->name, gone->name))
            return e;
    }
    return NULL;
}

static enum rc drop_entity(struct planner *p, const struct entity *e,
                           struct err *err)
{
    struct plan_change c = {.old_entity = e};
    const struct entity *alike = new_alike(p, e);
    struct str count;
    int64_t n;
    enum rc rc = plan_count(p, e->table, NULL, &n, err);

    if (rc != RC_OK)
        return rc;
    count = count_text(p, n > 0 ? n : 0);
    if (n > 0 && !p->allow_drop && alike)
        plan_refuse(p, "D805",
                    "publishing would drop %.*s (%.*s records) and add "
                    "\"%.*s\"; if it is a rename, write was=\"%.*s\" at the "
                    "new entity, else drop it on purpose",
                    STR_ARG(e->qname), STR_ARG(count), STR_ARG(alike->name),
                    STR_ARG(e->name));
    else if (n > 0 && !p->allow_drop)
        plan_refuse(p, "D801",
                    "publishing would drop %.*s (%.*s records); keep the "
                    "entity, or drop it on purpose",
                    STR_ARG(e->qname), STR_ARG(count));
    add_step(p, PLAN_DROP_ENTITY, &c, n, RATE_REWRITE, "Drop %.*s%s%.*s%s.",
             STR_ARG(e->label.base), n > 0 ? "; " : "",
             n > 0 ? (int)count.n : 0, count.p,
             n > 0 ? " records are deleted" : "");
    return RC_OK;
}

static void add_entity(struct planner *p, const struct entity *e)
{
    struct plan_change c = {.new_entity = e};
    size_t n = e->n_fields - e->n_system;

    add_step(p, PLAN_ADD_ENTITY, &c, 0, 0, "Add %.*s with %zu field%s.",
             STR_ARG(e->label.base), n, n == 1 ? "" : "s");
}

static enum rc compare(struct planner *p, struct err *err)
{
    struct plan_change none = {0};
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && p->old && i < p->old->n_entities; i++)
        if (!by_number(p->new_model, p->old->entities[i]->number))
            rc = drop_entity(p, p->old->entities[i], err);
    for (i = 0; rc == RC_OK && i < p->new_model->n_entities; i++) {
        const struct entity *e = p->new_model->entities[i];
        const struct entity *was = by_number(p->old, e->number);

        if (was)
            rc = compare_entity(p, was, e, err);
        else
            add_entity(p, e);
    }
    if (rc == RC_OK && (!p->old || memcmp(p->old->hash, p->new_model->hash,
                                          sizeof p->old->hash) != 0))
        add_step(p, PLAN_DEFINITIONS, &none, 0, 0,
                 "Publish forms, views, menus and labels.");
    return rc;
}

enum rc plan_make(const struct model *old, const struct model *new_model,
                  struct db *db, bool allow_drop, struct arena *a,
                  struct plan *out, struct err *err)
{
    struct planner p = {.old = old,
                        .new_model = new_model,
                        .db = db,
                        .allow_drop = allow_drop,
                        .a = a};
    enum rc rc = compare(&p, err);

    if (rc == RC_OK && p.nomem)
        rc = FAIL(err, RC_NOMEM, "There is no memory for the plan.");
    if (rc != RC_OK)
        return rc;
    *out = (struct plan){.arena = a,
                         .package = STR(""),
                         .from = STR(""),
                         .to = STR(""),
                         .steps = p.steps.v,
                         .n = p.steps.n,
                         .refused = p.refused.v,
                         .n_refused = p.refused.n};
    return RC_OK;
}
