/*
 * sort - order, and pages that continue where the last one ended.
 *
 * A page is read in legs (docs/design/0005-keyset.md): first the rows equal to
 * the last one in all terms but the id, then those equal in one term less, and
 * so on; no OR chains, so every leg uses the index. Nulls are smallest.
 */
#include "base/id.h"
#include "base/limits.h"
#include "crypto/crypto.h"
#include "query/plan.h"

static const char CURSOR_PREFIX[] = "c1.";

/* --- keys ----------------------------------------------------------------------- */

static enum rc push(struct query *q, struct term t, struct err *err)
{
    if (!VEC_PUSH(q->ctx.arena, &q->terms, t))
        return FAIL(err, RC_NOMEM, "There is no memory to plan this query.");
    return RC_OK;
}

/* Is the first column TEXT (date, open choice)? */
static bool main_is_text(const struct field *f)
{
    struct field_column columns[FIELD_MAX_COLUMNS];

    (void)f->type->columns(f, columns);
    return columns[0].type == DB_T_TEXT;
}

/* The terms of one field that is reached under `alias`. */
static enum rc add_field(struct query *q, const struct field *f, int alias,
                         bool descending, struct err *err)
{
    struct term t = {.alias = alias, .descending = descending};
    enum rc rc;

    if (f->n_options > 0 && !(f->type->traits & FIELD_HAS_SIDE)) {
        t.column = f->col.main;
        t.options = f;
        return push(q, t, err);
    }
    if (f->col.key.s.n > 0) {
        t.column = f->col.key;
        t.is_text = true;
        rc = push(q, t, err);
        t.column = f->col.main;
        return rc == RC_OK ? push(q, t, err) : rc;
    }
    t.column = f->col.base.s.n > 0 ? f->col.base : f->col.main;
    t.is_text = main_is_text(f);
    return push(q, t, err);
}

/* A link sorts by what names its target: its title, if that is one field of
   it, else the first text it has. */
static const struct field *title_key(const struct entity *e)
{
    size_t i;

    if (e->title_field != NULL && (e->title_field->type->traits & FIELD_SORTS))
        return e->title_field;
    for (i = e->n_system; i < e->n_fields; i++) {
        if (e->fields[i]->col.key.s.n > 0)
            return e->fields[i];
    }
    return NULL;
}

static enum rc add_key(struct query *q, struct str key, struct err *err)
{
    bool descending = key.n > 0 && key.p[0] == '-';
    const struct field **refs, *f, *target_key;
    size_t n_refs;
    int alias;
    enum rc rc;

    if (descending || (key.n > 0 && key.p[0] == '+'))
        key = str_sub(key, 1, key.n);
    rc = plan_path(q, STR("sort"), key, &refs, &n_refs, &f, err);
    if (rc != RC_OK)
        return rc;
    if (!(f->type->traits & FIELD_SORTS))
        return plan_reject(q, STR("sort"), "not_sortable",
                           "\"%.*s\" is a %s, which has no order.",
                           STR_ARG(key), f->type->name);
    rc = plan_join(q, refs, n_refs, &alias, err);
    if (rc != RC_OK)
        return rc;
    if ((f->type->traits & FIELD_POINTS) && f->n_targets == 1 && n_refs < 3) {
        target_key = title_key(f->targets[0]);
        if (target_key != NULL && access_reads_field(q->ctx.who, target_key)) {
            refs[n_refs] = f;
            rc = plan_join(q, refs, n_refs + 1, &alias, err);
            return rc == RC_OK
                       ? add_field(q, target_key, alias, descending, err)
                       : rc;
        }
    }
    return add_field(q, f, alias, descending, err);
}

enum rc plan_sort(struct query *q, struct str sort, struct err *err)
{
    struct str rest = sort, key;
    int n = 0;
    enum rc rc, first = RC_OK;

