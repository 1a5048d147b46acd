/*
 * fuzz_model - definitions from anywhere: a package, a NUL, another version of
 * it, a NUL, what `local` changes.
 *
 * Oracle: each compile either makes a model without an error among its messages
 * or refuses with one; messages are valid UTF-8 and lie inside their file; what
 * compiles can be planned from nothing and from the version before, as DDL of
 * both engines; compiled again it has the same hash and the same names.
 */
#include "model/plan.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM_BYTES = 256 << 20, DDL_BYTES = 8 << 20 };

#define MUST(x)                                                                \
    do {                                                                       \
        if (!(x))                                                              \
            abort();                                                           \
    } while (0)

static const struct settings SETTINGS = {"EUR", STR_INIT("UTC"),
                                         STR_INIT("en")};
static const char SYS[] =
    "<bundle><entity name=\"user\"><field name=\"name\"/><field "
    "name=\"active\" "
    "type=\"bool\"/></entity><entity name=\"file\"><field name=\"name\"/>"
    "</entity></bundle>";

static struct package_src *source(struct arena *a, const char *id,
                                  struct str text)
{
    struct package_src *src = ARENA_NEW(a, struct package_src);

    src->id = str_c(id);
    src->files = ARENA_NEW(a, struct package_file);
    src->files[0].path = STR("x.xml");
    src->files[0].text = text;
    src->n = 1;
    return src;
}

static void check_messages(const struct messages *ms)
{
    for (size_t i = 0; i < ms->n; i++) {
        const struct message *m = &ms->v[i];

        MUST(m->text.n > 0 && utf8_invalid(m->text) < 0);
        MUST(utf8_invalid(m->hint) < 0 && utf8_invalid(m->excerpt) < 0);
        MUST(m->code && m->code[0]);
    }
}

static struct model *compile(struct arena *a, struct names *names,
                             struct str text, struct str local)
{
    struct package_src *src[3] = {source(a, "sys", STR(SYS)),
                                  source(a, "t", text),
                                  source(a, "local", local)};
    size_t n = local.n ? 3 : 2;
    struct model *m = NULL;
    struct err err = ERR_INIT;
    struct messages ms;
    enum rc rc = RC_OK;

    messages_init(&ms, a);
    for (size_t i = 0; rc == RC_OK && i < n; i++)
        rc = package_parse(src[i], a, &ms, &err);
    if (rc == RC_OK)
        rc = model_compile((const struct package_src *const *)src, n, &SETTINGS,
                           names, 1, &ms, &m, &err);
    check_messages(&ms);
    MUST(rc == RC_OK || rc == RC_INVALID || rc == RC_NOMEM);
    MUST((rc == RC_OK) == (m != NULL));
    MUST(rc != RC_OK || ms.errors == 0);
    MUST(rc != RC_INVALID || ms.errors > 0);
    return m;
}

static void plan(struct arena *a, const struct model *old,
                 const struct model *next)
{
    static const enum db_dialect DIALECTS[] = {DB_SQLITE, DB_POSTGRES};
    struct plan p;
    struct buf b;

    MUST(plan_make(old, next, NULL, false, a, &p, NULL) == RC_OK);
    for (int i = 0; i < 2; i++) {
        buf_init(&b, DDL_BYTES);
        MUST(plan_sql(&p, old, next, DIALECTS[i], &b, NULL) == RC_OK);
        MUST(utf8_invalid(buf_view(&b)) < 0);
        buf_release(&b);
    }
    buf_init(&b, DDL_BYTES);
    plan_text(&p, &b);
    MUST(utf8_invalid(buf_view(&b)) < 0);
    buf_release(&b);
}

static void same(const struct model *a, const struct model *b)
{
    MUST(memcmp(a->hash, b->hash, sizeof a->hash) == 0);
    MUST(a->n_names == b->n_names && a->n_entities == b->n_entities);
    for (size_t i = 0; i < a->n_names; i++)
        MUST(str_eq(a->names[i].logical, b->names[i].logical) &&
             str_eq(a->names[i].physical, b->names[i].physical));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = {(const char *)data, size}, part[3] = {{NULL, 0}};
    struct model *one, *again, *two;
    struct names *names;
    struct arena a;

    for (int i = 0; i < 3 && str_split(&rest, '\0', &part[i]); i++)
        ;
    arena_init(&a, ROOM_BYTES);
    names = names_new(&a);
    one = compile(&a, names, part[0], part[2]);
    if (one) {
        plan(&a, NULL, one);
        again = compile(&a, names, part[0], part[2]);
        MUST(again);
        same(one, again);
        model_unref(again);
        two = part[1].n ? compile(&a, names, part[1], part[2]) : NULL;
        if (two)
            plan(&a, one, two);
        model_unref(two);
    }
    model_unref(one);
    arena_release(&a);
    return 0;
}
