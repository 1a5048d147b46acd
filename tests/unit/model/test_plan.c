/*
 * Plans: what they say, what they refuse, and that the tables are then those of
 * a fresh install.
 */
#include "support/workspace_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "model/field/field.h"
#include "model/physical.h"
#include "support/test.h"

#define ENTITY(inner) "<entity name=\"a\">" inner "</entity>"
#define NAME          "<field name=\"name\"/>"

static struct workspace with(const char *xml)
{
    struct workspace w;

    workspace_open(&w);
    if (workspace_put_xml(&w, "t", xml) != RC_OK)
        CHECK_CSTR(w.err.text, "");
    return w;
}

static void put_row(struct workspace *w, int id, const char *columns,
                    const char *values)
{
    char sql[400];

    snprintf(sql, sizeof sql,
             "INSERT INTO t_a(id, rev, created_at, updated_at, %s) "
             "VALUES(%d, 1, 0, 0, %s)",
             columns, id, values);
    if (workspace_exec(w, sql) != RC_OK)
        CHECK_CSTR(w->err.text, "");
}

static void check_words(struct workspace *w, const char *part)
{
    CHECK_HAS(str_cstr(&w->arena, w->words), part);
}

/* What stands behind the name of each column of t_a: type and reference. */
static size_t columns_of(struct workspace *w, struct str *out, size_t max)
{
    struct str sql =
        workspace_query(w, "SELECT sql FROM sqlite_schema WHERE name='t_a'");
    size_t i = (size_t)str_chr(sql, '(') + 1, from = i, n = 0;
    int depth = 0;

    for (; i < sql.n && depth >= 0; i++) {
        depth += (sql.p[i] == '(') - (sql.p[i] == ')');
        if ((sql.p[i] != ',' || depth) && depth >= 0)
            continue;
        if (n < max) {
            struct str item = str_trim(str_sub(sql, from, i - from));

            item = str_sub(item, 1, item.n);
            out[n] = str_sub(item, (size_t)str_chr(item, '"') + 1, item.n);
        }
        n++;
        from = i + 1;
    }
    return n;
}

static bool has_column(struct workspace *w, const char *name)
{
    struct str sql =
        workspace_query(w, "SELECT sql FROM sqlite_schema WHERE name='t_a'");
    char quoted[80];

    snprintf(quoted, sizeof quoted, "\"%s\" ", name);
    return str_find(sql, str_c(quoted)) >= 0;
}

TEST(plan, says_what_it_adds)
{
    struct workspace w = with(ENTITY(NAME));

    check_words(&w, "Add A with 1 field.\n");
    CHECK_RC(workspace_put_xml(&w, "t",
                               ENTITY(NAME "<field name=\"due_on\" "
                                           "type=\"date\" required=\"true\" "
                                           "index=\"true\"/>")),
             RC_OK);
    check_words(&w, "Add field Due on (date) to A; records that are there need "
                    "it when they are next edited.\n");
    check_words(&w, "Index A by due_on.\n");
    check_words(&w, "Publish forms, views, menus and labels.\n");
    CHECK_STR(
        workspace_query(&w, "SELECT CAST(count(due_on) AS TEXT) FROM t_a"),
        "0");
    workspace_close(&w);
}

TEST(plan, of_nothing_new_is_empty)
{
    struct workspace w = with(ENTITY(NAME));

    CHECK_RC(workspace_put_xml(&w, "t", ENTITY(NAME)), RC_OK);
    CHECK_I64(w.plan.n, 0);
    workspace_close(&w);
}

TEST(plan, a_rename_touches_no_data)
{
    struct workspace w = with(ENTITY(NAME));

    put_row(&w, 1, "name, name__k", "'Ann', 'ann'");
    CHECK_RC(workspace_put_xml(&w, "t",
                               "<entity name=\"b\" was=\"a\"><field "
                               "name=\"title\" was=\"name\"/></entity>"),
             RC_OK);
    check_words(&w, "Rename t:a to t:b; no data is touched.\n");
    check_words(&w, "Rename field name of B to title; no data is touched.\n");
    CHECK_I64(w.plan.n, 3);
    CHECK_STR(model_entity(w.model, STR("t:b"))->table.s, "t_a");
    CHECK_STR(entity_field(model_entity(w.model, STR("t:b")), STR("title"))
                  ->col.main.s,
              "name");
    CHECK_STR(workspace_query(&w, "SELECT name FROM t_a"), "Ann");
    /* was= may stay where it is */
    CHECK_RC(workspace_put_xml(&w, "t",
                               "<entity name=\"b\" was=\"a\"><field "
                               "name=\"title\" was=\"name\"/></entity>"),
             RC_OK);
    CHECK_I64(w.plan.n, 0);
    workspace_close(&w);
}

