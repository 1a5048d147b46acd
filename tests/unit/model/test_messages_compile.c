/*
 * What is wrong with definitions, where, and what it should be instead.
 */
#include "support/model_fixture.h"

#include <stdio.h>
#include <string.h>

#include "support/test.h"

struct wrong {
    const char *xml;  /* of the one file                        */
    const char *want; /* a part of what is said                 */
};

/* "x.xml:L:C: error CODE: text" must be in what is said. */
static const struct wrong WRONG[] = {
    {"<entity name=\"a\"><field name=\"x\" type=\"ref\" to=\"b\"/></entity>",
     "x.xml:1:49: error R301: unknown entity \"b\""},
    {"<bundle><entity name=\"deal\"/><entity name=\"a\">\n"
     " <field name=\"x\" type=\"ref\" to=\"deel\"/></entity></bundle>",
     "x.xml:2:33: error R301: unknown entity \"deel\"; did you mean \"deal\"?"},
    {"<bundle><entity name=\"a\"/><entity name=\"a\"/></bundle>",
     "error R302: <entity> \"t:a\" is defined twice"},
    {"<entity name=\"a\"><field name=\"x\"/><status name=\"x\"><state "
     "code=\"s\"/></status></entity>",
     "x.xml:1:49: error R302: a has a field \"x\" already"},
    {"<entity name=\"a\"><field name=\"rev\"/></entity>",
     "x.xml:1:31: error R304: \"rev\" is a name of the platform"},
    {"<entity name=\"a\"><field name=\"c\" type=\"choice\"/></entity>",
     "error R312: choice \"c\" has no options"},
    {"<entity name=\"a\"><field name=\"n\" type=\"int\" min=\"x\"/></entity>",
     "x.xml:1:50: error R313: \"x\" is no min of a field of type int"},
    {"<entity name=\"a\"><field name=\"n\" type=\"int\" min=\"5\" "
     "max=\"3\"/></entity>",
     "error R313: min is above max"},
    {"<entity name=\"a\"><field name=\"n\" type=\"money\" "
     "currency=\"EUX\"/></entity>",
     "x.xml:1:57: error R314: \"EUX\" is no currency"},
    {"<entity name=\"a\"><status name=\"s\" initial=\"opne\"><state "
     "code=\"open\"/></status></entity>",
     "x.xml:1:44: error R310: option \"opne\" does not exist on a.s (open); "
     "did you mean \"open\"?"},
    {"<entity name=\"a\"><status name=\"s\"><state code=\"o\"/><move "
     "from=\"o\" to=\"o\"/></status></entity>",
     "error R311: a move from \"o\" to itself"},
    {"<entity name=\"a\"><status name=\"s\"><state code=\"o\"/><state "
     "code=\"d\"/><move from=\"o\" to=\"d\" require=\"nam\"/></status><field "
     "name=\"name\"/></entity>",
     "error R306: unknown field \"nam\" on a; did you mean \"name\"?"},
    {"<entity name=\"a\"><field name=\"t\"/><unique fields=\"t "
     "x\"/></entity>",
     "x.xml:1:53: error R306: unknown field \"x\" on a"},
    {"<entity name=\"a\"><field name=\"t\" type=\"longtext\"/><index "
     "fields=\"t\"/></entity>",
     "error R316: no index takes \"t\""},
    {"<entity name=\"a\"><field name=\"t\" type=\"longtext\"/><unique "
     "fields=\"t\"/></entity>",
     "error R316: \"t\" of type longtext cannot be unique"},
    {"<entity name=\"a\" search=\"n\"><field name=\"n\" "
     "type=\"int\"/></entity>",
     "x.xml:1:26: error R317: search finds no \"n\""},
    {"<entity name=\"a\" title=\"nam\"><field name=\"name\"/></entity>",
     "x.xml:1:25: error F2"},
    {"<entity name=\"a\"><field name=\"d\" type=\"date\" "
     "default=\"'x'\"/></entity>",
     "x.xml:1:55: error F2"},
    {"<entity name=\"a\"><field name=\"d\" required-when=\"e &lt; "
     "3\"/></entity>",
     "x.xml:1:49: error F2"},
    {"<entity name=\"a\"><check name=\"c\" when=\"d\" "
     "message=\"m\"/></entity>",
     "x.xml:1:40: error F2"},
    {"<bundle><entity name=\"a\"><field name=\"f\"/></entity><entity "
     "name=\"b\"><collection name=\"x\" of=\"a\" by=\"f\"/></entity></bundle>",
     "error R306: a.f does not point to b"},
    {"<bundle><entity name=\"a\"><field name=\"p\"/></entity><entity "
     "name=\"b\"><field name=\"r\" type=\"ref\" to=\"a\" "
     "inverse=\"p\"/></entity></bundle>",
     "error R302: a has \"p\" already; give this inverse another name"},
    {"<bundle><entity name=\"a\"><field name=\"deposit\"/></entity><form "
     "name=\"m\" entity=\"a\"><section name=\"s\"><place "
     "field=\"deposite\"/></section></form></bundle>",
     "error L401: field \"deposite\" placed on form \"m\" does not exist; did "
     "you mean \"deposit\"?"},
    {"<bundle><entity name=\"a\"/><form name=\"m\" entity=\"a\"><tab "
     "name=\"t\"><grid collection=\"x\"/></tab></form></bundle>",
     "error L402: a has no collection \"x\""},
    {"<bundle><entity name=\"a\"><field name=\"n\"/></entity><form name=\"m\" "
     "entity=\"a\"><header><path field=\"n\"/></header></form></bundle>",
     "error L403: \"n\" is no status"},
    {"<bundle><entity name=\"a\"><field name=\"n\"/></entity><form name=\"m\" "
     "entity=\"a\"><section name=\"s\" columns=\"9\"/></form></bundle>",
     "error L404: columns is between 1 and 4"},
    {"<bundle><entity name=\"a\"><field name=\"n\"/></entity><view "
     "name=\"v\" entity=\"a\"><column field=\"m\"/></view></bundle>",
     "error L405: \"m\" is not there"},
    {"<bundle><entity name=\"a\"><field name=\"n\"/></entity><menus><app "
     "name=\"x\"><item entity=\"a\" view=\"v\"/></app></menus></bundle>",
     "error L406: a has no view \"v\""},
    {"<bundle><entity name=\"a\"><field name=\"n\"/></entity><view "
     "name=\"v\" entity=\"a\" type=\"kanban\"/></bundle>",
     "error L407: a board needs a status or choice field"},
    {"<bundle><entity name=\"a\"><field name=\"n\"/></entity><view "
     "name=\"v\" entity=\"a\"><column field=\"n\" "
     "total=\"sum\"/></view></bundle>",
     "error L408: \"n\" is no number to total"},
    {"<bundle><entity name=\"a\"><field name=\"n\"/></entity><view "
     "name=\"v\" entity=\"a\"><filter> n = 5</filter></view></bundle>",
     "x.xml:1:91: error F2"},
    {"<bundle><entity name=\"a\"/><i18n lang=\"de\" entity=\"a\"><t "
     "k=\"labell\">A</t></i18n></bundle>",
     "warning R318: no text of t:a has the key \"labell\"; did you mean "
     "\"label\"?"},
    {"<bundle><entity name=\"a\"/><seed><csv entity=\"a\" "
     "file=\"seed/b.csv\"/></seed></bundle>",
     "error R319: the package has no file \"seed/b.csv\""},
    {"<entity name=\"a\"><status name=\"s\"><state code=\"o\"/><state "
     "code=\"d\"/><state code=\"e\"/><move from=\"o\" "
     "to=\"d\"/></status></entity>",
     "warning V602: no move leads to \"e\"; write one, or hide the state"},
    {"<extend entity=\"crm:deal\"><field ref=\"x\"/></extend>",
     "error R301: unknown entity \"crm:deal\""},
    {"<bundle><entity name=\"a\"><field name=\"amount\"/></entity><extend "
     "entity=\"a\"><field ref=\"amont\" label=\"x\"/></extend></bundle>",
     "error R307: there is no <field> \"amont\" to extend; did you mean "
     "\"amount\"?"},
    {"<bundle><entity name=\"a\"><field name=\"n\"/></entity><extend "
     "entity=\"a\"><field name=\"n\"/></extend></bundle>",
     "error R302: <field> \"n\" is there already; write ref=\"n\""},
};

