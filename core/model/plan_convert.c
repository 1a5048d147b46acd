/*
 * plan_convert - values of one field type as values of another.
 *
 * The way is text: what the old type writes, the new one reads and checks, so a
 * conversion is as exact as an export and an import, and says what it refuses.
 * References do not go through text; only a ref becomes an anyref.
 */
#include "model/plan_change.h"

static bool is_type(const struct field *f, const char *name)
{
    return strcmp(f->type->name, name) == 0;
}

static bool points(const struct field *f)
{
    return (f->type->traits & FIELD_POINTS) != 0;
}

static bool points_to(const struct field *f, const struct entity *e)
{
    size_t i;

    for (i = 0; i < f->n_targets; i++)
        if (f->targets[i]->number == e->number)
            return true;
    return false;
}

bool plan_same_storage(const struct field *from, const struct field *to)
{
    if (from->type == to->type && !points(from))
        return from->scale == to->scale || is_type(to, "money");
    if (is_type(from, "anyref") || is_type(to, "anyref"))
        return from->type == to->type;
    return points(from) && points(to) && from->n_targets == 1 &&
           to->n_targets == 1 && points_to(to, from->targets[0]) &&
           from->on_delete == to->on_delete;
}

bool plan_converts(const struct field *from, const struct field *to)
{
    if (is_type(to, "anyref") && from->n_targets == 1 && points(from))
        return points_to(to, from->targets[0]);
    if (points(from) || points(to)) /* another action on delete */
        return from->n_targets == 1 && to->n_targets == 1 &&
               points_to(to, from->targets[0]);
    return !(to->type->traits & FIELD_WRITTEN_BY_US);
}

enum rc plan_convert(const struct model *m, const struct field *from,
                     const struct field *to, const struct value *v,
                     struct issues *issues, struct arena *a, struct value *out,
                     struct err *err)
{
    struct field_in in = {.model = m, .arena = a, .issues = issues, .lang = -1};
    struct str text;
    struct buf b;
    enum rc rc;

    if (points(from)) {
        *out = *v;
        if (is_type(to, "anyref"))
            *out = (struct value){.kind = V_ANYREF,
                                  .ent = from->targets[0]->number,
                                  .u.i = v->u.i};
        return RC_OK;
    }
    buf_init(&b, 8 << 20);
    from->type->write_text(m, from, v, &b);
    rc = buf_finish(&b, a, &text, err);
    buf_release(&b);
    if (rc == RC_OK)
        rc = to->type->parse_text(&in, to, text, out);
    if (rc == RC_OK && out->kind != V_NULL)
        rc = to->type->validate(&in, to, out);
    return rc;
}

/* --- rows ---------------------------------------------------------------- */

struct rows {
    struct db *db;
    const struct model *m;
    const struct field *from, *to;
    const struct ident *columns; /* of `from`, under other names */
    struct arena *a;
    struct db_stmt *read, *write, *side;
    size_t n_from, n_to;
};

static enum rc prepare(struct rows *r, struct sqlb *q, struct db_stmt **out,
                       struct err *err)
{
    enum rc rc;
    struct str sql;

    rc = sqlb_text(q, &sql, err);
    if (rc == RC_OK)
        rc = db_prepare(r->db, sql, out, err);
    sqlb_release(q);
    return rc;
}

static enum rc prepare_read(struct rows *r, struct err *err)
{
    struct sqlb q;
    size_t i;

    sqlb_init(&q, db_dialect(db_store_of(r->db)), r->a);
    sqlb_lit(&q, "SELECT ");
    for (i = 0; i < r->n_from; i++) {
        sqlb_ident(&q, r->columns[i]);
        sqlb_lit(&q, ", ");
    }
    sqlb_lit(&q, "id FROM ");
    sqlb_ident(&q, r->to->entity->table);
    sqlb_lit(&q, " WHERE id > ?1 ORDER BY id LIMIT 500");
    return prepare(r, &q, &r->read, err);
}

static enum rc prepare_write(struct rows *r, struct err *err)
{
    static const char *const PARAMETER[] = {"=?1", "=?2", "=?3", "=?4"};
    struct ident names[FIELD_MAX_COLUMNS];
    enum db_type types[FIELD_MAX_COLUMNS];
    struct sqlb q;
    size_t i;

    r->n_to = field_columns(r->to, names, types);
    sqlb_init(&q, db_dialect(db_store_of(r->db)), r->a);
    sqlb_lit(&q, "UPDATE ");
    sqlb_ident(&q, r->to->entity->table);
    sqlb_lit(&q, " SET ");
    for (i = 0; i < r->n_to; i++) {
        if (i)
            sqlb_lit(&q, ", ");
        sqlb_ident(&q, names[i]);
        sqlb_lit_(&q, PARAMETER[i], 3);
    }
    sqlb_lit(&q, " WHERE id=?5");
    return prepare(r, &q, &r->write, err);
}

static enum rc prepare_side(struct rows *r, struct err *err)
{
    struct sqlb q;