TEST(plan, the_same_uid_under_another_name_is_a_rename)
{
    struct workspace w = with("<entity name=\"a\" uid=\"e1\"><field "
                              "name=\"name\" uid=\"f1\"/></entity>");

    put_row(&w, 1, "name, name__k", "'Ann', 'ann'");
    CHECK_RC(workspace_put_xml(&w, "t",
                               "<entity name=\"b\" uid=\"e1\"><field "
                               "name=\"title\" uid=\"f1\"/></entity>"),
             RC_OK);
    check_words(&w, "Rename t:a to t:b; no data is touched.\n");
    CHECK_STR(workspace_query(&w, "SELECT name FROM t_a"), "Ann");
    CHECK_RC(workspace_put_xml(&w, "t",
                               "<entity name=\"b\" uid=\"e1\"><field "
                               "name=\"called\" uid=\"f1\"/></entity>"),
             RC_OK);
    check_words(&w, "Rename field title of B to called; no data is touched.\n");
    CHECK_I64(w.plan.n, 2);
    CHECK_STR(field_stored_name(entity_field(model_entity(w.model, STR("t:b")),
                                             STR("called"))),
              "name");
    workspace_close(&w);
}

TEST(plan, a_rename_takes_the_old_name_away)
{
    struct workspace w = with(ENTITY(NAME));

    CHECK_RC(workspace_put_xml(&w, "t",
                               ENTITY(NAME "<field name=\"title\" "
                                           "was=\"name\"/>")),
             RC_INVALID);
    CHECK_STR(w.messages.v[0].text,
              "\"name\" is still there; a rename takes the old name away");
    workspace_close(&w);
}

TEST(plan, refuses_to_drop_data_unless_told_to)
{
    struct workspace w = with(ENTITY(NAME "<field name=\"x\" type=\"int\"/>"));
    struct fixture_file files[] = {{"x.xml", ENTITY(NAME)}, {NULL, NULL}};
    struct store_change c = {.put = fixture_texts(&w.arena, "t", files),
                             .allow_drop = true};

    put_row(&w, 1, "x", "5");
    CHECK_RC(workspace_put_xml(&w, "t", ENTITY(NAME)), RC_CONFLICT);
    CHECK_CSTR(w.plan.refused[0].code, "D801");
    CHECK_STR(w.plan.refused[0].text,
              "publishing would drop t:a.x (1 value); keep the field, hide it "
              "with hidden=\"true\", or drop it on purpose");
    CHECK_RC(workspace_publish(&w, &c), RC_OK);
    check_words(&w, "Drop field X of A with 1 value. (1 row,");
    CHECK(!has_column(&w, "x"));
    workspace_close(&w);
}

TEST(plan, asks_for_was_when_something_alike_is_added)
{
    struct workspace w =
        with(ENTITY(NAME "<field name=\"return_date\" type=\"date\"/>"));

    put_row(&w, 1, "return_date", "'2026-01-01'");
    CHECK_RC(workspace_put_xml(&w, "t",
                               ENTITY(NAME "<field name=\"returned_date\" "
                                           "type=\"date\"/>")),
             RC_CONFLICT);
    CHECK_CSTR(w.plan.refused[0].code, "D805");
    CHECK_HAS(w.plan.refused[0].text.p, "write was=\"return_date\"");
    CHECK_RC(
        workspace_put_xml(&w, "t", "<entity name=\"as\">" NAME "</entity>"),
        RC_CONFLICT);
    CHECK_CSTR(w.plan.refused[0].code, "D805");
    CHECK_HAS(w.plan.refused[0].text.p, "write was=\"a\"");
    workspace_close(&w);
}