    if (str_trim(sort).n == 0)
        return RC_OK;
    while (str_split(&rest, ',', &key)) {
        if (++n > LIMIT_SORT_KEYS)
            return plan_reject(q, STR("sort"), "too_many",
                               "At most %d sort keys are read.",
                               LIMIT_SORT_KEYS);
        rc = add_key(q, str_trim(key), err);
        if (rc != RC_OK && rc != RC_INVALID)
            return rc;
        if (rc != RC_OK)
            first = rc;
    }
    return first;
}

/* --- SQL -------------------------------------------------------------------------- */

void sort_term(struct sqlb *b, const struct term *t)
{
    size_t i;

    if (t->options == NULL) {
        sqlb_col(b, t->alias, t->column);
        return;
    }
    /* unknown codes of an open choice stand behind the known ones */
    sqlb_lit(b, "(CASE ");
    sqlb_col(b, t->alias, t->column);
    for (i = 0; i < t->options->n_options; i++) {
        sqlb_lit(b, " WHEN ");
        sqlb_text_literal(b, t->options->options[i]->code);
        sqlb_lit(b, " THEN ");
        sqlb_int(b, (int64_t)i);
    }
    sqlb_lit(b, " ELSE CASE WHEN ");
    sqlb_col(b, t->alias, t->column);
    sqlb_lit(b, " IS NULL THEN NULL ELSE ");
    sqlb_int(b, (int64_t)t->options->n_options);
    sqlb_lit(b, " END END)");
}

/* The id runs the way of the last term, so that one index serves both ways. */
static bool id_descends(const struct query *q)
{
    return q->terms.n > 0 && q->terms.v[q->terms.n - 1].descending;
}

void sort_order(struct query *q, struct sqlb *b)
{
    size_t i;

    sqlb_lit(b, " ORDER BY ");
    for (i = 0; i < q->terms.n; i++) {
        sort_term(b, &q->terms.v[i]);
        sqlb_order(b, q->terms.v[i].descending);
        sqlb_lit(b, ", ");
    }
    sqlb_col(b, 0, IDENT("id"));
    if (id_descends(q))
        sqlb_lit(b, " DESC");
    else
        sqlb_lit(b, " ASC");
}

static void bind_value(struct sqlb *b, const struct value *v)
{
    if (v->kind == V_TEXT)
        sqlb_bind_str(b, v->u.s);
    else
        sqlb_bind_i64(b, v->u.i);
}

/*
 * Leg 0: all terms equal, id beyond. Then for each term from the last to the
 * first two legs: beyond the value, and (descending) the nulls after it.
 */
size_t sort_legs(const struct query *q)
{
    return q->after == NULL ? 1 : 1 + 2 * q->terms.n;
}

static void equal_terms(const struct query *q, size_t n, struct sqlb *b)
{
    size_t i;

    for (i = 0; i < n; i++) {
        sqlb_lit(b, " AND ");
        sort_term(b, &q->terms.v[i]);
        if (q->after[i].kind == V_NULL) {
            sqlb_lit(b, " IS NULL");
        } else {
            sqlb_lit(b, " = ");
            bind_value(b, &q->after[i]);
        }
    }
}

bool sort_leg(const struct query *q, size_t leg, struct sqlb *b)
{
    const struct term *t;
    const struct value *v;
    size_t at;
    bool nulls;

    if (q->after == NULL)
        return true;
    if (leg == 0) {
        equal_terms(q, q->terms.n, b);
        sqlb_lit(b, " AND ");
        sqlb_col(b, 0, IDENT("id"));
        if (id_descends(q))
            sqlb_lit(b, " < ");
        else
            sqlb_lit(b, " > ");
        sqlb_bind_i64(b, q->after[q->terms.n].u.i);
        return true;
    }
    at = q->terms.n - 1 - (leg - 1) / 2;
    nulls = (leg - 1) % 2 == 1;
    t = &q->terms.v[at];
    v = &q->after[at];
    /* ascending: nulls came first; descending: nulls come last */
    if (nulls ? !t->descending || v->kind == V_NULL
              : t->descending && v->kind == V_NULL)
        return false;
    equal_terms(q, at, b);
    sqlb_lit(b, " AND ");
    sort_term(b, t);
    if (nulls) {
        sqlb_lit(b, " IS NULL");
    } else if (v->kind == V_NULL) {
        sqlb_lit(b, " IS NOT NULL");
    } else {
        if (t->descending)
            sqlb_lit(b, " < ");
        else
            sqlb_lit(b, " > ");
        bind_value(b, v);
    }
    return true;
}

