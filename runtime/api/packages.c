/*
 * packages - what is installed, what the marketplace folders offer, and the
 * ways from one to the other: plan, install (and upgrade), remove.
 *
 * A package is named, never sent: what may be installed lies inside the program
 * or in the server's apps folder, where its administrator put it.
 */
#include "api/call.h"

#include <dirent.h>

enum { OFFERS_MAX = 200, OFFERS_BYTES = 64 << 20 };

static const char MANIFEST[] = "package.xml";

/* One package of the marketplace, by its manifest. */
struct offer {
    struct str id, folder; /* folder: of the embedded, else STR_NONE */
    const char *path;      /* of the apps folder, else NULL          */
    struct str version, label, summary, icon, vendor, license;
};

struct offers {
    struct arena *a;
    VEC(struct offer) v;
};

/* --- manifests ----------------------------------------------------------------- */

static struct str copy_attr(struct arena *a, const struct xml_node *root,
                            const char *name)
{
    const struct xml_attr *attr = xml_attr(root, str_c(name));

    return attr != NULL ? str_copy(a, attr->value) : STR("");
}

static struct str child_text(struct arena *a, const struct xml_node *root,
                             const char *name)
{
    const struct xml_node *n, *t;

    for (n = root->first; n != NULL; n = n->next) {
        if (n->kind != XML_ELEMENT || !str_eq(n->name, str_c(name)))
            continue;
        for (t = n->first; t != NULL; t = t->next) {
            if (t->kind == XML_TEXT && str_trim(t->text).n > 0)
                return str_copy(a, str_trim(t->text));
        }
    }
    return STR("");
}

/* A manifest that is not well-formed makes no offer; `perigee check` says why. */
static bool read_manifest(struct arena *a, struct str text, struct offer *out)
{
    struct xml_doc *doc = NULL;

    if (xml_parse(STR(MANIFEST), text, a, &doc, NULL) != RC_OK ||
        !str_is(doc->root->name, "package"))
        return false;
    out->id = copy_attr(a, doc->root, "id");
    out->version = copy_attr(a, doc->root, "version");
    out->label = copy_attr(a, doc->root, "label");
    out->icon = copy_attr(a, doc->root, "icon");
    out->vendor = copy_attr(a, doc->root, "vendor");
    out->license = copy_attr(a, doc->root, "license");
    out->summary = child_text(a, doc->root, "summary");
    return out->id.n > 0;
}

static struct offer *find_offer(struct offers *o, struct str id)
{
    size_t i;

    for (i = 0; i < o->v.n; i++) {
        if (str_eq(o->v.v[i].id, id))
            return &o->v.v[i];
    }
    return NULL;
}

static bool add_offer(struct offers *o, const struct offer *one)
{
    struct offer *had = find_offer(o, one->id);

    if (had != NULL) { /* the apps folder wins over what is inside */
        *had = *one;
        return true;
    }
    return o->v.n < OFFERS_MAX && VEC_PUSH(o->a, &o->v, *one);
}

static bool visit_embedded(void *arg, const char *path, struct str bytes)
{
    struct offers *o = arg;
    struct offer one = {0};
    struct str p = str_c(path);

    /* apps/<id>/package.xml */
    if (!str_ends(p, STR("/package.xml")) || !str_starts(p, STR("apps/")) ||
        str_chr(str_sub(p, 5, p.n), '/') !=
            (ptrdiff_t)(p.n - 5 - sizeof MANIFEST))
        return true;
    if (!read_manifest(o->a, bytes, &one))
        return true;
    one.folder = str_copy(o->a, str_sub(p, 0, p.n - sizeof MANIFEST));
    return add_offer(o, &one);
}

