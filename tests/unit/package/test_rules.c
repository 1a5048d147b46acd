/* rules: what manifests alone decide, and what they say of a package. */
#include "base/buf.h"
#include "package/manifest.h"
#include "support/runtime/ws_fixture.h"
#include "support/test.h"

#define ENTITY                                                                 \
    {                                                                          \
        "entities/visit.xml",                                                  \
            "<entity name=\"visit\" label=\"Visit\"><field name=\"name\"/>"    \
            "</entity>"                                                        \
    }

/* A package of one entity and this manifest. */
static struct package_src *of(struct ws_fixture *f, const char *id,
                              const char *attrs, const char *inner)
{
    struct str text =
        str_fmt(&f->arena,
                "<package format=\"1\" id=\"%s\" label=\"L\" %s>%s</package>",
                id, attrs, inner);
    struct ws_file files[] = {ENTITY, {"package.xml", text.p}, {NULL, NULL}};

    return ws_package(f, id, files);
}

static enum rc put(struct ws_fixture *f, const char *id, const char *attrs,
                   const char *inner)
{
    err_clear(&f->err);
    return ws_put(f, of(f, id, attrs, inner));
}

static const char *refusal(const struct ws_fixture *f)
{
    return f->plan.n_refused ? f->plan.refused[0].code : "";
}

static enum rc take_out(struct ws_fixture *f, const char *id, bool keep)
{
    struct store_change change = {
        .remove = str_c(id), .keep_records = keep, .allow_drop = !keep};

    err_clear(&f->err);
    return ws_install(f, &change);
}

TEST(rules, refuse_an_older_version_and_a_newer_program)
{
    struct ws_fixture f;

    ws_fixture_open(&f);
    CHECK_RC(put(&f, "acme", "version=\"1.10.0\"", ""), RC_OK);
    CHECK_RC(put(&f, "acme", "version=\"1.9.9\"", ""), RC_CONFLICT);
    CHECK_STR(str_c(refusal(&f)), "K708");
    CHECK_HAS(f.err.text, "1.10.0");
    CHECK_RC(put(&f, "acme", "version=\"1.10\"", ""), RC_OK); /* the same */
    CHECK_RC(put(&f, "acme", "version=\"2\" min-runtime=\"999.0\"", ""),
             RC_CONFLICT);
    CHECK_STR(str_c(refusal(&f)), "K706");
    CHECK_HAS(f.err.text, "999.0");
    CHECK_RC(put(&f, "acme", "version=\"2\" min-runtime=\"0.0.1\"", ""), RC_OK);
    ws_fixture_close(&f);
}

TEST(rules, refuse_ids_that_are_the_platforms)
{
    static const char *const IDS[] = {"sys_x",    "sys.more", "local.a", "pg",
                                      "sqlite_1", "m_a",      "packages"};
    struct ws_fixture f;

    ws_fixture_open(&f);
    for (size_t i = 0; i < sizeof IDS / sizeof *IDS; i++) {
        CHECK_RC(put(&f, IDS[i], "version=\"1\"", ""), RC_CONFLICT);
        CHECK_STR(str_c(refusal(&f)), "K712");
    }
    CHECK_RC(put(&f, "system", "version=\"1\"", ""), RC_OK);
    CHECK_RC(put(&f, "mine", "version=\"1\"", ""), RC_OK);
    ws_fixture_close(&f);
}

TEST(rules, ask_again_when_an_upgrade_wants_more)
{
    static const char MAIL[] =
        "<permissions><mail daily=\"10\"/></permissions>";
    static const char MORE[] =
        "<permissions><mail daily=\"500\"/></permissions>";
    static const char HOST[] =
        "<permissions><mail daily=\"5\"/>"
        "<http host=\"api.example\" methods=\"GET POST\"/></permissions>";
    static const char LESS[] =
        "<permissions><http host=\"api.example\" methods=\"GET\"/>"
        "</permissions>";
    struct store_change accept = {.accept = true};
    struct ws_fixture f;

    ws_fixture_open(&f);
    CHECK_RC(put(&f, "acme", "version=\"1\"", MAIL), RC_OK); /* the consent */
    CHECK_I64(f.plan.n_asks, 1);
    CHECK(!f.plan.asks[0].is_more);
    CHECK_STR(f.plan.asks[0].words, "may send up to 10 mails a day");
    CHECK_RC(put(&f, "acme", "version=\"2\"", MORE), RC_CONFLICT);
    CHECK_STR(str_c(refusal(&f)), "K709");
    CHECK_HAS(f.err.text, "500 mails");
    CHECK_HAS(f.err.text, "--accept");
    CHECK(f.plan.asks[0].is_more);
    CHECK_RC(put(&f, "acme", "version=\"2\"", HOST), RC_CONFLICT);
    accept.put = of(&f, "acme", "version=\"2\"", HOST);
    CHECK_RC(ws_install(&f, &accept), RC_OK);
    CHECK_RC(put(&f, "acme", "version=\"3\"", LESS), RC_OK);
    CHECK_RC(put(&f, "acme", "version=\"4\"", ""), RC_OK);
    CHECK_RC(put(&f, "acme", "version=\"5\"", LESS), RC_CONFLICT); /* anew */
    ws_fixture_close(&f);
}

