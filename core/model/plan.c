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
enum { RATE_REWRITE = 200, RATE_CONVERT = 30 };

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

/* "8,412 values", "1 value" */
static struct str counted(struct planner *p, int64_t n, const char *what)
{
    char digits[STR_I64_BYTES], out[2 * STR_I64_BYTES];
    size_t len = str_put_i64(digits, n), i, k = 0;
    struct str s;

    for (i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            out[k++] = ',';
        out[k++] = digits[i];
    }
    s = str_fmt(p->a, "%.*s %s%s", (int)k, out, what, n == 1 ? "" : "s");
    p->nomem |= !s.p;
    return s;
}

void plan_add_step(struct planner *p, enum plan_op op,
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
const struct field *plan_same_field(const struct entity *e,
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

        if (f->type == gone->type && !plan_same_field(old_e, f) &&
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
    enum rc rc = plan_count_values(p, f, &n, err);

    if (rc != RC_OK)
        return rc;
    count = counted(p, n > 0 ? n : 0, "value");
    if (n > 0 && !p->allow_drop && alike)
        plan_refuse(p, "D805",
                    "publishing would drop %.*s.%.*s (%.*s) and add "
                    "\"%.*s\"; if it is a rename, write was=\"%.*s\" at the "
                    "new field, else drop it on purpose",
                    STR_ARG(old_e->qname), STR_ARG(f->name), STR_ARG(count),
                    STR_ARG(alike->name), STR_ARG(f->name));
    else if (n > 0 && !p->allow_drop)
        plan_refuse(p, "D801",
                    "publishing would drop %.*s.%.*s (%.*s); keep the "
                    "field, hide it with hidden=\"true\", or drop it on "
                    "purpose",
                    STR_ARG(old_e->qname), STR_ARG(f->name), STR_ARG(count));
    plan_add_step(p, PLAN_DROP_FIELD, &c, n, RATE_REWRITE,
                  "Drop field %.*s of %.*s%s%.*s.", STR_ARG(f->label.base),
                  STR_ARG(old_e->label.base), n > 0 ? " with " : "",
                  n > 0 ? (int)count.n : 0, count.p);
    return RC_OK;
}

static void add_field(struct planner *p, const struct entity *old_e,
                      const struct entity *new_e, const struct field *f)
{
    struct plan_change c = {
        .old_entity = old_e, .new_entity = new_e, .new_field = f};

    plan_add_step(
        p, PLAN_ADD_FIELD, &c, 0, 0, "Add field %.*s (%s) to %.*s%s.",
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
    plan_add_step(p, PLAN_RETYPE_FIELD, &c, n, RATE_CONVERT,
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
        count = counted(p, n, "record");
        plan_refuse(p, "D802",
                    "\"%.*s\" of %.*s.%.*s is gone but in use by %.*s; keep "
                    "it with hidden=\"true\", or give them another value "
                    "first",
                    STR_ARG(code), STR_ARG(to->entity->qname),
                    STR_ARG(to->name), STR_ARG(count));
    }
    return rc;
}

static enum rc gone_targets(struct planner *p, const struct field *from,
                            const struct field *to, struct err *err)
{
    size_t i, k;
    int64_t n = 0;
    struct str count;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && from->col.ent.s.n && i < from->n_targets; i++) {
        for (k = 0; k < to->n_targets; k++)
            if (to->targets[k]->number == from->targets[i]->number)
                break;
        if (k < to->n_targets)
            continue;
        rc = plan_count_ent(p, from, from->targets[i]->number, &n, err);
        if (rc != RC_OK || n <= 0 || p->allow_drop)
            continue;
        count = counted(p, n, "record");
        plan_refuse(p, "D802",
                    "%.*s.%.*s does not take %.*s any more, but %.*s hold%s "
                    "one; keep it in to=\"\"",
                    STR_ARG(to->entity->qname), STR_ARG(to->name),
                    STR_ARG(from->targets[i]->qname), STR_ARG(count),
                    n == 1 ? "s" : "");
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
        plan_add_step(p, PLAN_RENAME_FIELD, &c, 0, 0,
                      "Rename field %.*s of %.*s to %.*s; no data is touched.",
                      STR_ARG(from->name), STR_ARG(to->entity->label.base),
                      STR_ARG(to->name));
    if (!plan_same_storage(from, to))
        return retype_field(p, from, to, err);
    rc = gone_options(p, from, to, err);
    return rc == RC_OK ? gone_targets(p, from, to, err) : rc;
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
        plan_add_step(p, PLAN_REINDEX, &c, rows, RATE_CONVERT,
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
        plan_add_step(p, PLAN_RENAME_ENTITY, &c, 0, 0,
                      "Rename %.*s to %.*s; no data is touched.",
                      STR_ARG(old_e->qname), STR_ARG(new_e->qname));
    for (i = old_e->n_system; rc == RC_OK && i < old_e->n_fields; i++)
        if (!plan_same_field(new_e, old_e->fields[i]))
            rc = drop_field(p, old_e, new_e, old_e->fields[i], err);
    for (i = new_e->n_system; rc == RC_OK && i < new_e->n_fields; i++) {
        const struct field *was = plan_same_field(old_e, new_e->fields[i]);

        if (was)
            rc = compare_field(p, was, new_e->fields[i], err);
        else
            add_field(p, old_e, new_e, new_e->fields[i]);
    }
    if (rc == RC_OK)
        rc = plan_compare_archives(p, old_e, new_e, err);
    if (rc == RC_OK)
        rc = plan_compare_indexes(p, old_e, new_e, err);
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
    count = counted(p, n > 0 ? n : 0, "record");
    if (n > 0 && !p->allow_drop && alike)
        plan_refuse(p, "D805",
                    "publishing would drop %.*s (%.*s) and add "
                    "\"%.*s\"; if it is a rename, write was=\"%.*s\" at the "
                    "new entity, else drop it on purpose",
                    STR_ARG(e->qname), STR_ARG(count), STR_ARG(alike->name),
                    STR_ARG(e->name));
    else if (n > 0 && !p->allow_drop)
        plan_refuse(p, "D801",
                    "publishing would drop %.*s (%.*s); keep the "
                    "entity, or drop it on purpose",
                    STR_ARG(e->qname), STR_ARG(count));
    plan_add_step(p, PLAN_DROP_ENTITY, &c, n, RATE_REWRITE, "Drop %.*s%s%.*s.",
                  STR_ARG(e->label.base), n > 0 ? " with " : "",
                  n > 0 ? (int)count.n : 0, count.p);
    return RC_OK;
}

static void add_entity(struct planner *p, const struct entity *e)
{
    struct plan_change c = {.new_entity = e};
    size_t n = e->n_fields - e->n_system;

    plan_add_step(p, PLAN_ADD_ENTITY, &c, 0, 0, "Add %.*s with %zu field%s.",
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
        plan_add_step(p, PLAN_DEFINITIONS, &none, 0, 0,
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
