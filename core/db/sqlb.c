/*
 * sqlb.c - the SQL builder and the two dialects' small differences.
 *
 * Parameters are numbered in the order of the binds: ?1 ?2 here, $1 $2 there.
 * PostgreSQL infers types while it prepares, so numbers and truth values carry
 * a cast; text stays unknown and takes the type of its place.
 */
#include "db/sqlb.h"

#include <assert.h>

#include "base/arena.h"
#include "base/vec.h"

bool ident_make(struct str s, struct ident *out)
{
    if (s.n == 0 || s.n > IDENT_MAX_BYTES)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = c >= 'a' && c <= 'z';
        bool other = (c >= '0' && c <= '9') || c == '_';

        if (!letter && !(other && (i > 0 || c == '_')))
            return false;
    }
    out->s = s;
    return true;
}

void sqlb_init(struct sqlb *q, enum db_dialect d, struct arena *a)
{
    *q = (struct sqlb){.arena = a, .dialect = d, .failed = RC_OK};
    buf_init(&q->text, SQLB_MAX_BYTES);
}

void sqlb_release(struct sqlb *q)
{
    buf_release(&q->text);
}

static bool postgres(const struct sqlb *q)
{
    return q->dialect == DB_POSTGRES;
}

void sqlb_lit_(struct sqlb *q, const char *lit, size_t n)
{
    buf_add(&q->text, str_of(lit, n));
}

void sqlb_ident(struct sqlb *q, struct ident name)
{
    struct ident checked;

    // The last gate before SQL text: a name that is none must not get through.
    if (!ident_make(name.s, &checked)) {
        if (q->failed == RC_OK)
            q->failed = RC_BUG;
        return;
    }
    buf_addc(&q->text, '"');
    buf_add(&q->text, checked.s);
    buf_addc(&q->text, '"');
}

void sqlb_alias(struct sqlb *q, int alias)
{
    buf_addc(&q->text, 't');
    buf_add_i64(&q->text, alias);
}

void sqlb_col(struct sqlb *q, int alias, struct ident column)
{
    if (alias >= 0) {
        sqlb_alias(q, alias);
        buf_addc(&q->text, '.');
    }
    sqlb_ident(q, column);
}

void sqlb_int(struct sqlb *q, int64_t v)
{
    // The smallest one has no literal of its own; `a -1` must not be `a--1`.
    if (v == INT64_MIN)
        buf_adds(&q->text, "(-9223372036854775807-1)");
    else if (v < 0)
        buf_addf(&q->text, "(%lld)", (long long)v);
    else
        buf_add_i64(&q->text, v);
}

void sqlb_text_literal(struct sqlb *q, struct str s)
{
    buf_addc(&q->text, '\'');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == 0) {
            if (q->failed == RC_OK)
                q->failed = RC_BUG;
            return;
        }
        if (s.p[i] == '\'')
            buf_addc(&q->text, '\'');
        buf_addc(&q->text, s.p[i]); // backslashes are plain on both
    }
    buf_addc(&q->text, '\'');
}

/* ---- parameters -------------------------------------------------------- */

static void bind(struct sqlb *q, struct value v, const char *before,
                 const char *cast)
{
    struct {
        struct value *v;
        size_t n, cap;
    } binds = {q->binds, q->n_binds, q->cap_binds};

    if (q->failed != RC_OK)
        return;
    if (q->n_binds >= SQLB_MAX_BINDS) {
        q->failed = RC_LIMIT;
        return;
    }
    if (!VEC_PUSH(q->arena, &binds, v)) {
        q->failed = RC_NOMEM;
        return;
    }
    q->binds = binds.v;
    q->n_binds = binds.n;
    q->cap_binds = binds.cap;
    buf_adds(&q->text, before);
    buf_addc(&q->text, postgres(q) ? '$' : '?');
    buf_add_i64(&q->text, (int64_t)q->n_binds);
    if (postgres(q))
        buf_adds(&q->text, cast);
}

void sqlb_bind_i64(struct sqlb *q, int64_t v)
{
    bind(q, value_int(v), "", "::bigint");
}

void sqlb_bind_str(struct sqlb *q, struct str v)
{
    bind(q, value_text(v), "", "");
}

void sqlb_bind_bool(struct sqlb *q, bool v)
{
    bind(q, value_bool(v), "", "::boolean");
}

void sqlb_bind_f64(struct sqlb *q, double v)
{
    bind(q, (struct value){.kind = V_FLOAT, .u.f = v}, "",
         "::double precision");
}

void sqlb_bind_null(struct sqlb *q)
{
    bind(q, VALUE_NULL, "", "");
}

void sqlb_bind_ids(struct sqlb *q, const int64_t *ids, size_t n)
{
    struct value *v = ARENA_ARRAY(q->arena, struct value, n ? n : 1);

    if (!v) {
        if (q->failed == RC_OK)
            q->failed = RC_NOMEM;
        return;
    }
    for (size_t i = 0; i < n; i++)
        v[i] = value_int(ids[i]);
    bind(q, (struct value){.kind = V_LIST, .u.list = {v, n}},
         postgres(q) ? " = ANY(" : " IN (SELECT value FROM json_each(",
         "::bigint[])");
    if (!postgres(q))
        buf_adds(&q->text, "))");
}

static const char *json_cast(enum db_type t)
{
    switch (t) {
    case DB_T_ID:
    case DB_T_INT:
        return "::bigint";
    case DB_T_BOOL:
        return "::boolean";
    case DB_T_FLOAT:
        return "::double precision";
    case DB_T_JSON:
        return "::jsonb";
    case DB_T_TEXT:
    case DB_T_BLOB:
        break;
    }
    return "";
}

