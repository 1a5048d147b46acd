/*
 * fuzz_edit - acts from anywhere on definitions from anywhere: a file of `local`,
 * a NUL, JSON.
 *
 * Oracle: acts are done or refused with an issue or a sentence; every file is XML
 * still; sentences and diff are valid UTF-8; laid on backwards, the entry of the
 * history gives every byte back.
 */
#include "model/edit.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM_BYTES = 256 << 20, DIFF_BYTES = 16 << 20 };

#define MUST(x)                                                                \
    do {                                                                       \
        if (!(x))                                                              \
            abort();                                                           \
    } while (0)

static const struct settings SETTINGS = {"EUR", STR_INIT("UTC"),
                                         STR_INIT("en")};
static const char SYS[] =
    "<bundle><entity name=\"user\"><field name=\"name\"/><field "
    "name=\"active\" type=\"bool\"/></entity><entity name=\"file\">"
    "<field name=\"name\"/></entity></bundle>";
static const char VENDOR[] =
    "<bundle><entity name=\"a\" title=\"name\"><field name=\"name\"/><field "
    "name=\"kind\" type=\"choice\"><option code=\"x\"/><option code=\"y\"/>"
    "</field><status name=\"st\"><state code=\"o\"/><state code=\"d\"/><move "
    "from=\"o\" to=\"d\"/></status></entity><form name=\"main\" entity=\"a\" "
    "default=\"true\"><section name=\"s\"><place field=\"name\"/><place "
    "field=\"kind\"/></section></form><view name=\"v\" entity=\"a\"><column "
    "field=\"name\"/><column field=\"kind\"/></view></bundle>";

static struct package_src *source(struct arena *a, const char *id,
                                  const char *path, struct str text)
{
    struct package_src *src = ARENA_NEW(a, struct package_src);

    src->id = str_c(id);
    src->files = ARENA_NEW(a, struct package_file);
    src->files[0].path = str_c(path);
    src->files[0].text = text;
    src->n = 1;
    return src;
}

static struct model *compile(struct arena *a, struct str local)
{
    struct package_src *src[3] = {source(a, "sys", "x.xml", STR(SYS)),
                                  source(a, "t", "x.xml", STR(VENDOR)),
                                  source(a, "local", "entities/b.xml", local)};
    struct model *m = NULL;
    struct err err = ERR_INIT;
    struct messages ms;
    enum rc rc = RC_OK;

    messages_init(&ms, a);
    for (size_t i = 0; rc == RC_OK && i < 3; i++)
        rc = package_parse(src[i], a, &ms, &err);
    if (rc == RC_OK)
        rc = model_compile((const struct package_src *const *)src, 3, &SETTINGS,
                           names_new(a), 1, &ms, &m, &err);
    return m;
}

static void check_files(const struct edit *e, struct arena *a)
{
    struct xml_doc *doc;
    struct buf diff;

    for (size_t i = 0; i < e->files.n; i++)
        if (e->files.v[i].text.p && str_ends(e->files.v[i].path, STR(".xml")))
            MUST(xml_parse(STR("x"), e->files.v[i].text, a, &doc, NULL) ==
                 RC_OK);
    for (size_t i = 0; i < e->words.n; i++)
        MUST(utf8_invalid(e->words.v[i].en) < 0 &&
             utf8_invalid(e->words.v[i].de) < 0);
    buf_init(&diff, DIFF_BYTES);
    edit_diff(e, &diff);
    MUST(diff.failed || utf8_invalid(buf_view(&diff)) < 0);
    buf_release(&diff);
}

static void take_back(struct edit *e, struct str local, struct arena *a)
{
    struct str log;
    size_t n = 0;

    if (edit_log(e, a, &log, NULL) != RC_OK)
        return; /* past its ceiling */
    for (size_t i = 0; i < e->files.n; i++) {
        e->files.v[i].before = e->files.v[i].text;
        e->files.v[i].doc = NULL;
    }
    MUST(edit_undo(e, 1, log, NULL) == RC_OK);
    for (size_t i = 0; i < e->files.n; i++)
        if (e->files.v[i].text.p &&
            !str_is(e->files.v[i].path, "local.lock")) { /* the compile's */
            MUST(str_eq(e->files.v[i].text, local));
            n++;
        }
    MUST(n == 1);
}

static void run(const struct model *m, struct str local, struct str json,
                struct arena *a)
{
    const struct json *acts;
    struct issues issues;
    struct edit e;
    struct err err = ERR_INIT;
    enum rc rc;

    if (json_parse(json, a, &acts, &err) != RC_OK)
        return;
    issues_init(&issues, a);
    MUST(edit_begin(&e, m, a, &issues, &err) == RC_OK);
    err_clear(&err);
    rc = edit_acts(&e, acts, &err);
    MUST(rc == RC_OK || err.text[0] || issues_any(&issues));
    MUST(rc == RC_OK || rc == RC_INVALID || rc == RC_LIMIT || rc == RC_NOMEM);
    if (rc != RC_OK)
        return;
    check_files(&e, a);
    take_back(&e, local, a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = {(const char *)data, size}, part[2] = {{NULL, 0}};
    struct model *m;
    struct arena a;

    for (int i = 0; i < 2 && str_split(&rest, '\0', &part[i]); i++)
        ;
    arena_init(&a, ROOM_BYTES);
    m = part[1].n ? compile(&a, part[0]) : NULL;
    if (m)
        run(m, part[0], part[1], &a);
    model_unref(m);
    arena_release(&a);
    return 0;
}
