/* `as_of`, a date or an instant, on whatever reads records. */
#include "contract.h"

/* The list of assets of a city as of `when`, by name. */
static const char *named(struct fix *f, const char *city, const char *more,
                         int64_t when)
{
    get(f,
        text(f, ASSET "?filter=city%%3D'%s'&sort=name&fields=name%s&as_of=%s",
             city, more, instant(f, when)));
    return each(f, "name");
}

TEST(as_of, a_record_is_answered_as_it_was)
{
    struct fix *f = contract();
    const char *one =
        text(f, "%s/%s", RENTAL,
             make(f, RENTAL,
                  "{\"name\":\"First\",\"price\":\"10.00 USD\",\"day\":"
                  "\"2026-01-02\",\"extras\":[\"roof\"],\"insured\":true,"
                  "\"weight\":\"1.5\",\"size\":\"small\"}"));
    const char *body = body_text(f), *was;
    int64_t then = f->r.clock.now, between;

    between = later(f);
    patch(f, one,
          "{\"name\":\"Second\",\"price\":\"20.00 EUR\",\"day\":null,"
          "\"extras\":[\"seat\",\"roof\"],\"insured\":false,\"weight\":2,"
          "\"size\":\"huge\",\"state\":\"done\",\"note\":\"n\"}");
    later(f);
    patch(f, one, "{\"name\":\"Third\"}");
    get(f, text(f, "%s?as_of=%s", one, instant(f, then)));
    was = body_text(f);
    /* all that the create answered, less its warnings */
    CHECK(strncmp(was, body, strlen(was) - 1) == 0);
    CHECK_CSTR(header(f, "ETag"), "(absent)");
    get(f, text(f, "%s?as_of=%s", one, instant(f, between)));
    CHECK_CSTR(at(f, "name"), "Second");
    CHECK_CSTR(at(f, "rev"), "2");
    CHECK_CSTR(at(f, "state"), "done");
    CHECK_CSTR(at(f, "updated_at"), instant(f, between));
    get(f, text(f, "%s?as_of=%s&fields=name", one, instant(f, then + 1)));
    CHECK_CSTR(at(f, "name"), "First");
    get(f, one);
    CHECK_CSTR(at(f, "name"), "Third");
}

TEST(as_of, a_date_means_the_end_of_that_day)
{
    struct fix *f = contract();
    const char *one =
        text(f, "%s/%s", ASSET, make(f, ASSET, "{\"name\":\"D0\"}"));
    const int64_t day = INT64_C(86400000);
    const char *today;

    f->r.clock.now += day - f->r.clock.now % day; /* midnight */
    today = text(f, "%.10s", instant(f, f->r.clock.now));
    patch(f, one, "{\"name\":\"D1\"}");
    f->r.clock.now += day - 1; /* the last millisecond of the day */
    patch(f, one, "{\"name\":\"D2\"}");
    f->r.clock.now += 1;
    patch(f, one, "{\"name\":\"D3\"}");
    get(f, text(f, "%s?as_of=%s", one, today));
    CHECK_CSTR(at(f, "name"), "D2");
    /* today ends in the future: it is what is */
    get(f, text(f, "%s?as_of=%.10s", one, instant(f, f->r.clock.now)));
    CHECK_CSTR(at(f, "name"), "D3");
    get(f, text(f, "%s?as_of=2999-01-01", one));
    CHECK_CSTR(at(f, "name"), "D3");
    CHECK_CSTR(header(f, "ETag"), "\"4\"");
}

TEST(as_of, what_was_not_there_yet_or_was_deleted_is_404)
{
    struct fix *f = contract();
    int64_t before = f->r.clock.now, live, deleted, back;
    const char *one;

    live = later(f);
    one = text(f, "%s/%s", ASSET, make(f, ASSET, "{\"name\":\"Gone\"}"));
    deleted = later(f);
    CHECK_STATUS(call(f, ADMIN, "DELETE", one, NULL, NULL), 204);
    back = later(f);
    CHECK_STATUS(call(f, ADMIN, "POST", text(f, "%s/restore", one), NULL, NULL),
                 200);
    later(f);
    CHECK_STATUS(call(f, ADMIN, "DELETE", one, NULL, NULL), 204);
    CHECK_STATUS(call(f, ADMIN, "GET",
                      text(f, "%s?as_of=%s", one, instant(f, before)), NULL,
                      NULL),
                 404);
    get(f, text(f, "%s?as_of=%s", one, instant(f, live)));
    CHECK_CSTR(at(f, "rev"), "1");
    CHECK_STATUS(call(f, ADMIN, "GET",
                      text(f, "%s?as_of=%s", one, instant(f, deleted)), NULL,
                      NULL),
                 404);
    get(f, text(f, "%s?deleted=include&as_of=%s", one, instant(f, deleted)));
    CHECK_CSTR(at(f, "deleted_at"), instant(f, deleted));
    CHECK_CSTR(at(f, "rev"), "2");
    get(f, text(f, "%s?as_of=%s", one, instant(f, back)));
    CHECK_CSTR(at(f, "rev"), "3");
    CHECK_STATUS(call(f, ADMIN, "GET", one, NULL, NULL), 404);
}