TEST(plan, refuses_to_lose_options_and_states_in_use)
{
    struct workspace w =
        with(ENTITY("<field name=\"c\" type=\"choice\"><option code=\"x\"/>"
                    "<option code=\"y\"/></field><field name=\"m\" "
                    "type=\"multichoice\"><option code=\"p\"/><option "
                    "code=\"q\"/></field><status name=\"s\"><state "
                    "code=\"o\"/><state code=\"d\"/></status>"));

    put_row(&w, 1, "c, s, m", "'y', 'd', '[\"q\"]'");
    CHECK_RC(workspace_exec(&w, "INSERT INTO m_t_a_m(rec, code) VALUES(1,'q')"),
             RC_OK);
    CHECK_RC(workspace_put_xml(
                 &w, "t",
                 ENTITY("<field name=\"c\" type=\"choice\"><option "
                        "code=\"x\"/></field><field name=\"m\" "
                        "type=\"multichoice\"><option code=\"p\"/></field>"
                        "<status name=\"s\"><state code=\"o\"/></status>")),
             RC_CONFLICT);
    CHECK_I64(w.plan.n_refused, 3);
    CHECK_STR(w.plan.refused[0].text,
              "\"y\" of t:a.c is gone but in use by 1 record; keep it with "
              "hidden=\"true\", or give them another value first");
    CHECK_RC(workspace_exec(&w, "UPDATE t_a SET c='x', s='o', m=NULL"), RC_OK);
    CHECK_RC(workspace_exec(&w, "DELETE FROM m_t_a_m"), RC_OK);
    CHECK_RC(workspace_put_xml(
                 &w, "t",
                 ENTITY("<field name=\"c\" type=\"choice\"><option "
                        "code=\"x\"/></field><field name=\"m\" "
                        "type=\"multichoice\"><option code=\"p\"/></field>"
                        "<status name=\"s\"><state code=\"o\"/></status>")),
             RC_OK);
    workspace_close(&w);
}

TEST(plan, refuses_to_lose_a_target_in_use)
{
    struct workspace w =
        with("<bundle><entity name=\"b\"/><entity name=\"a\"><field name=\"r\" "
             "type=\"anyref\" to=\"a b\"/></entity></bundle>");
    static const char *const LESS =
        "<bundle><entity name=\"b\"/><entity name=\"a\"><field name=\"r\" "
        "type=\"anyref\" to=\"a\"/></entity></bundle>";
    char ent[16];

    snprintf(ent, sizeof ent, "%d, 5",
             model_entity(w.model, STR("t:b"))->number);
    put_row(&w, 1, "r__ent, r__id", ent);
    CHECK_RC(workspace_put_xml(&w, "t", LESS), RC_CONFLICT);
    CHECK_STR(w.plan.refused[0].text,
              "t:a.r does not take t:b any more, but 1 record holds one; keep "
              "it in to=\"\"");
    CHECK_RC(workspace_exec(&w, "UPDATE t_a SET r__ent=NULL, r__id=NULL"),
             RC_OK);
    CHECK_RC(workspace_put_xml(&w, "t", LESS), RC_OK);
    workspace_close(&w);
}

TEST(plan, refuses_a_unique_that_does_not_hold)
{
    struct workspace w = with(ENTITY(NAME));

    put_row(&w, 1, "name, name__k", "'Ann', 'ann'");
    put_row(&w, 2, "name, name__k", "'Ann', 'ann'");
    CHECK_RC(workspace_put_xml(&w, "t",
                               ENTITY("<field name=\"name\" "
                                      "unique=\"true\"/>")),
             RC_CONFLICT);
    CHECK_STR(w.plan.refused[0].text,
              "t:a cannot be unique by name: \"Ann\" is there more than once; "
              "merge these records first");
    CHECK_RC(workspace_exec(&w, "UPDATE t_a SET deleted_at=1 WHERE id=2"),
             RC_OK);
    CHECK_RC(workspace_put_xml(&w, "t",
                               ENTITY("<field name=\"name\" "
                                      "unique=\"true\"/>")),
             RC_OK);
    CHECK_RC(workspace_exec(&w, "UPDATE t_a SET deleted_at=NULL"), RC_CONFLICT);
    workspace_close(&w);
}

struct retype {
    const char *from, *to; /* fields                         */
    const char *column, *value;
    const char *query, *want; /* after; want NULL: is refused  */
};

