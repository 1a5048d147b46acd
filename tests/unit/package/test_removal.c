/*
 * removal: what is left of a package that went. A workspace that had it and let
 * it go with its records is as one that never had it; one that kept them has
 * besides only what the plan named.
 */
#include <stdio.h>
#include <stdlib.h>

#include "support/runtime/ws_fixture.h"
#include "support/test.h"

/* --- the packages ------------------------------------------------------------- */

#define MANIFEST(id, version, inner)                                           \
    {                                                                          \
        "package.xml",                                                         \
            "<package format=\"1\" id=\"" id "\" version=\"" version           \
            "\" label=\"" id "\">" inner "</package>"                          \
    }

static const struct ws_file BASE_1[] = {
    {"entities/all.xml",
     "<bundle><entity name=\"thing\" label=\"Thing\"><field name=\"name\"/>"
     "<field name=\"kind\" type=\"choice\"><option code=\"a\"/><option "
     "code=\"b\"/></field></entity><entity name=\"box\"><field "
     "name=\"name\"/><field name=\"holds\" type=\"ref\" "
     "to=\"thing\"/></entity></bundle>"},
    {"menus.xml", "<menus><app name=\"base\" label=\"B\"><item "
                  "entity=\"thing\"/></app></menus>"},
    MANIFEST("base", "1.0", ""),
    {NULL, NULL}};
static const struct ws_file BASE_2[] = {
    {"entities/all.xml",
     "<bundle><entity name=\"thing\" label=\"Thing\"><field name=\"name\"/>"
     "<field name=\"kind\" type=\"choice\"><option code=\"a\"/><option "
     "code=\"b\"/></field><field name=\"weight\" type=\"int\" index=\"true\"/>"
     "</entity><entity name=\"box\"><field name=\"name\"/><field "
     "name=\"holds\" type=\"ref\" to=\"thing\"/></entity></bundle>"},
    MANIFEST("base", "1.1", ""),
    {NULL, NULL}};
static const struct ws_file ADDON_1[] = {
    {"entities/all.xml",
     "<bundle><entity name=\"extra\"><field name=\"name\"/><field "
     "name=\"of\" type=\"ref\" to=\"base:thing\" on-delete=\"cascade\" "
     "inverse=\"extras\"/></entity><extend entity=\"base:thing\" "
     "label=\"Gizmo\"><field name=\"size\" type=\"int\" index=\"true\"/>"
     "<field ref=\"kind\"><option code=\"c\"/></field><check name=\"big\" "
     "when=\"size gt 9\" message=\"m\"/></extend></bundle>"},
    MANIFEST("addon", "1.0", "<depends on=\"base\" version=\"^1.0\"/>"),
    {NULL, NULL}};
static const struct ws_file ADDON_2[] = {
    {"entities/all.xml",
     "<bundle><entity name=\"extra\"><field name=\"name\"/><field "
     "name=\"tags\" type=\"multichoice\"><option code=\"x\"/></field><field "
     "name=\"of\" type=\"ref\" to=\"base:thing\" on-delete=\"cascade\"/>"
     "</entity><extend entity=\"base:thing\"><field name=\"size\" "
     "type=\"int\"/><field name=\"memo\" required=\"true\"/></extend>"
     "</bundle>"},
    MANIFEST("addon", "1.2", "<depends on=\"base\" version=\"^1.0\"/>"),
    {NULL, NULL}};
static const struct ws_file SOLO_1[] = {
    {"entities/all.xml",
     "<bundle><entity name=\"alone\"><field name=\"name\"/><field "
     "name=\"no\" type=\"autonumber\" pattern=\"A-{0000}\"/><field "
     "name=\"tags\" type=\"multichoice\"><option code=\"x\"/></field>"
     "</entity><entity name=\"other\"><field name=\"name\" unique=\"true\"/>"
     "</entity><link name=\"pair\" a=\"alone\" b=\"other\"/></bundle>"},
    MANIFEST("solo", "1.0", ""),
    {"seed/once.xml", "<seed mode=\"once\"><record entity=\"other\"><v "
                      "f=\"name\">Seed</v></record></seed>"},
    {NULL, NULL}};

static const struct ws_file LOCAL_1[] = {
    {"extend/a.xml",
     "<bundle><extend entity=\"base:thing\" label=\"Ours\"><field "
     "name=\"x_note\"/><field ref=\"kind\" label=\"Sort\"/></extend>"
     "<entity name=\"visit\"><field name=\"name\"/></entity></bundle>"},
    {NULL, NULL}};
