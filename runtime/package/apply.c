/*
 * apply - check, plan, install, upgrade, remove.
 *
 * The next model is compiled and planned over a reader while requests go on;
 * one write job, alone in its commit, then checks that nobody published in
 * between, changes the tables and keeps the files. Row before slot: a reader
 * that sees the new generation waits the moment until the slot has it
 * (workspace_read_begin), and a second publish cannot overtake, for it is
 * prepared on the model of the slot and refused by the row.
 */
#include "package/package.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/vec.h"
#include "package/plant.h"
#include "package/reindex.h"
#include "package/rules.h"

enum { APPLY_TRIES = 3 };

static int64_t now_of(const struct workspace *ws)
{
    return ws->clock->now_ms(ws->clock->arg);
}

/* Of the checks: what a customisation means beside the new version. */
static enum rc keep_reviews(struct plan *plan, const struct messages *ms,
                            struct arena *a, struct err *err)
{
    VEC(struct message) review = {0};

    for (size_t i = 0; i < ms->n; i++) {
        if (ms->v[i].severity == SEVERITY_REVIEW &&
            !VEC_PUSH(a, &review, ms->v[i]))
            return FAIL(err, RC_NOMEM, "There is no memory for the plan.");
    }
    plan->review = review.v;
    plan->n_review = review.n;
    return RC_OK;
}

/* Ask the manifests, then compile and plan. *next stays NULL when the manifests
   refuse. */
static enum rc prepare_over(struct db *db, const struct model *current,
                            const struct store_change *change, struct arena *a,
                            struct model **next, struct plan *plan,
                            struct messages *ms, struct err *err)
{
    struct plan asked;
    struct model *made = NULL;
    enum rc rc = rules_look(current, change, a, &asked, err);

    if (rc != RC_OK)
        return rc;
    if (asked.n_refused > 0) {
        *plan = asked;
        return RC_OK;
    }
    rc = store_prepare(db, current, change, a, &made, plan, ms, err);
    if (rc != RC_OK)
        return rc;
    plan->asks = asked.asks;
    plan->n_asks = asked.n_asks;
    rc = keep_reviews(plan, ms, a, err);
    if (rc == RC_OK)
        *next = made;
    else
        model_unref(made);
    return rc;
}

/* Compile and plan over the model of the slot, referenced in *current. */
static enum rc prepare(const struct workspace *ws,
                       const struct store_change *change, struct arena *a,
                       const struct model **current, struct model **next,
                       struct plan *plan, struct messages *ms, struct err *err)
{
    const struct model *m = model_slot_ref(ws->slot);
    struct db *db = NULL;
    enum rc rc = db_read_begin(ws->store, NULL, &db, err);

    if (rc == RC_OK) {
        rc = prepare_over(db, m, change, a, next, plan, ms, err);
        db_read_end(db);
    }
    if (rc == RC_OK)
        *current = m;
    else
        model_unref(m);
    return rc;
}

static void keep_messages(struct message *v, size_t n, struct arena *a)
{
    for (size_t i = 0; i < n; i++) {
        v[i].file = str_copy(a, v[i].file);
        v[i].text = str_copy(a, v[i].text);
        v[i].hint = str_copy(a, v[i].hint);
        v[i].excerpt = str_copy(a, v[i].excerpt);
    }
}

/* A plan speaks in the words of both models; who asked for it keeps neither, so
   what can be shown is copied, and `detail` goes. */
static enum rc keep_words(struct plan *plan, struct arena *a, struct err *err)
{
    plan->package = str_copy(a, plan->package);
    plan->from = str_copy(a, plan->from);
    plan->to = str_copy(a, plan->to);
    for (size_t i = 0; i < plan->n; i++) {
        struct plan_step *s = &plan->steps[i];

        s->entity = str_copy(a, s->entity);
        s->field = str_copy(a, s->field);
        s->words = str_copy(a, s->words);
        s->detail = NULL;
    }
    keep_messages(plan->refused, plan->n_refused, a);
    keep_messages(plan->review, plan->n_review, a);
    if (arena_failed(a))
        return FAIL(err, RC_NOMEM, "There is no memory for the plan.");
    return RC_OK;
}

enum rc package_plan(const struct workspace *ws,
                     const struct store_change *change, struct arena *a,
                     struct plan *plan, struct messages *ms, struct err *err)
{
    const struct model *current = NULL;
    struct model *next = NULL;
    enum rc rc = prepare(ws, change, a, &current, &next, plan, ms, err);

    if (rc == RC_OK) {
        rc = keep_words(plan, a, err);
        model_unref(next);
        model_unref(current);
    }
    return rc;
}

/* What the manifest alone decides, and is as wrong in any workspace. */
static enum rc check_manifest(const struct model *m,
                              const struct store_change *change,
                              struct arena *a, struct messages *ms,
                              struct err *err)
{
    struct plan asked;
    enum rc rc = rules_look(m, change, a, &asked, err);

    for (size_t i = 0; rc == RC_OK && i < asked.n_refused; i++) {
        const struct message *r = &asked.refused[i];

        if (strcmp(r->code, "K706") == 0 || strcmp(r->code, "K712") == 0)
            messages_file(ms, r->file, SEVERITY_ERROR, r->code, "%.*s",
                          STR_ARG(r->text));
    }
    return rc;
}

enum rc package_check(const struct workspace *ws, struct package_src *src,
                      struct arena *a, struct messages *ms, struct err *err)
{
    /* A check is not the moment to ask about data or versions: what would be
       lost, and what does not follow what is there, is said by the plan. */
    struct store_change change = {
        .put = src, .allow_drop = true, .accept = true};
    const struct model *m = model_slot_ref(ws->slot);
    struct plan plan = {.arena = a};
    struct model *next = NULL;
    struct db *db = NULL;
    enum rc rc = check_manifest(m, &change, a, ms, err);

