/*
 * upgrade: what a customer changed, and a new version beneath it. One test a row
 * of the table in the definition of the language (merge on upgrade). Each also
 * holds once the file is opened anew, for there only the text is left.
 */
#include <stdio.h>

#include "model/field/field.h"
#include "support/runtime/ws_fixture.h"
#include "support/test.h"

#define DEAL(inner)                                                            \
    "<entity name=\"deal\" label=\"Deal\"><field name=\"name\"/>" inner        \
    "</entity>"
#define EXTEND(inner) "<extend entity=\"crm:deal\">" inner "</extend>"

static enum rc put(struct ws_fixture *f, const char *version, const char *inner)
{
    struct str text = str_fmt(&f->arena,
                              "<package format=\"1\" id=\"crm\" version=\"%s\" "
                              "label=\"CRM\"/>",
                              version);
    struct str bundle = str_fmt(&f->arena, "<bundle>%s</bundle>", inner);
    struct ws_file files[] = {
        {"entities/all.xml", bundle.p}, {"package.xml", text.p}, {NULL, NULL}};

    err_clear(&f->err);
    return ws_put(f, ws_package(f, "crm", files));
}

static enum rc put_local(struct ws_fixture *f, const char *inner)
{
    struct str bundle = str_fmt(&f->arena, "<bundle>%s</bundle>", inner);
    struct ws_file files[] = {{"extend/crm.xml", bundle.p}, {NULL, NULL}};

