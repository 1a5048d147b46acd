/*
 * chunk - rows that are saved in one transaction, and what became of them.
 *
 * While one chunk is saved on a thread of its own, the next is read: two cores
 * share an import, and the writer, which bounds it, waits for nothing. Chunks
 * are saved one after the other in the file's order, each by record_save as
 * ever, so all that a chunk sees of those before it is in the database. Where
 * the rows of a chunk need what an earlier one made (a key to update by, a link
 * within the file, targets that are made), or handlers want to run on the
 * caller's thread, chunks do not overlap.
 *
 * Verdicts are told when a chunk is saved, in the order of lines, whether a row
 * was refused while it was read or while it was saved; of a chunk that is given
 * up nothing is told.
 */
#include "exchange/import.h"

#include "base/limits.h"

enum { CHUNK_ARENA_BYTES = 256 << 20 };

static void reset(struct import_chunk *c)
{
    arena_reset(&c->arena);
    record_batch_init(&c->batch, &c->arena);
    c->batch.max = LIMIT_IMPORT_CHUNK;
    c->rows.v = NULL;
    c->rows.n = c->rows.cap = 0;
    c->refused.v = NULL;
    c->refused.n = c->refused.cap = 0;
    c->read = 0;
    c->rc = RC_OK;
    err_clear(&c->err);
}

static void use(struct importer *im, struct import_chunk *c)
{
    im->now = c;
    im->chunk = &c->arena;
    im->csv.arena = &c->arena;
}

void import_chunks_init(struct importer *im)
{
    size_t i;

    for (i = 0; i < 2; i++) {
        arena_init(&im->chunks[i].arena, CHUNK_ARENA_BYTES);
        reset(&im->chunks[i]);
    }
    use(im, &im->chunks[0]);
}

/* --- saving --------------------------------------------------------------------- */

/* On whichever thread; touches nothing but the chunk and what is constant. */
static void save(const struct importer *im, struct import_chunk *c)
{
    issues_init(&c->issues, &c->arena);
    c->result = (struct record_result){0, 0};
    c->batch.dry_run = im->dry_run;
    c->batch.partial = true;
    if (c->batch.n > 0)
        c->rc = record_save(im->ctx, im->m, &c->batch, &c->issues, &c->result,
                            &c->err);
}