static const struct retype RETYPES[] = {
    {"type=\"int\"", "type=\"dec\"", "x", "7", "CAST(x AS TEXT)", "700"},
    {"type=\"int\"", "type=\"text\"", "x", "7", "x || x__k", "77"},
    {"type=\"text\"", "type=\"int\"", "x, x__k", "'42', '42'",
     "CAST(x + 1 AS TEXT)", "43"},
    {"type=\"text\"", "type=\"int\"", "x, x__k", "'forty', 'forty'", NULL,
     NULL},
    {"type=\"text\"", "type=\"longtext\"", "x, x__k", "'Ab', 'ab'", "x", "Ab"},
    {"type=\"longtext\"", "type=\"text\"", "x", "'Ab'", "x__k", "ab"},
    {"type=\"dec\"", "type=\"dec\" scale=\"4\"", "x", "150", "CAST(x AS TEXT)",
     "15000"},
    {"type=\"dec\"", "type=\"int\"", "x", "150", NULL, NULL},
    {"type=\"dec\"", "type=\"int\"", "x", "100", "CAST(x AS TEXT)", "1"},
    {"type=\"text\"", "type=\"choice\" open=\"true\"", "x, x__k", "'b', 'b'",
     "x", "b"},
    {"type=\"text\"", "type=\"email\"", "x, x__k", "'no', 'no'", NULL, NULL},
    {"type=\"text\"", "type=\"autonumber\"", "x, x__k", "'n', 'n'", NULL, NULL},
    {"type=\"date\"", "type=\"datetime\"", "x", "'2026-01-02'",
     "CAST(x AS TEXT)", "1767312000000"},
    {"type=\"ref\" to=\"a\"", "type=\"anyref\" to=\"a\"", "x", "1",
     "CAST(x__id AS TEXT)", "1"},
    {"type=\"ref\" to=\"a\"", "type=\"text\"", "x", "1", NULL, NULL},
    {"type=\"choice\" open=\"true\"", "type=\"multichoice\" open=\"true\"", "x",
     "'b'", "x", "[\"b\"]"},
    {"type=\"money\"", "type=\"text\"", "x, x__cur, x__base",
     "1250, 'EUR', 1250", "x", "12.50 EUR"},
};

TEST(plan, turns_a_type_into_another_where_nothing_is_lost)
{
    size_t i;

    for (i = 0; i < sizeof RETYPES / sizeof RETYPES[0]; i++) {
        const struct retype *r = &RETYPES[i];
        char from[300], to[300], sql[200];
        struct workspace w;
        enum rc rc;

        snprintf(from, sizeof from, ENTITY(NAME "<field name=\"x\" %s/>"),
                 r->from);
        snprintf(to, sizeof to, ENTITY(NAME "<field name=\"x\" %s/>"), r->to);
        snprintf(sql, sizeof sql, "SELECT %s FROM t_a", r->query);
        w = with(from);
        put_row(&w, 1, r->column, r->value);
        rc = workspace_put_xml(&w, "t", to);
        if (!r->want) {
            CHECK_RC(rc, RC_CONFLICT);
            CHECK_CSTR(w.plan.refused[0].code, "D804");
        } else {
            if (rc != RC_OK)
                CHECK_CSTR(w.err.text, to);
            CHECK_STR(workspace_query(&w, sql), r->want);
        }
        workspace_close(&w);
    }
}

TEST(plan, a_type_that_is_changed_keeps_its_indexes)
{
    struct workspace w = with(ENTITY(NAME "<field name=\"x\" type=\"int\" "
                                          "unique=\"true\" index=\"true\"/>"));

    put_row(&w, 1, "x", "7");
    CHECK_RC(workspace_put_xml(&w, "t",
                               ENTITY(NAME "<field name=\"x\" type=\"dec\" "
                                           "unique=\"true\" "
                                           "index=\"true\"/>")),
             RC_OK);
    CHECK_STR(workspace_query(&w, "SELECT group_concat(sql, ';') FROM "
                                  "sqlite_schema WHERE type='index' AND "
                                  "tbl_name='t_a' AND sql LIKE '%UNIQUE%'"),
              "CREATE UNIQUE INDEX \"t_a__1\" ON \"t_a\" (\"x\" ASC) WHERE "
              "\"deleted_at\" IS NULL");
    workspace_close(&w);
}

TEST(plan, says_when_search_must_read_anew)
{
    struct workspace w = with(ENTITY(NAME "<field name=\"note\" "
                                          "type=\"longtext\"/>"));

    put_row(&w, 1, "name", "'Ann'");
    CHECK_RC(workspace_put_xml(&w, "t",
                               "<entity name=\"a\" search=\"name note\">" NAME
                               "<field name=\"note\" type=\"longtext\"/>"
                               "</entity>"),
             RC_OK);
    CHECK(w.plan.steps[0].op == PLAN_REINDEX);
    CHECK_STR(w.plan.steps[0].entity, "t:a");
    workspace_close(&w);
}