static struct str said_of(struct fixture *f, const char *xml)
{
    struct fixture_file files[] = {
        {"package.xml", "<package format=\"1\" id=\"t\" version=\"1.0.0\" "
                        "label=\"T\"/>"},
        {"x.xml", xml},
        {NULL, NULL}};
    struct package_src *p;

    *f = (struct fixture){0};
    arena_init(&f->arena, 64 << 20);
    p = fixture_texts(&f->arena, "t", files);
    (void)!fixture_compile(f, &p, 1);
    return f->said;
}

TEST(messages, each_mistake_is_said_at_its_place)
{
    size_t i;

    for (i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        struct fixture f;
        struct str said = said_of(&f, WRONG[i].xml);
        const char *text = str_cstr(&f.arena, said);

        CHECK_HAS(text, WRONG[i].want);
        CHECK((f.model == NULL) == (strstr(text, ": error ") != NULL));
        fixture_release(&f);
    }
}

TEST(messages, all_mistakes_are_said_at_once)
{
    struct fixture f;
    struct str said =
        said_of(&f, "<entity name=\"a\" title=\"q\" search=\"z\">\n"
                    " <field name=\"x\" type=\"ref\" to=\"nope\"/>\n"
                    " <field name=\"y\" type=\"choice\"/>\n"
                    "</entity>");
    const char *text = str_cstr(&f.arena, said);

    CHECK(f.model == NULL);
    CHECK_I64(f.messages.errors, 4);
    CHECK_HAS(text, "x.xml:1:25");
    CHECK_HAS(text, "x.xml:2:33");
    CHECK_HAS(text, "x.xml:3:2");
    fixture_release(&f);
}