    if (rc == RC_OK)
        rc = db_read_begin(ws->store, NULL, &db, err);
    if (rc == RC_OK) {
        rc = store_prepare(db, m, &change, a, &next, &plan, ms, err);
        db_read_end(db);
    }
    model_unref(next);
    model_unref(m);
    return rc;
}

/* --- apply ------------------------------------------------------------------ */

struct commit {
    const struct model *current, *next;
    const struct store_change *change;
    const struct plan *plan;
    const struct principal *who;
    int64_t now_ms;
    int64_t txn; /* out */
    bool queued; /* out: there are jobs */
};

static enum rc commit_tx(struct db *db, void *arg, struct arena *a,
                         struct err *err)
{
    struct commit *c = arg;
    enum rc rc;

    (void)a;
    c->queued = false;
    c->txn = db_ids(db_store_of(db), 1);
    rc = store_commit(db, c->current, c->next, c->change, c->plan, c->now_ms,
                      c->who->user, err);
    if (rc == RC_OK && c->change->put)
        rc = plant_mark(db, c->next, c->change->put->id, err);
    if (rc == RC_OK)
        rc = record_txn(db, c->txn, c->now_ms, c->who, err);
    return rc == RC_OK ? reindex_enqueue(db, c->next, c->plan, c->who->user,
                                         c->now_ms, &c->queued, err)
                       : rc;
}

static enum rc refused(const struct plan *plan, struct err *err)
{
    return FAIL(err, RC_CONFLICT, "The plan is refused: %.*s%s",
                STR_ARG(plan->refused[0].text),
                plan->n_refused > 1 ? " There are more reasons." : "");
}

/* Somebody published since? Waits until row and slot agree: the other may have
   committed and not yet put its model into the slot. */
static bool has_moved(const struct workspace *ws, const struct model *current)
{
    const struct model *m = NULL;
    struct db *db = NULL;
    bool moved;

    if (workspace_read_begin(ws, &db, &m, NULL) != RC_OK)
        return false;
    moved = m != current;
    model_unref(m);
    db_read_end(db);
    return moved;
}

static enum rc try_apply(const struct workspace *ws,
                         const struct principal *who,
                         const struct store_change *change, struct arena *a,
                         struct plan *plan, struct messages *ms,
                         struct package_result *out, bool *moved,
                         struct err *err)
{
    const struct model *current = NULL;
    struct model *next = NULL;
    struct commit c;
    struct db_job job = {.run = commit_tx, .arg = &c, .alone = true};
    enum rc rc = prepare(ws, change, a, &current, &next, plan, ms, err);

    *moved = false;
    if (rc != RC_OK)
        return rc;
    if (plan->n_refused > 0) {
        rc = keep_words(plan, a, err);
        if (rc == RC_OK)
            rc = refused(plan, err);
        goto out;
    }
    c = (struct commit){.current = current,
                        .next = next,
                        .change = change,
                        .plan = plan,
                        .who = who,
                        .now_ms = now_of(ws)};
    rc = db_write(ws->store, &job, a, err);
    if (rc == RC_OK && next) {
        /* It is done: words that are missing must not say otherwise. */
        if (keep_words(plan, a, NULL) != RC_OK)
            plan->n = 0;
        out->generation = next->generation;
        out->txn = c.txn;
        model_slot_publish(ws->slot, next);
        next = NULL;
        if (c.queued && ws->queued)
            ws->queued(ws->queued_arg);
    } else if (rc == RC_CONFLICT) {
        *moved = has_moved(ws, current);
    }
out:
    model_unref(next);
    model_unref(current);
    return rc;
}

static struct str version_of(const struct workspace *ws, struct str id,
                             struct arena *a)
{
    const struct model *m = model_slot_ref(ws->slot);
    struct str version = STR("");

    for (size_t i = 0; m && i < m->n_packages; i++) {
        if (str_eq(m->packages[i]->id, id))
            version = str_copy(a, m->packages[i]->version);
    }
    model_unref(m);
    return version;
}

enum rc package_publish(const struct workspace *ws, const struct principal *who,
                        const struct store_change *change, struct arena *a,
                        struct plan *plan, struct messages *ms,
                        struct package_result *out, struct err *err)
{
    struct str id = change->put ? change->put->id : change->remove;
    struct package_result result = {.package = id};
    bool moved = true;
    enum rc rc = RC_OK;

    for (int i = 0; moved && i < APPLY_TRIES; i++)
        rc = try_apply(ws, who, change, a, plan, ms, &result, &moved, err);
    if (rc != RC_OK)
        return rc;
    result.version = version_of(ws, id, a);
    log_info(change->put ? "package.install" : "package.remove",
             KV("workspace", ws->name), KV("package", id),
             KV("version", result.version),
             KV_I64("generation", result.generation));
    if (ws->changed)
        bell_ring(ws->changed);
    *out = result;
    return RC_OK;
}

enum rc package_apply(const struct workspace *ws, const struct principal *who,
                      const struct store_change *change, struct arena *a,
                      struct plan *plan, struct messages *ms,
                      struct package_result *out, struct err *err)
{
    struct package_result result;
    enum rc rc = package_publish(ws, who, change, a, plan, ms, &result, err);

    if (rc != RC_OK)
        return rc;
    *out = result;
    return change->put ? package_plant(ws, who, change->put->id, a, err)
                       : RC_OK;
}
