/*
 * aggregate - groups and measures: by=stage,month(closed_on)
 * measure=sum(amount),count(). Money is in the base currency. See query.h.
 */
#include "base/decimal.h"
#include "base/limits.h"
#include "base/time.h"
#include "db/dialect.h"
#include "query/plan.h"

enum { BY_MAX = 3, MEASURES_MAX = 8, AVG_SCALE = 6 };

enum by_part { BY_WHOLE, BY_YEAR, BY_QUARTER, BY_MONTH, BY_DAY };
enum measure_kind { M_COUNT, M_SUM, M_AVG, M_MIN, M_MAX };

static const struct {
    const char *name, *unit; /* unit: of fx start_of */
    enum by_part part;
    size_t digits; /* of "2017-03-01" that are answered */
} PARTS[] = {{"year", "year", BY_YEAR, 4},
             {"quarter", "quarter", BY_QUARTER, 7},
             {"month", "month", BY_MONTH, 7},
             {"day", "day", BY_DAY, 10}};

static const char *const MEASURES[] = {"count", "sum", "avg", "min", "max"};

struct by {
    struct str key; /* as asked */
    enum by_part part;
    size_t digits;
    int alias;
    const struct field *field;
    const struct fx_expr *start; /* of a part: start_of(path,'month') */
};

struct measure {
    struct str key;
    enum measure_kind kind;
    int alias;
    const struct field *field; /* NULL: count() */
    int first;                 /* column; avg takes two: sum, count */
};

struct plan_agg {
    struct query *q;
    struct by by[BY_MAX];
    size_t n_by;
    struct measure m[MEASURES_MAX];
    size_t n_m;
};

/* "month(closed_on)" -> word "month", inner "closed_on"; a bare path has none. */
static bool call_of(struct str s, struct str *word, struct str *inner)
{
    ptrdiff_t open = str_chr(s, '(');

    if (open < 0 || s.p[s.n - 1] != ')')
        return false;
    *word = str_trim(str_sub(s, 0, (size_t)open));
    *inner = str_trim(str_sub(s, (size_t)open + 1, s.n - (size_t)open - 2));
    return true;
}

static enum rc find_field(struct query *q, struct str param, struct str path,
                          const struct field **field, int *alias,
                          struct err *err)
{
    const struct field **refs;
    size_t n_refs;
    enum rc rc = plan_path(q, param, path, &refs, &n_refs, field, err);

    return rc == RC_OK ? plan_join(q, refs, n_refs, alias, err) : rc;
}

static bool is_type(const struct field *f, const char *name)
{
    return str_eq(str_c(f->type->name), str_c(name));
}

/* --- by -------------------------------------------------------------------------- */

static enum rc add_part(struct plan_agg *p, struct by *by, struct str word,
                        struct str inner, struct err *err)
{
    struct fx_opts opts = {.schema = &p->q->ctx.model->schema,
                           .entity = p->q->entity,
                           .use = FX_USE_FILTER};
    struct fx_fault fault = {.code = "F200"};
    struct str source;
    size_t i;
    enum rc rc;

    for (i = 0; i < sizeof PARTS / sizeof PARTS[0]; i++) {
        if (str_eq(word, str_c(PARTS[i].name)))
            break;
    }
    if (i == sizeof PARTS / sizeof PARTS[0])
        return plan_reject(p->q, STR("by"), "unknown_part",
                           "\"%.*s\" is no way to group; use year, quarter, "
                           "month or day.",
                           (int)(word.n > 40 ? 40 : word.n), word.p);
    if (!is_type(by->field, "date") && !is_type(by->field, "datetime"))
        return plan_reject(p->q, STR("by"), "no_date",
                           "\"%.*s\" is no date, so it has no %s.",
                           STR_ARG(inner), PARTS[i].name);
    by->part = PARTS[i].part;
    by->digits = PARTS[i].digits;
    source = str_fmt(p->q->ctx.arena, "start_of(%.*s, '%s')", STR_ARG(inner),
                     PARTS[i].unit);
    rc = fx_compile(source, &opts, p->q->ctx.arena, &by->start, &fault);
    if (rc == RC_NOMEM)
        return FAIL(err, rc, "There is no memory to plan this query.");
    if (rc != RC_OK)
        return plan_reject(p->q, STR("by"), "invalid_fx", "%s", fault.text);
    return fx_from_expr(&p->q->from, by->start, err);
}

