/*
 * query - the one planner of reads.
 *
 * get, list, aggregate, search, history, count: from names and fx to one
 * statement (a keyset page: one per leg) under the principal's grant. Whoever
 * needs rows - API, screens, export, import's matching, scripts - comes here.
 *
 * Every name in filter, sort, fields, expand and by is checked against what the
 * principal may read; a hidden one is answered like an unknown one.
 */
#ifndef QUERY_QUERY_H
#define QUERY_QUERY_H

#include "access/access.h"
#include "base/issues.h"
#include "base/json.h"
#include "db/db.h"

struct query_ctx {
    struct db *db; /* a read bracket or a write job        */
    const struct model *model;
    const struct principal *who;
    struct arena *arena; /* plans and results                    */
    int64_t now_ms;
    const uint8_t *cursor_key; /* CRYPTO_KEY_BYTES; seals cursors  */
    struct issues *issues;     /* what was wrong with the request      */
    struct query_past *past;   /* an earlier time; NULL: as it is      */
};

/*
 * An earlier time: with ctx->past every plan made of ctx - a record, a list,
 * its order, cursors, counts and titles, an aggregate - reads the records as
 * they were when `at_ms` ended (docs/design/0052). Set ctx->now_ms to it too,
 * so that today() in a filter is the day that is read. What changed since is
 * read from the journal once for each entity and kept until _free.
 * Search and history know no past.
 */
struct query_past *query_past_new(struct arena *a, int64_t at_ms); /* or NULL */
void query_past_free(struct query_past *p); /* NULL is fine */

enum query_deleted { QUERY_LIVE, QUERY_BIN, QUERY_BOTH };

/* As it arrives from outside; empty strings are "not given". */
struct query_spec {
    const struct entity *entity;
    struct str filter; /* fx                                       */
    const struct fx_expr
        *also;         /* a second, compiled filter (a view's); or NULL */
    struct str sort;   /* "-closed_on,name"                        */
    struct str fields; /* "name,account.city"; empty: all          */
    struct str expand; /* "account,owner"                          */
    struct str cursor;
    struct str q;    /* what search finds with this, nothing else   */
    struct str fits; /* "crm:deal.contact": what fits that ref      */
    struct str draft; /* of fits: the record being edited, as JSON    */
    int limit; /* 0: the default; over LIMIT_PAGE: refused  */
    bool count;
    enum query_deleted deleted;
    const int64_t *ids; /* only these; or NULL                      */
    size_t n_ids;
};

/* One column of the answer: a field of the root, or of a record reached by refs. */
struct query_column {
    struct str path; /* "account.city"                          */
    const struct field *field;
    int expand; /* index of the expansion it belongs to, -1 */
};
struct query_row {
    int64_t id, rev;
    const struct value *v; /* as many as plan columns; text lives until
                                    the next row                            */
};

struct query; /* a plan; lives in ctx->arena             */

/*
 * Check and plan. RC_INVALID: issues say which parameter (path "filter",
 * "sort" ...); RC_DENIED, RC_NOTFOUND the entity; RC_LIMIT.
 */
enum rc query_plan(const struct query_ctx *ctx, const struct query_spec *spec,
                   struct query **out, struct err *err) MUST_CHECK;
size_t query_columns(const struct query *q, const struct query_column **out);
/* Rows in order until the page is full; each() returning other than RC_OK stops. */
enum rc query_run(struct query *q,
                  enum rc (*each)(void *arg, const struct query_row *row,
                                  struct err *err),
                  void *arg, struct err *err) MUST_CHECK;
/* After _run: the cursor of the next page, or STR_NONE at the end. */
struct str query_next(const struct query *q);
struct query_count {
    int64_t value;
    bool exact; /* false: LIMIT_COUNT_EXACT and more       */
};
enum rc query_count(struct query *q, struct query_count *out,
                    struct err *err) MUST_CHECK;
/* Every matching record, not a page: keyset pages of 200 until the end. */
enum rc query_each(const struct query_ctx *ctx, const struct query_spec *spec,
                   enum rc (*each)(void *arg, const struct query_row *row,
                                   struct err *err),
                   void *arg, struct err *err) MUST_CHECK;

/* --- JSON of contract.md --------------------------------------------------- */
/* {"items":[..],"next":..,"count":..} */
enum rc query_list_json(const struct query_ctx *ctx,
                        const struct query_spec *spec, struct json_w *w,
                        struct err *err) MUST_CHECK;
/* One record as an object; *rev for the ETag. RC_NOTFOUND; in the bin too unless
   deleted says otherwise. */
enum rc query_get_json(const struct query_ctx *ctx,
                       const struct query_spec *spec, int64_t id,
                       struct json_w *w, int64_t *rev,
                       struct err *err) MUST_CHECK;

struct aggregate_spec {
    const struct entity *entity;
    struct str by;      /* "stage,month(closed_on)"                        */
    struct str measure; /* "sum(amount),count()"                           */
    struct str filter, sort, q;
    const struct fx_expr *also;
    int limit; /* 0: LIMIT_GROUPS                                 */
};
/* {"items":[{"stage":"won","sum(amount)":{..},"count()":238}],"next":null} */
enum rc query_aggregate_json(const struct query_ctx *ctx,
                             const struct aggregate_spec *spec,
                             struct json_w *w, struct err *err) MUST_CHECK;

struct search_spec {
    struct str q;
    const struct entity *const *entities; /* n 0: all that are readable     */
    size_t n;
    int limit;
};
/* {"items":[{"entity","id","title","subtitle","field","snippet"}]} */
enum rc query_search_json(const struct query_ctx *ctx,
                          const struct search_spec *spec, struct json_w *w,
                          struct err *err) MUST_CHECK;

/* {"items":[{"txn","at","user","source","op","rule","changes":[..]}],"next"} */
enum rc query_history_json(const struct query_ctx *ctx, const struct entity *e,
                           int64_t id, int limit, struct json_w *w,
                           struct err *err) MUST_CHECK;

/* One field of a before-image: what it was, as write_json wrote it. */
struct query_before {
    const struct field *field;
    const struct json *was;
};
/* The fields of the text of sys_chg.before that are still there, in its order;
   empty for an empty text. */
enum rc query_before_image(const struct entity *e, struct str text,
                           struct arena *a, struct query_before **out,
                           size_t *n, struct err *err) MUST_CHECK;

/* Title of a record for people ("" when it may not be read or is gone). */
enum rc query_title(const struct query_ctx *ctx, const struct entity *e,
                    int64_t id, struct str *out, struct err *err) MUST_CHECK;
/* The live record whose `field` equals `v` (exact; text folded when `folded`):
   import keys, seeds. *id 0 none; RC_CONFLICT more than one. */
enum rc query_find_by(const struct query_ctx *ctx, const struct entity *e,
                      const struct field *field, const struct value *v,
                      bool folded, int64_t *id, struct err *err) MUST_CHECK;
/* All fields of these records (any state) in id order, for the pipeline: old
   rows. As the system reads: rights are the pipeline's to check. */
struct query_record {
    int64_t id, rev;
    bool is_deleted;
    struct value *v;   /* by field->index; n_fields               */
    struct str search; /* column _search as it is                 */
};
enum rc query_load(struct db *db, const struct model *m, const struct entity *e,
                   const int64_t *ids, size_t n, struct arena *a,
                   struct query_record **out, size_t *n_out,
                   struct err *err) MUST_CHECK;

#endif
