/* seed: records that come with a package. */
#include "base/issues.h"
#include "support/runtime/ws_fixture.h"
#include "support/test.h"

#define PACKAGE                                                                \
    {                                                                          \
        "package.xml", "<package format=\"1\" id=\"acme\" version=\"1.0.0\" "  \
                       "label=\"Acme\"/>"                                      \
    }
#define ENTITIES                                                               \
    {                                                                          \
        "entities/all.xml",                                                    \
            "<bundle><entity name=\"city\" label=\"City\" "                    \
            "import-key=\"name\"><field name=\"name\"/><field name=\"size\" "  \
            "type=\"int\"/></entity><entity name=\"visit\" label=\"Visit\" "   \
            "import-key=\"name\"><field name=\"name\"/><field name=\"city\" "  \
            "type=\"ref\" to=\"city\"/><field name=\"on\" "                    \
            "type=\"date\"/></entity></bundle>"                                \
    }

static enum rc seed(struct ws_fixture *f, enum seed_mode mode,
                    struct issues *issues)
{
    issues_init(issues, &f->arena);
    return package_seed(&f->ws, &f->who, STR("acme"), mode, &f->arena, issues,
                        &f->err);
}

TEST(seed, plants_with_the_install_and_names_what_it_planted)
{
    static const struct ws_file FILES[] = {
        ENTITIES,
        PACKAGE,
        {"seed/a.xml",
         "<seed><record entity=\"city\" key=\"name\"><v f=\"name\">Graz</v>"
         "<v f=\"size\">300</v></record><record entity=\"visit\" key=\"name\">"
         "<v f=\"name\">First</v><v f=\"city\">graz</v><v f=\"on\" "
         "value=\"today()\"/></record></seed>"},
        {NULL, NULL}};
    struct ws_fixture f;
    struct issues issues;

    ws_fixture_open(&f);
    CHECK_RC(ws_put(&f, ws_package(&f, "acme", FILES)), RC_OK);
    CHECK_I64(ws_i64(&f,
                     "SELECT count(*) FROM acme_visit v JOIN acme_city c ON "
                     "c.id = v.city WHERE c.name = 'Graz'"),
              1);
    CHECK_STR(ws_text(&f, "SELECT \"on\" FROM acme_visit"), "2026-09-21");
    CHECK_STR(ws_text(&f, "SELECT source FROM sys_txn WHERE n > 0"), "seed");
    CHECK_RC(seed(&f, SEED_ONCE, &issues), RC_OK);
    CHECK_I64(ws_i64(&f, "SELECT count(*) FROM acme_city"), 1);
    ws_fixture_close(&f);
}

TEST(seed, once_leaves_a_record_alone_and_sync_writes_over_it)
{
    static const struct ws_file FILES[] = {
        ENTITIES,
        PACKAGE,
        {"seed/a.xml", "<seed><record entity=\"city\" key=\"name\"><v "
                       "f=\"name\">Graz</v><v f=\"size\">300</v></record>"
                       "</seed>"},
        {"seed/b.xml", "<seed mode=\"sync\"><record entity=\"city\" "
                       "key=\"name\"><v f=\"name\">Linz</v><v f=\"size\">200"
                       "</v></record></seed>"},
        {NULL, NULL}};
    static const struct ws_file MORE[] = {
        ENTITIES,
        PACKAGE,
        {"seed/a.xml", "<seed><record entity=\"city\" key=\"name\"><v "
                       "f=\"name\">Graz</v><v f=\"size\">301</v></record>"
                       "</seed>"},
        {"seed/b.xml", "<seed mode=\"sync\"><record entity=\"city\" "
                       "key=\"name\"><v f=\"name\">Linz</v><v f=\"size\">201"
                       "</v></record></seed>"},
        {NULL, NULL}};
    struct ws_fixture f;

    ws_fixture_open(&f);
    CHECK_RC(ws_put(&f, ws_package(&f, "acme", FILES)), RC_OK);
    CHECK_RC(ws_put(&f, ws_package(&f, "acme", MORE)), RC_OK);
    CHECK_I64(ws_i64(&f, "SELECT size FROM acme_city WHERE name = 'Graz'"),
              300);
    CHECK_I64(ws_i64(&f, "SELECT size FROM acme_city WHERE name = 'Linz'"),
              201);
    CHECK_I64(ws_i64(&f, "SELECT count(*) FROM acme_city"), 2);
    ws_fixture_close(&f);
}