static enum rc add_by(struct plan_agg *p, struct str item, struct err *err)
{
    struct by *by = &p->by[p->n_by];
    struct str word, inner = item;
    bool call = call_of(item, &word, &inner);
    enum rc rc;

    if (p->n_by == BY_MAX)
        return plan_reject(p->q, STR("by"), "too_many",
                           "At most %d groupings are read.", BY_MAX);
    *by = (struct by){.key = item};
    rc = find_field(p->q, STR("by"), inner, &by->field, &by->alias, err);
    if (rc == RC_OK && call)
        rc = add_part(p, by, word, inner, err);
    else if (rc == RC_OK && !(by->field->type->traits & FIELD_GROUPS))
        rc = plan_reject(p->q, STR("by"), "not_groupable",
                         "\"%.*s\" is a %s, which cannot be grouped.",
                         STR_ARG(item), by->field->type->name);
    if (rc == RC_OK)
        p->n_by++;
    return rc;
}

/* --- measures ---------------------------------------------------------------------- */

static enum rc add_measure(struct plan_agg *p, struct str item, struct err *err)
{
    struct measure *m = &p->m[p->n_m];
    struct str word = STR_NONE, inner = STR_NONE;
    size_t i;
    enum rc rc;

    if (p->n_m == MEASURES_MAX)
        return plan_reject(p->q, STR("measure"), "too_many",
                           "At most %d measures are read.", MEASURES_MAX);
    *m = (struct measure){.key = item};
    for (i = 0; call_of(item, &word, &inner) && i < 5; i++) {
        if (str_eq(word, str_c(MEASURES[i])))
            break;
    }
    if (word.n == 0 || i == 5)
        return plan_reject(p->q, STR("measure"), "unknown_measure",
                           "\"%.*s\" is no measure; use count(), sum(f), "
                           "avg(f), min(f) or max(f).",
                           (int)(item.n > 60 ? 60 : item.n), item.p);
    m->kind = (enum measure_kind)i;
    if (m->kind != M_COUNT || inner.n > 0) {
        rc = find_field(p->q, STR("measure"), inner, &m->field, &m->alias, err);
        if (rc != RC_OK)
            return rc;
        if ((m->kind == M_SUM || m->kind == M_AVG) &&
            !(m->field->type->traits & FIELD_MEASURES))
            return plan_reject(p->q, STR("measure"), "not_a_number",
                               "\"%.*s\" is a %s, which cannot be added up.",
                               STR_ARG(inner), m->field->type->name);
        if ((m->kind == M_MIN || m->kind == M_MAX) &&
            (!(m->field->type->traits & FIELD_SORTS) ||
             (m->field->type->traits & FIELD_POINTS) ||
             m->field->n_options > 0 || m->field->col.key.s.n > 0))
            return plan_reject(p->q, STR("measure"), "no_order",
                               "\"%.*s\" is a %s, which has no least and no "
                               "greatest.",
                               STR_ARG(inner), m->field->type->name);
    }
    p->n_m++;
    return RC_OK;
}

static enum rc each_item(struct plan_agg *p, struct str list,
                         enum rc (*add)(struct plan_agg *, struct str,
                                        struct err *),
                         struct err *err)
{
    struct str rest = list, item;
    enum rc rc, first = RC_OK;

    while (str_split(&rest, ',', &item)) {
        rc = add(p, str_trim(item), err);
        if (rc != RC_OK && rc != RC_INVALID)
            return rc;
        first = first == RC_OK ? rc : first;
    }
    return first;
}

