/*
 * content - the definitions inside the program, brought into a workspace.
 *
 * The platform's own (schemas/sys) follow the program at every start; crm is
 * put into a new workspace once, and afterwards upgraded when somebody asks.
 */
#include "app/embed.h"
#include "app/internal.h"
#include "base/log.h"
#include "xml/xml.h"

enum { CONTENT_ARENA = 256 << 20 };

/* --- the program's files as a source of packages ---------------------------------- */

struct visit {
    bool (*visit)(void *arg, const char *path, struct str bytes);
    void *arg;
};

static bool visit_one(void *self, const struct embed_file *file)
{
    const struct visit *v = self;

    return v->visit(v->arg, file->path,
                    str_of((const char *)file->data, file->n));
}

static bool each(void *ctx, const char *prefix,
                 bool (*visit)(void *arg, const char *path, struct str bytes),
                 void *arg)
{
    struct visit v = {visit, arg};

    (void)ctx;
    return embed_each(prefix, visit_one, &v);
}

struct package_source app_source(void)
{
    return (struct package_source){each, NULL};
}

/* --- install ------------------------------------------------------------------------- */

static bool same_files(const struct package_src *a, const struct package_src *b)
{
    if (!a || a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++) {
        if (!str_eq(a->files[i].path, b->files[i].path) ||
            !str_eq(a->files[i].text, b->files[i].text))
            return false;
    }
    return true;
}

static bool is_current(const struct workspace *ws,
                       const struct package_src *src)
{
    const struct model *m = model_slot_ref(ws->slot);
    bool same = false;

    for (size_t i = 0; m && i < m->n_packages; i++) {
        if (str_eq(m->packages[i]->id, src->id))
            same = same_files(m->packages[i]->sources, src);
    }
    model_unref(m);
    return same;
}

/* "1.2.3" by its numbers; what is none counts as 0. */
static int compare_versions(struct str a, struct str b)
{
    for (int i = 0; i < 3; i++) {
        struct str x = STR_NONE, y = STR_NONE;
        int64_t m = 0, n = 0;

        if (str_split(&a, '.', &x) && !str_to_i64(x, &m))
            m = 0;
        if (str_split(&b, '.', &y) && !str_to_i64(y, &n))
            n = 0;
        if (m != n)
            return m < n ? -1 : 1;
    }
    return 0;
}

static struct str version_in(const struct package_src *src, struct arena *a)
{
    struct xml_doc *doc = NULL;

    for (size_t i = 0; i < src->n; i++) {
        if (str_is(src->files[i].path, "package.xml") &&
            xml_parse(src->files[i].path, src->files[i].text, a, &doc, NULL) ==
                RC_OK)
            return xml_value(doc->root, STR("version"), STR(""));
    }
    return STR("");
}

/* What a newer program wrote may hold what this one does not know. */
static enum rc not_newer(const struct workspace *ws,
                         const struct package_src *src, struct arena *a,
                         struct err *err)
{
    const struct model *m = model_slot_ref(ws->slot);
    struct str ours = version_in(src, a);
    enum rc rc = RC_OK;

    for (size_t i = 0; m && i < m->n_packages; i++) {
        const struct package *p = m->packages[i];

        if (str_eq(p->id, src->id) && compare_versions(p->version, ours) > 0)
            rc = FAIL(err, RC_INVALID,
                      "Workspace \"%.*s\" was used with a newer Perigee (its "
                      "platform is %.*s, this program's %.*s). Start that one, "
                      "or bring back a backup from before.",
                      STR_ARG(ws->name), STR_ARG(p->version), STR_ARG(ours));
    }
    model_unref(m);
    return rc;
}

static enum rc apply(struct workspace *ws, const struct store_change *change,
                     struct arena *a, struct package_result *out,
                     struct plan *plan, struct messages *ms, struct err *err)
{
    struct principal who = principal_system(SOURCE_CLI);
    enum rc rc = package_apply(ws, &who, change, a, plan, ms, out, err);

    return rc == RC_INVALID && ms->errors > 0 ? host_fault(ms, err) : rc;
}