    if (!r->to->col.side.s.n)
        return RC_OK;
    sqlb_init(&q, db_dialect(db_store_of(r->db)), r->a);
    sqlb_lit(&q, "INSERT INTO ");
    sqlb_ident(&q, r->to->col.side);
    sqlb_lit(&q, "(rec, code) VALUES(?1, ?2)");
    return prepare(r, &q, &r->side, err);
}

static void bind(struct db_stmt *st, int i, const struct value *v)
{
    if (v->kind == V_TEXT)
        db_bind_str(st, i, v->u.s);
    else if (v->kind == V_BOOL)
        db_bind_bool(st, i, v->u.b);
    else if (v->kind == V_NULL)
        db_bind_null(st, i);
    else
        db_bind_i64(st, i, v->u.i);
}

static enum rc write_side(struct rows *r, int64_t id, const struct value *v,
                          struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; r->side && v->kind == V_LIST && rc == RC_OK && i < v->u.list.n;
         i++) {
        db_stmt_reset(r->side);
        db_bind_i64(r->side, 1, id);
        db_bind_str(r->side, 2, v->u.list.v[i].u.s);
        rc = db_step_done(r->side, err);
    }
    return rc;
}

static enum rc convert_row(struct rows *r, int64_t id, const struct value *old,
                           struct err *err)
{
    struct value v = VALUE_NULL, cols[FIELD_MAX_COLUMNS];
    struct issues issues;
    size_t i;
    enum rc rc;

    issues_init(&issues, r->a);
    rc = plan_convert(r->m, r->from, r->to, old, &issues, r->a, &v, err);
    if (rc == RC_INVALID)
        return FAIL(err, RC_CONFLICT,
                    "A value of \"%.*s\" does not fit its new type any more: "
                    "%.*s",
                    STR_ARG(r->to->name),
                    issues.n ? (int)issues.v[0].message.n : 0,
                    issues.n ? issues.v[0].message.p : "");
    if (rc == RC_OK)
        rc = r->to->type->store(r->to, &v, r->a, cols, err);
    if (rc != RC_OK)
        return rc;
    db_stmt_reset(r->write);
    for (i = 0; i < r->n_to; i++)
        bind(r->write, (int)i + 1, &cols[i]);
    for (; i < FIELD_MAX_COLUMNS; i++)
        db_bind_null(r->write, (int)i + 1);
    db_bind_i64(r->write, 5, id);
    rc = db_step_done(r->write, err);
    return rc == RC_OK ? write_side(r, id, &v, err) : rc;
}

/* 500 rows are read before they are written: nothing reads a table while it is
   changed under it. */
static enum rc convert_page(struct rows *r, int64_t *after, bool *more,
                            struct err *err)
{
    struct {
        int64_t id;
        struct value v;
    } *page = arena_array(r->a, 500, sizeof *page);
    bool has_row = true;
    size_t n = 0, i;
    enum rc rc = RC_OK;

    if (!page)
        return FAIL(err, RC_NOMEM, "There is no memory to convert a field.");
    db_stmt_reset(r->read);
    db_bind_i64(r->read, 1, *after);
    while (rc == RC_OK && n < 500) {
        struct value v = VALUE_NULL;

        rc = db_step(r->read, &has_row, err);
        if (rc != RC_OK || !has_row)
            break;
        rc = r->from->type->load(r->from, r->read, 0, r->a, &v, err);
        page[n].id = db_col_i64(r->read, (int)r->n_from);
        if (rc == RC_OK && !value_copy(r->a, &v, &page[n].v))
            rc = FAIL(err, RC_NOMEM, "There is no memory to convert a field.");
        n++;
    }
    db_stmt_reset(r->read);
    for (i = 0; rc == RC_OK && i < n; i++)
        if (page[i].v.kind != V_NULL)
            rc = convert_row(r, page[i].id, &page[i].v, err);
    *more = n == 500;
    if (n)
        *after = page[n - 1].id;
    return rc;
}

enum rc plan_convert_rows(struct db *db, const struct model *m,
                          const struct field *from, const struct ident *columns,
                          const struct field *to, struct err *err)
{
    struct field_column v[FIELD_MAX_COLUMNS];
    struct arena a;
    struct rows r = {
        .db = db, .m = m, .from = from, .to = to, .columns = columns, .a = &a};
    struct arena_mark mark;
    int64_t after = 0;
    bool more = true;
    enum rc rc;

    arena_init(&a, 256 << 20);
    r.n_from = from->type->columns(from, v);
    rc = prepare_read(&r, err);
    if (rc == RC_OK)
        rc = prepare_write(&r, err);
    if (rc == RC_OK)
        rc = prepare_side(&r, err);
    mark = arena_mark(&a);
    while (rc == RC_OK && more) {
        rc = convert_page(&r, &after, &more, err);
        arena_rewind(&a, mark);
    }
    db_stmt_release(r.read);
    db_stmt_release(r.write);
    db_stmt_release(r.side);
    arena_release(&a);
    return rc;
}