TEST(seed, plants_examples_only_when_asked_and_once)
{
    static const struct ws_file FILES[] = {
        ENTITIES,
        PACKAGE,
        {"seed/cities.csv", "Town,Size\nGraz,300\nLinz,200\n"},
        {"seed/cities.json",
         "{\"columns\":{\"Town\":\"name\",\"Size\":\"size\"}}"},
        {"seed/demo.xml",
         "<seed mode=\"demo\"><csv entity=\"city\" key=\"name\" "
         "file=\"seed/cities.csv\" map=\"seed/cities.json\"/>"
         "</seed>"},
        {NULL, NULL}};
    struct ws_fixture f;
    struct issues issues;

    ws_fixture_open(&f);
    CHECK_RC(ws_put(&f, ws_package(&f, "acme", FILES)), RC_OK);
    CHECK_I64(ws_i64(&f, "SELECT count(*) FROM acme_city"), 0);
    CHECK_RC(seed(&f, SEED_DEMO, &issues), RC_OK);
    CHECK_I64(ws_i64(&f, "SELECT sum(size) FROM acme_city"), 500);
    CHECK_RC(seed(&f, SEED_DEMO, &issues), RC_OK);
    CHECK_I64(ws_i64(&f, "SELECT count(*) FROM acme_city"), 2);
    ws_fixture_close(&f);
}

TEST(seed, says_which_row_does_not_fit)
{
    static const struct ws_file FILES[] = {
        ENTITIES,
        PACKAGE,
        {"seed/cities.csv", "name,size\nGraz,300\nLinz,many\n"},
        {"seed/demo.xml",
         "<seed mode=\"demo\"><csv entity=\"city\" key=\"name\" "
         "file=\"seed/cities.csv\"/></seed>"},
        {NULL, NULL}};
    struct ws_fixture f;
    struct issues issues;

    ws_fixture_open(&f);
    CHECK_RC(ws_put(&f, ws_package(&f, "acme", FILES)), RC_OK);
    CHECK_RC(seed(&f, SEED_DEMO, &issues), RC_INVALID);
    CHECK_STR(issues.v[0].path, "seed/cities.csv:3");
    ws_fixture_close(&f);
}

TEST(seed, says_what_a_record_names_in_vain)
{
    static const struct ws_file FILES[] = {
        ENTITIES,
        PACKAGE,
        {"seed/a.xml", "<seed mode=\"demo\"><record entity=\"visit\" "
                       "key=\"name\"><v f=\"name\">First</v><v "
                       "f=\"city\">Atlantis</v></record></seed>"},
        {NULL, NULL}};
    struct ws_fixture f;
    struct issues issues;

    ws_fixture_open(&f);
    CHECK_RC(ws_put(&f, ws_package(&f, "acme", FILES)), RC_OK);
    CHECK_RC(seed(&f, SEED_DEMO, &issues), RC_INVALID);
    CHECK_STR(issues.v[0].path, "city");
    CHECK_I64(ws_i64(&f, "SELECT count(*) FROM acme_visit"), 0);
    ws_fixture_close(&f);
}

/* A map may find users by another field than the e-mail address. */
TEST(seed, finds_users_as_its_map_says_and_leaves_out_who_is_not_here)
{
    static const struct ws_file FILES[] = {
        {"entities/all.xml",
         "<entity name=\"visit\" import-key=\"name\"><field name=\"name\"/>"
         "<field name=\"host\" type=\"user\"/></entity>"},
        PACKAGE,
        {"seed/1.xml",
         "<seed><record entity=\"sys:user\" key=\"email\"><v f=\"name\">Moses "
         "Frase</v><v f=\"email\">m@example.com</v></record>"
         "<csv entity=\"visit\" file=\"seed/a.csv\" map=\"seed/a.json\"/>"
         "<csv entity=\"visit\" file=\"seed/b.csv\" key=\"name\"/></seed>"},
        {"seed/a.csv", "name,who\nA,moses frase\nB,Nobody\nC,\n"},
        {"seed/a.json", "{\"columns\":{\"name\":\"name\",\"who\":{\"field\":"
                        "\"host\",\"by\":\"name\"}}}"},
        {"seed/b.csv", "name,host\nD,M@example.com\nE,no@example.com\n"},
        {NULL, NULL}};
    struct ws_fixture f;

    ws_fixture_open(&f);
    if (ws_put(&f, ws_package(&f, "acme", FILES)) != RC_OK)
        CHECK_CSTR(f.err.text, "");
    CHECK_STR(ws_text(&f, "SELECT group_concat(v.name || ':' || coalesce("
                          "u.email, '')) FROM acme_visit v LEFT JOIN sys_user "
                          "u ON u.id = v.host ORDER BY v.name"),
              "A:m@example.com,B:,C:,D:m@example.com,E:");
    ws_fixture_close(&f);
}