/* --- SQL ------------------------------------------------------------------------------ */

static enum rc by_sql(struct plan_agg *p, const struct by *by, struct sqlb *b,
                      struct err *err)
{
    struct fx_sql_frame frame = plan_frame(p->q);

    if (by->start != NULL)
        return fx_emit(by->start, &p->q->from, &frame, b, err);
    sqlb_col(b, by->alias, by->field->col.main);
    return RC_OK;
}

static void measured(const struct measure *m, struct sqlb *b)
{
    if (m->field == NULL)
        sqlb_lit(b, "*");
    else if (m->field->col.base.s.n > 0)
        sqlb_col(b, m->alias, m->field->col.base);
    else
        sqlb_col(b, m->alias, m->field->col.main);
}

static void sum_sql(const struct measure *m, struct sqlb *b)
{
    sqlb_sum_open(b);
    measured(m, b);
    sqlb_sum_close(b);
}

static void measure_sql(struct measure *m, int *at, struct sqlb *b)
{
    m->first = (*at)++;
    sqlb_lit(b, ", ");
    switch (m->kind) {
    case M_COUNT:
        sqlb_lit(b, "count(");
        measured(m, b);
        sqlb_lit(b, ")");
        break;
    case M_SUM:
        sum_sql(m, b);
        break;
    case M_AVG: /* divided in C: exact, and the same on every engine */
        (*at)++;
        sum_sql(m, b);
        sqlb_lit(b, ", count(");
        measured(m, b);
        sqlb_lit(b, ")");
        break;
    case M_MIN:
        sqlb_lit(b, "min(");
        measured(m, b);
        sqlb_lit(b, ")");
        break;
    case M_MAX:
        sqlb_lit(b, "max(");
        measured(m, b);
        sqlb_lit(b, ")");
        break;
    }
}

/* ORDER BY the n-th column: by keys come first, then the measures. */
static enum rc order_sql(struct plan_agg *p, struct str sort, struct sqlb *b)
{
    struct str rest = sort, key;
    size_t i;

    sqlb_lit(b, " ORDER BY ");
    while (str_split(&rest, ',', &key)) {
        bool descending;
        int column = -1;

        key = str_trim(key);
        descending = key.n > 0 && key.p[0] == '-';
        if (descending)
            key = str_sub(key, 1, key.n);
        for (i = 0; i < p->n_by; i++) {
            if (str_eq(key, p->by[i].key))
                column = (int)i;
        }
        for (i = 0; i < p->n_m; i++) {
            if (str_eq(key, p->m[i].key))
                column = p->m[i].first;
        }
        if (column < 0)
            return plan_reject(p->q, STR("sort"), "unknown_key",
                               "\"%.*s\" is neither a grouping nor a measure "
                               "of this query.",
                               (int)(key.n > 60 ? 60 : key.n), key.p);
        sqlb_int(b, column + 1);
        sqlb_order(b, descending);
        sqlb_lit(b, ", ");
    }
    for (i = 0; i < p->n_by; i++) {
        sqlb_int(b, (int64_t)i + 1);
        sqlb_order(b, false);
        sqlb_lit(b, ", ");
    }
    sqlb_lit(b, "1");
    return RC_OK;
}

static enum rc agg_sql(struct plan_agg *p, const struct aggregate_spec *spec,
                       struct sqlb *b, struct err *err)
{
    int at = (int)p->n_by, limit = spec->limit > 0 ? spec->limit : LIMIT_GROUPS;
    size_t i;
    enum rc rc = RC_OK;

