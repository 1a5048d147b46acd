/*
 * as_of - records as they were at an earlier time. See query.h and
 * docs/design/0052-an-earlier-time.md.
 *
 * The statement of a plan stays what it is. In front of it stands a WITH for
 * each table of which records changed since: the rows that did not, as they
 * are, and those that did, taken back by their before-images and bound as one
 * JSON text. A name in the statement then means the table as it was, for
 * filters, orders, joins, titles, counts and aggregates alike.
 *
 * Cost: the journal since that time, a look-up a changed record, and a scan
 * where an index of the table would have served. At most LIMIT_PAST records.
 */
#include "base/id.h"
#include "base/limits.h"
#include "query/plan.h"

enum {
    PAST_ARENA = 256 << 20,
    PAST_JSON = 64 << 20,
    LOAD_AT_ONCE = 500,
    /* a transaction's id is taken after its time: by how much a clock that
       was set back may lie */
    SLACK_MS = 600000
};

/* op as in sys_chg */
enum { OP_CREATE = 1, OP_UPDATE, OP_DELETE, OP_RESTORE };

struct query_past {
    int64_t at_ms;
    struct arena arena;
    VEC(struct past_entity *) known; /* whole entities */
    size_t n_records;
};

/* One row of the journal after the time that is read. */
struct since {
    int64_t rec, rev;
    int op;
    struct str before;
};

/* One entity on its way into the past. */
struct rebuild {
    struct query *q;
    const struct entity *e;
    struct arena *a;           /* of the result */
    VEC(struct since) changes; /* by record, newest first */
    VEC(int64_t) ids;
    struct db_stmt *last; /* SQL_LAST */
    struct buf rows, *sides;
    struct json_w w, *side_w;
    int rev, created_at, created_by, updated_at, updated_by, deleted_at;
};

static const char SQL_SINCE[] =
    "SELECT c.\"rec\", c.\"op\", c.\"rev\", c.\"before\" FROM \"sys_chg\" c"
    " JOIN \"sys_txn\" t ON t.\"id\" = c.\"txn\" WHERE c.\"txn\" >= ?1"
    " AND t.\"at\" > ?2 AND c.\"ent\" = ?3"
    " ORDER BY c.\"rec\" ASC, c.\"rev\" DESC, c.\"n\" DESC";
static const char SQL_SINCE_ONE[] =
    "SELECT c.\"rec\", c.\"op\", c.\"rev\", c.\"before\" FROM \"sys_chg\" c"
    " JOIN \"sys_txn\" t ON t.\"id\" = c.\"txn\" WHERE c.\"txn\" >= ?1"
    " AND t.\"at\" > ?2 AND c.\"ent\" = ?3 AND c.\"rec\" = ?4"
    " ORDER BY c.\"rev\" DESC, c.\"n\" DESC";
static const char SQL_LAST[] =
    "SELECT c.\"rev\", t.\"at\", t.\"user\" FROM \"sys_chg\" c"
    " JOIN \"sys_txn\" t ON t.\"id\" = c.\"txn\" WHERE c.\"rec\" = ?1"
    " AND c.\"ent\" = ?2 AND c.\"rev\" < ?3 ORDER BY c.\"rev\" DESC LIMIT 1";

static enum rc no_memory(struct err *err)
{
    return FAIL(err, RC_NOMEM, "There is no memory to read an earlier time.");
}

struct query_past *query_past_new(struct arena *a, int64_t at_ms)
{
    struct query_past *p = ARENA_NEW(a, struct query_past);

    if (p == NULL)
        return NULL;
    p->at_ms = at_ms;
    arena_init(&p->arena, PAST_ARENA);
    return p;
}

void query_past_free(struct query_past *p)
{
    if (p != NULL)
        arena_release(&p->arena);
}

int64_t past_at(const struct query *q)
{
    return q->ctx.past != NULL ? q->ctx.past->at_ms : 0;
}

/* --- before-images ---------------------------------------------------------- */