    err_clear(&f->err);
    return ws_put(f, ws_package(f, "local", files));
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

/* First version, what local says, a record; then the new version. */
static void upgrade(struct ws_fixture *f, const char *v1, const char *local,
                    const char *v2)
{
    struct messages ms;
    struct model *m = NULL;
    struct db *db = NULL;

    ws_fixture_open(f);
    CHECK_RC(put(f, "1.0", v1), RC_OK);
    CHECK_RC(put_local(f, local), RC_OK);
    sql(f, "INSERT INTO crm_deal(id, rev, created_at, updated_at, name)"
           " VALUES(1, 1, 1, 1, 'one')");
    if (put(f, "2.0", v2) != RC_OK)
        for (size_t i = 0; i < f->messages.n; i++)
            fprintf(stderr, "%s %.*s\n", f->messages.v[i].code,
                    STR_ARG(f->messages.v[i].text));
    CHECK_CSTR(f->err.text, "");
    messages_init(&ms, &f->arena);
    CHECK_RC(db_read_begin(f->ws.store, NULL, &db, &f->err), RC_OK);
    CHECK_RC(store_load(db, &m, &ms, &f->err), RC_OK); /* as a start does */
    db_read_end(db);
    model_slot_publish(f->ws.slot, m);
}

static const char *reviewed(const struct ws_fixture *f, size_t i)
{
    return i < f->plan.n_review ? f->plan.review[i].code : "";
}

static bool has_review(const struct ws_fixture *f, const char *code,
                       const char *text)
{
    for (size_t i = 0; i < f->plan.n_review; i++) {
        if (strcmp(f->plan.review[i].code, code) == 0 &&
            str_find(f->plan.review[i].text, str_c(text)) >= 0)
            return true;
    }
    return false;
}

static const struct model *model(struct ws_fixture *f)
{
    const struct model *m = model_slot_ref(f->ws.slot);

    model_unref(m); /* the slot's own reference holds it */
    return m;
}

static const struct field *field(struct ws_fixture *f, const char *name)
{
    return entity_field(model_entity(model(f), STR("crm:deal")), str_c(name));
}

static struct str local_text(struct ws_fixture *f, const char *path)
{
    return ws_text(f, str_fmt(&f->arena,
                              "SELECT CAST(data AS TEXT) FROM sys_pkg_file "
                              "WHERE package='local' AND path='%s'",
                              path)
                          .p);
}

TEST(upgrade, vendor_changed_what_nobody_touched_is_the_vendors)
{
    struct ws_fixture f;

    upgrade(&f, DEAL("<field name=\"amount\" type=\"int\" label=\"Amount\"/>"),
            EXTEND("<field ref=\"name\" label=\"Title\"/>"),
            DEAL("<field name=\"amount\" type=\"int\" label=\"Value\"/>"));
    CHECK_STR(field(&f, "amount")->label.base, "Value");
    CHECK_I64(f.plan.n_review, 0);
    ws_fixture_close(&f);
}

TEST(upgrade, what_only_the_tenant_changed_stays_the_tenants)
{
    struct ws_fixture f;

    upgrade(&f, DEAL("<field name=\"amount\" type=\"int\" label=\"Amount\"/>"),
            EXTEND("<field ref=\"amount\" label=\"Contract\" "
                   "required=\"true\"/>"),
            DEAL("<field name=\"amount\" type=\"int\" label=\"Amount\"/>"
                 "<field name=\"more\"/>"));
    CHECK_STR(field(&f, "amount")->label.base, "Contract");
    CHECK(field(&f, "amount")->flags & FIELD_REQUIRED);
    CHECK_I64(f.plan.n_review, 0);
    ws_fixture_close(&f);
}

TEST(upgrade, an_override_the_vendor_says_too_is_dropped_silently)
{
    struct ws_fixture f;

    upgrade(&f, DEAL("<field name=\"amount\" type=\"int\" label=\"Amount\"/>"),
            EXTEND("<field ref=\"amount\" label=\"Value\" help=\"H\"/>"),
            DEAL("<field name=\"amount\" type=\"int\" label=\"Value\"/>"));
    CHECK_STR(field(&f, "amount")->label.base, "Value");
    CHECK_I64(f.plan.n_review, 0);
    CHECK(str_find(local_text(&f, "extend/crm.xml"), STR("label")) < 0);
    CHECK(str_find(local_text(&f, "extend/crm.xml"), STR("help")) > 0);
    ws_fixture_close(&f);
}

TEST(upgrade, both_changed_it_differently_is_a_review_and_the_tenants)
{
    struct ws_fixture f;

    upgrade(&f, DEAL("<field name=\"amount\" type=\"int\" label=\"Amount\"/>"),
            EXTEND("<field ref=\"amount\" label=\"Contract value\"/>"),
            DEAL("<field name=\"amount\" type=\"int\" label=\"Deal value\"/>"));
    CHECK_STR(field(&f, "amount")->label.base, "Contract value");
    CHECK(has_review(&f, "U004", "was \"Amount\""));
    CHECK(has_review(&f, "U004", "\"Deal value\""));
    CHECK_I64(ws_i64(&f, "SELECT count(*) FROM sys_plan WHERE NOT done"), 1);
    ws_fixture_close(&f);
}

TEST(upgrade, a_removed_field_the_tenant_refers_to_becomes_local)
{
    static const char V1[] = DEAL("<field name=\"amount\" type=\"int\"/>");
    struct ws_fixture f;

    ws_fixture_open(&f);
    CHECK_RC(put(&f, "1.0", V1), RC_OK);
    CHECK_RC(put_local(&f, EXTEND("<field ref=\"amount\" label=\"Ours\"/>")),
             RC_OK);
    sql(&f, "INSERT INTO crm_deal(id, rev, created_at, updated_at, amount)"
            " VALUES(1, 1, 1, 1, 77)");
    CHECK_RC(put(&f, "2.0", DEAL("")), RC_OK);
    CHECK(has_review(&f, "U005", "amount"));
    CHECK_STR(field(&f, "amount")->label.base, "Ours");
    CHECK_STR(field(&f, "amount")->package, "local");
    CHECK_I64(ws_i64(&f, "SELECT amount FROM crm_deal"), 77);
    CHECK_RC(put(&f, "3.0", DEAL("<field name=\"z\"/>")), RC_OK); /* for good */
    CHECK_I64(ws_i64(&f, "SELECT amount FROM crm_deal"), 77);
    ws_fixture_close(&f);
}

TEST(upgrade, a_removed_field_only_an_expression_names_becomes_local_too)
{
    struct ws_fixture f;

    upgrade(&f, DEAL("<field name=\"amount\" type=\"int\"/>"),
            EXTEND("<check name=\"c\" when=\"amount gt 9\" message=\"m\"/>"),
            DEAL(""));
    CHECK(has_review(&f, "U005", "amount"));
    CHECK(field(&f, "amount") != NULL);
    ws_fixture_close(&f);
}

TEST(upgrade, a_removed_field_nobody_refers_to_goes)
{
    struct ws_fixture f;

    upgrade(&f, DEAL("<field name=\"amount\" type=\"int\"/>"),
            EXTEND("<field ref=\"name\" label=\"Title\"/>"), DEAL(""));
    CHECK(field(&f, "amount") == NULL);
    CHECK_I64(f.plan.n_review, 0);
    ws_fixture_close(&f);
}

TEST(upgrade, a_removed_option_the_tenant_changed_becomes_local)
{
    struct ws_fixture f;

    upgrade(&f,
            DEAL("<field name=\"src\" type=\"choice\"><option code=\"web\"/>"
                 "<option code=\"cold\" label=\"Cold\"/></field>"),
            EXTEND("<field ref=\"src\"><option ref=\"cold\" hidden=\"true\"/>"
                   "<option code=\"fair\" label=\"Fair\" after=\"cold\"/>"
                   "</field>"),
            DEAL("<field name=\"src\" type=\"choice\"><option code=\"web\"/>"
                 "</field>"));
    CHECK(has_review(&f, "U005", "cold"));
    CHECK(field_option(field(&f, "src"), STR("cold"))->hidden);
    CHECK(field_option(field(&f, "src"), STR("fair")) != NULL);
    ws_fixture_close(&f);
}

#define FORM(a, b)                                                             \
    DEAL("<field name=\"x\"/><field name=\"y\"/><field name=\"z\"/>")          \
    "<form entity=\"deal\" name=\"main\"><section name=\"one\">" a             \
    "</section><section name=\"two\">" b "</section></form>"
#define PLACE(n) "<place field=\"" n "\"/>"
#define OURS                                                                   \
    EXTEND("<field name=\"x_own\"/>")                                          \
    "<extend form=\"crm:deal.main\"><section ref=\"one\"><place "              \
    "field=\"x_own\" after=\"y\"/></section></extend>"

/* "x own z | name" of the form's sections */
static const char *order(struct ws_fixture *f)
{
    const struct form *form = model_entity(model(f), STR("crm:deal"))->form;
    struct str s = STR("");

    for (size_t t = 0; t < form->n_tabs; t++) {
        for (size_t i = 0; i < form->tabs[t].n_sections; i++) {
            const struct section *sec = &form->tabs[t].sections[i];

            s = str_fmt(&f->arena, "%.*s%.*s:", STR_ARG(s), STR_ARG(sec->name));
            for (size_t k = 0; k < sec->n_places; k++)
                s = str_fmt(&f->arena, "%.*s %.*s", STR_ARG(s),
                            STR_ARG(sec->places[k].field->name));
            s = str_fmt(&f->arena, "%.*s; ", STR_ARG(s));
        }
    }
    return s.p;
}

TEST(upgrade, a_removed_anchor_falls_back_to_the_sibling_before_it)
{
    struct ws_fixture f;

    upgrade(&f, FORM(PLACE("x") PLACE("y") PLACE("z"), PLACE("name")), OURS,
            FORM(PLACE("x") PLACE("z"), PLACE("name")));
    CHECK_CSTR(order(&f), "one: x x_own z; two: name; ");
    CHECK(has_review(&f, "U008", "\"y\" is gone"));
    ws_fixture_close(&f);
}

TEST(upgrade, a_moved_anchor_is_not_followed)
{
    struct ws_fixture f;

    upgrade(&f, FORM(PLACE("x") PLACE("y") PLACE("z"), PLACE("name")), OURS,
            FORM(PLACE("x") PLACE("z"), PLACE("name") PLACE("y")));
    CHECK_CSTR(order(&f), "one: x x_own z; two: name y; ");
    CHECK(has_review(&f, "U008", "elsewhere"));
    ws_fixture_close(&f);
}

TEST(upgrade, without_a_sibling_it_is_the_end_of_the_section)
{
    struct ws_fixture f;

    upgrade(&f, FORM(PLACE("y") PLACE("z"), PLACE("name")), OURS,
            FORM(PLACE("z"), PLACE("name")));
    CHECK_CSTR(order(&f), "one: z x_own; two: name; ");
    CHECK_CSTR(reviewed(&f, 0), "U008");
    ws_fixture_close(&f);
}

TEST(upgrade, without_the_section_it_is_a_section_of_other_fields)
{
    struct ws_fixture f;

    upgrade(
        &f, FORM(PLACE("x") PLACE("y"), PLACE("name")), OURS,
        DEAL(
            "<field name=\"x\"/><field name=\"y\"/><field name=\"z\"/>") "<form"
                                                                         " enti"
                                                                         "ty="
                                                                         "\"dea"
                                                                         "l\" "
                                                                         "name="
                                                                         "\"mai"
                                                                         "n\"><"
                                                                         "secti"
                                                                         "on "
                                                                         "name="
                                                                         "\"two"
                                                                         "\">"
                                                                         "<plac"
                                                                         "e "
                                                                         "field"
                                                                         "=\"na"
                                                                         "me\"/"
                                                                         "></"
                                                                         "secti"
                                                                         "on></"
                                                                         "form"
                                                                         ">");
    CHECK_CSTR(order(&f), "two: name; x_other: x_own; ");
    CHECK(has_review(&f, "U008", "Other fields"));
    ws_fixture_close(&f);
}

TEST(upgrade, a_field_of_the_tenants_name_lets_the_tenants_be_x_name)
{
    struct ws_fixture f;

    ws_fixture_open(&f);
    CHECK_RC(put(&f, "1.0", DEAL("")), RC_OK);
    CHECK_RC(put_local(&f, EXTEND("<field name=\"region\" label=\"Ours\"/>"
                                  "<check name=\"c\" when=\"region = 'region'\""
                                  " message=\"m\"/>")),
             RC_OK);
    sql(&f, "INSERT INTO crm_deal(id, rev, created_at, updated_at, region)"
            " VALUES(1, 1, 1, 1, 'north')");
    CHECK_RC(put(&f, "2.0", DEAL("<field name=\"region\" type=\"int\"/>")),
             RC_OK);
    CHECK(has_review(&f, "U006", "\"x_region\""));
    CHECK_CSTR(field(&f, "region")->type->name, "int");
    CHECK_STR(field(&f, "region")->package, "crm");
    CHECK_STR(field(&f, "x_region")->label.base, "Ours");
    CHECK_STR(field(&f, "x_region")->col.main.s, "region"); /* its column */
    CHECK_STR(ws_text(&f, "SELECT region FROM crm_deal"), "north");
    CHECK(str_find(local_text(&f, "extend/crm.xml"),
                   STR("x_region = 'region'")) > 0);
    ws_fixture_close(&f);
}

TEST(upgrade, a_new_required_field_asks_only_those_who_edit)
{
    struct ws_fixture f;

    upgrade(&f, DEAL(""), EXTEND("<field ref=\"name\" label=\"T\"/>"),
            DEAL("<field name=\"must\" required=\"true\"/>"));
    CHECK(field(&f, "must")->flags & FIELD_REQUIRED);
    CHECK_I64(ws_i64(&f, "SELECT count(*) FROM crm_deal WHERE must IS NULL"),
              1);
    ws_fixture_close(&f);
}

TEST(upgrade, what_the_vendor_adds_appears_beside_what_the_tenant_added)
{
    struct ws_fixture f;

    upgrade(&f,
            DEAL("<status name=\"st\"><state code=\"a\"/></status><field "
                 "name=\"src\" type=\"choice\"><option code=\"web\"/></field>"),
            EXTEND("<status ref=\"st\"><state code=\"legal\" after=\"a\"/>"
                   "</status><field ref=\"src\"><option code=\"fair\"/>"
                   "</field>"),
            DEAL("<status name=\"st\"><state code=\"a\"/><state code=\"b\"/>"
                 "</status><field name=\"src\" type=\"choice\"><option "
                 "code=\"web\"/><option code=\"cold\"/></field>"));
    CHECK_I64(field(&f, "st")->n_options, 3);
    CHECK_STR(field(&f, "st")->codes[1], "legal");
    CHECK_I64(field(&f, "src")->n_options, 3);
    CHECK_I64(f.plan.n_review, 0);
    ws_fixture_close(&f);
}

TEST(upgrade, a_new_type_keeps_what_still_fits_and_reviews_the_rest)
{
    struct ws_fixture f;

    upgrade(&f, DEAL("<field name=\"code\" type=\"int\"/>"),
            EXTEND("<field ref=\"code\" label=\"Our code\" min=\"5\" "
                   "required=\"true\"/>"),
            DEAL("<field name=\"code\" type=\"text\"/>"));
    CHECK_STR(field(&f, "code")->label.base, "Our code");
    CHECK(field(&f, "code")->flags & FIELD_REQUIRED);
    CHECK(has_review(&f, "U007", "min"));
    CHECK(!field(&f, "code")->has_min);
    ws_fixture_close(&f);
}

TEST(upgrade, a_renamed_field_is_followed_wherever_the_tenant_names_it)
{
    struct ws_fixture f;

    upgrade(
        &f, DEAL("<field name=\"amount\" type=\"int\"/>"),
        EXTEND(
            "<field ref=\"amount\" label=\"Ours\"/><check name=\"c\" "
            "when=\"amount gt 9\" message=\"m\"/>") "<view entity=\"crm:deal\" "
                                                    "name=\"v\" "
                                                    "type=\"list\"><column "
                                                    "field=\"amount\"/></view>",
        DEAL("<field name=\"total\" was=\"amount\" type=\"int\"/>"));
    CHECK(field(&f, "amount") == NULL);
    CHECK_STR(field(&f, "total")->label.base, "Ours");
    CHECK_I64(f.plan.n_review, 0);
    ws_fixture_close(&f);
}

TEST(upgrade, what_does_not_go_with_the_new_version_is_set_aside)
{
    struct ws_fixture f;

    upgrade(
        &f,
        DEAL("<field name=\"amount\" type=\"int\"/>") "<entity "
                                                      "name=\"lead\"><field "
                                                      "name=\"name\"/></"
                                                      "entity><view "
                                                      "entity=\"deal\" "
                                                      "name=\"big\" "
                                                      "type=\"list\"><column "
                                                      "field=\"name\"/></view>",
        EXTEND("<check name=\"c\" when=\"amount gt 9\" message=\"m\"/>"
               "<field ref=\"name\" required-when=\"amount gt 1\" "
               "label=\"L\"/>") "<menus><app name=\"mine\" label=\"M\"><item "
                                "entity=\"crm:deal\" view=\"big\"/><item "
                                "entity=\"crm:lead\"/>"
                                "<item entity=\"crm:deal\"/></app></menus>",
        DEAL("<field name=\"amount\" type=\"text\"/>"));
    CHECK(has_review(&f, "U009", "<check>"));
    CHECK(has_review(&f, "U009", "required-when"));
    CHECK(has_review(&f, "U009", "<item>"));
    CHECK_STR(field(&f, "name")->label.base, "L");
    CHECK(str_find(local_text(&f, "extend/crm.xml"),
                   STR("<!-- set aside: <check")) > 0);
    ws_fixture_close(&f);
}

TEST(upgrade, a_mistake_of_the_vendors_still_refuses_it)
{
    struct ws_fixture f;

    ws_fixture_open(&f);
    CHECK_RC(put(&f, "1.0", DEAL("")), RC_OK);
    CHECK_RC(put_local(&f, EXTEND("<field ref=\"name\" label=\"L\"/>")), RC_OK);
    CHECK_RC(put(&f, "2.0", DEAL("<field name=\"a\" type=\"mony\"/>")),
             RC_INVALID);
    CHECK(f.messages.errors > 0);
    ws_fixture_close(&f);
}