TEST(as_of, a_list_is_filtered_ordered_counted_and_paged_as_it_was)
{
    struct fix *f = contract();
    const char *a, *b, *c, *next;
    int64_t then, middle;

    a = make(f, ASSET, "{\"name\":\"a\",\"city\":\"Past\"}");
    b = make(f, ASSET, "{\"name\":\"b\",\"city\":\"Past\"}");
    c = make(f, ASSET, "{\"name\":\"c\",\"city\":\"Past\"}");
    make(f, ASSET, "{\"name\":\"same\",\"city\":\"Past\"}");
    then = f->r.clock.now;
    middle = later(f);
    patch(f, text(f, "%s/%s", ASSET, a), "{\"name\":\"z\"}");
    patch(f, text(f, "%s/%s", ASSET, b), "{\"city\":\"Moved\"}");
    make(f, ASSET, "{\"name\":\"new\",\"city\":\"Past\"}");
    later(f);
    CHECK_STATUS(
        call(f, ADMIN, "DELETE", text(f, "%s/%s", ASSET, c), NULL, NULL), 204);
    CHECK_CSTR(named(f, "Past", "&count=true", then), "a,b,c,same");
    CHECK_CSTR(at(f, "count.value"), "4");
    CHECK_CSTR(named(f, "Past", "", middle), "c,new,same,z");
    CHECK_CSTR(named(f, "Moved", "", then), "");
    CHECK_CSTR(named(f, "Past", "&limit=3", then), "a,b,c");
    next = at(f, "next");
    CHECK_CSTR(named(f, "Past", text(f, "&limit=3&cursor=%s", next), then),
               "same");
    /* the cursor of one time is not that of another */
    CHECK_STATUS(call(f, ADMIN, "GET",
                      text(f,
                           ASSET "?filter=city%%3D'Past'&sort=name&"
                                 "fields=name&limit=3&cursor=%s",
                           next),
                      NULL, NULL),
                 422);
    CHECK_CSTR(named(f, "Past", "&deleted=only", then), "");
    CHECK_CSTR(named(f, "Past", "", f->r.clock.now), "new,same,z");
}

TEST(as_of, links_titles_and_paths_are_as_they_were)
{
    struct fix *f = contract();
    const char *asset, *one, *target;
    int64_t then;

    asset = make(f, ASSET, "{\"name\":\"Old name\",\"city\":\"Old town\"}");
    one = make(f, RENTAL,
               text(f,
                    "{\"name\":\"linked\",\"asset\":\"%s\",\"extras\":"
                    "[\"roof\"],\"about\":{\"entity\":\"acme.rental:asset\","
                    "\"id\":\"%s\"}}",
                    asset, asset));
    then = f->r.clock.now;
    later(f);
    patch(f, text(f, "%s/%s", ASSET, asset),
          "{\"name\":\"New name\",\"city\":\"New town\"}");
    patch(f, text(f, "%s/%s", RENTAL, one), "{\"extras\":[\"seat\"]}");
    target = text(f,
                  RENTAL "?filter=asset.city%%3D'Old+town'+and+'roof'+in+extras"
                         "&sort=asset&expand=asset,about&fields=name,"
                         "asset.city&as_of=%s",
                  instant(f, then));
    get(f, target);
    CHECK_CSTR(at(f, "items.0._expand.asset._title"), "Old name");
    CHECK_CSTR(at(f, "items.0._expand.asset.city"), "Old town");
    CHECK_CSTR(at(f, "items.0._expand.about._title"), "Old name");
    CHECK_CSTR(at(f, "items.1"), "(absent)");
    get(f, text(f,
                RENTAL "?filter='seat'+in+extras+and+name%%3D'linked'"
                       "&as_of=%s",
                instant(f, then)));
    CHECK_CSTR(at(f, "items"), "[]");
    get(f,
        text(f, "%s/%s?expand=asset&as_of=%s", RENTAL, one, instant(f, then)));
    CHECK_CSTR(at(f, "_expand.asset._title"), "Old name");
}