enum rc query_before_image(const struct entity *e, struct str text,
                           struct arena *a, struct query_before **out,
                           size_t *n, struct err *err)
{
    const struct json *tree = NULL;
    struct query_before *v;
    size_t i, kept = 0;
    enum rc rc;

    *out = NULL;
    *n = 0;
    if (text.n == 0)
        return RC_OK;
    rc = json_parse(text, a, &tree, err);
    if (rc != RC_OK || tree->kind != JSON_OBJECT)
        return rc;
    v = ARENA_ARRAY(a, struct query_before, tree->u.object.n + 1);
    if (v == NULL)
        return no_memory(err);
    for (i = 0; i < tree->u.object.n; i++) {
        const struct json_member *member = &tree->u.object.v[i];
        const struct field *f = entity_stored_field(e, member->key);

        if (f != NULL) /* else the field is gone */
            v[kept++] = (struct query_before){f, &member->value};
    }
    *out = v;
    *n = kept;
    return RC_OK;
}

/* --- the journal since ------------------------------------------------------- */

static enum rc too_many(const struct rebuild *r, struct err *err)
{
    return FAIL(err, RC_LIMIT,
                "More than %d records changed since then, those of %.*s among "
                "them; ask for a later time, or for one record by its id.",
                LIMIT_PAST, STR_ARG(r->e->qname));
}

static enum rc keep_change(struct rebuild *r, struct db_stmt *st, size_t room,
                           struct err *err)
{
    struct since c = {.rec = db_col_i64(st, 0),
                      .op = (int)db_col_i64(st, 1),
                      .rev = db_col_i64(st, 2)};
    bool is_new = r->ids.n == 0 || r->ids.v[r->ids.n - 1] != c.rec;

    if (is_new && r->ids.n == room)
        return too_many(r, err);
    c.before = db_col_null(st, 3) ? STR("") : str_copy(r->a, db_col_str(st, 3));
    if (c.before.p == NULL || !VEC_PUSH(r->a, &r->changes, c) ||
        (is_new && !VEC_PUSH(r->a, &r->ids, c.rec)))
        return no_memory(err);
    return RC_OK;
}

/* `only` 0: of all records. */
static enum rc read_since(struct rebuild *r, int64_t only, size_t room,
                          struct err *err)
{
    int64_t at = past_at(r->q), from = id_first_at(at - SLACK_MS, 0);
    struct db_stmt *st = NULL;
    bool has_row = true;
    enum rc rc =
        db_prepare(r->q->ctx.db,
                   only != 0 ? STR(SQL_SINCE_ONE) : STR(SQL_SINCE), &st, err);

    if (rc != RC_OK)
        return rc;
    db_bind_i64(st, 1, from);
    db_bind_i64(st, 2, at);
    db_bind_i64(st, 3, r->e->number);
    if (only != 0)
        db_bind_i64(st, 4, only);
    while (rc == RC_OK && has_row) {
        rc = db_step(st, &has_row, err);
        if (rc == RC_OK && has_row)
            rc = keep_change(r, st, room, err);
    }
    db_stmt_release(st);
    return rc;
}

/* --- one record --------------------------------------------------------------- */

/* A value that its field would not take any more is nothing. */
static enum rc take_back(struct rebuild *r, const struct since *c,
                         struct value *v, struct err *err)
{
    struct query_before *image = NULL;
    struct issues unsaid;
    struct field_in in = {
        .model = r->q->ctx.model, .arena = r->a, .issues = &unsaid, .lang = -1};
    size_t n = 0, i;
    enum rc rc = query_before_image(r->e, c->before, r->a, &image, &n, err);

    issues_init(&unsaid, r->a);
    for (i = 0; rc == RC_OK && i < n; i++) {
        const struct field *f = image[i].field;
        struct value was = VALUE_NULL;
        enum rc parsed = f->type->parse_json(&in, f, image[i].was, &was);

        if (parsed == RC_NOMEM)
            rc = no_memory(err);
        else
            v[f->index] = parsed == RC_OK ? was : VALUE_NULL;
    }
    return rc;
}

/* rev, updated_at, updated_by, deleted_at after the last change that counts. */
static enum rc take_facts(struct rebuild *r, struct query_record *rec,
                          int64_t oldest_rev, bool deleted, struct err *err)
{
    struct value *v = rec->v;
    bool has_row = false;
    enum rc rc = RC_OK;

    if (r->last == NULL)
        rc = db_prepare(r->q->ctx.db, STR(SQL_LAST), &r->last, err);
    if (rc != RC_OK)
        return rc;
    db_bind_i64(r->last, 1, rec->id);
    db_bind_i64(r->last, 2, r->e->number);
    db_bind_i64(r->last, 3, oldest_rev);
    rc = db_step(r->last, &has_row, err);
    v[r->rev] = value_int(oldest_rev - 1);
    v[r->updated_at] = v[r->created_at];
    v[r->updated_by] = v[r->created_by];
    if (rc == RC_OK && has_row) {
        int64_t user = db_col_i64(r->last, 2);

        v[r->rev] = value_int(db_col_i64(r->last, 0));
        v[r->updated_at] = value_instant(db_col_i64(r->last, 1));
        v[r->updated_by] = user != 0 ? value_ref(user) : VALUE_NULL;
    }
    v[r->deleted_at] = deleted ? v[r->updated_at] : VALUE_NULL;
    db_stmt_reset(r->last);
    return rc;
}