static void *saver_main(void *arg)
{
    struct importer *im = arg;
    struct import_saver *s = &im->saver;

    pthread_mutex_lock(&s->lock);
    for (;;) {
        struct import_chunk *c;

        while (s->work == NULL && !s->ending)
            pthread_cond_wait(&s->moved, &s->lock);
        c = s->work;
        if (c == NULL)
            break;
        pthread_mutex_unlock(&s->lock);
        save(im, c);
        pthread_mutex_lock(&s->lock);
        s->work = NULL;
        pthread_cond_signal(&s->moved);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

static bool has_handlers(const struct importer *im)
{
    const struct record_hooks *h = im->ctx->hooks;

    return h != NULL && (h->before != NULL || h->after != NULL) &&
           (h->wants == NULL || h->wants(h->ctx, im->e));
}

/* Does no row need what an earlier chunk made? */
static bool may_overlap(const struct importer *im)
{
    size_t i;

    if (im->map->mode != IMPORT_CREATE || im->links_itself || has_handlers(im))
        return false;
    for (i = 0; i < im->n_header; i++)
        if (im->columns[i].field != NULL && im->columns[i].create)
            return false;
    return true;
}

/* Without a thread chunks are saved on this one. */
static bool saver_start(struct importer *im)
{
    struct import_saver *s = &im->saver;

    if (s->is_running || s->is_refused)
        return s->is_running;
    s->is_refused = !may_overlap(im);
    if (s->is_refused)
        return false;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->moved, NULL);
    s->is_running = pthread_create(&s->thread, NULL, saver_main, im) == 0;
    if (!s->is_running) {
        s->is_refused = true;
        pthread_cond_destroy(&s->moved);
        pthread_mutex_destroy(&s->lock);
    }
    return s->is_running;
}

/* --- settling --------------------------------------------------------------------- */

static void count_item(struct importer *im, const struct record_item *item)
{
    size_t i;
    uint64_t any = 0;

    if (item->op == RECORD_CREATE) {
        im->report->created++;
        return;
    }
    for (i = 0; i < sizeof item->changed.w / sizeof item->changed.w[0]; i++)
        any |= item->changed.w[i];
    if (any != 0)
        im->report->updated++;
    else
        im->report->unchanged++;
}

/* Issues of one item: those whose path begins with its prefix. */
static void item_issues(struct import_chunk *c, struct str prefix,
                        struct issues *out)
{
    const struct issues *all = &c->issues;
    size_t i;

    issues_init(out, &c->arena);
    for (i = 0; i < all->n; i++) {
        if (str_starts(all->v[i].path, prefix) && !all->v[i].is_warning)
            issues_add(out, str_sub(all->v[i].path, prefix.n, all->v[i].path.n),
                       str_cstr(&c->arena, all->v[i].code), "%.*s",
                       STR_ARG(all->v[i].message));
    }
}

static void settle_row(struct importer *im, struct import_chunk *c,
                       const struct import_row *row)
{
    const struct record_item *item = &c->batch.items[row->item];
    struct issues own;

    if (item->failed) {
        item_issues(c, item->path, &own);
        import_fail_row(im, &c->arena, row, &own);
        return;
    }
    count_item(im, item);
    import_remember(im, &c->arena, row, item->id);
}

/* Both lists are in the order of lines. */
static void settle(struct importer *im, struct import_chunk *c)
{
    size_t i = 0, k = 0;

    while (i < c->rows.n || k < c->refused.n) {
        if (k == c->refused.n ||
            (i < c->rows.n && c->rows.v[i].line < c->refused.v[k].row.line)) {
            settle_row(im, c, &c->rows.v[i++]);
        } else {
            import_fail_row(im, &c->arena, &c->refused.v[k].row,
                            &c->refused.v[k].issues);
            k++;
        }
    }
}

/* What the save of a chunk came to; its memory is free again. */
static enum rc take_saved(struct importer *im, struct import_chunk *c,
                          struct err *err)
{
    const struct import_progress *p = im->progress;
    enum rc rc = c->rc == RC_INVALID ? RC_OK : c->rc;

    if (rc == RC_OK) {
        im->report->rows += c->read;
        settle(im, c);
        if (c->result.txn != 0 &&
            !VEC_PUSH(im->arena, &im->txns, c->result.txn))
            rc = import_no_memory(err);
    } else if (err != NULL) {
        *err = c->err;
    }
    reset(c);
    import_forget_pending(im);
    if (rc == RC_OK && p != NULL && p->tell != NULL &&
        !p->tell(p->arg, im->report->rows, im->total))
        im->report->cancelled = true;
    return rc;
}

/* The chunk that the saver has, if it has one. */
static enum rc take_from_saver(struct importer *im, struct err *err)
{
    struct import_saver *s = &im->saver;
    struct import_chunk *c = s->given;

    if (c == NULL)
        return RC_OK;
    pthread_mutex_lock(&s->lock);
    while (s->work != NULL)
        pthread_cond_wait(&s->moved, &s->lock);
    pthread_mutex_unlock(&s->lock);
    s->given = NULL;
    return take_saved(im, c, err);
}

static void give_to_saver(struct importer *im)
{
    struct import_saver *s = &im->saver;

    s->given = im->now;
    pthread_mutex_lock(&s->lock);
    s->work = im->now;
    pthread_cond_signal(&s->moved);
    pthread_mutex_unlock(&s->lock);
    use(im, &im->chunks[im->now == &im->chunks[0]]);
}

enum rc import_flush(struct importer *im, struct err *err)
{
    enum rc rc;

    import_stop_reading(im);
    rc = take_from_saver(im, err);
    if (rc != RC_OK || im->report->cancelled) {
        reset(im->now); // nothing is told of rows that were only read
        return rc;
    }
    if (im->now->read == 0 && im->now->batch.n == 0 && im->now->refused.n == 0)
        return RC_OK;
    save(im, im->now);
    return take_saved(im, im->now, err);
}

enum rc import_hand_over(struct importer *im, struct err *err)
{
    enum rc rc;

    if (!saver_start(im))
        return import_flush(im, err);
    import_stop_reading(im); // who reads, and waits for another, may wait long
    rc = take_from_saver(im, err);
    if (rc == RC_OK && !im->report->cancelled)
        give_to_saver(im);
    return rc;
}

void import_chunks_release(struct importer *im)
{
    struct import_saver *s = &im->saver;
    size_t i;

    if (s->is_running) {
        pthread_mutex_lock(&s->lock);
        s->ending = true;
        pthread_cond_signal(&s->moved);
        pthread_mutex_unlock(&s->lock);
        pthread_join(s->thread, NULL);
        pthread_cond_destroy(&s->moved);
        pthread_mutex_destroy(&s->lock);
        s->is_running = false;
    }
    for (i = 0; i < 2; i++)
        arena_release(&im->chunks[i].arena);
}