TEST(plan, entities_that_hold_each_other_can_go_together)
{
    struct workspace w = with("<bundle><entity name=\"a\"><field name=\"r\" "
                              "type=\"ref\" to=\"b\"/></entity><entity "
                              "name=\"b\"><field name=\"r\" type=\"ref\" "
                              "to=\"a\"/></entity></bundle>");
    struct store_change c = {.remove = STR("t")};

    CHECK_RC(workspace_exec(&w, "INSERT INTO t_b(id, rev, created_at, "
                                "updated_at) VALUES(2,1,0,0)"),
             RC_OK);
    put_row(&w, 1, "r", "2");
    CHECK_RC(workspace_exec(&w, "UPDATE t_b SET r=1"), RC_OK);
    if (workspace_publish(&w, &c) != RC_OK)
        CHECK_CSTR(w.err.text, "");
    CHECK_STR(workspace_query(&w, "SELECT name FROM sqlite_schema WHERE name "
                                  "LIKE 't\\_%' ESCAPE '\\'"),
              "");
    workspace_close(&w);
}

TEST(plan, is_json_for_programs)
{
    struct workspace w = with(ENTITY(NAME));
    struct json_w j;
    struct buf b;

    buf_init(&b, 1 << 16);
    json_w_init(&j, &b);
    plan_json(&w.plan, &j);
    CHECK_RC(json_w_finish(&j, NULL), RC_OK);
    CHECK_STR(
        buf_view(&b),
        "{\"package\":\"t\",\"from\":\"\",\"to\":\"\",\"steps\":[{\"op\":"
        "\"add_entity\",\"entity\":\"t:a\",\"field\":\"\",\"rows\":0,"
        "\"ms\":1,\"words\":\"Add A with 1 "
        "field.\"},{\"op\":\"definitions\",\"entity\":\"\",\"field\":"
        "\"\",\"rows\":0,\"ms\":1,\"words\":\"Publish forms, views, "
        "menus and labels.\"}],\"refused\":[],\"review\":[],\"asks\":[]}");
    buf_release(&b);
    workspace_close(&w);
}

/* --- the DDL in both dialects ---------------------------------------------- */

static void golden_of(enum db_dialect d, const char *path)
{
    struct fixture f = {0};
    struct package_src *p[2];
    struct plan plan;
    struct buf b;

    arena_init(&f.arena, 64 << 20);
    p[0] = fixture_folder(&f.arena, "crm", "tests/fixtures/model/crm");
    p[1] = fixture_folder(&f.arena, "local", "tests/fixtures/model/local");
    CHECK_RC(fixture_compile(&f, p, 2), RC_OK);
    CHECK_RC(plan_make(NULL, f.model, NULL, false, &f.arena, &plan, NULL),
             RC_OK);
    buf_init(&b, 1 << 20);
    CHECK_RC(plan_sql(&plan, NULL, f.model, d, &b, NULL), RC_OK);
    golden_check(path, buf_view(&b));
    buf_release(&b);
    fixture_release(&f);
}

TEST(plan, ddl_of_a_crm_for_sqlite)
{
    golden_of(DB_SQLITE, "model/crm.sqlite.sql");
}

TEST(plan, ddl_of_a_crm_for_postgres)
{
    golden_of(DB_POSTGRES, "model/crm.postgres.sql");
}

/* --- property: migrated tables are those of a fresh install ---------------- */

enum { FIELDS = 8, ROUNDS = 25, MAX_XML = 4000 };

struct shape {
    bool there[FIELDS];
    int type[FIELDS], renamed[FIELDS]; /* name is f<i>_<renamed>; 0: f<i> */
    bool index[FIELDS], renames_now[FIELDS];
};

static const char *const TYPES[] = {
    "type=\"text\"",         "type=\"int\"",
    "type=\"money\"",        "type=\"multichoice\" open=\"true\"",
    "type=\"ref\" to=\"b\"", "type=\"anyref\" to=\"a b\"",
};
enum { N_TYPES = sizeof TYPES / sizeof TYPES[0] };

static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return (*seed >> 16) & 0x7fff;
}

static void change(struct shape *s, unsigned *seed)
{
    int i = (int)(next_random(seed) % FIELDS);

    memset(s->renames_now, 0, sizeof s->renames_now);
    switch (next_random(seed) % 4) {
    case 0: /* what is dropped comes back under another name */
        s->renamed[i] += s->there[i];
        s->there[i] = !s->there[i];
        s->type[i] = (int)(next_random(seed) % N_TYPES);
        break;
    case 1:
        s->renames_now[i] = s->there[i];
        s->renamed[i] += s->there[i];
        break;
    case 2:
        s->index[i] = !s->index[i];
        break;
    default:
        if (s->there[i]) /* no rows: any type may follow */
            s->type[i] = (int)(next_random(seed) % N_TYPES);
        break;
    }
}