enum rc app_install(struct app *app, struct workspace *ws, const char *id,
                    struct arena *a, struct package_result *out,
                    struct plan *plan, struct messages *ms, struct err *err)
{
    struct package_source source = app_source();
    struct str folder = str_fmt(a, "%s/%s", app->apps, id);
    struct str prefix = str_fmt(a, "apps/%s", id);
    struct package_src *src = NULL;
    struct store_change change = {0};
    enum rc rc;

    if (!folder.p || !prefix.p)
        return FAIL(err, RC_NOMEM, "There is no memory for a package.");
    rc = package_read_folder(folder.p, a, &src, err);
    if (rc == RC_NOTFOUND)
        rc = package_read_embedded(&source, prefix.p, a, &src, err);
    if (rc == RC_NOTFOUND)
        return FAIL(err, RC_NOTFOUND,
                    "There is no package \"%s\" in \"%s\" or in this program. "
                    "Name a folder that holds a package.xml.",
                    id, app->apps);
    if (rc != RC_OK)
        return rc;
    change.put = src;
    return apply(ws, &change, a, out, plan, ms, err);
}

enum rc host_update_sys(struct workspace *ws, struct err *err)
{
    struct package_source source = app_source();
    struct package_src *src = NULL;
    struct store_change change = {0};
    struct package_result result;
    struct messages ms;
    struct plan plan;
    struct arena a;
    enum rc rc;

    arena_init(&a, CONTENT_ARENA);
    messages_init(&ms, &a);
    plan = (struct plan){.arena = &a};
    rc = package_read_embedded(&source, "schemas/sys", &a, &src, err);
    if (rc == RC_OK)
        rc = not_newer(ws, src, &a, err);
    if (rc == RC_OK && !is_current(ws, src)) {
        change.put = src;
        rc = apply(ws, &change, &a, &result, &plan, &ms, err);
    }
    arena_release(&a);
    return rc;
}

static bool is_embedded(const char *id)
{
    char path[128];
    int n = snprintf(path, sizeof path, "apps/%s/package.xml", id);

    return n > 0 && n < (int)sizeof path && embed_find(path) != NULL;
}

static enum rc install_first(struct app *app, struct workspace *ws,
                             const char *id, struct err *err)
{
    struct package_result result;
    struct messages ms;
    struct plan plan;
    struct arena a;
    enum rc rc;

    if (!is_embedded(id))
        return RC_OK; /* a program built without it */
    arena_init(&a, CONTENT_ARENA);
    messages_init(&ms, &a);
    plan = (struct plan){.arena = &a};
    rc = app_install(app, ws, id, &a, &result, &plan, &ms, err);
    arena_release(&a);
    return rc;
}

static enum rc resume(const struct workspace *ws, struct err *err)
{
    struct arena a;
    enum rc rc;

    arena_init(&a, CONTENT_ARENA);
    rc = package_resume(ws, &a, err);
    arena_release(&a);
    return rc;
}

enum rc content_open(struct app *app, struct hosted *h, struct err *err)
{
    const struct model *m = model_slot_ref(h->ws.slot);
    bool is_new = m == NULL;
    enum rc rc;

    model_unref(m);
    rc = host_update_sys(&h->ws, err);
    if (rc == RC_OK && is_new)
        rc = install_first(app, &h->ws, "crm", err);
    if (rc == RC_OK && is_new)
        app->is_new = true;
    if (rc == RC_OK && !is_new)
        rc = resume(&h->ws, err);
    return rc;
}

/* --- examples ---------------------------------------------------------------------------- */

enum rc app_demo(struct app *app, struct workspace *ws, struct err *err)
{
    struct principal who = principal_system(SOURCE_SEED);
    struct issues issues;
    struct arena a;
    enum rc rc = install_first(app, ws, "crm_demo", err);

    if (rc != RC_OK)
        return rc;
    arena_init(&a, CONTENT_ARENA);
    issues_init(&issues, &a);
    /* the other packages' examples are small; a real year needs none beside */
    rc = package_seed(ws, &who, STR("crm_demo"), SEED_DEMO, &a, &issues, err);
    if (rc == RC_INVALID && issues.n > 0)
        rc = FAIL(err, RC_INVALID,
                  "The example records are not all there: "
                  "%.*s: %.*s",
                  STR_ARG(issues.v[0].path), STR_ARG(issues.v[0].message));
    arena_release(&a);
    return rc;
}