/* --- cursors ------------------------------------------------------------------------ */

enum { CURSOR_BYTES = 8192 };

enum rc cursor_write(struct query *q, const struct value *terms, int64_t id,
                     struct str *out, struct err *err)
{
    struct buf b;
    struct json_w w;
    struct str sealed, plain = STR_NONE;
    size_t i;
    enum rc rc;

    buf_init(&b, CURSOR_BYTES);
    json_w_init(&w, &b);
    json_arr_begin(&w);
    for (i = 0; i < q->terms.n; i++) {
        if (terms[i].kind == V_NULL)
            json_w_null(&w);
        else if (terms[i].kind == V_TEXT)
            json_w_str(&w, terms[i].u.s);
        else
            json_w_i64(&w, terms[i].u.i);
    }
    json_w_i64(&w, id);
    json_arr_end(&w);
    rc = json_w_finish(&w, err);
    if (rc == RC_OK)
        rc = buf_finish(&b, q->ctx.arena, &plain, err);
    buf_release(&b);
    if (rc == RC_OK)
        rc = crypto_seal(q->ctx.cursor_key, plain, q->signature, q->ctx.arena,
                         &sealed, err);
    if (rc != RC_OK)
        return rc;
    sealed = crypto_base64url(q->ctx.arena, sealed.p, sealed.n);
    sealed = str_fmt(q->ctx.arena, "%s%.*s", CURSOR_PREFIX, STR_ARG(sealed));
    if (sealed.p == NULL)
        return FAIL(err, RC_NOMEM, "There is no memory for a cursor.");
    *out = sealed;
    return RC_OK;
}

static bool take_value(const struct json *v, struct value *out)
{
    switch (v->kind) {
    case JSON_NULL:
        *out = VALUE_NULL;
        return true;
    case JSON_INT:
        *out = value_int(v->u.i);
        return true;
    case JSON_STR:
        *out = value_text(v->u.s);
        return true;
    case JSON_BOOL:
    case JSON_REAL:
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    return false;
}

/* Sealed and bound to principal and query: what opens was written above. */
enum rc cursor_read(struct query *q, struct str cursor, struct err *err)
{
    const struct json *tree = NULL;
    struct value *after;
    struct str sealed = STR_NONE, plain = STR_NONE;
    size_t i;
    bool fits;

    fits = cursor.n < CURSOR_BYTES && str_starts(cursor, STR("c1.")) &&
           crypto_from_base64url(q->ctx.arena, str_sub(cursor, 3, cursor.n),
                                 &sealed) &&
           crypto_unseal(q->ctx.cursor_key, sealed, q->signature, q->ctx.arena,
                         &plain, NULL) == RC_OK &&
           json_parse(plain, q->ctx.arena, &tree, NULL) == RC_OK &&
           tree->kind == JSON_ARRAY && tree->u.array.n == q->terms.n + 1;
    if (!fits)
        return plan_reject(q, STR("cursor"), "invalid_cursor",
                           "This cursor is of another query; ask again from "
                           "the start.");
    after = ARENA_ARRAY(q->ctx.arena, struct value, q->terms.n + 1);
    if (after == NULL)
        return FAIL(err, RC_NOMEM, "There is no memory for a cursor.");
    for (i = 0; i < tree->u.array.n; i++) {
        if (!take_value(&tree->u.array.v[i], &after[i]))
            return plan_reject(q, STR("cursor"), "invalid_cursor",
                               "This cursor cannot be read; ask again from "
                               "the start.");
    }
    q->after = after;
    return RC_OK;
}