static void write_xml(const struct shape *s, char *out)
{
    size_t n = 0;
    int i;

    n += (size_t)snprintf(out + n, MAX_XML - n,
                          "<bundle><entity name=\"b\"/><entity name=\"a\">");
    for (i = 0; i < FIELDS; i++) {
        if (!s->there[i])
            continue;
        n += (size_t)snprintf(
            out + n, MAX_XML - n, "<field name=\"f%d_v%d\" %s%s", i,
            s->renamed[i], TYPES[s->type[i]],
            s->index[i] && s->type[i] != 3 ? " index=\"true\"" : "");
        if (s->renames_now[i])
            n += (size_t)snprintf(out + n, MAX_XML - n, " was=\"f%d_v%d\"", i,
                                  s->renamed[i] - 1);
        n += (size_t)snprintf(out + n, MAX_XML - n, "/>");
    }
    (void)snprintf(out + n, MAX_XML - n, "</entity></bundle>");
}

/* Every column and index the model speaks of is in the file, and no other. */
static void check_same_tables(struct workspace *w)
{
    const struct entity *e = model_entity(w->model, STR("t:a"));
    struct ddl_index *ix;
    struct ddl_table t;
    char sql[400], want[40];
    size_t i, n;

    CHECK_RC(physical_table(e, &w->arena, &t, NULL), RC_OK);
    for (i = 0; i < t.n; i++)
        CHECK(has_column(w, str_cstr(&w->arena, t.columns[i].name.s)));
    CHECK_I64(t.n, columns_of(w, NULL, 0));
    CHECK_RC(physical_indexes(e, &w->arena, &ix, &n, NULL), RC_OK);
    for (i = 0; i < n; i++) {
        snprintf(sql, sizeof sql,
                 "SELECT name FROM sqlite_schema WHERE name='%.*s'",
                 STR_ARG(ix[i].name.s));
        CHECK(workspace_query(w, sql).n > 0);
    }
    snprintf(want, sizeof want, "%zu", n);
    CHECK_STR(workspace_query(w, "SELECT CAST(count(*) AS TEXT) FROM "
                                 "sqlite_schema WHERE type='index' AND "
                                 "tbl_name='t_a'"),
              want);
}

static int by_text(const void *a, const void *b)
{
    const struct str *x = a, *y = b;

    return str_cmp(*x, *y);
}

/* Two workspaces that came to one definition by different ways: their columns
   may have other names and another order, not other types or references. */
static void check_alike(struct workspace *a, struct workspace *b)
{
    static const char *const COUNTS =
        "SELECT group_concat(n) FROM (SELECT type || count(*) AS n FROM "
        "sqlite_schema WHERE name LIKE '%t\\_a%' ESCAPE '\\' GROUP BY type "
        "ORDER BY 1)";
    struct str x[64], y[64];
    size_t n = columns_of(a, x, 64), i;
    struct str counts = workspace_query(a, COUNTS);

    CHECK_I64(columns_of(b, y, 64), n);
    qsort(x, n, sizeof *x, by_text);
    qsort(y, n, sizeof *y, by_text);
    for (i = 0; i < n; i++)
        CHECK(str_eq(x[i], y[i]));
    CHECK_STR(workspace_query(b, COUNTS), str_cstr(&a->arena, counts));
}

TEST(plan, migrated_tables_are_those_of_a_fresh_install)
{
    unsigned seed = 20260101;
    char xml[MAX_XML];
    int run, round;

    for (run = 0; run < 3; run++) {
        struct shape s = {0};
        struct workspace w, fresh;

        workspace_open(&w);
        write_xml(&s, xml);
        CHECK_RC(workspace_put_xml(&w, "t", xml), RC_OK);
        for (round = 0; round < ROUNDS; round++) {
            change(&s, &seed);
            write_xml(&s, xml);
            if (workspace_put_xml(&w, "t", xml) != RC_OK)
                CHECK_CSTR(w.err.text, xml);
            check_same_tables(&w);
        }
        fresh = with(xml);
        check_alike(&w, &fresh);
        workspace_close(&fresh);
        workspace_close(&w);
    }
}