/* A folder is read whole: package_read_folder has the rules of what counts. */
static void offer_folder(struct offers *o, const char *apps, const char *name)
{
    struct str path = str_fmt(o->a, "%s/%s", apps, name);
    struct package_src *src = NULL;
    struct err ignored = ERR_INIT;
    struct offer one = {.path = path.p};
    size_t i;

    if (path.p == NULL ||
        package_read_folder(path.p, o->a, &src, &ignored) != RC_OK)
        return;
    for (i = 0; i < src->n; i++) {
        if (str_is(src->files[i].path, "package.xml") &&
            read_manifest(o->a, src->files[i].text, &one))
            (void)add_offer(o, &one);
    }
}

static void gather(const struct call *c, struct offers *o)
{
    const struct api_config *config = &c->api->config;
    DIR *dir;
    const struct dirent *entry;

    if (config->source.each != NULL)
        (void)config->source.each(config->source.ctx, "apps/", visit_embedded,
                                  o);
    dir = config->apps_dir != NULL ? opendir(config->apps_dir) : NULL;
    if (dir == NULL)
        return;
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] != '.')
            offer_folder(o, config->apps_dir, entry->d_name);
    }
    closedir(dir);
}

/* --- GET /api/v1/packages --------------------------------------------------------- */

static void kv_or_null(struct json_w *w, const char *key, struct str s)
{
    json_key(w, str_c(key));
    if (s.n > 0)
        json_w_str(w, s);
    else
        json_w_null(w);
}

static void put_package(struct call *c, const struct package *p,
                        const struct offer *o)
{
    static const struct package NO_PACKAGE = {0};
    static const struct offer NO_OFFER = {0};
    bool installed = p != NULL;
    struct json_w *w = &c->w;

    if (p == NULL)
        p = &NO_PACKAGE;
    if (o == NULL)
        o = &NO_OFFER;
    json_obj_begin(w);
    json_kv(w, "id", installed ? p->id : o->id);
    json_kv(w, "label", installed ? p->label.base : o->label);
    json_kv(w, "summary", o->id.n > 0 ? o->summary : p->summary.base);
    json_kv(w, "icon", installed ? p->icon : o->icon);
    json_kv(w, "vendor", installed ? p->vendor : o->vendor);
    json_kv(w, "license", installed ? p->license : o->license);
    kv_or_null(w, "installed", p->version);
    kv_or_null(w, "available", o->version);
    json_obj_end(w);
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

enum rc run_packages(struct call *c)
{
    struct offers o = {.a = c->a};
    size_t i;

    gather(c, &o);
    json_obj_begin(&c->w);
    json_k(&c->w, "items");
    json_arr_begin(&c->w);
    for (i = 0; i < c->m->n_packages; i++) {
        const struct package *p = c->m->packages[i];

        if (!str_is(p->id, "sys")) /* the platform is no package to remove */
            put_package(c, p, find_offer(&o, p->id));
    }
    for (i = 0; i < o.v.n; i++) {
        if (installed(c, o.v.v[i].id) == NULL)
            put_package(c, NULL, &o.v.v[i]);
    }
    json_arr_end(&c->w);
    json_obj_end(&c->w);
    return answer_json(c, 200);
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
    struct offers o = {.a = &w->arena};
    struct package_src *src = NULL;
    const struct offer *one;
    enum rc rc;

    gather(c, &o);
    one = find_offer(&o, id);
    if (one == NULL)
        return no_package(c);
    if (one->path != NULL)
        rc = package_read_folder(one->path, &w->arena, &src, &c->err);
    else
        rc = package_read_embedded(&c->api->config.source,
                                   str_cstr(&w->arena, one->folder), &w->arena,
                                   &src, &c->err);
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
        call_flag(c, c->body, "allow_drop", &w->change.allow_drop) != RC_OK)
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
    arena_init(&w->arena, OFFERS_BYTES + PACKAGE_MAX_BYTES * 2);
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
    enum rc rc =
        call_members(c, c->body, "", "package remove records allow_drop");

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
    enum rc rc = call_members(c, c->body, "", "package allow_drop");

    return rc == RC_OK ? apply(c, false) : rc;
}

enum rc run_package_remove(struct call *c)
{
    enum rc rc = call_members(c, c->body, "", "package records");

    return rc == RC_OK ? apply(c, true) : rc;
}