    past_with(p->q, b);
    sqlb_lit(b, "SELECT ");
    for (i = 0; rc == RC_OK && i < p->n_by; i++) {
        if (i > 0)
            sqlb_lit(b, ", ");
        rc = by_sql(p, &p->by[i], b, err);
    }
    if (p->n_by == 0) {
        sqlb_lit(b, "1");
        at = 1;
    }
    for (i = 0; i < p->n_m; i++)
        measure_sql(&p->m[i], &at, b);
    if (rc == RC_OK)
        rc = fx_from_emit(&p->q->from, b, err);
    if (rc == RC_OK)
        rc = plan_where(p->q, b, err);
    if (rc == RC_OK && p->n_by > 0) {
        sqlb_lit(b, " GROUP BY ");
        for (i = 0; i < p->n_by; i++) {
            if (i > 0)
                sqlb_lit(b, ", ");
            sqlb_int(b, (int64_t)i + 1);
        }
    }
    if (rc == RC_OK)
        rc = order_sql(p, spec->sort, b);
    sqlb_limit(b, limit);
    return rc;
}

/* --- JSON ------------------------------------------------------------------------------ */

static void write_by(struct plan_agg *p, const struct by *by, int at,
                     struct db_stmt *st, struct json_w *w)
{
    struct value v = VALUE_NULL;

    json_key(w, by->key);
    if (db_col_null(st, at)) {
        json_w_null(w);
        return;
    }
    if (by->part == BY_WHOLE) {
        if (by->field->type->load(by->field, st, at, p->q->ctx.arena, &v,
                                  NULL) == RC_OK)
            field_json(p->q->ctx.model, by->field, &v, w);
        else
            json_w_null(w);
        return;
    }
    json_w_str(w, str_sub(db_col_str(st, at), 0, by->digits));
}

static void write_amount(const struct plan_agg *p, const struct field *f,
                         int64_t amount, struct json_w *w)
{
    if (f->col.base.s.n == 0) {
        if (is_type(f, "int"))
            json_w_i64(w, amount);
        else
            json_w_dec(w, amount, f->scale);
        return;
    }
    json_obj_begin(w);
    json_k(w, "amount");
    json_w_dec(w, amount, currency_scale(p->q->ctx.model->base_currency));
    json_kv(w, "currency", str_c(p->q->ctx.model->base_currency));
    json_obj_end(w);
}

static void write_avg(const struct plan_agg *p, const struct measure *m,
                      struct db_stmt *st, struct json_w *w)
{
    int64_t sum = db_col_i64(st, m->first), n = db_col_i64(st, m->first + 1);
    bool money = m->field->col.base.s.n > 0;
    int scale = money ? currency_scale(p->q->ctx.model->base_currency)
                      : m->field->scale;
    int64_t avg = 0;

    if (!decimal_div(sum, scale, n, 0, money ? scale : AVG_SCALE, &avg))
        json_w_null(w);
    else if (money)
        write_amount(p, m->field, avg, w);
    else
        json_w_dec(w, avg, AVG_SCALE);
}

static void write_measure(const struct plan_agg *p, const struct measure *m,
                          struct db_stmt *st, struct json_w *w)
{
    struct value v = VALUE_NULL;

    json_key(w, m->key);
    if (m->kind == M_COUNT)
        json_w_i64(w, db_col_i64(st, m->first));
    else if (db_col_null(st, m->first))
        json_w_null(w);
    else if (m->kind == M_AVG)
        write_avg(p, m, st, w);
    else if (m->kind == M_SUM || m->field->col.base.s.n > 0)
        write_amount(p, m->field, db_col_i64(st, m->first), w);
    else if (m->field->type->load(m->field, st, m->first, p->q->ctx.arena, &v,
                                  NULL) == RC_OK)
        field_json(p->q->ctx.model, m->field, &v, w);
    else
        json_w_null(w);
}

/* Titles of the records that links were grouped by, for charts and heads. */
static enum rc write_titles(struct plan_agg *p, struct db_stmt *st,
                            struct json_w *w, struct err *err)
{
    bool begun = false;
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < p->n_by; i++) {
        const struct field *f = p->by[i].field;
        struct str title = STR_NONE;
        int64_t id;

        if (!(f->type->traits & FIELD_POINTS) || f->n_targets != 1 ||
            db_col_null(st, (int)i))
            continue;
        id = db_col_i64(st, (int)i);
        rc = query_title(&p->q->ctx, f->targets[0], id, &title, err);
        if (rc != RC_OK)
            break;
        if (!begun) {
            json_k(w, "_expand");
            json_obj_begin(w);
        }
        begun = true;
        json_key(w, p->by[i].key);
        json_obj_begin(w);
        json_kv_id(w, "id", id);
        json_kv(w, "_title", title);
        json_obj_end(w);
    }
    if (begun)
        json_obj_end(w);
    return rc;
}