static const struct ws_file LOCAL_2[] = {
    {"extend/a.xml",
     "<bundle><extend entity=\"base:thing\"><field name=\"x_note\"/><field "
     "name=\"x_day\" type=\"date\" index=\"true\"/><field ref=\"size\" "
     "label=\"Our size\"/></extend><extend entity=\"addon:extra\"><field "
     "name=\"x_more\" type=\"int\"/></extend><entity name=\"visit\"><field "
     "name=\"name\"/></entity></bundle>"},
    {NULL, NULL}};

static const struct {
    const char *id;
    const struct ws_file *v[2];
} PACKAGES[] = {{"base", {BASE_1, BASE_2}},
                {"addon", {ADDON_1, ADDON_2}},
                {"solo", {SOLO_1, SOLO_1}},
                {"local", {LOCAL_1, LOCAL_2}}};

/* --- what is done -------------------------------------------------------------- */

enum what { PUT, FILL, KEEP, DELETE };
struct act {
    enum what what;
    int package, version;
};

static enum rc put(struct ws_fixture *f, int package, int version)
{
    struct store_change change = {
        .put =
            ws_package(f, PACKAGES[package].id, PACKAGES[package].v[version]),
        .allow_drop = true};

    err_clear(&f->err);
    return ws_install(f, &change);
}

static enum rc take_out(struct ws_fixture *f, const char *id, bool keep)
{
    struct store_change change = {
        .remove = str_c(id), .keep_records = keep, .allow_drop = !keep};

    err_clear(&f->err);
    return ws_install(f, &change);
}

static enum rc run_sql(struct db *db, void *arg, struct arena *a,
                       struct err *err)
{
    (void)a;
    return db_exec(db, str_c(arg), err);
}

static void sql(struct ws_fixture *f, const char *text)
{
    struct db_job job = {.run = run_sql};

    job.arg = arena_dup(&f->arena, text, strlen(text) + 1);
    CHECK_RC(db_write(f->ws.store, &job, &f->arena, &f->err), RC_OK);
}

static bool has_table(struct ws_fixture *f, const char *name)
{
    return ws_i64(f, str_fmt(&f->arena,
                             "SELECT count(*) FROM sqlite_schema WHERE "
                             "type='table' AND name='%s'",
                             name)
                         .p) > 0;
}

/* A record in every table of the package that is there. */
static void fill(struct ws_fixture *f, int package, int id)
{
    static const char *const TABLES[][3] = {{"base_thing", "base_box", NULL},
                                            {"addon_extra", NULL, NULL},
                                            {"solo_alone", "solo_other", NULL},
                                            {"local_visit", NULL, NULL}};

    for (int i = 0; TABLES[package][i]; i++) {
        if (!has_table(f, TABLES[package][i]))
            continue;
        sql(f, str_fmt(&f->arena,
                       "INSERT INTO %s(id, rev, created_at, updated_at, name) "
                       "VALUES(%d, 1, 1, 1, 'n%d')",
                       TABLES[package][i], id * 10 + i, id * 10 + i)
                   .p);
    }
}

static void act(struct ws_fixture *f, const struct act *a, int nth)
{
    if (a->what == PUT)
        (void)put(f, a->package, a->version);
    else if (a->what == FILL)
        fill(f, a->package, nth + 1);
    else
        (void)take_out(f, PACKAGES[a->package].id, a->what == KEEP);
}

/* --- what is there -------------------------------------------------------------- */

static bool skips(const struct act *a, unsigned victims)
{
    return (victims & (1u << a->package)) != 0;
}

static void same(struct ws_fixture *had, struct ws_fixture *never,
                 const char *where, uint64_t seed)
{
    const char *a = ws_facts(had), *b = ws_facts(never);

    if (strcmp(a, b) != 0)
        fprintf(stderr, "seed %llu, %s:\n--- had\n%s\n--- never\n%s\n",
                (unsigned long long)seed, where, a, b);
    CHECK(strcmp(a, b) == 0);
}

static uint64_t next(uint64_t *s)
{
    *s ^= *s << 13;
    *s ^= *s >> 7;
    *s ^= *s << 17;
    return *s;
}

static void make_acts(uint64_t *s, struct act *v, int n)
{
    for (int i = 0; i < n; i++) {
        uint64_t r = next(s);

        v[i] = (struct act){r % 8 < 4   ? PUT
                            : r % 8 < 6 ? FILL
                            : r % 8 < 7 ? KEEP
                                        : DELETE,
                            (int)(r / 8 % 4), (int)(r / 32 % 2)};
        if (v[i].package == 3 && v[i].what >= KEEP)
            v[i].what = PUT;
    }
}

/* Victims go last, dependents first. */
static void take_all(struct ws_fixture *f, unsigned victims)
{
    static const int ORDER[] = {1, 2, 0};

    for (int i = 0; i < 3; i++) {
        if (victims & (1u << ORDER[i]))
            (void)take_out(f, PACKAGES[ORDER[i]].id, false);
    }
}