static void write_column(struct json_w *w, const struct value *v)
{
    if (v->kind == V_TEXT)
        json_w_str(w, v->u.s);
    else if (v->kind == V_BOOL)
        json_w_bool(w, v->u.b);
    else if (v->kind == V_FLOAT)
        json_w_f64(w, v->u.f);
    else if (v->kind == V_NULL)
        json_w_null(w);
    else
        json_w_i64(w, v->u.i);
}

static void write_side(struct json_w *w, int64_t rec, const struct value *v)
{
    size_t i;

    for (i = 0; v->kind == V_LIST && i < v->u.list.n; i++) {
        json_arr_begin(w);
        json_w_i64(w, rec);
        json_w_str(w, v->u.list.v[i].u.s);
        json_arr_end(w);
    }
}

static enum rc write_row(struct rebuild *r, const struct query_record *rec,
                         struct err *err)
{
    struct value cols[FIELD_MAX_COLUMNS];
    size_t i, k, side = 0;
    enum rc rc = RC_OK;

    json_arr_begin(&r->w);
    for (i = 0; rc == RC_OK && i < r->e->n_fields; i++) {
        const struct field *f = r->e->fields[i];
        struct ident names[FIELD_MAX_COLUMNS];
        enum db_type types[FIELD_MAX_COLUMNS];
        size_t n = field_columns(f, names, types);

        if (!access_reads_field(r->q->ctx.who, f))
            continue;
        rc = f->type->store(f, &rec->v[i], r->a, cols, err);
        for (k = 0; rc == RC_OK && k < n; k++) {
            if (names[k].s.n > 0)
                write_column(&r->w, &cols[k]);
        }
        if (rc == RC_OK && f->col.side.s.n > 0)
            write_side(&r->side_w[side++], rec->id, &rec->v[i]);
    }
    json_arr_end(&r->w);
    return rc;
}

/* `c`: its changes, newest first. */
static enum rc rebuild_record(struct rebuild *r, struct query_record *rec,
                              const struct since *c, size_t n, struct err *err)
{
    bool deleted = rec->is_deleted;
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < n; i++) {
        if (c[i].op == OP_CREATE)
            return RC_OK; /* it was not there yet */
        if (c[i].op == OP_DELETE || c[i].op == OP_RESTORE)
            deleted = c[i].op == OP_RESTORE;
        rc = take_back(r, &c[i], rec->v, err);
    }
    if (rc == RC_OK)
        rc = take_facts(r, rec, c[n - 1].rev, deleted, err);
    return rc == RC_OK ? write_row(r, rec, err) : rc;
}

/* --- one entity ----------------------------------------------------------------- */

static int system_field(const struct entity *e, const char *name)
{
    const struct field *f = entity_field(e, str_c(name));

    return f != NULL ? f->index : 0; /* every entity has them all */
}

static size_t side_count(const struct rebuild *r)
{
    size_t i, n = 0;

    for (i = 0; i < r->e->n_fields; i++)
        n += r->e->fields[i]->col.side.s.n > 0 &&
             access_reads_field(r->q->ctx.who, r->e->fields[i]);
    return n;
}

static enum rc rebuild_begin(struct rebuild *r, size_t n_sides, struct err *err)
{
    size_t i;

    r->rev = system_field(r->e, "rev");
    r->created_at = system_field(r->e, "created_at");
    r->created_by = system_field(r->e, "created_by");
    r->updated_at = system_field(r->e, "updated_at");
    r->updated_by = system_field(r->e, "updated_by");
    r->deleted_at = system_field(r->e, "deleted_at");
    r->sides = ARENA_ARRAY(r->a, struct buf, n_sides + 1);
    r->side_w = ARENA_ARRAY(r->a, struct json_w, n_sides + 1);
    if (r->sides == NULL || r->side_w == NULL)
        return no_memory(err);
    buf_init(&r->rows, PAST_JSON);
    json_w_init(&r->w, &r->rows);
    json_arr_begin(&r->w);
    for (i = 0; i < n_sides; i++) {
        buf_init(&r->sides[i], PAST_JSON);
        json_w_init(&r->side_w[i], &r->sides[i]);
        json_arr_begin(&r->side_w[i]);
    }
    return RC_OK;
}

