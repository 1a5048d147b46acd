/* The search box of a list (q=), and what may be picked for a ref (fits=). */
#include <stdio.h>

#include "base/id.h"
#include "query/query.h"
#include "support/records_fixture.h"
#include "support/test.h"

enum { ANSWER_BYTES = 4 << 20, MANY = 1200 };

static const struct fixture_file FILES[] = {
    {"package.xml",
     "<package format='1' id='rent' version='1.0.0' label='Rent'/>"},
    {"entities/rent.xml",
     "<bundle>"
     "<entity name='branch' label='Branch' plural='Branches' title='name'>"
     "<field name='name'/><field name='city'/></entity>"
     "<entity name='quiet' label='Quiet' plural='Quiet' title='n'>"
     "<field name='n' type='int'/></entity>"
     "<entity name='asset' label='Asset' plural='Assets' title='name'"
     " search='name code'>"
     "<field name='name'/><field name='code'/><field name='rate' type='int'/>"
     "<field name='active' type='bool'/>"
     "<field name='keeper' type='user'/>"
     "<field name='branch' type='ref' to='branch' inverse='assets'/></entity>"
     "<entity name='rental' label='Rental' plural='Rentals' title='note'"
     " search='note'>"
     "<field name='note'/>"
     "<field name='branch' type='ref' to='branch' inverse='rentals'/>"
     "<field name='asset' type='ref' to='asset' inverse='rentals'"
     " filter='active and branch = this.branch'/>"
     "<field name='spare' type='ref' to='asset' inverse='spares'"
     " filter='branch.city = this.branch.city'/>"
     "<field name='own' type='ref' to='asset' inverse='owns'"
     " filter='keeper = user.id'/>"
     "<field name='any' type='ref' to='asset' inverse='anys'/>"
     "</entity></bundle>"},
    {NULL, NULL}};

static struct records_fixture f;
static char graz[12], linz[12];

static void open_rent(void)
{
    records_fixture_open(&f);
    records_fixture_install(&f, fixture_texts(&f.arena, "rent", FILES));
    id_format(records_fixture_create(&f, "rent:branch",
                                     "{\"name\":\"South\",\"city\":\"Graz\"}"),
              graz);
    id_format(records_fixture_create(&f, "rent:branch",
                                     "{\"name\":\"North\",\"city\":\"Linz\"}"),
              linz);
}

static void asset(const char *name, const char *branch, bool active)
{
    char body[300];

    snprintf(body, sizeof body,
             "{\"name\":\"%s\",\"branch\":\"%s\",\"active\":%s}", name, branch,
             active ? "true" : "false");
    (void)records_fixture_create(&f, "rent:asset", body);
}

/* Names of the page, or the issues as "path code; ". */
static const char *names(const struct query_spec *spec)
{
    static char text[4000];
    struct issues issues;
    struct query_ctx q = records_fixture_read(&f, &issues);
    struct query_spec s = *spec;
    const struct json *tree = NULL, *items;
    struct buf b;
    struct json_w w;
    struct str answer = STR_NONE;
    struct err err = ERR_INIT;
    size_t i, n = 0;
    enum rc rc;

    if (s.entity == NULL)
        s.entity = records_fixture_entity(&f, "rent:asset");
    if (s.sort.n == 0)
        s.sort = STR("name");
    buf_init(&b, ANSWER_BYTES);
    json_w_init(&w, &b);
    rc = query_list_json(&q, &s, &w, &err);
    db_read_end(q.db);
    text[0] = '\0';
    for (i = 0; rc != RC_OK && i < issues.n; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%.*s %.*s; ",
                              STR_ARG(issues.v[i].path),
                              STR_ARG(issues.v[i].code));
    if (rc == RC_OK) {
        CHECK_RC(buf_finish(&b, &f.arena, &answer, &err), RC_OK);
        CHECK_RC(json_parse(answer, &f.arena, &tree, &err), RC_OK);
    }
    buf_release(&b);
    items = tree != NULL ? json_at(tree, "items") : NULL;
    for (i = 0; items != NULL && i < items->u.array.n && n < 3000; i++) {
        struct str name =
            json_str(json_at(&items->u.array.v[i], "name"), STR("?"));

        n += (size_t)snprintf(text + n, sizeof text - n, "%s%.*s",
                              i > 0 ? "," : "", STR_ARG(name));
    }
    return text;
}

#define FOUND(text) names(&(struct query_spec){.q = STR(text)})