enum { ACTS = 9 };

static void one_sequence(uint64_t seed)
{
    static const unsigned VICTIMS[] = {1u << 1, 1u << 2, 3u, 7u};
    uint64_t s = seed * 0x9e3779b97f4a7c15u + 1;
    unsigned victims = VICTIMS[next(&s) % 4];
    struct ws_fixture had, never;
    struct act acts[ACTS];

    make_acts(&s, acts, ACTS);
    ws_fixture_open(&had);
    ws_fixture_open(&never);
    for (int i = 0; i < ACTS; i++) {
        act(&had, &acts[i], i);
        if (!skips(&acts[i], victims))
            act(&never, &acts[i], i);
    }
    take_all(&had, victims);
    same(&had, &never, "deleted", seed);
    ws_fixture_close(&never);
    ws_fixture_close(&had);
}

TEST(removal, with_its_records_leaves_no_trace)
{
    const char *more = getenv("PERIGEE_SEQUENCES");
    int64_t n = 6; /* more by hand: each is two workspaces */

    if (more)
        CHECK(str_to_i64(str_c(more), &n));
    for (int64_t i = 1; i <= n; i++)
        one_sequence((uint64_t)i);
}

/* --- records kept ------------------------------------------------------------------ */

static bool is_named(const struct ws_fixture *f, struct str name)
{
    for (size_t i = 0; i < f->plan.n; i++) {
        if ((f->plan.steps[i].op == PLAN_KEEP_ENTITY ||
             f->plan.steps[i].op == PLAN_KEEP_FIELD) &&
            str_find(f->plan.steps[i].words, name) >= 0)
            return true;
    }
    return false;
}

/* A table and its statement a line; columns are the quoted names after "(" and
   ", ". */
static const char TABLES[] =
    "SELECT group_concat(name || replace(sql, char(10), ' '), char(10)) FROM"
    " sqlite_schema WHERE type='table' AND name NOT LIKE 's\\_%' ESCAPE '\\'";

/* Tables and their columns, "t.c" a line. */
static struct str places(struct ws_fixture *f)
{
    struct str rest = ws_text(f, TABLES), line, out = STR("");

    while (str_split(&rest, '\n', &line)) {
        ptrdiff_t make = str_find(line, STR("CREATE "));
        struct str table = str_sub(line, 0, (size_t)make);
        struct str sql = str_sub(line, (size_t)make, line.n), one;
        ptrdiff_t open = str_chr(sql, '(');

        sql = str_sub(sql, (size_t)open + 1, sql.n);
        while (str_split(&sql, ',', &one)) {
            one = str_trim(one);
            if (!one.n || one.p[0] != '"')
                continue;
            one = str_sub(one, 1, one.n);
            out = str_fmt(&f->arena, "%.*s%.*s.%.*s\n", STR_ARG(out),
                          STR_ARG(table), (int)str_chr(one, '"'), one.p);
        }
    }
    return out;
}

static bool among(struct str list, struct str line)
{
    struct str one;

    while (str_split(&list, '\n', &one)) {
        if (str_eq(one, line))
            return true;
    }
    return false;
}

/* Each place of `had` that `never` has not is in a table or column that the
   plan names; derived columns (x__k) go by their field. */
static void only_named_more(struct ws_fixture *had, struct ws_fixture *never)
{
    struct str rest = places(had), there = places(never);
    struct str all = rest;
    struct str line;

    while (str_split(&rest, '\n', &line)) {
        struct str table = str_sub(line, 0, (size_t)str_chr(line, '.'));
        ptrdiff_t part = str_find(line, STR("__"));

        if (among(there, line) || is_named(had, table))
            continue;
        if (!is_named(had, str_sub(line, 0, part < 0 ? line.n : (size_t)part)))
            fprintf(stderr, "not named: %.*s\n", STR_ARG(line));
        CHECK(
            is_named(had, str_sub(line, 0, part < 0 ? line.n : (size_t)part)));
    }
    rest = there;
    while (str_split(&rest, '\n', &line))
        CHECK(among(all, line));
    CHECK(there.n > 100);
}