TEST(rules, name_who_needs_what_is_to_go)
{
    static const char NEEDS[] = "<depends on=\"base\" version=\"^1.0\"/>";
    static const char LIKES[] =
        "<depends on=\"base\" version=\"1.0 - 1.9\" optional=\"true\"/>";
    struct ws_fixture f;

    ws_fixture_open(&f);
    CHECK_RC(put(&f, "needy", "version=\"1\"", NEEDS), RC_INVALID); /* K702 */
    CHECK(f.messages.errors == 1);
    CHECK_STR(str_c(f.messages.v[0].code), "K702");
    CHECK_RC(put(&f, "base", "version=\"0.9\"", ""), RC_OK);
    CHECK_RC(put(&f, "needy", "version=\"1\"", NEEDS), RC_INVALID); /* K701 */
    CHECK_STR(str_c(f.messages.v[0].code), "K701");
    CHECK_RC(put(&f, "base", "version=\"1.0\"", ""), RC_OK);
    CHECK_RC(put(&f, "needy", "version=\"1\"", NEEDS), RC_OK);
    CHECK_RC(put(&f, "fond", "version=\"1\"", LIKES), RC_OK);
    CHECK_RC(take_out(&f, "base", true), RC_CONFLICT);
    CHECK_STR(str_c(refusal(&f)), "K710");
    CHECK_HAS(f.err.text, "\"needy\"");
    CHECK(strstr(f.err.text, "fond") == NULL);
    CHECK_RC(take_out(&f, "base", false), RC_CONFLICT);
    CHECK_RC(put(&f, "base", "version=\"2.0\"", ""), RC_CONFLICT);
    CHECK_STR(str_c(refusal(&f)), "K711");
    CHECK_HAS(f.err.text, "1.0 - 1.9");
    CHECK_I64(f.plan.n_refused, 2);
    CHECK_HAS(str_cstr(&f.arena, f.plan.refused[1].text), "^1.0");
    CHECK_RC(put(&f, "base", "version=\"1.5\"", ""), RC_OK);
    CHECK_RC(take_out(&f, "needy", false), RC_OK);
    CHECK_RC(take_out(&f, "base", false), RC_OK);
    CHECK_RC(take_out(&f, "base", false), RC_NOTFOUND); /* twice */
    ws_fixture_close(&f);
}

TEST(rules, refuse_circles_and_conflicts)
{
    struct ws_fixture f;

    ws_fixture_open(&f);
    CHECK_RC(put(&f, "aa", "version=\"1\"", ""), RC_OK);
    CHECK_RC(put(&f, "bb", "version=\"1\"", "<depends on=\"aa\"/>"), RC_OK);
    CHECK_RC(put(&f, "aa", "version=\"2\"", "<depends on=\"bb\"/>"),
             RC_INVALID);
    CHECK_STR(str_c(f.messages.v[0].code), "K703");
    CHECK_RC(put(&f, "cc", "version=\"1\"", "<conflicts with=\"aa\"/>"),
             RC_INVALID);
    CHECK_STR(str_c(f.messages.v[0].code), "K705");
    CHECK_RC(put(&f, "aa", "version=\"2\"", "<depends on=\"aa\"/>"),
             RC_INVALID);
    ws_fixture_close(&f);
}

TEST(rules, are_part_of_a_check_where_they_hold_everywhere)
{
    struct messages ms;
    struct ws_fixture f;

    ws_fixture_open(&f);
    CHECK_RC(put(&f, "acme", "version=\"2\"", ""), RC_OK);
    messages_init(&ms, &f.arena);
    CHECK_RC(package_check(&f.ws, of(&f, "acme", "version=\"1\"", ""), &f.arena,
                           &ms, &f.err),
             RC_OK);
    CHECK_I64(ms.errors, 0);
    CHECK_RC(package_check(
                 &f.ws, of(&f, "other", "version=\"1\" min-runtime=\"99\"", ""),
                 &f.arena, &ms, &f.err),
             RC_INVALID);
    CHECK_I64(ms.errors, 1);
    ws_fixture_close(&f);
}

