/* See gather.h. */
#include "package/gather.h"

#include <stdlib.h>

#include "xml/xml.h"

enum { PART_MAX_BYTES = 120, MANIFEST_ARENA = 64 << 20 };

enum rc gather_nomem(const struct gather *g)
{
    return FAIL(g->err, RC_NOMEM, "There is no memory for the package.");
}

/* --- paths ------------------------------------------------------------------ */

static bool part_ok(struct str part)
{
    if (part.n == 0 || part.n > PART_MAX_BYTES || part.p[0] == '.' ||
        part.p[part.n - 1] == ' ')
        return false;
    for (size_t i = 0; i < part.n; i++) {
        char c = part.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' ||
              c == ' '))
            return false;
    }
    return true;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool ends_folded(struct str s, struct str suffix)
{
    if (s.n < suffix.n)
        return false;
    for (size_t i = 0; i < suffix.n; i++) {
        if (lower(s.p[s.n - suffix.n + i]) != suffix.p[i])
            return false;
    }
    return true;
}

static bool is_archive(struct str path)
{
    static const char *const ENDS[] = {".perigee", ".tar", ".tgz", ".gz",
                                       ".bz2",     ".xz",  ".zst", ".zip",
                                       ".7z",      ".rar", NULL};

    for (size_t i = 0; ENDS[i]; i++) {
        if (ends_folded(path, str_c(ENDS[i])))
            return true;
    }
    return false;
}

enum rc gather_path(const struct gather *g, struct str path)
{
    struct str rest = path, part;
    int depth = 0;
    bool ok =
        path.n > 0 && path.n <= PACKAGE_MAX_PATH && path.p[path.n - 1] != '/';

    while (ok && str_split(&rest, '/', &part)) {
        ok = part_ok(part);
        depth++;
    }
    if (!ok)
        return FAIL(g->err, RC_INVALID,
                    "\"%.*s\" is no name for a file of a package: use letters, "
                    "digits, _ - . and at most 120 bytes, below the package "
                    "itself.",
                    STR_ARG(str_sub(path, 0, PACKAGE_MAX_PATH)));
    if (depth > PACKAGE_MAX_DEPTH + 1)
        return FAIL(g->err, RC_LIMIT, "\"%.*s\" lies deeper than %d folders.",
                    STR_ARG(path), PACKAGE_MAX_DEPTH);
    if (is_archive(path))
        return FAIL(g->err, RC_INVALID,
                    "\"%.*s\" is an archive inside a package; put the files "
                    "themselves there.",
                    STR_ARG(path));
    return RC_OK;
}

enum rc gather_add(struct gather *g, struct str path, struct str bytes)
{
    struct package_file f = {path, bytes, NULL};
    enum rc rc = gather_path(g, path);

    if (rc != RC_OK)
        return rc;
    if (g->files.n >= PACKAGE_MAX_FILES)
        return FAIL(g->err, RC_LIMIT, "A package may have at most %d files.",
                    PACKAGE_MAX_FILES);
    if (bytes.n > PACKAGE_MAX_FILE_BYTES)
        return FAIL(g->err, RC_LIMIT,
                    "The file \"%.*s\" is larger than %d MB, the most one file "
                    "of a package may have.",
                    STR_ARG(path), PACKAGE_MAX_FILE_BYTES >> 20);
    g->bytes += bytes.n;
    if (g->bytes > PACKAGE_MAX_BYTES)
        return FAIL(g->err, RC_LIMIT,
                    "The package is larger than %d MB, the most it may have.",
                    PACKAGE_MAX_BYTES >> 20);
    return VEC_PUSH(g->arena, &g->files, f) ? RC_OK : gather_nomem(g);
}

/* --- the whole -------------------------------------------------------------- */

static int by_path(const void *x, const void *y)
{
    const struct package_file *a = x, *b = y;

    return str_cmp(a->path, b->path);
}

struct folded {
    struct str key, path;
};

