/* ops_package - check, plan, install, remove. */
#include "app/host.h"
#include "app/ops.h"
#include "base/json.h"
#include "xml/xml.h"

/* --- the package that came with the call --------------------------------------------- */

static struct str manifest_id(const struct package_src *src, struct arena *a)
{
    struct xml_doc *doc = NULL;

    for (size_t i = 0; i < src->n; i++) {
        if (str_is(src->files[i].path, "package.xml"))
            return xml_parse(src->files[i].path, src->files[i].text, a, &doc,
                             NULL) == RC_OK
                       ? xml_value(doc->root, STR("id"), STR(""))
                       : STR("");
    }
    return STR("local");
}

static enum rc sent_package(struct op *op, struct package_src **out,
                            struct err *err)
{
    struct package_src *src = ARENA_NEW(op->arena, struct package_src);
    size_t bytes = 0;

    if (op->n_files == 0)
        return FAIL(err, RC_INVALID, "No package came with the command.");
    if (src)
        src->files = ARENA_ARRAY(op->arena, struct package_file, op->n_files);
    if (!src || !src->files)
        return FAIL(err, RC_NOMEM, "There is no memory for the package.");
    for (size_t i = 0; i < op->n_files; i++) {
        src->files[i] =
            (struct package_file){op->files[i].path, op->files[i].bytes, NULL};
        bytes += op->files[i].bytes.n;
        if (i > 0 && str_cmp(op->files[i - 1].path, op->files[i].path) >= 0)
            return FAIL(err, RC_INVALID,
                        "The files of the package are not in "
                        "order.");
    }
    if (bytes > PACKAGE_MAX_BYTES)
        return FAIL(err, RC_LIMIT, "The package is larger than %d MB.",
                    PACKAGE_MAX_BYTES >> 20);
    src->n = op->n_files;
    src->id = manifest_id(src, op->arena);
    *out = src;
    return RC_OK;
}

/* Sent with the call, or by its id from the marketplace's folder or from
   inside the program. */
static enum rc the_package(struct op *op, struct package_src **out,
                           struct err *err)
{
    struct package_source source = app_source();
    struct str id = op_str(op, "id"), folder, prefix;
    enum rc rc;

    if (op->n_files > 0 || !id.n)
        return sent_package(op, out, err);
    if (str_chr(id, '/') >= 0 || id.p[0] == '.')
        return FAIL(err, RC_INVALID, "\"%.*s\" is no package id.", STR_ARG(id));
    folder = str_fmt(op->arena, "%s/%.*s", op->app ? app_apps(op->app) : "apps",
                     STR_ARG(id));
    prefix = str_fmt(op->arena, "apps/%.*s", STR_ARG(id));
    if (!folder.p || !prefix.p)
        return FAIL(err, RC_NOMEM, "There is no memory for the package.");
    rc = op->app ? package_read_folder(folder.p, op->arena, out, err)
                 : RC_NOTFOUND;
    if (rc == RC_NOTFOUND)
        rc = package_read_embedded(&source, prefix.p, op->arena, out, err);
    if (rc == RC_NOTFOUND)
        return FAIL(err, RC_NOTFOUND,
                    "There is no package \"%.*s\" in the marketplace folder or "
                    "in this program. Name a folder with a package.xml.",
                    STR_ARG(id));
    return rc;
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

enum rc op_plan(struct op *op, struct err *err)
{
    struct package_src *src = NULL;
    struct store_change change = {.allow_drop = op_bool(op, "allow_drop")};
    struct plan plan = {.arena = op->arena};
    struct messages ms;
    enum rc rc;

    messages_init(&ms, op->arena);
    rc = the_package(op, &src, err);
    if (rc != RC_OK)
        return rc;
    change.put = src;
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

/* --- install, remove ------------------------------------------------------------------- */

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
    struct package_src *src = NULL;
    struct store_change change = {.allow_drop = op_bool(op, "allow_drop")};
    enum rc rc = the_package(op, &src, err);

    if (rc != RC_OK)
        return rc;
    if (str_is(src->id, "sys"))
        return FAIL(err, RC_INVALID,
                    "The platform's own definitions come with the program.");
    change.put = src;
    return change_now(op, &change, "installed", err);
}

enum rc op_remove(struct op *op, struct err *err)
{
    struct str records = op_str(op, "records");
    struct store_change change = {.remove = op_str(op, "id")};

    change.keep_records = !str_is(records, "delete");
    change.allow_drop = !change.keep_records;
    if (str_is(change.remove, "sys"))
        return FAIL(err, RC_INVALID,
                    "The platform's own definitions cannot be removed.");
    if (!has_package(op->ws, change.remove))
        return FAIL(err, RC_NOTFOUND, "Package \"%.*s\" is not installed.",
                    STR_ARG(change.remove));
    return change_now(op, &change, "removed", err);
}