TEST(removal, that_keeps_records_keeps_what_the_plan_names_and_no_more)
{
    struct ws_fixture had, never;

    ws_fixture_open(&had);
    ws_fixture_open(&never);
    CHECK_RC(put(&had, 0, 0), RC_OK);
    CHECK_RC(put(&never, 0, 0), RC_OK);
    CHECK_RC(put(&had, 1, 0), RC_OK);
    CHECK_RC(put(&had, 2, 0), RC_OK);
    fill(&had, 0, 1);
    fill(&had, 1, 2);
    fill(&had, 2, 3);
    sql(&had, "UPDATE base_thing SET size=3, kind='c'");
    CHECK_RC(take_out(&had, "addon", true), RC_OK);
    CHECK(is_named(&had, STR("addon_extra")));
    CHECK(is_named(&had, STR("base_thing.size")));
    CHECK_I64(had.plan.is_deletion, false);
    CHECK_I64(ws_i64(&had, "SELECT count(*) FROM addon_extra"), 1);
    CHECK_I64(ws_i64(&had, "SELECT size FROM base_thing"), 3);
    /* solo is still there: it may not count as more */
    CHECK_RC(put(&never, 2, 0), RC_OK);
    only_named_more(&had, &never);
    ws_fixture_close(&never);
    ws_fixture_close(&had);
}

TEST(removal, leaves_what_it_added_elsewhere_read_only_and_takes_back_the_rest)
{
    const struct entity *e;
    const struct field *size;
    const struct model *m;
    struct ws_fixture f;

    ws_fixture_open(&f);
    CHECK_RC(put(&f, 0, 0), RC_OK);
    CHECK_RC(put(&f, 1, 1), RC_OK);
    fill(&f, 0, 1);
    sql(&f, "UPDATE base_thing SET size=3, memo='m', kind='a'");
    CHECK_RC(take_out(&f, "addon", true), RC_OK);
    m = model_slot_ref(f.ws.slot);
    e = model_entity(m, STR("base:thing"));
    CHECK_STR(e->label.base, "Thing");
    CHECK_I64(e->n_checks, 0);
    size = entity_field(e, STR("size"));
    CHECK(size->flags & FIELD_READONLY);
    CHECK(size->flags & FIELD_HIDDEN);
    CHECK(!(entity_field(e, STR("memo"))->flags & FIELD_REQUIRED));
    CHECK(model_entity(m, STR("addon:extra"))->is_archived);
    model_unref(m);
    CHECK_RC(put(&f, 1, 1), RC_OK); /* and wakes up again */
    m = model_slot_ref(f.ws.slot);
    CHECK(!model_entity(m, STR("addon:extra"))->is_archived);
    e = model_entity(m, STR("base:thing"));
    CHECK(!(entity_field(e, STR("size"))->flags & FIELD_READONLY));
    model_unref(m);
    CHECK_I64(ws_i64(&f, "SELECT size FROM base_thing"), 3);
    ws_fixture_close(&f);
}

TEST(removal, with_nothing_to_keep_keeps_nothing)
{
    struct ws_fixture had, never;

    ws_fixture_open(&had);
    ws_fixture_open(&never);
    CHECK_RC(put(&had, 0, 0), RC_OK);
    CHECK_RC(put(&never, 0, 0), RC_OK);
    CHECK_RC(put(&had, 1, 0), RC_OK);
    CHECK_RC(take_out(&had, "addon", true), RC_OK);
    CHECK_I64(had.plan.is_deletion, true);
    same(&had, &never, "empty", 0);
    ws_fixture_close(&never);
    ws_fixture_close(&had);
}

TEST(removal, of_what_an_archive_points_to_waits_for_the_archive)
{
    struct ws_fixture f;

    ws_fixture_open(&f);
    CHECK_RC(put(&f, 0, 0), RC_OK);
    CHECK_RC(put(&f, 1, 0), RC_OK);
    fill(&f, 0, 1);
    fill(&f, 1, 2);
    CHECK_RC(take_out(&f, "addon", true), RC_OK);
    CHECK_RC(take_out(&f, "base", false), RC_CONFLICT);
    CHECK_HAS(f.err.text, "records kept of \"addon\"");
    CHECK_RC(take_out(&f, "base", true), RC_OK);
    CHECK_RC(take_out(&f, "base", false), RC_CONFLICT);
    CHECK_RC(take_out(&f, "addon", false), RC_OK);
    CHECK_RC(take_out(&f, "base", false), RC_OK);
    CHECK_I64(ws_i64(&f, "SELECT count(*) FROM sys_pkg"), 1);
    ws_fixture_close(&f);
}

TEST(removal, asked_for_twice_keeps_what_was_kept)
{
    struct ws_fixture f;

    ws_fixture_open(&f);
    CHECK_RC(put(&f, 0, 0), RC_OK);
    CHECK_RC(put(&f, 1, 0), RC_OK);
    fill(&f, 1, 2);
    CHECK_RC(take_out(&f, "addon", true), RC_OK);
    CHECK_RC(take_out(&f, "addon", true), RC_OK);
    CHECK_I64(f.plan.is_deletion, false);
    CHECK_I64(ws_i64(&f, "SELECT count(*) FROM addon_extra"), 1);
    CHECK_RC(take_out(&f, "addon", false), RC_OK);
    CHECK(!has_table(&f, "addon_extra"));
    ws_fixture_close(&f);
}
