/* Names and addresses. */
#include "contract.h"

#include "base/id.h"
#include "package/package.h"

TEST(names, a_package_id_stands_in_the_url_as_it_is)
{
    struct fix *f = contract();
    const char *id = make(f, ASSET, "{\"name\":\"dotted\"}");

    CHECK_CSTR(header(f, "Location"),
               text(f, "/api/v1/acme.rental/asset/%s", id));
    get(f, "/api/v1/sys/user");
    CHECK_CSTR(at(f, "items.0.id") + 11, "");
    CHECK_STATUS(call(f, ADMIN, "GET", "/api/v1/acme/rental", NULL, NULL), 404);
    CHECK_STATUS(call(f, ADMIN, "GET", "/api/v1/acme_rental/asset", NULL, NULL),
                 404);
}

TEST(names, an_id_is_eleven_characters_and_the_first_a_digit_of_0_to_7)
{
    struct fix *f = contract();
    const char *id = make(f, ASSET, "{\"name\":\"id\"}");

    CHECK_I64((int64_t)strlen(id), 11);
    CHECK(id[0] >= '0' && id[0] <= '7');
    CHECK_I64((int64_t)strspn(id, "0123456789abcdefghjkmnpqrstvwxyz"), 11);
}

TEST(names, an_id_is_read_in_any_case)
{
    struct fix *f = contract();
    const char *id = make(f, ASSET, "{\"name\":\"any case\"}");
    char upper[12];
    size_t i;

    for (i = 0; i < 12; i++)
        upper[i] = (char)(id[i] >= 'a' && id[i] <= 'z' ? id[i] - 32 : id[i]);
    get(f, text(f, "%s/%s", ASSET, upper));
    CHECK_CSTR(at(f, "id"), id);
    make(f, RENTAL, text(f, "{\"asset\":\"%s\"}", upper));
    CHECK_CSTR(at(f, "asset"), id);
    get(f, text(f, RENTAL "?filter=asset%%3D'%s'&fields=asset", upper));
    CHECK_CSTR(at(f, "items.0.asset"), id);
    CHECK_STATUS(
        call(f, ADMIN, "GET", text(f, "%s/%.10s", ASSET, id), NULL, NULL), 404);
    CHECK_STATUS(
        call(f, ADMIN, "GET", text(f, "%s/%s0", ASSET, id), NULL, NULL), 404);
    CHECK_STATUS(call(f, ADMIN, "GET", ASSET "/80000000000", NULL, NULL), 404);
}

TEST(names, the_workspace_is_main_or_w_name)
{
    struct fix *f = contract();
    const char *id =
        make(f, "/w/main/api/v1/acme.rental/asset", "{\"name\":\"in main\"}");

    CHECK_CSTR(header(f, "Location"),
               text(f, "/w/main/api/v1/acme.rental/asset/%s", id));
    get(f, text(f, "%s/%s", ASSET, id));
    CHECK_STATUS(
        call(f, ADMIN, "GET", "/w/none/api/v1/acme.rental/asset", NULL, NULL),
        404);
}

TEST(names, pages_stand_at_app_and_setup)
{
    static const char *const PAGES[] = {"/",
                                        "/app/acme.rental/rental",
                                        "/app/acme.rental/rental/all",
                                        "/app/crm/deal/048jfym0004",
                                        "/setup",
                                        "/signin"};
    struct fix *f = contract();
    size_t i;

    for (i = 0; i < sizeof PAGES / sizeof *PAGES; i++) {
        CHECK_STATUS(call(f, NOBODY, "GET", PAGES[i], NULL, NULL), 200);
        CHECK_HAS(header(f, "Content-Type"), "text/html");
    }
}

/* Whether a package of this id with this body in its bundle is taken. */
static bool is_taken(struct fix *f, const char *id, const char *body)
{
    struct fixture_file files[] = {
        {"package.xml", text(f,
                             "<package format='1' id='%s' version='1.0.0' "
                             "label='X'/>",
                             id)},
        {"all.xml", text(f, "<bundle>%s</bundle>", body)},
        {NULL, NULL}};
    struct store_change change = {.put = fixture_texts(&f->a, id, files),
                                  .allow_drop = true};
    struct plan plan = {.arena = &f->a};
    struct messages ms;
    struct err err = ERR_INIT;
    enum rc rc;

    messages_init(&ms, &f->a);
    rc = package_plan(&f->ws, &change, &f->a, &plan, &ms, &err);
    CHECK(rc == RC_OK || rc == RC_INVALID || rc == RC_CONFLICT);
    return rc == RC_OK && plan.n_refused == 0;
}

