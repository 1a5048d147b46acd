/* ops_package - apps, check, plan, install, upgrade, remove. */
#include "app/host.h"
#include "app/ops.h"
#include "base/json.h"
#include "package/market.h"
#include "xml/xml.h"

/* --- the package that came with the call --------------------------------------------- */

static enum rc sent_package(struct op *op, struct package_src **out,
                            struct err *err)
{
    struct package_file *files =
        ARENA_ARRAY(op->arena, struct package_file, op->n_files + 1);

    if (op->n_files == 0)
        return FAIL(err, RC_INVALID, "No package came with the command.");
    if (!files)
        return FAIL(err, RC_NOMEM, "There is no memory for the package.");
    for (size_t i = 0; i < op->n_files; i++)
        files[i] =
            (struct package_file){op->files[i].path, op->files[i].bytes, NULL};
    return package_from_files(files, op->n_files, op->arena, out, err);
}

static struct market_source the_market(const struct op *op,
                                       const struct package_source *embedded)
{
    return (struct market_source){embedded, op->app ? app_apps(op->app) : NULL};
}

/* Sent with the call, or by its id from the marketplace's folder or from
   inside the program. */
static enum rc the_package(struct op *op, struct package_src **out,
                           struct err *err)
{
    struct package_source embedded = app_source();
    struct market_source source = the_market(op, &embedded);
    struct str id = op_str(op, "id");

    if (op->n_files > 0 || !id.n)
        return sent_package(op, out, err);
    return market_read(&source, id, STR(""), op->arena, out, err);
}

/* --- what stands between: packages it needs, for a check without a workspace ------ */

static bool has_package(const struct workspace *ws, struct str id)
{
    const struct model *m = model_slot_ref(ws->slot);
    bool found = false;

    for (size_t i = 0; m && i < m->n_packages; i++)
        found = found || str_eq(m->packages[i]->id, id);
    model_unref(m);
    return found;
}

static enum rc install_needs(struct op *op, const struct package_src *src,
                             int depth, struct err *err);

static enum rc install_one(struct op *op, struct str id, int depth,
                           struct err *err)
{
    struct package_source source = app_source();
    struct str prefix = str_fmt(op->arena, "apps/%.*s", STR_ARG(id));
    struct principal who = principal_system(SOURCE_CLI);
    struct store_change change = {0};
    struct package_result result;
    struct package_src *src = NULL;
    struct plan plan = {.arena = op->arena};
    struct messages ms;
    enum rc rc;

    if (!prefix.p)
        return FAIL(err, RC_NOMEM, "There is no memory for the package.");
    rc = package_read_embedded(&source, prefix.p, op->arena, &src, err);
    if (rc == RC_NOTFOUND)
        return RC_OK; /* the check itself says K702 */
    if (rc == RC_OK)
        rc = install_needs(op, src, depth + 1, err);
    if (rc != RC_OK)
        return rc;
    messages_init(&ms, op->arena);
    change.put = src;
    return package_apply(op->ws, &who, &change, op->arena, &plan, &ms, &result,
                         err);
}

static enum rc install_needs(struct op *op, const struct package_src *src,
                             int depth, struct err *err)
{
    const struct xml_node *el;
    struct xml_doc *doc = NULL;
    enum rc rc = RC_OK;

    for (size_t i = 0; i < src->n && !doc; i++) {
        if (str_is(src->files[i].path, "package.xml") &&
            xml_parse(src->files[i].path, src->files[i].text, op->arena, &doc,
                      NULL) != RC_OK)
            return RC_OK; /* the check says why */
    }
    if (!doc || depth > 8)
        return RC_OK;
    for (el = xml_first_element(doc->root); rc == RC_OK && el;
         el = xml_next_element(el)) {
        struct str on = xml_value(el, STR("on"), STR(""));

        if (str_is(el->name, "depends") && on.n && !has_package(op->ws, on) &&
            !str_is(xml_value(el, STR("optional"), STR("")), "true"))
            rc = install_one(op, on, depth, err);
    }
    return rc;
}

/* --- check --------------------------------------------------------------------------- */

