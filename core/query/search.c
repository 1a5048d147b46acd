/*
 * search - the newest hits of the search tables, then ranked: a title that
 * begins with what was typed, a title that has it, the rest; newest first
 * within each. One statement an entity that was hit. See query.h.
 */
#include "base/limits.h"
#include "base/utf8.h"
#include "db/search.h"
#include "query/plan.h"

enum {
    HITS_MAX = 200,
    SHOWN_DEFAULT = 20,
    SNIPPET_POINTS = 120,
    MAX_EXPRS = 12
};

struct found {
    const struct entity *e;
    int64_t id;
    struct str title, subtitle, field, snippet;
    int rank;
    size_t order; /* among the hits, newest first */
};

struct search {
    const struct query_ctx *ctx;
    struct str folded;
    const struct search_hit *hits;
    size_t n_hits;
    struct found *found;
    size_t n;
};

static bool holds(struct search *s, struct str text, ptrdiff_t *at)
{
    struct str folded = STR_NONE;

    if (utf8_fold(text, 0, s->ctx->arena, &folded, NULL) != RC_OK)
        return false;
    *at = str_find(folded, s->folded);
    return *at >= 0;
}

static int rank_of(struct search *s, struct str title)
{
    ptrdiff_t at = -1;

    if (!holds(s, title, &at))
        return 2;
    return at == 0 ? 0 : 1;
}

/* The first searched value that has the text; else the first with its first
   word; else nothing to show. */
static void explain(struct search *s, const struct entity *e,
                    struct db_stmt *st, int first, size_t n, struct found *f)
{
    size_t i;
    ptrdiff_t at;

    for (i = 0; i < n; i++) {
        struct fx_type type = fx_result(e->search[i]);
        struct value v = value_of_column(st, first + (int)i, &type);
        struct str text = value_plain(s->ctx->arena, &v);

        if (text.n == 0 || !holds(s, text, &at))
            continue;
        f->field = fx_source(e->search[i]);
        f->snippet = str_copy(s->ctx->arena, utf8_head(text, SNIPPET_POINTS));
        return;
    }
}

static size_t order_of(const struct search *s, int64_t id)
{
    size_t i;

    for (i = 0; i < s->n_hits; i++) {
        if (s->hits[i].id == id)
            return i;
    }
    return s->n_hits;
}

static enum rc emit_text(struct query *q, const struct fx_expr *x,
                         struct fx_from *from, struct sqlb *b, struct err *err)
{
    struct fx_sql_frame frame = plan_frame(q);

    sqlb_lit(b, ", ");
    if (x == NULL) {
        sqlb_lit(b, "NULL");
        return RC_OK;
    }
    return fx_emit(x, from, &frame, b, err);
}

static enum rc statement(struct query *q, const struct entity *e, size_t n,
                         struct db_stmt **st, struct err *err)
{
    struct fx_from *froms[MAX_EXPRS + 2] = {NULL};
    struct sqlb b;
    size_t i;
    enum rc rc = plan_title(q, e, 0, e->title, &froms[0], err);

    if (rc == RC_OK && e->subtitle != NULL)
        rc = plan_title(q, e, 0, e->subtitle, &froms[1], err);
    for (i = 0; rc == RC_OK && i < n; i++)
        rc = plan_title(q, e, 0, e->search[i], &froms[i + 2], err);
    if (rc == RC_OK)
        rc = plan_end(q, err);
    if (rc != RC_OK)
        return rc;
    sqlb_init(&b, db_dialect(db_store_of(q->ctx.db)), q->ctx.arena);
    sqlb_lit(&b, "SELECT ");
    sqlb_col(&b, 0, IDENT("id"));
    rc = emit_text(q, e->title, froms[0], &b, err);
    if (rc == RC_OK)
        rc = emit_text(q, e->subtitle, froms[1], &b, err);
    for (i = 0; rc == RC_OK && i < n; i++)
        rc = emit_text(q, e->search[i], froms[i + 2], &b, err);
    if (rc == RC_OK)
        rc = fx_from_emit(&q->from, &b, err);
    if (rc == RC_OK)
        rc = plan_where(q, &b, err);
    if (rc == RC_OK)
        rc = sqlb_prepare(&b, q->ctx.db, q->grant, st, err);
    sqlb_release(&b);
    return rc;
}

static struct str column_text(struct search *s, struct db_stmt *st, int at,
                              const struct fx_expr *x)
{
    struct fx_type type;
    struct value v;

    if (x == NULL)
        return STR_NONE;
    type = fx_result(x);
    v = value_of_column(st, at, &type);
    return str_copy(s->ctx->arena, value_plain(s->ctx->arena, &v));
}

