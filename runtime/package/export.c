/*
 * export - the definitions of an installed package as the folder they came
 * from, byte for byte; `local` also as a package of another name. See export.h.
 *
 * Under another name, "local:visit" becomes "acme.visits:visit" wherever it
 * stands: in attributes, expressions, files of records. Only names of entities
 * that `local` has are touched, so that other words with a colon stay.
 */
#include "package/export.h"

#include <stdlib.h>

#include "base/clock.h"
#include "model/compile.h"
#include "xml/xml.h"

enum { NAMES_ARENA = 512 << 20 };

enum rc export_no_memory(struct err *err)
{
    return FAIL(err, RC_NOMEM, "There is no memory to export the package.");
}

static struct package_file *find_file(const struct exporting *x,
                                      struct str path)
{
    for (size_t i = 0; i < x->files.n; i++) {
        if (str_eq(x->files.v[i].path, path))
            return &x->files.v[i];
    }
    return NULL;
}

const struct package_file *export_find_file(const struct exporting *x,
                                            struct str path)
{
    return find_file(x, path);
}

enum rc export_file(struct exporting *x, struct str path, struct str text,
                    struct err *err)
{
    struct package_file f = {path, text, NULL};
    struct package_file *there = find_file(x, path);

    if (there) {
        there->text = text;
        return RC_OK;
    }
    if (text.n > PACKAGE_MAX_FILE_BYTES)
        return FAIL(err, RC_LIMIT,
                    "\"%.*s\" would be larger than %d MB, the most one file of "
                    "a package may have. Export records of this number by "
                    "\"perigee export --entity\".",
                    STR_ARG(path), PACKAGE_MAX_FILE_BYTES >> 20);
    x->bytes += text.n;
    if (x->files.n >= PACKAGE_MAX_FILES || x->bytes > PACKAGE_MAX_BYTES)
        return FAIL(err, RC_LIMIT,
                    "The package would have more than %d files or %d MB, the "
                    "most it may have.",
                    PACKAGE_MAX_FILES, PACKAGE_MAX_BYTES >> 20);
    if (!path.p || !VEC_PUSH(x->keep, &x->files, f))
        return export_no_memory(err);
    return RC_OK;
}

/* --- another name ----------------------------------------------------------- */

static bool is_id_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* Length of an entity's name behind text[at..] = "ID:", 0: of no entity. */
static size_t names_entity(const struct model *m, struct str text, size_t at,
                           struct str id)
{
    size_t from = at + id.n + 1, n = 0;

    if (at > 0 && (is_id_char(text.p[at - 1]) || text.p[at - 1] == '.'))
        return 0;
    if (from > text.n || !str_eq(str_sub(text, at, id.n), id) ||
        text.p[from - 1] != ':')
        return 0;
    while (from + n < text.n && is_id_char(text.p[from + n]))
        n++;
    return n && model_entity_in(m, id, str_sub(text, from, n)) ? n : 0;
}

static bool is_text(struct str path)
{
    static const char *const ENDS[] = {".xml", ".csv", ".json", ".lua"};

    for (size_t i = 0; i < sizeof ENDS / sizeof ENDS[0]; i++) {
        if (str_ends(path, str_c(ENDS[i])))
            return true;
    }
    return false;
}

static enum rc renamed(struct exporting *x, struct str text, struct str *out,
                       struct err *err)
{
    const struct str own = x->package->id;
    struct buf b;
    size_t kept = 0, at;
    enum rc rc;

    buf_init(&b, PACKAGE_MAX_FILE_BYTES);
    for (at = 0; at + own.n < text.n; at++) {
        if (names_entity(x->q.model, text, at, own) == 0)
            continue;
        buf_add(&b, str_sub(text, kept, at - kept));
        buf_add(&b, x->spec->as);
        kept = at + own.n;
        at = kept;
    }
    buf_add(&b, str_sub(text, kept, text.n));
    rc = buf_finish(&b, x->keep, out, err);
    buf_release(&b);
    return rc;
}