TEST(find, a_list_is_searched_like_everything_else)
{
    open_rent();
    asset("M\303\274ller Digger", graz, true);
    asset("Mill of Linz", linz, true);
    asset("Digger two", linz, false);
    CHECK_CSTR(FOUND("muller"), "M\303\274ller Digger");
    CHECK_CSTR(FOUND("MULLER dig"), "M\303\274ller Digger");
    CHECK_CSTR(FOUND("digger mull"), "M\303\274ller Digger");
    CHECK_CSTR(FOUND("digger m"), "M\303\274ller Digger");
    CHECK_CSTR(FOUND("igge"), "Digger two,M\303\274ller Digger");
    CHECK_CSTR(FOUND("ig"), "");
    CHECK_CSTR(FOUND("m"), "Mill of Linz,M\303\274ller Digger");
    CHECK_CSTR(FOUND("  "), "Digger two,Mill of Linz,M\303\274ller Digger");
    CHECK_CSTR(FOUND("\"*) OR NEAR("), "");
    CHECK_CSTR(FOUND("%"), "");
    CHECK_CSTR(names(&(struct query_spec){.q = STR("digger"),
                                          .filter = STR("active")}),
               "M\303\274ller Digger");
    CHECK_CSTR(
        names(&(struct query_spec){.q = STR("digger"), .sort = STR("-name")}),
        "M\303\274ller Digger,Digger two");
    records_fixture_close(&f);
}

TEST(find, what_cannot_be_searched_is_said)
{
    char text[300];

    open_rent();
    CHECK_CSTR(names(&(struct query_spec){
                   .entity = records_fixture_entity(&f, "rent:quiet"),
                   .sort = STR("n"),
                   .q = STR("South")}),
               "q not_searchable; ");
    CHECK_CSTR(names(&(struct query_spec){
                   .q = STR("x"), .deleted = QUERY_BIN, .filter = STR("nmae")}),
               "filter invalid_fx; q not_in_bin; ");
    memset(text, 'a', sizeof text);
    CHECK_CSTR(names(&(struct query_spec){.q = str_of(text, sizeof text)}),
               "q too_long; ");
    CHECK_CSTR(names(&(struct query_spec){.q = str_of("a\0b", 3)}),
               "q invalid_text; ");
    records_fixture_close(&f);
}

/* A page's cursor, "" at the end; *n counts its rows. */
static struct str page(struct str q, struct str cursor, int *n)
{
    struct issues issues;
    struct query_ctx ctx = records_fixture_read(&f, &issues);
    struct query_spec s = {.entity = records_fixture_entity(&f, "rent:asset"),
                           .q = q,
                           .sort = STR("-rate"),
                           .fields = STR("rate"),
                           .cursor = cursor,
                           .limit = 200};
    const struct json *tree = NULL;
    struct buf b;
    struct json_w w;
    struct str answer = STR_NONE;
    struct err err = ERR_INIT;

    buf_init(&b, ANSWER_BYTES);
    json_w_init(&w, &b);
    CHECK_RC(query_list_json(&ctx, &s, &w, &err), RC_OK);
    CHECK_RC(buf_finish(&b, &f.arena, &answer, &err), RC_OK);
    CHECK_RC(json_parse(answer, &f.arena, &tree, &err), RC_OK);
    buf_release(&b);
    db_read_end(ctx.db);
    *n += (int)json_at(tree, "items")->u.array.n;
    return json_str(json_at(tree, "next"), STR(""));
}

static int all_pages(struct str q)
{
    struct str cursor = STR("");
    int n = 0, pages = 0;

    do
        cursor = page(q, cursor, &n);
    while (cursor.n > 0 && ++pages < 20);
    return n;
}

/* More hits than the index is asked for: the rows' own text answers, alike. */
TEST(find, a_common_text_pages_to_its_end)
{
    char body[200];
    int i;

    open_rent();
    for (i = 0; i < MANY; i++) {
        snprintf(body, sizeof body,
                 "{\"name\":\"Pump n%d\",\"code\":\"%s\",\"rate\":%d}", i,
                 i % 2 ? "Gr\303\274n" : "blue", i / 3);
        (void)records_fixture_create(&f, "rent:asset", body);
    }
    CHECK_I64(all_pages(STR("pump")), MANY);
    CHECK_I64(all_pages(STR("ump")), MANY);
    CHECK_I64(all_pages(STR("pu")), MANY);
    CHECK_I64(all_pages(STR("p")), MANY);
    CHECK_I64(all_pages(STR("ump n")), MANY);
    CHECK_I64(all_pages(STR("up")), 0);
    CHECK_I64(all_pages(STR("pump grun")), MANY / 2);
    CHECK_I64(all_pages(STR("blue pum")), MANY / 2);
    CHECK_I64(all_pages(STR("n119")), 11);
    CHECK_I64(all_pages(STR("n")), MANY);
    records_fixture_close(&f);
}