TEST(manifest, says_in_words_what_is_asked_for_and_brought)
{
    static const struct ws_file FILES[] = {
        {"entities/all.xml",
         "<bundle><entity name=\"rental\" label=\"Rental\"><field "
         "name=\"name\"/><status name=\"st\"/></entity><entity name=\"unit\"/>"
         "<form entity=\"unit\" name=\"main\"/><extend entity=\"crm:deal\">"
         "<field name=\"x\"/><field ref=\"y\"/></extend></bundle>"},
        {"i18n/de.xml", "<i18n lang=\"de\"/>"},
        {"menus.xml", "<menus><app name=\"a\"/></menus>"},
        {"package.xml",
         "<package format=\"1\" id=\"acme.rental\" version=\"1.4\" "
         "label=\"Rental\"><summary> Rent it. </summary><permissions>"
         "<data entity=\"crm:task\" access=\"read create update\"/>"
         "<http host=\"a.example\"/><secret name=\"k\" label=\"Key\"/>"
         "<mail daily=\"500\"/><schedule/><portal/></permissions>"
         "<screens><image file=\"files/a.png\" caption=\"A\"/></screens>"
         "</package>"},
        {"seed/demo.xml", "<seed mode=\"demo\"/>"},
        {NULL, NULL}};
    static const char *const ASKS[] = {
        "may read, create and update records of crm:task",
        "may talk to a.example (GET)",
        "asks for a secret: Key",
        "may send up to 500 mails a day",
        "may run by the clock",
        "may show pages to the public"};
    static const char *const BRINGS[] = {"kinds of record: Rental, unit",
                                         "3 fields",
                                         "1 form",
                                         "1 app in the menu",
                                         "changes to crm:deal",
                                         "example records, on request",
                                         "translations: de"};
    struct ws_fixture f = {0};
    struct manifest_brings b;
    struct manifest m;

    arena_init(&f.arena, 16 << 20);
    CHECK_RC(manifest_read(ws_package(&f, "acme.rental", FILES), &f.arena, &m,
                           &f.err),
             RC_OK);
    CHECK(m.is_there);
    CHECK_STR(m.id, "acme.rental");
    CHECK_STR(m.summary, "Rent it.");
    CHECK_I64(m.images.n, 1);
    CHECK_I64(m.asks.n, 6);
    for (size_t i = 0; i < 6; i++)
        CHECK_STR(m.asks.v[i].words, ASKS[i]);
    CHECK_RC(manifest_brings(ws_package(&f, "acme.rental", FILES), &f.arena, &b,
                             &f.err),
             RC_OK);
    CHECK_I64(b.words.n, 7);
    for (size_t i = 0; i < b.words.n && i < 7; i++)
        CHECK_STR(b.words.v[i], BRINGS[i]);
    arena_release(&f.arena);
}

TEST(manifest, covers_only_what_was_asked_for_before)
{
    static const struct {
        const char *had, *asks;
        bool covered;
    } CASES[] = {
        {"<mail daily=\"5\"/>", "<mail daily=\"5\"/>", true},
        {"<mail daily=\"5\"/>", "<mail daily=\"6\"/>", false},
        {"<data entity=\"a:b\" access=\"read\"/>",
         "<data entity=\"a:b\" access=\"read\"/>", true},
        {"<data entity=\"a:b\" access=\"read\"/>",
         "<data entity=\"a:b\" access=\"read update\"/>", false},
        {"<data entity=\"a:b\" access=\"read\"/>"
         "<data entity=\"a:b\" access=\"update\"/>",
         "<data entity=\"a:b\" access=\"update read\"/>", true},
        {"<data entity=\"a:b\" access=\"read\"/>",
         "<data entity=\"a:c\" access=\"read\"/>", false},
        {"<http host=\"h\" methods=\"GET\"/>", "<http host=\"h\"/>", true},
        {"<http host=\"h\"/>", "<http host=\"h\" methods=\"GET POST\"/>",
         false},
        {"<http host=\"h\"/>", "<http host=\"evil.h\"/>", false},
        {"<secret name=\"a\"/>", "<secret name=\"b\"/>", false},
        {"<schedule/>", "<schedule/>", true},
        {"", "<portal/>", false},
    };
    struct ws_fixture f = {0};

    arena_init(&f.arena, 16 << 20);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct manifest had, now;
        struct str in[2];

        for (int k = 0; k < 2; k++)
            in[k] = str_fmt(&f.arena, "<permissions>%s</permissions>",
                            k ? CASES[i].asks : CASES[i].had);
        CHECK_RC(
            manifest_read(of(&f, "a", "", in[0].p), &f.arena, &had, &f.err),
            RC_OK);
        CHECK_RC(
            manifest_read(of(&f, "a", "", in[1].p), &f.arena, &now, &f.err),
            RC_OK);
        CHECK_I64(now.asks.n, 1);
        if (manifest_covers(&had, &now.asks.v[0]) != CASES[i].covered)
            fprintf(stderr, "case %zu\n", i);
        CHECK(manifest_covers(&had, &now.asks.v[0]) == CASES[i].covered);
    }
    arena_release(&f.arena);
}

TEST(manifest, compares_versions_by_number)
{
    CHECK(manifest_compare(STR("1.10.0"), STR("1.9.9")) > 0);
    CHECK(manifest_compare(STR("1"), STR("1.0.0")) == 0);
    CHECK(manifest_compare(STR("nonsense"), STR("0.0.1")) < 0);
}