void sqlb_bind_rows(struct sqlb *q, const struct ident *names,
                    const enum db_type *types, size_t n, struct str json)
{
    sqlb_lit(q, "SELECT ");
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            sqlb_lit(q, ", ");
        // JSON knows what is a number, so SQLite needs no cast.
        buf_adds(&q->text,
                 postgres(q) ? "(r.value->>" : "json_extract(r.value, '$[");
        buf_add_i64(&q->text, (int64_t)i);
        buf_adds(&q->text, postgres(q) ? ")" : "]')");
        if (postgres(q))
            buf_adds(&q->text, json_cast(types[i]));
        sqlb_lit(q, " AS ");
        sqlb_ident(q, names[i]);
    }
    sqlb_lit(q, " FROM ");
    bind(q, value_text(json),
         postgres(q) ? "jsonb_array_elements(" : "json_each(", "::jsonb");
    sqlb_lit(q, ") AS r");
    if (postgres(q))
        sqlb_lit(q, "(value)");
}

void sqlb_base_table(struct sqlb *q, struct ident table)
{
    // A WITH that is not recursive does not see itself on PostgreSQL.
    if (!postgres(q))
        sqlb_lit(q, "main.");
    sqlb_ident(q, table);
}

/* ---- dialect ----------------------------------------------------------- */

void sqlb_bool_is(struct sqlb *q, int alias, struct ident column, bool v)
{
    if (postgres(q)) {
        if (!v)
            sqlb_lit(q, "NOT ");
        sqlb_col(q, alias, column);
        return;
    }
    sqlb_col(q, alias, column);
    buf_adds(&q->text, v ? "=1" : "=0");
}

void sqlb_order(struct sqlb *q, bool descending)
{
    buf_adds(&q->text, descending ? " DESC NULLS LAST" : " ASC NULLS FIRST");
}

void sqlb_limit(struct sqlb *q, int64_t n)
{
    sqlb_lit(q, " LIMIT ");
    sqlb_bind_i64(q, n);
}

void sqlb_position(struct sqlb *q)
{
    buf_adds(&q->text, postgres(q) ? "strpos(" : "instr(");
}

/* ---- finishing --------------------------------------------------------- */

static enum rc finished(const struct sqlb *q, struct err *err)
{
    enum rc rc = q->failed != RC_OK ? q->failed : q->text.failed;

    switch (rc) {
    case RC_OK:
        return RC_OK;
    case RC_LIMIT:
        return FAIL(err, RC_LIMIT,
                    "The query is too large (at most %d bytes and %d values). "
                    "Ask for less at once.",
                    SQLB_MAX_BYTES, SQLB_MAX_BINDS);
    case RC_NOMEM:
        return FAIL(err, RC_NOMEM, "There is no memory to build a query.");
    case RC_INVALID:
    case RC_SYNTAX:
    case RC_DENIED:
    case RC_NOTFOUND:
    case RC_CONFLICT:
    case RC_BUSY:
    case RC_SCRIPT:
    case RC_IO:
    case RC_BUG:
        break;
    }
    return FAIL(err, RC_BUG, "A query holds a name that is not one.");
}

enum rc sqlb_text(struct sqlb *q, struct str *out, struct err *err)
{
    enum rc rc = finished(q, err);
    struct str copy;

    if (rc != RC_OK)
        return rc;
    copy = str_copy(q->arena, buf_view(&q->text));
    if (!copy.p)
        return FAIL(err, RC_NOMEM, "There is no memory to build a query.");
    *out = copy;
    return RC_OK;
}

static enum rc bind_list(struct db_stmt *st, int i, const struct value *v,
                         struct arena *a, struct err *err)
{
    struct arena_mark mark = arena_mark(a);
    int64_t *ids = ARENA_ARRAY(a, int64_t, v->u.list.n ? v->u.list.n : 1);

    if (!ids)
        return FAIL(err, RC_NOMEM, "There is no memory to bind a list.");
    for (size_t k = 0; k < v->u.list.n; k++)
        ids[k] = v->u.list.v[k].u.i;
    db_bind_ids(st, i, ids, v->u.list.n);
    arena_rewind(a, mark); // the driver made its own form of it
    return RC_OK;
}

enum rc sqlb_prepare(struct sqlb *q, struct db *db,
                     const struct db_grant *grant, struct db_stmt **out,
                     struct err *err)
{
    struct db_stmt *st = NULL;
    struct str sql = buf_view(&q->text);
    enum rc rc = finished(q, err);

    if (rc == RC_OK)
        rc = grant ? db_prepare_as(db, grant, sql, &st, err)
                   : db_prepare(db, sql, &st, err);
    for (size_t k = 0; k < q->n_binds && rc == RC_OK; k++) {
        const struct value *v = &q->binds[k];
        int i = (int)k + 1;

        if (v->kind == V_TEXT)
            db_bind_str(st, i, v->u.s);
        else if (v->kind == V_INT)
            db_bind_i64(st, i, v->u.i);
        else if (v->kind == V_BOOL)
            db_bind_bool(st, i, v->u.b);
        else if (v->kind == V_FLOAT)
            db_bind_f64(st, i, v->u.f);
        else if (v->kind == V_LIST)
            rc = bind_list(st, i, v, q->arena, err);
        else
            db_bind_null(st, i);
    }
    if (rc != RC_OK) {
        db_stmt_release(st);
        return rc;
    }
    *out = st;
    return RC_OK;
}