static enum rc write_groups(struct plan_agg *p, struct db_stmt *st,
                            struct json_w *w, struct err *err)
{
    bool has_row = false;
    size_t i;
    enum rc rc;

    for (rc = db_step(st, &has_row, err); rc == RC_OK && has_row;
         rc = db_step(st, &has_row, err)) {
        struct arena_mark mark = arena_mark(p->q->ctx.arena);

        json_obj_begin(w);
        for (i = 0; i < p->n_by; i++)
            write_by(p, &p->by[i], (int)i, st, w);
        for (i = 0; i < p->n_m; i++)
            write_measure(p, &p->m[i], st, w);
        rc = write_titles(p, st, w, err);
        json_obj_end(w);
        arena_rewind(p->q->ctx.arena, mark);
        if (rc != RC_OK)
            break;
    }
    return rc;
}

static enum rc plan_groups(struct plan_agg *p,
                           const struct aggregate_spec *spec, struct err *err)
{
    enum rc rc = each_item(p, spec->by, add_by, err), more;

    if (rc != RC_OK && rc != RC_INVALID)
        return rc;
    more = each_item(
        p, str_trim(spec->measure).n > 0 ? spec->measure : STR("count()"),
        add_measure, err);
    if (more != RC_OK && more != RC_INVALID)
        return more;
    rc = rc == RC_OK ? more : rc;
    if (str_trim(spec->filter).n > 0) {
        more =
            plan_filter(p->q, STR("filter"), spec->filter, &p->q->filter, err);
        if (more != RC_OK && more != RC_INVALID)
            return more;
        rc = rc == RC_OK ? more : rc;
    }
    more = plan_find(p->q, spec->q, err);
    if (more != RC_OK && more != RC_INVALID)
        return more;
    rc = rc == RC_OK ? more : rc;
    if (spec->limit < 0 || spec->limit > LIMIT_GROUPS)
        rc = plan_reject(p->q, STR("limit"), "out_of_range",
                         "limit is 1 to %d.", LIMIT_GROUPS);
    p->q->also = spec->also;
    return rc == RC_OK ? plan_end(p->q, err) : rc;
}

enum rc query_aggregate_json(const struct query_ctx *ctx,
                             const struct aggregate_spec *spec,
                             struct json_w *w, struct err *err)
{
    struct plan_agg p = {0};
    struct db_stmt *st = NULL;
    struct sqlb b;
    enum rc rc = plan_begin(ctx, spec->entity, &p.q, err);

    if (rc == RC_OK)
        rc = plan_groups(&p, spec, err);
    if (rc != RC_OK) {
        if (rc == RC_INVALID)
            (void)FAIL(err, rc, "The request names something unknown.");
        return rc;
    }
    sqlb_init(&b, db_dialect(db_store_of(ctx->db)), ctx->arena);
    rc = agg_sql(&p, spec, &b, err);
    if (rc == RC_OK)
        rc = sqlb_prepare(&b, ctx->db, p.q->grant, &st, err);
    else if (rc == RC_INVALID)
        (void)FAIL(err, rc, "The request names something unknown.");
    if (rc == RC_OK) {
        json_obj_begin(w);
        json_k(w, "items");
        json_arr_begin(w);
        rc = write_groups(&p, st, w, err);
        json_arr_end(w);
        json_k(w, "next");
        json_w_null(w);
        json_obj_end(w);
    }
    db_stmt_release(st);
    sqlb_release(&b);
    return rc;
}