static enum rc finish_json(struct rebuild *r, struct json_w *w, struct buf *b,
                           struct str *out, struct err *err)
{
    enum rc rc;

    json_arr_end(w);
    rc = json_w_finish(w, err);
    return rc == RC_OK ? buf_finish(b, r->a, out, err) : rc;
}

static enum rc rebuild_end(struct rebuild *r, struct past_entity *out,
                           size_t n_sides, struct err *err)
{
    size_t i, side = 0;
    enum rc rc = finish_json(r, &r->w, &r->rows, &out->rows, err);

    out->entity = r->e;
    out->ids = r->ids.v;
    out->n = r->ids.n;
    out->n_sides = n_sides;
    out->sides = ARENA_ARRAY(r->a, struct past_side, n_sides + 1);
    if (out->sides == NULL)
        return no_memory(err);
    for (i = 0; rc == RC_OK && i < r->e->n_fields; i++) {
        const struct field *f = r->e->fields[i];

        if (f->col.side.s.n == 0 || !access_reads_field(r->q->ctx.who, f))
            continue;
        out->sides[side].table = f->col.side;
        rc = finish_json(r, &r->side_w[side], &r->sides[side],
                         &out->sides[side].rows, err);
        side++;
    }
    return rc;
}

/* The records as they are now, some at a time, each with its changes. */
static enum rc rebuild_all(struct rebuild *r, struct err *err)
{
    size_t at = 0, c = 0, end, k;
    enum rc rc = RC_OK;

    while (rc == RC_OK && at < r->ids.n) {
        size_t want = r->ids.n - at, n = 0;
        struct query_record *now = NULL;

        want = want < LOAD_AT_ONCE ? want : LOAD_AT_ONCE;
        rc = query_load(r->q->ctx.db, r->q->ctx.model, r->e, &r->ids.v[at],
                        want, r->a, &now, &n, err);
        for (k = 0; rc == RC_OK && k < n; k++) {
            while (r->changes.v[c].rec < now[k].id) /* it was erased */
                c++;
            for (end = c;
                 end < r->changes.n && r->changes.v[end].rec == now[k].id;)
                end++;
            rc = rebuild_record(r, &now[k], &r->changes.v[c], end - c, err);
            c = end;
        }
        at += want;
    }
    return rc;
}

static enum rc load_entity(struct query *q, const struct entity *e,
                           int64_t only, struct arena *a,
                           struct past_entity **out, struct err *err)
{
    struct past_entity *pe = ARENA_NEW(a, struct past_entity);
    struct rebuild r = {.q = q, .e = e, .a = a};
    size_t n_sides = side_count(&r), i;
    enum rc rc;

    if (pe == NULL)
        return no_memory(err);
    pe->entity = e;
    rc = read_since(&r, only, LIMIT_PAST - q->ctx.past->n_records, err);
    if (rc != RC_OK || r.ids.n == 0) {
        *out = pe;
        return rc;
    }
    rc = rebuild_begin(&r, n_sides, err);
    if (rc == RC_OK)
        rc = rebuild_all(&r, err);
    if (rc == RC_OK)
        rc = rebuild_end(&r, pe, n_sides, err);
    buf_release(&r.rows);
    for (i = 0; r.sides != NULL && i < n_sides; i++)
        buf_release(&r.sides[i]);
    db_stmt_release(r.last);
    if (rc == RC_OK)
        *out = pe;
    return rc;
}

/* --- the plan's ------------------------------------------------------------------- */

static enum rc whole_entity(struct query *q, const struct entity *e,
                            struct past_entity **out, struct err *err)
{
    struct query_past *p = q->ctx.past;
    size_t i;
    enum rc rc;

    for (i = 0; i < p->known.n; i++) {
        if (p->known.v[i]->entity == e) {
            *out = p->known.v[i];
            return RC_OK;
        }
    }
    rc = load_entity(q, e, 0, &p->arena, out, err);
    if (rc != RC_OK)
        return rc;
    p->n_records += (*out)->n;
    if (!VEC_PUSH(&p->arena, &p->known, *out))
        return no_memory(err);
    return RC_OK;
}