#define PICK(field, json)                                                      \
    names(&(struct query_spec){.fits = STR(field), .draft = str_c(json)})

TEST(find, only_what_the_filter_of_a_link_allows_is_offered)
{
    char draft[100];

    open_rent();
    asset("Near", graz, true);
    asset("Broken", graz, false);
    asset("Far", linz, true);
    snprintf(draft, sizeof draft, "{\"branch\":\"%s\"}", graz);
    CHECK_CSTR(PICK("rent:rental.asset", draft), "Near");
    CHECK_CSTR(PICK("rent:rental.spare", draft), "Broken,Near");
    CHECK_CSTR(PICK("rent:rental.any", draft), "Broken,Far,Near");
    snprintf(draft, sizeof draft, "{\"branch\":\"%s\"}", linz);
    CHECK_CSTR(PICK("rent:rental.spare", draft), "Far");
    CHECK_CSTR(names(&(struct query_spec){.fits = STR("rent:rental.spare"),
                                          .draft = str_c(draft),
                                          .q = STR("near")}),
               "");
    records_fixture_close(&f);
}

TEST(find, a_half_typed_draft_is_one_without_that_value)
{
    open_rent();
    asset("Near", graz, true);
    CHECK_CSTR(PICK("rent:rental.asset", ""), "");
    CHECK_CSTR(PICK("rent:rental.asset", "{}"), "");
    CHECK_CSTR(PICK("rent:rental.asset", "{\"branch\":\"nowhere\"}"), "");
    CHECK_CSTR(PICK("rent:rental.asset", "{\"branch\":[1,{}],\"note\":7}"), "");
    /* of a branch that is in no table there is no city */
    CHECK_CSTR(PICK("rent:rental.spare", "{\"branch\":\"00000000001\"}"), "");
    /* the system has no user: nothing is kept by nobody but what has no keeper */
    CHECK_CSTR(PICK("rent:rental.own", "{}"), "Near");
    records_fixture_close(&f);
}

TEST(find, a_wrong_field_or_draft_is_said)
{
    open_rent();
    CHECK_CSTR(PICK("rent:rental.nothing", ""), "fits unknown_field; ");
    CHECK_CSTR(PICK("rent:nothing.asset", ""), "fits unknown_field; ");
    CHECK_CSTR(PICK("asset", ""), "fits unknown_field; ");
    CHECK_CSTR(PICK("rent:asset", ""), "fits unknown_field; ");
    CHECK_CSTR(PICK("rent:rental.note", ""), "fits not_a_link; ");
    CHECK_CSTR(PICK("rent:rental.branch", ""), "fits not_a_link; ");
    CHECK_CSTR(PICK("rent:rental.asset", "[]"), "draft wrong_type; ");
    CHECK_CSTR(PICK("rent:rental.asset", "{"), "draft wrong_type; ");
    CHECK_CSTR(PICK("rent:rental.asset", "{\"colour\":1}"),
               "draft unknown_field; ");
    CHECK_CSTR(names(&(struct query_spec){.draft = STR("{}")}),
               "draft without_fits; ");
    records_fixture_close(&f);
}

TEST(find, failing_memory_answers_so)
{
    struct query_spec s = {.q = STR("near"), .fits = STR("rent:rental.asset")};
    char draft[100];

    open_rent();
    asset("Near", graz, true);
    snprintf(draft, sizeof draft, "{\"branch\":\"%s\"}", graz);
    s.draft = str_c(draft);
    s.entity = records_fixture_entity(&f, "rent:asset");
    WITH_EACH_ALLOC_FAILING (i) {
        struct issues issues;
        struct arena a;
        struct query_ctx q = records_fixture_read(&f, &issues);
        struct query *plan = NULL;
        struct query_count count;
        struct err err = ERR_INIT;
        enum rc rc;

        arena_init(&a, 8 << 20);
        q.arena = &a;
        rc = query_plan(&q, &s, &plan, &err);
        if (rc == RC_OK)
            rc = query_count(plan, &count, &err);
        CHECK(rc == RC_OK || rc == RC_NOMEM);
        CHECK(rc != RC_OK || count.value == 1);
        arena_release(&a);
        db_read_end(q.db);
    }
    records_fixture_close(&f);
}
