/*
 * packages - what is installed, what the marketplace folders offer, and the
 * ways from one to the other: plan, install (and upgrade), remove.
 *
 * A package is named, never sent: what may be installed lies inside the program
 * or in the server's apps folder, where its administrator put it.
 */
#include "api/call.h"
#include "package/market.h"

enum { WORK_BYTES = 64 << 20 };

static struct market_source the_market(const struct call *c)
{
    return (struct market_source){&c->api->config.source,
                                  c->api->config.apps_dir};
}

static const struct package *installed(const struct call *c, struct str id)
{
    size_t i;

    for (i = 0; i < c->m->n_packages; i++) {
        if (str_eq(c->m->packages[i]->id, id))
            return c->m->packages[i];
    }
    return NULL;
}

/* --- GET /api/v1/packages --------------------------------------------------------- */

enum rc run_packages(struct call *c)
{
    struct market_source source = the_market(c);
    struct market m;
    enum rc rc = market_list(&source, c->a, &m, &c->err);

    if (rc == RC_OK)
        rc = market_json(&m, c->m, &c->w, &c->err);
    return rc == RC_OK ? answer_json(c, 200) : rc;
}

static void kv_or_null(struct json_w *w, const char *key, struct str s)
{
    json_key(w, str_c(key));
    if (s.n > 0)
        json_w_str(w, s);
    else
        json_w_null(w);
}

/* --- plan, install, remove ------------------------------------------------------------- */

struct work {
    struct call *c;
    struct arena arena; /* a package's files and the model of tomorrow */
    struct store_change change;
    struct plan plan;
    struct messages messages;
};

static enum rc no_package(struct call *c)
{
    return call_reject(c, "package", "not_found",
                       "The marketplace has no such package; GET "
                       "/api/v1/packages lists them.");
}

static enum rc read_offer(struct work *w, struct str id)
{
    struct call *c = w->c;
    struct market_source source = the_market(c);
    struct package_src *src = NULL;
    struct str digest = STR_NONE;
    enum rc rc = call_text(c, c->body, "digest", &digest);

    if (rc == RC_OK)
        rc = market_read(&source, id, digest, &w->arena, &src, &c->err);
    if (rc == RC_NOTFOUND)
        return no_package(c);
    w->change.put = src;
    return rc;
}

static enum rc bind_id(struct call *c, struct str *id)
{
    enum rc rc = call_text(c, c->body, "package", id);

    if (rc == RC_OK && id->n == 0)
        rc = call_reject(c, "package", "required",
                         "\"package\" is the package's id, e.g. \"crm\".");
    return rc;
}

static enum rc bind_records(struct call *c, bool *keep)
{
    struct str records;
    enum rc rc = call_text(c, c->body, "records", &records);

    if (rc != RC_OK)
        return rc;
    if (records.n > 0 && !str_is(records, "keep") && !str_is(records, "delete"))
        return call_reject(c, "records", "invalid_choice",
                           "\"records\" is either \"keep\" or \"delete\".");
    *keep = !str_is(records, "delete");
    return RC_OK;
}

static enum rc bind_work(struct work *w, bool removes)
{
    struct call *c = w->c;
    struct str id = STR_NONE;
    enum rc rc = bind_id(c, &id);

    if (bind_records(c, &w->change.keep_records) != RC_OK ||
        call_flag(c, c->body, "allow_drop", &w->change.allow_drop) != RC_OK ||
        call_flag(c, c->body, "accept", &w->change.accept) != RC_OK)
        rc = RC_INVALID;
    if (rc != RC_OK)
        return rc;
    if (!removes)
        return read_offer(w, id);
    if (str_is(id, "sys") || installed(c, id) == NULL)
        return call_reject(c, "package", "not_found",
                           "There is no such package installed.");
    w->change.remove = id;
    return RC_OK;
}

/* What the compiler says of the package, as issues: "entities/x.xml:17:4". */
static void tell_messages(struct call *c, const struct message *v, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (v[i].severity == SEVERITY_ERROR)
            issues_add(&c->issues,
                       str_fmt(c->a, "%.*s:%u:%u", STR_ARG(v[i].file),
                               v[i].line, v[i].column),
                       v[i].code, "%.*s", STR_ARG(v[i].text));
    }
}

static void begin_work(struct work *w, struct call *c)
{
    *w = (struct work){.c = c};
    arena_init(&w->arena, WORK_BYTES + PACKAGE_MAX_BYTES * 2);
    messages_init(&w->messages, &w->arena);
}

static enum rc end_work(struct work *w, enum rc rc)
{
    if (rc == RC_INVALID)
        tell_messages(w->c, w->messages.v, w->messages.n);
    if (rc == RC_CONFLICT)
        tell_messages(w->c, w->plan.refused, w->plan.n_refused);
    arena_release(&w->arena);
    return rc;
}

enum rc run_package_plan(struct call *c)
{
    bool removes = false;
    struct work w;
    enum rc rc = call_members(
        c, c->body, "", "package remove records allow_drop accept digest");

    if (rc == RC_OK)
        rc = call_flag(c, c->body, "remove", &removes);
    if (rc != RC_OK)
        return rc;
    begin_work(&w, c);
    rc = bind_work(&w, removes);
    if (rc == RC_OK)
        rc = package_plan(c->ws, &w.change, &w.arena, &w.plan, &w.messages,
                          &c->err);
    if (rc == RC_OK) {
        plan_json(&w.plan, &c->w);
        rc = answer_json(c, 200);
    }
    return end_work(&w, rc);
}

static enum rc apply(struct call *c, bool removes)
{
    struct package_result done = {0};
    struct work w;
    enum rc rc;

    begin_work(&w, c);
    rc = bind_work(&w, removes);
    if (rc == RC_OK)
        rc = package_apply(c->ws, call_who(c), &w.change, &w.arena, &w.plan,
                           &w.messages, &done, &c->err);
    if (rc == RC_OK) {
        answer_id_header(c, "Perigee-Txn", done.txn);
        json_obj_begin(&c->w);
        json_kv(&c->w, "package", done.package);
        kv_or_null(&c->w, "version", done.version);
        json_kv_i64(&c->w, "generation", done.generation);
        json_kv_id(&c->w, "txn", done.txn);
        json_obj_end(&c->w);
        rc = answer_json(c, 200);
    }
    return end_work(&w, rc);
}

enum rc run_package_install(struct call *c)
{
    enum rc rc =
        call_members(c, c->body, "", "package allow_drop accept digest");

    return rc == RC_OK ? apply(c, false) : rc;
}

enum rc run_package_remove(struct call *c)
{
    enum rc rc = call_members(c, c->body, "", "package records");

    return rc == RC_OK ? apply(c, true) : rc;
}