/* --- packages ------------------------------------------------------------- */

static const char *said_of_two(struct fixture *f, const char *one,
                               const char *two)
{
    struct fixture_file a[] = {{"package.xml", one}, {NULL, NULL}};
    struct fixture_file b[] = {{"package.xml", two}, {NULL, NULL}};
    struct package_src *p[2];

    *f = (struct fixture){0};
    arena_init(&f->arena, 64 << 20);
    p[0] = fixture_texts(&f->arena, "one", a);
    p[1] = fixture_texts(&f->arena, "two", b);
    (void)!fixture_compile(f, p, 2);
    return str_cstr(&f->arena, f->said);
}

#define PACKAGE(id, version, inner)                                            \
    "<package format=\"1\" id=\"" id "\" version=\"" version                   \
    "\" label=\"P\">" inner "</package>"

TEST(packages, a_dependency_must_be_there_in_a_version_that_fits)
{
    struct fixture f;

    CHECK_CSTR(said_of_two(&f,
                           PACKAGE("one", "1.2.0",
                                   "<depends on=\"two\" version=\"^2.1\"/>"),
                           PACKAGE("two", "2.4.0", "")),
               "");
    CHECK_STR(f.model->packages[1]->id, "two"); /* what is needed is first */
    fixture_release(&f);
    CHECK_HAS(said_of_two(&f,
                          PACKAGE("one", "1.2.0",
                                  "<depends on=\"two\" version=\"^1.0\"/>"),
                          PACKAGE("two", "2.1.0", "")),
              "error K701: \"two\" 2.1.0 is installed; this package needs "
              "^1.0");
    fixture_release(&f);
    CHECK_HAS(said_of_two(&f, PACKAGE("one", "1.0.0", "<depends on=\"tow\"/>"),
                          PACKAGE("two", "2.1.0", "")),
              "error K702: package \"tow\" is not installed; install it before "
              "\"one\"; did you mean \"two\"?");
    fixture_release(&f);
    CHECK_CSTR(said_of_two(&f,
                           PACKAGE("one", "1.0.0",
                                   "<depends on=\"x\" optional=\"true\"/>"),
                           PACKAGE("two", "2.1.0", "")),
               "");
    fixture_release(&f);
}