static void say_messages(struct op *op, const struct messages *ms)
{
    struct json_w *w = op->json;

    json_obj_begin(w);
    json_kv_bool(w, "ok", ms->errors == 0);
    json_k(w, "messages");
    messages_json(ms, w);
    json_obj_end(w);
    messages_text(ms, op->text);
    if (ms->errors > 0)
        buf_addf(op->text, "%zu error%s, %zu warning%s.\n", ms->errors,
                 ms->errors == 1 ? "" : "s", ms->warnings,
                 ms->warnings == 1 ? "" : "s");
}

enum rc op_check(struct op *op, struct err *err)
{
    struct package_src *src = NULL;
    struct messages ms;
    enum rc rc;

    messages_init(&ms, op->arena);
    rc = the_package(op, &src, err);
    if (rc == RC_OK && !op->app)
        rc = install_needs(op, src, 0, err);
    if (rc == RC_OK)
        rc = package_check(op->ws, src, op->arena, &ms, err);
    if (rc != RC_OK && !(rc == RC_INVALID && ms.errors > 0))
        return rc;
    messages_sort(&ms);
    say_messages(op, &ms);
    if (ms.errors == 0 && src)
        buf_addf(op->text, "%.*s is in order.\n", STR_ARG(src->id));
    op->has_findings = ms.errors > 0;
    return RC_OK;
}

/* --- plan ------------------------------------------------------------------------------ */

static enum rc the_removal(struct op *op, struct store_change *change,
                           struct err *err)
{
    change->remove = op_str(op, "id");
    change->keep_records = !str_is(op_str(op, "records"), "delete");
    change->allow_drop = !change->keep_records;
    if (str_is(change->remove, "sys"))
        return FAIL(err, RC_INVALID,
                    "The platform's own definitions cannot be removed.");
    if (!change->remove.n || !has_package(op->ws, change->remove))
        return FAIL(err, RC_NOTFOUND, "Package \"%.*s\" is not installed.",
                    STR_ARG(change->remove));
    return RC_OK;
}

static enum rc the_change(struct op *op, struct store_change *change,
                          struct err *err)
{
    struct package_src *src = NULL;
    enum rc rc;

    change->allow_drop = op_bool(op, "allow_drop");
    change->accept = op_bool(op, "accept");
    rc = the_package(op, &src, err);
    if (rc == RC_OK && str_is(src->id, "sys"))
        return FAIL(err, RC_INVALID,
                    "The platform's own definitions come with the program.");
    change->put = src;
    return rc;
}

enum rc op_plan(struct op *op, struct err *err)
{
    struct store_change change = {0};
    struct plan plan = {.arena = op->arena};
    struct messages ms;
    enum rc rc;

    messages_init(&ms, op->arena);
    rc = op_bool(op, "remove") ? the_removal(op, &change, err)
                               : the_change(op, &change, err);
    if (rc != RC_OK)
        return rc;
    rc = package_plan(op->ws, &change, op->arena, &plan, &ms, err);
    if (rc == RC_INVALID && ms.errors > 0) {
        messages_sort(&ms);
        say_messages(op, &ms);
        op->has_findings = true;
        return RC_OK;
    }
    if (rc != RC_OK)
        return rc;
    plan_json(&plan, op->json);
    plan_text(&plan, op->text);
    op->has_findings = plan.n_refused > 0;
    return RC_OK;
}

/* --- apps ------------------------------------------------------------------------------ */

static void say_line(struct op *op, const struct package *p,
                     const struct market_card *card)
{
    struct str id = p ? p->id : card->manifest.id;
    struct str label = p ? p->label.base : card->manifest.label;
    struct str available = card ? card->manifest.version : STR("-");
    bool is_newer = p && card && !p->is_archived &&
                    manifest_compare(available, p->version) > 0;

    buf_addf(op->text, "%-24.*s %-10.*s %-10.*s %.*s%s\n", STR_ARG(id),
             STR_ARG(p && !p->is_archived ? p->version : STR("-")),
             STR_ARG(available), STR_ARG(label),
             is_newer              ? " (upgrade)"
             : p && p->is_archived ? " (removed, its records are kept)"
                                   : "");
}