static int by_key(const void *x, const void *y)
{
    const struct folded *a = x, *b = y;

    return str_cmp(a->key, b->key);
}

static enum rc clash(const struct gather *g, struct str a, struct str b)
{
    return FAIL(g->err, RC_INVALID,
                "\"%.*s\" and \"%.*s\" are one name where capitals do not "
                "count; give one of them another.",
                STR_ARG(a), STR_ARG(b));
}

/* No file has the name of a folder above another. */
static enum rc check_folders(const struct gather *g, const struct folded *v,
                             const struct folded *f)
{
    for (size_t i = 0; i < f->key.n; i++) {
        struct folded above = {str_sub(f->key, 0, i), STR_NONE};
        const struct folded *there;

        if (f->key.p[i] != '/')
            continue;
        there = bsearch(&above, v, g->files.n, sizeof *v, by_key);
        if (there)
            return clash(g, there->path, f->path);
    }
    return RC_OK;
}

static enum rc check_clashes(const struct gather *g)
{
    struct folded *v = ARENA_ARRAY(g->arena, struct folded, g->files.n + 1);
    enum rc rc = RC_OK;

    if (!v)
        return gather_nomem(g);
    for (size_t i = 0; i < g->files.n; i++) {
        struct str path = g->files.v[i].path;

        v[i] = (struct folded){str_lower_ascii(g->arena, path), path};
        if (!v[i].key.p)
            return gather_nomem(g);
    }
    qsort(v, g->files.n, sizeof *v, by_key);
    for (size_t i = 1; i < g->files.n; i++) {
        if (str_eq(v[i].key, v[i - 1].key))
            return clash(g, v[i - 1].path, v[i].path);
    }
    for (size_t i = 0; rc == RC_OK && i < g->files.n; i++)
        rc = check_folders(g, v, &v[i]);
    return rc;
}

/* The id of the manifest. A manifest that does not parse leaves "" for the
   check, which says where the fault is. */
static enum rc find_id(struct gather *g, struct str *id)
{
    struct xml_doc *doc = NULL;
    struct arena a;
    enum rc rc = RC_OK;

    *id = STR("local");
    for (size_t i = 0; i < g->files.n; i++) {
        const struct package_file *f = &g->files.v[i];

        if (!str_is(f->path, "package.xml"))
            continue;
        arena_init(&a, MANIFEST_ARENA);
        rc = xml_parse(f->path, f->text, &a, &doc, NULL);
        if (rc != RC_NOMEM)
            *id = str_copy(
                g->arena, rc == RC_OK ? xml_value(doc->root, STR("id"), STR(""))
                                      : STR(""));
        rc = rc == RC_NOMEM || !id->p ? gather_nomem(g) : RC_OK;
        arena_release(&a);
    }
    return rc;
}

enum rc gather_finish(struct gather *g, const char *where,
                      struct package_src **out)
{
    struct package_src *src = ARENA_NEW(g->arena, struct package_src);
    struct str id = STR_NONE;
    enum rc rc;

    if (!src)
        return gather_nomem(g);
    if (g->files.n == 0)
        return FAIL(g->err, RC_INVALID, "\"%s\" holds no files.", where);
    qsort(g->files.v, g->files.n, sizeof *g->files.v, by_path);
    rc = check_clashes(g);
    if (rc == RC_OK)
        rc = find_id(g, &id);
    if (rc != RC_OK)
        return rc;
    *src = (struct package_src){.id = id, .files = g->files.v, .n = g->files.n};
    *out = src;
    return RC_OK;
}

enum rc package_from_files(const struct package_file *files, size_t n,
                           struct arena *a, struct package_src **out,
                           struct err *err)
{
    struct gather g = {.arena = a, .err = err};
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < n; i++)
        rc = gather_add(&g, files[i].path, files[i].text);
    return rc == RC_OK ? gather_finish(&g, "package", out) : rc;
}
