/*
 * reindex - what search finds of an entity, made anew after its definition
 * changed. Pages of records, each a write job of its own, so that nobody waits
 * for the whole; safe to begin again, for what is right already is left alone.
 */
#include "db/search.h"
#include "model/store.h"
#include "record/record.h"

enum { PAGE = 200, MOST_WAITS = 100 };

struct page {
    const struct model *m;
    const struct entity *e;
    int64_t after; /* the last id of the page before                  */
    /* out; a job that runs twice begins where it began */
    int64_t last; /* id of this page                                  */
    size_t n;     /* records of the page                              */
    bool moved;   /* the definitions are newer than m                 */
};

static enum rc page_ids(struct db *db, const struct page *p, struct arena *a,
                        int64_t ids[PAGE], size_t *n, struct err *err)
{
    struct db_stmt *st = NULL;
    bool has_row = true;
    struct sqlb q;
    enum rc rc;

    sqlb_init(&q, db_dialect(db_store_of(db)), a);
    sqlb_lit(&q, "SELECT id FROM ");
    sqlb_ident(&q, p->e->table);
    sqlb_lit(&q, " WHERE deleted_at IS NULL AND id>");
    sqlb_bind_i64(&q, p->after);
    sqlb_lit(&q, " ORDER BY id");
    sqlb_limit(&q, PAGE);
    rc = sqlb_prepare(&q, db, NULL, &st, err);
    for (*n = 0; rc == RC_OK && *n < PAGE; (*n)++) {
        rc = db_step(st, &has_row, err);
        if (rc != RC_OK || !has_row)
            break;
        ids[*n] = db_col_i64(st, 0);
    }
    db_stmt_release(st);
    sqlb_release(&q);
    return rc;
}

static enum rc write_text(struct db *db, const struct entity *e, int64_t id,
                          struct str text, struct arena *a, struct err *err)
{
    struct db_stmt *st = NULL;
    struct sqlb q;
    enum rc rc;

    sqlb_init(&q, db_dialect(db_store_of(db)), a);
    sqlb_lit(&q, "UPDATE ");
    sqlb_ident(&q, e->table);
    sqlb_lit(&q, " SET ");
    sqlb_ident(&q, IDENT("_search"));
    sqlb_lit(&q, "=");
    if (text.n)
        sqlb_bind_str(&q, text);
    else
        sqlb_lit(&q, "NULL");
    sqlb_lit(&q, " WHERE id=");
    sqlb_bind_i64(&q, id);
    rc = sqlb_prepare(&q, db, NULL, &st, err);
    if (rc == RC_OK)
        rc = db_step_done(st, err);
    db_stmt_release(st);
    sqlb_release(&q);
    return rc;
}

static enum rc one_record(struct db *db, const struct page *p,
                          const struct query_record *r, struct arena *a,
                          struct err *err)
{
    struct str text = STR_NONE;
    enum rc rc = record_search_text(db, p->m, p->e, r->v, a, &text, err);

    if (rc != RC_OK || str_eq(text, r->search))
        return rc;
    rc = search_put(db, r->id, p->e->number, r->search, text, err);
    return rc == RC_OK ? write_text(db, p->e, r->id, text, a, err) : rc;
}

static enum rc run_page(struct db *db, void *arg, struct arena *a,
                        struct err *err)
{
    struct page *p = arg;
    struct query_record *v = NULL;
    int64_t ids[PAGE], generation = 0;
    size_t n = 0, n_loaded = 0, i;
    enum rc rc = store_generation(db, &generation, err);

    if (rc != RC_OK)
        return rc;
    p->n = 0;
    p->moved = generation != p->m->generation;
    if (p->moved)
        return RC_OK;
    rc = page_ids(db, p, a, ids, &n, err);
    if (rc == RC_OK && n)
        rc = query_load(db, p->m, p->e, ids, n, a, &v, &n_loaded, err);
    for (i = 0; rc == RC_OK && i < n_loaded; i++)
        rc = one_record(db, p, &v[i], a, err);
    if (rc == RC_OK && n) {
        p->n = n;
        p->last = ids[n - 1];
    }
    return rc;
}

enum rc record_reindex(struct db_store *store, struct model_slot *slot,
                       int number, bool (*tell)(void *arg, int64_t done),
                       void *arg, struct err *err)
{
    struct page p = {.n = PAGE};
    struct db_job job = {.run = run_page, .arg = &p};
    struct arena a;
    int64_t done = 0;
    int waited = 0;
    bool goes_on = true;
    enum rc rc = RC_OK;

    arena_init(&a, 64 << 20);
    while (rc == RC_OK && goes_on) {
        p.m = model_slot_ref(slot);
        p.e = p.m ? model_entity_no(p.m, number) : NULL;
        p.n = 0;
        p.moved = false;
        if (p.e)
            rc = db_write(store, &job, &a, err);
        if (rc == RC_OK && p.moved && ++waited > MOST_WAITS)
            rc = FAIL(err, RC_BUSY, "The definitions are being changed.");
        p.after = p.n ? p.last : p.after;
        done += (int64_t)p.n;
        goes_on = p.n == PAGE || p.moved;
        if (rc == RC_OK && tell && !tell(arg, done))
            goes_on = false;
        model_unref(p.m);
        arena_reset(&a);
    }
    arena_release(&a);
    return rc;
}