TEST(packages, circles_and_conflicts_are_refused)
{
    struct fixture f;

    CHECK_HAS(said_of_two(&f, PACKAGE("one", "1.0.0", "<depends on=\"two\"/>"),
                          PACKAGE("two", "1.0.0", "<depends on=\"one\"/>")),
              "error K703: \"two\" and \"one\" depend on each other in a "
              "circle");
    fixture_release(&f);
    CHECK_HAS(said_of_two(&f, PACKAGE("one", "1.0.0", ""),
                          PACKAGE("two", "1.0.0",
                                  "<conflicts "
                                  "with=\"one\"/>")),
              "error K705: \"one\" is installed and conflicts with \"two\"");
    fixture_release(&f);
    CHECK_HAS(said_of_two(&f, PACKAGE("three", "1.0.0", ""),
                          PACKAGE("two", "1.0.0", "")),
              "error K704: the manifest says \"three\" where the package is "
              "\"one\"");
    fixture_release(&f);
}

TEST(packages, speak_only_of_what_they_depend_on)
{
    struct fixture_file a[] = {{"package.xml", PACKAGE("one", "1.0.0", "")},
                               {"x.xml", "<entity name=\"a\"/>"},
                               {NULL, NULL}};
    struct fixture_file b[] = {
        {"package.xml", PACKAGE("two", "1.0.0", "")},
        {"x.xml", "<entity name=\"b\"><field name=\"r\" type=\"ref\" "
                  "to=\"one:a\"/></entity>"},
        {NULL, NULL}};
    struct fixture f = {0};
    struct package_src *p[2];

    arena_init(&f.arena, 64 << 20);
    p[0] = fixture_texts(&f.arena, "one", a);
    p[1] = fixture_texts(&f.arena, "two", b);
    CHECK_RC(fixture_compile(&f, p, 2), RC_INVALID);
    CHECK_HAS(str_cstr(&f.arena, f.said),
              "x.xml:1:49: error R305: package \"two\" does not depend on "
              "\"one\"");
    fixture_release(&f);
}

TEST(layers, what_local_changes_and_is_gone_is_a_review_not_an_error)
{
    struct fixture_file a[] = {
        {"package.xml", PACKAGE("one", "1.0.0", "")},
        {"x.xml", "<entity name=\"a\"><field name=\"n\"/></entity>"},
        {NULL, NULL}};
    struct fixture_file l[] = {
        {"extend/one.a.xml",
         "<bundle><extend entity=\"one:a\"><field ref=\"gone\" label=\"x\"/>"
         "<field name=\"n\" label=\"Mine\"/><field name=\"x_y\" "
         "after=\"gone\"/></extend>"
         "<extend entity=\"one:b\" label=\"B\"/></bundle>"},
        {NULL, NULL}};
    struct fixture f = {0};
    struct package_src *p[2];
    const char *said;

    arena_init(&f.arena, 64 << 20);
    p[0] = fixture_texts(&f.arena, "one", a);
    p[1] = fixture_texts(&f.arena, "local", l);
    CHECK_RC(fixture_compile(&f, p, 2), RC_OK);
    said = str_cstr(&f.arena, f.said);
    CHECK_HAS(said, "review U002: there is no <field> \"gone\" any more");
    CHECK_HAS(said, "review U001: <field> \"n\" came with an upgrade too");
    CHECK_HAS(said, "review U003: \"gone\" is gone");
    CHECK_HAS(said, "review U002: there is no entity \"one:b\" any more");
    CHECK_STR(
        entity_field(model_entity(f.model, STR("one:a")), STR("n"))->label.base,
        "Mine");
    CHECK(entity_field(model_entity(f.model, STR("one:a")), STR("x_y")));
    fixture_release(&f);
}