#define ENTITY(name) "<entity name='" name "'><field name='name'/></entity>"
#define FIELD(name)  "<entity name='thing'><field name='" name "'/></entity>"

TEST(names, reserved_package_ids_are_refused)
{
    static const char *const BAD[] = {
        "sys",     "sys_x",    "sys.x",   "local_x", "local.x", "sqlite",
        "sqlite_", "sqlite.x", "pg",      "pg_x",    "l",       "m",
        "s",       "l_x",      "m.x",     "s_x",     "batch",   "search",
        "undo",    "events",   "jobs",    "files",   "session", "setup",
        "tokens",  "model",    "builder", "cli",     "packages"};
    static const char *const GOOD[] = {"acme",   "acme.x", "a1",     "local1",
                                       "system", "pgx",    "batches"};
    struct fix *f = contract();
    size_t i;

    for (i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        if (is_taken(f, BAD[i], ENTITY("thing")))
            test_fail(__FILE__, __LINE__, "package id %s is taken", BAD[i]);
    }
    for (i = 0; i < sizeof GOOD / sizeof *GOOD; i++) {
        if (!is_taken(f, GOOD[i], ENTITY("thing")))
            test_fail(__FILE__, __LINE__, "package id %s is refused", GOOD[i]);
    }
}

TEST(names, double_underscores_keywords_and_system_names_are_refused)
{
    static const char *const BAD[] = {
        ENTITY("a__b"),
        ENTITY("and"),
        ENTITY("end"),
        ENTITY("A"),
        ENTITY("1a"),
        ENTITY("_a"),
        ENTITY(""),
        ENTITY("a-b"),
        FIELD("a__b"),
        FIELD("and"),
        FIELD("or"),
        FIELD("not"),
        FIELD("in"),
        FIELD("end"),
        FIELD("function"),
        FIELD("this"),
        FIELD("old"),
        FIELD("user"),
        FIELD("id"),
        FIELD("rev"),
        FIELD("created_at"),
        FIELD("updated_by"),
        FIELD("deleted_at"),
        FIELD("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvw")};
    static const char *const GOOD[] = {
        FIELD("days"),
        FIELD("count"),
        FIELD("today"),
        FIELD("a_b"),
        FIELD("a1"),
        FIELD("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuv")};
    struct fix *f = contract();
    size_t i;

    for (i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        if (is_taken(f, "nm", BAD[i]))
            test_fail(__FILE__, __LINE__, "%s is taken", BAD[i]);
    }
    for (i = 0; i < sizeof GOOD / sizeof *GOOD; i++) {
        if (!is_taken(f, "nm", GOOD[i]))
            test_fail(__FILE__, __LINE__, "%s is refused", GOOD[i]);
    }
    CHECK(!is_taken(f, "a__b", ENTITY("thing")));
}

TEST(names, two_that_make_one_table_name_are_both_there)
{
    static const struct fixture_file ONE[] = {
        {"package.xml", "<package format='1' id='twin' version='1.0.0' "
                        "label='T'/>"},
        {"all.xml", "<bundle>" ENTITY("a_b") "</bundle>"},
        {NULL, NULL}};
    static const struct fixture_file TWO[] = {
        {"package.xml", "<package format='1' id='twin.a' version='1.0.0' "
                        "label='T'/>"},
        {"all.xml", "<bundle>" ENTITY("b") "</bundle>"},
        {NULL, NULL}};
    struct fix *f = contract();
    const char *id;

    (void)install(f, "twin", ONE);
    (void)install(f, "twin.a", TWO);
    id = make(f, "/api/v1/twin/a_b", "{\"name\":\"first\"}");
    make(f, "/api/v1/twin.a/b", "{\"name\":\"second\"}");
    get(f, "/api/v1/twin/a_b");
    CHECK_CSTR(each(f, "name"), "first");
    get(f, "/api/v1/twin.a/b");
    CHECK_CSTR(each(f, "name"), "second");
    CHECK_STATUS(
        call(f, ADMIN, "GET", text(f, "/api/v1/twin.a/b/%s", id), NULL, NULL),
        404);
}