/* What may be read of e's records among the hits. */
static enum rc read_entity(struct search *s, const struct entity *e,
                           const int64_t *ids, size_t n_ids, struct err *err)
{
    size_t n = e->n_search < MAX_EXPRS ? e->n_search : MAX_EXPRS;
    struct query *q = NULL;
    struct db_stmt *st = NULL;
    bool has_row = false;
    enum rc rc = plan_begin(s->ctx, e, &q, err);

    if (rc != RC_OK)
        return rc == RC_NOTFOUND || rc == RC_DENIED ? RC_OK : rc;
    q->ids = ids;
    q->n_ids = n_ids;
    rc = statement(q, e, n, &st, err);
    while (rc == RC_OK) {
        struct found *f = &s->found[s->n];

        rc = db_step(st, &has_row, err);
        if (rc != RC_OK || !has_row)
            break;
        *f = (struct found){.e = e, .id = db_col_i64(st, 0)};
        f->title = column_text(s, st, 1, e->title);
        f->subtitle = column_text(s, st, 2, e->subtitle);
        f->rank = rank_of(s, f->title);
        f->order = order_of(s, f->id);
        explain(s, e, st, 3, n, f);
        s->n++;
    }
    db_stmt_release(st);
    return rc;
}

static enum rc read_all(struct search *s, struct err *err)
{
    int64_t *ids = ARENA_ARRAY(s->ctx->arena, int64_t, s->n_hits + 1);
    bool *done = ARENA_ARRAY(s->ctx->arena, bool, s->n_hits + 1);
    size_t i, k;
    enum rc rc = RC_OK;

    s->found = ARENA_ARRAY(s->ctx->arena, struct found, s->n_hits + 1);
    if (ids == NULL || done == NULL || s->found == NULL)
        return FAIL(err, RC_NOMEM, "There is no memory for a search.");
    for (i = 0; rc == RC_OK && i < s->n_hits; i++) {
        const struct entity *e = model_entity_no(s->ctx->model, s->hits[i].ent);
        size_t n = 0;
        int64_t *own;

        if (done[i] || e == NULL)
            continue;
        for (k = i; k < s->n_hits; k++) {
            if (s->hits[k].ent != s->hits[i].ent)
                continue;
            ids[n++] = s->hits[k].id;
            done[k] = true;
        }
        own = arena_dup(s->ctx->arena, ids, n * sizeof *ids);
        if (own == NULL)
            return FAIL(err, RC_NOMEM, "There is no memory for a search.");
        rc = read_entity(s, e, own, n, err);
    }
    return rc;
}

/* At most 200: insertion, by rank, then newest. */
static void rank_all(struct search *s)
{
    size_t i, k;

    for (i = 1; i < s->n; i++) {
        struct found f = s->found[i];

        for (k = i; k > 0 && (f.rank < s->found[k - 1].rank ||
                              (f.rank == s->found[k - 1].rank &&
                               f.order < s->found[k - 1].order));
             k--)
            s->found[k] = s->found[k - 1];
        s->found[k] = f;
    }
}

static void write_found(const struct search *s, size_t limit, struct json_w *w)
{
    size_t i;

    json_obj_begin(w);
    json_k(w, "items");
    json_arr_begin(w);
    for (i = 0; i < s->n && i < limit; i++) {
        const struct found *f = &s->found[i];

        json_obj_begin(w);
        json_kv(w, "entity", f->e->qname);
        json_kv_id(w, "id", f->id);
        json_kv(w, "title", f->title);
        json_kv(w, "subtitle", f->subtitle);
        json_kv(w, "field", f->field);
        json_kv(w, "snippet", f->snippet);
        json_obj_end(w);
    }
    json_arr_end(w);
    json_k(w, "next");
    json_w_null(w);
    json_obj_end(w);
}

enum rc query_search_json(const struct query_ctx *ctx,
                          const struct search_spec *spec, struct json_w *w,
                          struct err *err)
{
    struct search s = {.ctx = ctx};
    struct search_hit *hits = NULL;
    int *ents = ARENA_ARRAY(ctx->arena, int, spec->n + 1);
    size_t i;
    enum rc rc;

    if (ents == NULL)
        return FAIL(err, RC_NOMEM, "There is no memory for a search.");
    if (spec->q.n > LIMIT_SEARCH_BYTES) {
        issues_add(ctx->issues, STR("q"), "too_long",
                   "A search has at most %d bytes.", LIMIT_SEARCH_BYTES);
        return FAIL(err, RC_INVALID, "The search is too long.");
    }
    for (i = 0; i < spec->n; i++)
        ents[i] = spec->entities[i]->number;
    rc = utf8_fold(spec->q, 0, ctx->arena, &s.folded, err);
    if (rc == RC_OK && s.folded.n > 0)
        rc = search_find(ctx->db, spec->q, ents, spec->n, HITS_MAX, ctx->arena,
                         &hits, &s.n_hits, err);
    s.hits = hits;
    if (hits == NULL)
        s.n_hits = 0;
    if (rc == RC_OK)
        rc = read_all(&s, err);
    if (rc != RC_OK)
        return rc;
    rank_all(&s);
    write_found(&s,
                spec->limit > 0 && spec->limit <= HITS_MAX ? (size_t)spec->limit
                                                           : SHOWN_DEFAULT,
                w);
    return RC_OK;
}