struct upgrade {
    const char *was, *is, *yours; /* label= of the field */
    const char *label;            /* in the model        */
    bool review;
};

static const struct upgrade UPGRADES[] = {
    {"A", "A", NULL, "A", false},
    {"A", "B", NULL, "B", false}, /* changed, untouched    */
    {"A", "A", "C", "C", false},  /* unchanged, changed    */
    {"A", "C", "C", "C", false},  /* changed to the same   */
    {"A", "B", "C", "C", true},   /* changed differently   */
};

TEST(layers, an_upgrade_that_crosses_a_customisation_asks_for_a_review)
{
    size_t i;

    for (i = 0; i < sizeof UPGRADES / sizeof UPGRADES[0]; i++) {
        const struct upgrade *u = &UPGRADES[i];
        char was[200], is[200], yours[200];
        struct fixture_file one[] = {{"x.xml", was}, {NULL, NULL}};
        struct fixture_file two[] = {{"x.xml", is}, {NULL, NULL}};
        struct fixture_file local[] = {{"extend/x.xml", yours}, {NULL, NULL}};
        struct package_src *p[2], *before;
        struct fixture f = {0};
        struct messages ignored;

        snprintf(was, sizeof was,
                 "<entity name=\"a\"><field name=\"n\" label=\"%s\"/>"
                 "</entity>",
                 u->was);
        snprintf(is, sizeof is,
                 "<entity name=\"a\"><field name=\"n\" label=\"%s\"/>"
                 "</entity>",
                 u->is);
        snprintf(yours, sizeof yours,
                 "<extend entity=\"t:a\"><field ref=\"n\" %s%s%s/></extend>",
                 u->yours ? "label=\"" : "", u->yours ? u->yours : "",
                 u->yours ? "\"" : "");
        arena_init(&f.arena, 64 << 20);
        before = fixture_texts(&f.arena, "t", one);
        messages_init(&ignored, &f.arena);
        CHECK_RC(package_parse(before, &f.arena, &ignored, NULL), RC_OK);
        p[0] = fixture_texts(&f.arena, "t", two);
        p[0]->previous = before;
        p[1] = fixture_texts(&f.arena, "local", local);
        CHECK_RC(fixture_compile(&f, p, 2), RC_OK);
        CHECK_STR(entity_field(model_entity(f.model, STR("t:a")), STR("n"))
                      ->label.base,
                  u->label);
        CHECK_I64(f.messages.n, u->review);
        if (u->review)
            CHECK_STR(f.messages.v[0].text,
                      "label of <field> was \"A\", the new version says "
                      "\"B\"; yours, \"C\", stays");
        fixture_release(&f);
    }
}

TEST(compile, survives_any_failed_allocation)
{
    WITH_EACH_ALLOC_FAILING (i) {
        struct fixture f = {0};
        struct package_src *p;
        struct fixture_file files[] = {
            {"x.xml",
             "<bundle><entity name=\"a\"><field name=\"n\" default=\"'x'\"/>"
             "<status name=\"s\"><state code=\"o\"/></status>"
             "<unique fields=\"n\"/></entity>"
             "<view name=\"v\" entity=\"a\"><column field=\"n\"/></view>"
             "<i18n lang=\"de\" entity=\"a\"><t k=\"label\">A</t></i18n>"
             "</bundle>"},
            {NULL, NULL}};
        enum rc rc;

        WITHOUT_FAULTS
        {
            arena_init(&f.arena, 64 << 20);
            p = fixture_texts(&f.arena, "t", files);
        }
        rc = fixture_compile(&f, &p, 1);
        CHECK(rc == RC_OK || rc == RC_NOMEM);
        CHECK((rc == RC_OK) == (f.model != NULL));
        fixture_release(&f);
    }
}