/* Does any file speak of an entity of that package? */
static bool speaks_of(struct exporting *x, struct str id)
{
    for (size_t i = 0; i < x->files.n; i++) {
        struct str text = x->files.v[i].text;

        if (!str_ends(x->files.v[i].path, STR(".xml")))
            continue;
        for (size_t at = 0; at + id.n < text.n; at++) {
            if (text.p[at] == id.p[0] &&
                names_entity(x->q.model, text, at, id) > 0)
                return true;
        }
    }
    return false;
}

/* "acme.site_visits" -> "Site visits" */
static struct str label_of(struct exporting *x)
{
    struct str rest = x->spec->as, last = rest, out;

    while (str_split(&rest, '.', &last))
        continue;
    out = str_copy(x->q.arena, last);
    for (size_t i = 0; out.p && i < out.n; i++) {
        char *c = (char *)(uintptr_t)&out.p[i];

        if (*c == '_')
            *c = ' ';
        else if (i == 0 && *c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
    }
    return out;
}

static void depends(struct exporting *x, const struct package *p, struct buf *b)
{
    struct str rest = p->version, major = STR("0"), minor = STR("0");

    if (str_is(p->id, "sys") || p == x->package || p->is_archived ||
        !speaks_of(x, p->id))
        return;
    (void)str_split(&rest, '.', &major);
    (void)str_split(&rest, '.', &minor);
    buf_addf(b, "  <depends on=\"%.*s\" version=\"^%.*s.%.*s\"/>\n",
             STR_ARG(p->id), STR_ARG(major), STR_ARG(minor));
}

static enum rc new_manifest(struct exporting *x, struct str *out,
                            struct err *err)
{
    struct buf b;
    enum rc rc;

    buf_init(&b, 1 << 20);
    buf_adds(&b, "<package format=\"1\" id=\"");
    xml_escape_attr(&b, x->spec->as);
    buf_adds(&b, "\" version=\"1.0.0\" label=\"");
    xml_escape_attr(&b, label_of(x));
    buf_adds(&b, "\">\n");
    for (size_t i = 0; i < x->q.model->n_packages; i++)
        depends(x, x->q.model->packages[i], &b);
    buf_adds(&b, "</package>\n");
    rc = buf_finish(&b, x->keep, out, err);
    buf_release(&b);
    return rc;
}

/* A manifest of local's own (it needs none) keeps all but its id. */
static enum rc change_manifest(struct exporting *x, struct str text,
                               struct str *out, struct err *err)
{
    struct xml_doc *doc = NULL;
    enum rc rc = xml_parse(STR("package.xml"), text, x->q.arena, &doc, NULL);

    if (rc != RC_OK)
        return FAIL(err, rc, "The manifest of \"%.*s\" cannot be read.",
                    STR_ARG(x->package->id));
    return xml_set_attr(doc, doc->root, STR("id"), x->spec->as, x->keep, out,
                        err);
}

static enum rc make_package(struct exporting *x, struct err *err)
{
    const struct package_file *there = find_file(x, STR("package.xml"));
    struct str manifest = STR_NONE;
    enum rc rc = there ? change_manifest(x, there->text, &manifest, err)
                       : new_manifest(x, &manifest, err);

    return rc == RC_OK ? export_file(x, STR("package.xml"), manifest, err) : rc;
}

struct str export_qname(struct exporting *x, const struct entity *e)
{
    if (x->spec->as.n && str_eq(e->package, x->package->id))
        return str_fmt(x->q.arena, "%.*s:%.*s", STR_ARG(x->spec->as),
                       STR_ARG(e->name));
    return e->qname;
}

/* --- the whole ---------------------------------------------------------------- */

static enum rc add_definitions(struct exporting *x, struct err *err)
{
    const struct package_src *src = x->package->sources;
    bool is_renamed = x->spec->as.n > 0;
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < src->n; i++) {
        struct str path = str_copy(x->keep, src->files[i].path);
        struct str text = src->files[i].text;

        if (is_renamed && str_is(path, "local.lock"))
            continue; /* what `local` saw below it; a package sees its own */
        if (is_renamed && is_text(path))
            rc = renamed(x, text, &text, err);
        else
            text = str_copy(x->keep, text); /* the model may go */
        if (rc == RC_OK && !text.p && src->files[i].text.n)
            rc = export_no_memory(err);
        if (rc == RC_OK)
            rc = export_file(x, path, text, err);
    }
    return rc == RC_OK && is_renamed ? make_package(x, err) : rc;
}