static void say_market(struct op *op, const struct market *m,
                       const struct model *model)
{
    buf_addf(op->text, "%-24s %-10s %-10s\n", "PACKAGE", "INSTALLED",
             "AVAILABLE");
    for (size_t i = 0; i < model->n_packages; i++) {
        const struct package *p = model->packages[i];

        if (!str_is(p->id, "sys") && !str_is(p->id, "local"))
            say_line(op, p, market_find(m, p->id));
    }
    for (size_t i = 0; i < m->cards.n; i++) {
        if (!has_package(op->ws, m->cards.v[i].manifest.id))
            say_line(op, NULL, &m->cards.v[i]);
    }
    for (size_t i = 0; i < m->faults.n; i++)
        buf_addf(op->text, "%.*s: %.*s\n", STR_ARG(m->faults.v[i].where),
                 STR_ARG(m->faults.v[i].message));
}

enum rc op_apps(struct op *op, struct err *err)
{
    struct package_source embedded = app_source();
    struct market_source source = the_market(op, &embedded);
    const struct model *model = model_slot_ref(op->ws->slot);
    struct market m;
    enum rc rc = market_list(&source, op->arena, &m, err);

    if (rc == RC_OK)
        rc = market_json(&m, model, op->json, err);
    if (rc == RC_OK)
        say_market(op, &m, model);
    model_unref(model);
    return rc;
}

/* --- install, upgrade, remove ------------------------------------------------------------------- */

static void say_result(struct op *op, const struct package_result *r,
                       const struct plan *plan, const char *verb)
{
    struct json_w *w = op->json;

    json_obj_begin(w);
    json_kv(w, "package", r->package);
    if (r->version.n)
        json_kv(w, "version", r->version);
    else {
        json_k(w, "version");
        json_w_null(w);
    }
    json_kv_i64(w, "generation", r->generation);
    json_kv_id(w, "txn", r->txn);
    json_obj_end(w);
    plan_text(plan, op->text);
    buf_addf(op->text, "%.*s%s%.*s is %s (generation %lld).\n",
             STR_ARG(r->package), r->version.n ? " " : "", STR_ARG(r->version),
             verb, (long long)r->generation);
}

static enum rc change_now(struct op *op, const struct store_change *change,
                          const char *verb, struct err *err)
{
    struct principal who = principal_system(SOURCE_CLI);
    struct plan plan = {.arena = op->arena};
    struct package_result result;
    struct messages ms;
    enum rc rc;

    messages_init(&ms, op->arena);
    rc = package_apply(op->ws, &who, change, op->arena, &plan, &ms, &result,
                       err);
    if (rc == RC_INVALID && ms.errors > 0) {
        messages_sort(&ms);
        say_messages(op, &ms);
        op->has_findings = true;
        return RC_OK;
    }
    if (rc == RC_CONFLICT && plan.n_refused > 0) {
        plan_json(&plan, op->json);
        plan_text(&plan, op->text);
        op->has_findings = true;
        return RC_OK;
    }
    if (rc == RC_OK)
        say_result(op, &result, &plan, verb);
    return rc;
}

enum rc op_install(struct op *op, struct err *err)
{
    struct store_change change = {0};
    enum rc rc = the_change(op, &change, err);

    return rc == RC_OK ? change_now(op, &change, "installed", err) : rc;
}

enum rc op_upgrade(struct op *op, struct err *err)
{
    struct store_change change = {0};
    enum rc rc = the_change(op, &change, err);

    if (rc == RC_OK && change.put && !has_package(op->ws, change.put->id))
        return FAIL(err, RC_NOTFOUND,
                    "Package \"%.*s\" is not installed, so there is nothing to "
                    "upgrade. Use \"perigee install\".",
                    STR_ARG(change.put->id));
    return rc == RC_OK ? change_now(op, &change, "installed", err) : rc;
}

enum rc op_remove(struct op *op, struct err *err)
{
    struct store_change change = {0};
    enum rc rc = the_removal(op, &change, err);

    return rc == RC_OK ? change_now(op, &change, "removed", err) : rc;
}