/* The statement reads one record of its own entity: whose changes are enough. No
   path, expression or title may lead to another one. */
static bool reads_one(const struct query *q)
{
    size_t i;

    if (q->ids == NULL || q->n_ids != 1 || q->filter != NULL ||
        q->also != NULL || q->expansions.n > 0 ||
        (q->cols.n == 0 && q->entity->title_field == NULL))
        return false;
    for (i = 0; i < q->from.n; i++) {
        if (q->from.joins[i].entity == q->entity)
            return false;
    }
    return true;
}

enum rc past_prepare(struct query *q, struct err *err)
{
    bool one = reads_one(q);
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; q->ctx.past != NULL && rc == RC_OK && i < q->touched.n; i++) {
        const struct entity *e = q->touched.v[i];
        struct past_entity *pe = NULL;

        if (one && e == q->entity)
            rc = load_entity(q, e, q->ids[0], q->ctx.arena, &pe, err);
        else
            rc = whole_entity(q, e, &pe, err);
        if (rc == RC_OK && pe->n > 0 && !VEC_PUSH(q->ctx.arena, &q->pasts, pe))
            rc = no_memory(err);
    }
    return rc;
}

/* --- the statement ------------------------------------------------------------------ */

/* "name" AS (SELECT .. those that did not change UNION ALL .. those that did) */
static void with_table(struct sqlb *b, bool *begun, struct ident table,
                       struct ident key, const struct ident *names,
                       const enum db_type *types, size_t n,
                       const struct past_entity *pe, struct str rows)
{
    size_t i;

    if (*begun)
        sqlb_lit(b, ", ");
    else
        sqlb_lit(b, "WITH ");
    *begun = true;
    sqlb_ident(b, table);
    sqlb_lit(b, " AS (SELECT ");
    for (i = 0; i < n; i++) {
        if (i > 0)
            sqlb_lit(b, ", ");
        sqlb_ident(b, names[i]);
    }
    sqlb_lit(b, " FROM ");
    sqlb_base_table(b, table);
    sqlb_lit(b, " WHERE NOT ");
    sqlb_ident(b, key);
    sqlb_bind_ids(b, pe->ids, pe->n);
    sqlb_lit(b, " UNION ALL ");
    sqlb_bind_rows(b, names, types, n, rows);
    sqlb_lit(b, ")");
}

static void with_entity(const struct query *q, struct sqlb *b, bool *begun,
                        const struct past_entity *pe)
{
    static const struct ident SIDE[] = {IDENT_INIT("rec"), IDENT_INIT("code")};
    static const enum db_type SIDE_TYPES[] = {DB_T_INT, DB_T_TEXT};
    const struct entity *e = pe->entity;
    size_t most = (e->n_fields + 1) * FIELD_MAX_COLUMNS, n = 0, i, k;
    struct ident *names = ARENA_ARRAY(q->ctx.arena, struct ident, most);
    enum db_type *types = ARENA_ARRAY(q->ctx.arena, enum db_type, most);

    if (names == NULL || types == NULL) {
        b->failed = b->failed == RC_OK ? RC_NOMEM : b->failed;
        return;
    }
    for (i = 0; i < e->n_fields; i++) {
        struct ident own[FIELD_MAX_COLUMNS];
        enum db_type own_types[FIELD_MAX_COLUMNS];
        size_t own_n = field_columns(e->fields[i], own, own_types);

        for (k = 0; access_reads_field(q->ctx.who, e->fields[i]) && k < own_n;
             k++) {
            if (own[k].s.n == 0)
                continue;
            names[n] = own[k];
            types[n++] = own_types[k];
        }
    }
    with_table(b, begun, e->table, IDENT("id"), names, types, n, pe, pe->rows);
    for (i = 0; i < pe->n_sides; i++)
        with_table(b, begun, pe->sides[i].table, IDENT("rec"), SIDE, SIDE_TYPES,
                   2, pe, pe->sides[i].rows);
}

void past_with(const struct query *q, struct sqlb *b)
{
    bool begun = false;
    size_t i;

    for (i = 0; i < q->pasts.n; i++)
        with_entity(q, b, &begun, q->pasts.v[i]);
    if (begun)
        sqlb_lit(b, " ");
}