TEST(as_of, an_aggregate_adds_up_what_was)
{
    struct fix *f = contract();
    const char *one;
    int64_t then;

    make(f, RENTAL,
         "{\"name\":\"agg\",\"size\":\"small\",\"price\":\"10.00\"}");
    one = make(f, RENTAL,
               "{\"name\":\"agg\",\"size\":\"small\",\"price\":\"5.00\"}");
    then = f->r.clock.now;
    later(f);
    patch(f, text(f, "%s/%s", RENTAL, one),
          "{\"size\":\"huge\",\"price\":\"7.00\"}");
    get(f, text(f,
                RENTAL "/aggregate?by=size&measure=sum(price),count()&"
                       "filter=name%%3D'agg'&as_of=%s",
                instant(f, then)));
    CHECK_CSTR(at(f, "items"),
               "[{\"size\":\"small\",\"sum(price)\":{\"amount\":\"15.00\","
               "\"currency\":\"EUR\"},\"count()\":2}]");
}

TEST(as_of, today_in_a_filter_is_the_day_that_is_read)
{
    struct fix *f = contract();
    const char *day = text(f, "%.10s", instant(f, f->r.clock.now));
    int64_t then = f->r.clock.now;

    make(f, RENTAL, text(f, "{\"name\":\"due\",\"day\":\"%s\"}", day));
    f->r.clock.now += 3 * INT64_C(86400000);
    get(f, text(f, RENTAL "?filter=name%%3D'due'+and+day%%3Dtoday()&as_of=%s",
                instant(f, then)));
    CHECK_CSTR(at(f, "items.0.day"), day);
    get(f, RENTAL "?filter=name%3D'due'+and+day%3Dtoday()");
    CHECK_CSTR(at(f, "items"), "[]");
}

TEST(as_of, neither_date_nor_instant_is_422)
{
    static const char *const BAD[] = {"",
                                      "x",
                                      "2026-13-01",
                                      "20260301",
                                      "2026-03-01T",
                                      "0",
                                      "2026-03-01T09:00:00"};
    struct fix *f = contract();
    size_t i;

    for (i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        CHECK_STATUS(call(f, ADMIN, "GET", text(f, ASSET "?as_of=%s", BAD[i]),
                          NULL, NULL),
                     422);
        CHECK_CSTR(at(f, "error.issues.0.path"), "as_of");
    }
    /* any offset is read; before everything there was nothing */
    get(f, ASSET "?as_of=2020-03-01T09:00:00%2B01:00");
    CHECK_CSTR(at(f, "items"), "[]");
    get(f, ASSET "?as_of=0001-01-01");
    CHECK_CSTR(at(f, "items"), "[]");
}

TEST(as_of, the_search_index_knows_the_present_only)
{
    struct fix *f = contract();

    CHECK_STATUS(
        call(f, ADMIN, "GET", ASSET "?q=wheel&as_of=2026-01-01", NULL, NULL),
        422);
    CHECK_CSTR(at(f, "error.issues.0.path"), "q");
}

TEST(as_of, who_may_not_read_is_refused_the_past_too)
{
    struct fix *f = contract();
    const char *one = make(f, ASSET, "{\"name\":\"Rights\"}");

    CHECK_STATUS(call(f, NOBODY, "GET",
                      text(f, "%s/%s?as_of=2026-01-01", ASSET, one), NULL,
                      NULL),
                 401);
    CHECK_STATUS(
        call(f, READER, "GET",
             text(f, "%s/%s?as_of=%s", ASSET, one, instant(f, f->r.clock.now)),
             NULL, NULL),
        200);
}

TEST(as_of, too_many_changes_since_are_said_to_be_too_many)
{
    struct fix *f = contract();
    const char *one = make(f, "/api/v1/shop/account", "{\"name\":\"Many 0\"}");
    int64_t then = f->r.clock.now;
    int i;

    later(f);
    for (i = 0; i < 21; i++)
        CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/batch", NULL,
                          batch_of(f, 500, "{\"name\":\"many\"}")),
                     200);
    CHECK_STATUS(
        call(f, ADMIN, "GET",
             text(f, "/api/v1/shop/account?as_of=%s", instant(f, then)), NULL,
             NULL),
        422);
    CHECK_CSTR(at(f, "error.code"), "E_LIMIT");
    CHECK_HAS(at(f, "error.message"), "by its id");
    get(f, text(f, "/api/v1/shop/account/%s?as_of=%s", one, instant(f, then)));
    CHECK_CSTR(at(f, "name"), "Many 0");
}
