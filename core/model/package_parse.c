/*
 * package_parse - passes 1 and 2 over the files of one package. See compile.h.
 */
#include "model/compile.h"

#include "model/spec.h"

/* Folders whose XML is definitions; the rest (files/, tests/, scripts/,
   migrations/) is the package's own business here. */
static const char *const FOLDERS[] = {
    "entities/", "forms/", "views/", "extend/", "i18n/", "seed/", NULL};

static bool is_definition(struct str path)
{
    size_t i;

    if (!str_ends(path, STR(".xml")))
        return false;
    if (str_chr(path, '/') < 0)
        return true;
    for (i = 0; FOLDERS[i] != NULL; i++) {
        if (str_starts(path, str_c(FOLDERS[i])))
            return true;
    }
    return false;
}

/* "entities/" and "*.xml" with any name at the star, which never crosses a / */
static bool glob(struct str pattern, struct str path)
{
    size_t i = 0, j = 0;

    while (i < pattern.n) {
        if (pattern.p[i] == '*') {
            size_t end = j;

            for (;; end++) {
                if (glob(str_sub(pattern, i + 1, pattern.n),
                         str_sub(path, end, path.n)))
                    return true;
                if (end >= path.n || path.p[end] == '/')
                    return false;
            }
        }
        if (j >= path.n || pattern.p[i] != path.p[j])
            return false;
        i++;
        j++;
    }
    return j == path.n;
}

/* Without an <include> in the manifest everything is included. */
static bool included(const struct xml_doc *manifest, struct str path)
{
    const struct xml_node *el;
    bool any = false;

    if (manifest == NULL)
        return true;
    for (el = xml_first_element(manifest->root); el != NULL;
         el = xml_next_element(el)) {
        if (!str_is(el->name, "include"))
            continue;
        any = true;
        if (glob(xml_value(el, STR("path"), STR_NONE), path))
            return true;
    }
    return !any;
}

static void add_fault(struct messages *ms, const struct package_file *file,
                      const struct xml_fault *fault)
{
    size_t before = ms->n;
    struct str rest = file->text, line = STR_NONE;
    uint32_t i;

    messages_file(ms, file->path, SEVERITY_ERROR, fault->code, "%s",
                  fault->text);
    if (ms->n == before)
        return;
    ms->v[before].line = fault->pos.line;
    ms->v[before].column = fault->pos.column;
    ms->v[before].length = fault->length;
    for (i = 0; i < fault->pos.line && str_split(&rest, '\n', &line); i++)
        continue;
    /* a file that is not UTF-8 has no line that could be shown */
    if (i == fault->pos.line && line.n < 400 && str_chr(line, '\0') < 0 &&
        !str_is(str_c(fault->code), "M003"))
        ms->v[before].excerpt = str_copy(ms->arena, line);
}

static enum rc parse_file(struct package_file *file, struct arena *a,
                          struct messages *ms, struct err *err)
{
    struct xml_fault fault = {.code = "M001"};
    struct xml_doc *doc = NULL;
    size_t before = ms->errors - ms->mended;
    enum rc rc = xml_parse(file->path, file->text, a, &doc, &fault);

    if (rc == RC_NOMEM)
        return FAIL(err, rc, "There is no memory to read \"%.*s\".",
                    STR_ARG(file->path));
    if (rc != RC_OK) {
        add_fault(ms, file, &fault);
        return RC_OK;
    }
    spec_check(doc, ms);
    if (ms->errors - ms->mended == before)
        file->doc = doc;
    return RC_OK;
}

enum rc package_parse(struct package_src *src, struct arena *a,
                      struct messages *ms, struct err *err)
{
    const struct xml_doc *manifest = NULL;
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < src->n; i++) {
        if (str_is(src->files[i].path, "package.xml")) {
            rc = parse_file(&src->files[i], a, ms, err);
            manifest = src->files[i].doc;
        }
    }
    for (i = 0; rc == RC_OK && i < src->n; i++) {
        struct package_file *file = &src->files[i];

        if (is_definition(file->path) && !str_is(file->path, "package.xml") &&
            included(manifest, file->path))
            rc = parse_file(file, a, ms, err);
    }
    if (rc == RC_OK && arena_failed(a))
        rc = FAIL(err, RC_NOMEM, "There is no memory to read package \"%.*s\".",
                  STR_ARG(src->id));
    return rc;
}