static int by_path(const void *a, const void *b)
{
    return str_cmp(((const struct package_file *)a)->path,
                   ((const struct package_file *)b)->path);
}

/* What comes out must go in again. */
static enum rc prove(struct exporting *x, struct package_src *src,
                     struct err *err)
{
    struct messages ms;
    enum rc rc;

    messages_init(&ms, x->q.arena);
    rc = package_parse(src, x->q.arena, &ms, err);
    if (rc == RC_OK && ms.errors > 0)
        rc = FAIL(err, RC_INVALID, "%.*s:%u: %.*s.", STR_ARG(ms.v[0].file),
                  (unsigned)ms.v[0].line, STR_ARG(ms.v[0].text));
    for (size_t i = 0; i < src->n; i++)
        src->files[i].doc = NULL;
    return rc;
}

static enum rc export_now(struct exporting *x, struct package_src **out,
                          struct err *err)
{
    struct package_src *src = ARENA_NEW(x->keep, struct package_src);
    enum rc rc = add_definitions(x, err);

    if (rc == RC_OK && x->spec->records)
        rc = export_records_of(x, err);
    if (rc != RC_OK)
        return rc;
    if (!src)
        return export_no_memory(err);
    qsort(x->files.v, x->files.n, sizeof x->files.v[0], by_path);
    src->id = str_copy(x->keep, x->spec->as.n ? x->spec->as : x->package->id);
    src->files = x->files.v;
    src->n = x->files.n;
    rc = prove(x, src, err);
    if (rc == RC_OK)
        *out = src;
    return rc;
}

static enum rc find_package(const struct model *m,
                            const struct package_export *spec,
                            const struct package **out, struct err *err)
{
    if (str_is(spec->id, "sys"))
        return FAIL(err, RC_INVALID,
                    "The platform's own definitions come with the program.");
    if (spec->as.n && !str_is(spec->id, "local"))
        return FAIL(err, RC_INVALID,
                    "Only \"local\" can become a package of another name.");
    if (str_is(spec->as, "local") || str_is(spec->as, "sys"))
        return FAIL(err, RC_INVALID,
                    "\"%.*s\" is no name for a package; take one like "
                    "\"acme.visits\".",
                    STR_ARG(spec->as));
    for (size_t i = 0; i < m->n_packages; i++) {
        if (str_eq(m->packages[i]->id, spec->id)) {
            *out = m->packages[i];
            return RC_OK;
        }
    }
    if (str_is(spec->id, "local"))
        return FAIL(err, RC_NOTFOUND,
                    "Nothing has been built in this workspace yet, so there is "
                    "nothing to export.");
    return FAIL(err, RC_NOTFOUND, "Package \"%.*s\" is not installed.",
                STR_ARG(spec->id));
}

enum rc package_export(const struct workspace *ws,
                       const struct package_export *spec, struct arena *a,
                       struct package_src **out, struct issues *notes,
                       struct err *err)
{
    struct principal who = principal_system(SOURCE_CLI);
    struct exporting x = {.ws = ws, .spec = spec, .notes = notes};
    const struct model *m = NULL;
    struct arena names, scratch;
    struct db *db = NULL;
    enum rc rc = workspace_read_begin(ws, &db, &m, err);

    if (rc != RC_OK)
        return rc;
    arena_init(&names, NAMES_ARENA);
    arena_init(&scratch, NAMES_ARENA);
    x.keep = a;
    x.q = workspace_query_ctx(ws, db, m, &who, &scratch, notes);
    map_init(&x.called, &names);
    rc = find_package(m, spec, &x.package, err);
    if (rc == RC_OK)
        rc = export_now(&x, out, err);
    arena_release(&scratch);
    arena_release(&names);
    db_read_end(db);
    model_unref(m);
    return rc;
}
