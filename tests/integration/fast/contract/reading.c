/* Reading: filters, orders, pages, counts, search, aggregates, history. */
#include "contract.h"

#define TAG(s)  "?filter=note%3D'" s "'"
#define TAGF(s) "?filter=note%%3D'" s "'" /* in a format */

TEST(reading, a_filter_is_percent_encoded_and_plus_is_a_space)
{
    struct fix *f = contract();

    make(f, RENTAL,
         "{\"name\":\"a\",\"note\":\"f1\",\"pieces\":6,\"size\":\"small\"}");
    make(f, RENTAL,
         "{\"name\":\"b\",\"note\":\"f1\",\"pieces\":4,\"size\":\"huge\"}");
    make(f, RENTAL,
         "{\"name\":\"c d\",\"note\":\"f1\",\"pieces\":9,\"size\":\"large\"}");
    get(f, RENTAL "?filter=note%3D'f1'+and+size+in+('small',%20'huge')+and+"
                  "pieces+gt+5");
    CHECK_CSTR(each(f, "name"), "a");
    get(f, RENTAL "?filter=name+%3D+'c+d'+and+note%3D'f1'");
    CHECK_CSTR(each(f, "name"), "c d");
}

TEST(reading, limit_is_50_and_at_most_200)
{
    struct fix *f = contract();

    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/batch", NULL,
                      batch_of(f, 210, "{\"name\":\"lim\"}")),
                 200);
    get(f, "/api/v1/shop/account?filter=name%3D'lim'&fields=id");
    CHECK_CSTR(at(f, "items.50"), "(absent)");
    CHECK(strcmp(at(f, "items.49"), "(absent)") != 0);
    get(f, "/api/v1/shop/account?filter=name%3D'lim'&fields=id&limit=200");
    CHECK(strcmp(at(f, "items.199"), "(absent)") != 0);
    CHECK(strncmp(at(f, "next"), "c1.", 3) == 0);
    CHECK_STATUS(
        call(f, ADMIN, "GET", "/api/v1/shop/account?limit=201", NULL, NULL),
        422);
}

TEST(reading, the_cursor_walks_to_the_end_whatever_the_order)
{
    static const char *const SORTS[] = {"",
                                        "&sort=name",
                                        "&sort=-name",
                                        "&sort=pieces,-name",
                                        "&sort=-day",
                                        "&sort=size",
                                        "&sort=asset",
                                        "&sort=-price",
                                        "&sort=-created_at"};
    struct fix *f = contract();
    const char *asset = make(f, ASSET, "{\"name\":\"walk\"}");
    size_t i;
    int k;

    for (k = 0; k < 11; k++)
        make(f, RENTAL,
             k % 3 == 0
                 ? "{\"note\":\"walk\"}"
                 : text(f,
                        "{\"note\":\"walk\",\"name\":\"n%d\",\"pieces\":%d,"
                        "\"day\":\"2026-01-0%d\",\"size\":\"%s\",\"asset\":"
                        "\"%s\",\"price\":\"%d.00\"}",
                        k / 2, k % 4, 1 + k % 5, k % 2 ? "huge" : "small",
                        asset, k % 3));
    for (i = 0; i < sizeof SORTS / sizeof *SORTS; i++) {
        const char *all, *walked = "", *cursor = "";

        get(f, text(f, RENTAL TAGF("walk") "%s", SORTS[i]));
        all = each(f, "id");
        CHECK_CSTR(at(f, "next"), "null");
        for (k = 0; k < 6 && strcmp(cursor, "null") != 0; k++) {
            get(f, text(f, RENTAL TAGF("walk") "%s&limit=3%s%s", SORTS[i],
                        cursor[0] ? "&cursor=" : "", cursor));
            walked = text(f, "%s%s%s", walked, k ? "," : "", each(f, "id"));
            cursor = at(f, "next");
        }
        CHECK_CSTR(walked, all);
    }
}

TEST(reading, a_cursor_is_of_the_same_query_only)
{
    struct fix *f = contract();
    const char *next;

    make(f, RENTAL, "{\"note\":\"cur\"}");
    make(f, RENTAL, "{\"note\":\"cur\"}");
    get(f, RENTAL TAG("cur") "&limit=1");
    next = at(f, "next");
    get(f, text(f, RENTAL TAGF("cur") "&limit=1&cursor=%s", next));
    CHECK_STATUS(call(f, ADMIN, "GET",
                      text(f, RENTAL TAGF("x") "&cursor=%s", next), NULL, NULL),
                 422);
    CHECK_STATUS(
        call(f, ADMIN, "GET", RENTAL "?cursor=c1.nonsense", NULL, NULL), 422);
    CHECK_STATUS(call(f, USER, "GET",
                      text(f, RENTAL TAGF("cur") "&cursor=%s", next), NULL,
                      NULL),
                 422);
}

TEST(reading, a_count_is_exact_up_to_ten_thousand)
{
    struct fix *f = contract();
    int i;

    make(f, RENTAL, "{\"note\":\"cnt\"}");
    get(f, RENTAL TAG("cnt") "&count=true");
    CHECK_CSTR(at(f, "count"), "{\"value\":1,\"exact\":true}");
    get(f, RENTAL TAG("cnt"));
    CHECK_CSTR(at(f, "count"), "(absent)");
    for (i = 0; i < 21; i++)
        CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/batch", NULL,
                          batch_of(f, 500, "{\"name\":\"cnt\"}")),
                     200);
    get(f, "/api/v1/shop/account?filter=name%3D'cnt'&count=true&limit=1");
    CHECK_CSTR(at(f, "count"), "{\"value\":10000,\"exact\":false}");
}

TEST(reading, nulls_are_smallest)
{
    struct fix *f = contract();

    make(f, RENTAL, "{\"name\":\"none\",\"note\":\"nul\"}");
    make(f, RENTAL,
         "{\"name\":\"two\",\"note\":\"nul\",\"pieces\":2,\"day\":"
         "\"2026-01-02\"}");
    make(f, RENTAL,
         "{\"name\":\"one\",\"note\":\"nul\",\"pieces\":1,\"day\":"
         "\"2026-01-01\"}");
    get(f, RENTAL TAG("nul") "&sort=pieces");
    CHECK_CSTR(each(f, "name"), "none,one,two");
    get(f, RENTAL TAG("nul") "&sort=-day");
    CHECK_CSTR(each(f, "name"), "two,one,none");
}

TEST(reading, the_id_breaks_ties)
{
    struct fix *f = contract();
    const char *a = make(f, RENTAL, "{\"note\":\"tie\"}");
    const char *b = make(f, RENTAL, "{\"note\":\"tie\"}");

    get(f, RENTAL TAG("tie") "&sort=pieces");
    CHECK_CSTR(each(f, "id"), text(f, "%s,%s", a, b));
}

TEST(reading, text_sorts_folded)
{
    static const char *const NAMES[] = {"Zebra", "\xc3\x84pfel", "apfel b",
                                        "BETA",  "b\xc3\xa9ta2", "alpha"};
    struct fix *f = contract();
    size_t i;

    for (i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        make(f, RENTAL,
             text(f, "{\"name\":\"%s\",\"note\":\"fold\"}", NAMES[i]));
    get(f, RENTAL TAG("fold") "&sort=name");
    CHECK_CSTR(each(f, "name"),
               "alpha,\xc3\x84pfel,apfel b,BETA,b\xc3\xa9ta2,Zebra");
}

TEST(reading, choice_and_status_sort_in_the_order_of_their_options)
{
    struct fix *f = contract();

    make(f, RENTAL, "{\"note\":\"opt\",\"size\":\"huge\"}");
    make(f, RENTAL, "{\"note\":\"opt\",\"size\":\"large\"}");
    make(f, RENTAL, "{\"note\":\"opt\"}");
    make(f, RENTAL, "{\"note\":\"opt\",\"size\":\"small\"}");
    get(f, RENTAL TAG("opt") "&sort=size");
    CHECK_CSTR(each(f, "size"), "null,small,large,huge");
    get(f, RENTAL TAG("opt") "&sort=-size");
    CHECK_CSTR(each(f, "size"), "huge,large,small,null");
}

TEST(reading, a_ref_sorts_by_its_targets_title)
{
    struct fix *f = contract();
    const char *z = make(f, ASSET, "{\"name\":\"zz\"}");
    const char *a = make(f, ASSET, "{\"name\":\"AA\"}");

    make(f, RENTAL,
         text(f, "{\"name\":\"1\",\"note\":\"ref\",\"asset\":\"%s\"}", z));
    make(f, RENTAL,
         text(f, "{\"name\":\"2\",\"note\":\"ref\",\"asset\":\"%s\"}", a));
    make(f, RENTAL, "{\"name\":\"3\",\"note\":\"ref\"}");
    get(f, RENTAL TAG("ref") "&sort=asset");
    CHECK_CSTR(each(f, "name"), "3,2,1");
}

TEST(reading, search_says_entity_id_title_subtitle_field_and_snippet)
{
    struct fix *f = contract();
    const char *id =
        make(f, ASSET, "{\"name\":\"Wheelbarrow\",\"city\":\"Xanadu\"}");
    static const char *const MEMBERS[] = {"entity",   "id",    "title",
                                          "subtitle", "field", "snippet"};
    size_t i;

    get(f, "/api/v1/search?q=xanad&entities=acme.rental:asset&limit=5");
    for (i = 0; i < sizeof MEMBERS / sizeof *MEMBERS; i++)
        CHECK(strcmp(at(f, text(f, "items.0.%s", MEMBERS[i])), "(absent)"));
    CHECK_CSTR(at(f, "items.0.entity"), "acme.rental:asset");
    CHECK_CSTR(at(f, "items.0.id"), id);
    CHECK_CSTR(at(f, "items.0.title"), "Wheelbarrow");
    CHECK_CSTR(at(f, "items.0.field"), "city");
    CHECK_HAS(at(f, "items.0.snippet"), "Xanadu");
    get(f, "/api/v1/search?q=xanad&entities=shop:account");
    CHECK_CSTR(at(f, "items"), "[]");
}

TEST(reading, an_aggregate_has_its_keys_as_asked_and_money_in_base_currency)
{
    struct fix *f = contract();

    make(f, RENTAL,
         "{\"note\":\"agr\",\"size\":\"small\",\"price\":\"10.00\","
         "\"day\":\"2017-03-05\"}");
    make(f, RENTAL,
         "{\"note\":\"agr\",\"size\":\"small\",\"price\":\"5.50\","
         "\"day\":\"2017-03-30\"}");
    make(f, RENTAL,
         "{\"note\":\"agr\",\"size\":\"huge\",\"day\":"
         "\"2018-01-01\"}");
    get(f, RENTAL "/aggregate" TAG(
               "agr") "&by=size,month(day)&measure="
                      "sum(price),count(),avg(price),min(day)&sort=-count()");
    CHECK_CSTR(at(f, "items.0.size"), "small");
    CHECK_CSTR(at(f, "items.0.month(day)"), "2017-03");
    CHECK_CSTR(at(f, "items.0.sum(price)"),
               "{\"amount\":\"15.50\",\"currency\":\"EUR\"}");
    CHECK_CSTR(at(f, "items.0.count()"), "2");
    CHECK_CSTR(at(f, "items.0.avg(price)"),
               "{\"amount\":\"7.75\",\"currency\":\"EUR\"}");
    CHECK_CSTR(at(f, "items.0.min(day)"), "2017-03-05");
    CHECK_CSTR(at(f, "items.1.sum(price)"), "null");
}

TEST(reading, an_aggregate_answers_at_most_a_thousand)
{
    struct fix *f = contract();
    struct buf b;
    struct str body = STR_NONE;
    int i, k;

    for (k = 0; k < 3; k++) {
        buf_init(&b, 1 << 20);
        buf_adds(&b, "{\"requests\":[");
        for (i = 0; i < 400; i++)
            buf_addf(&b,
                     "%s{\"method\":\"POST\",\"path\":\"" RENTAL
                     "\",\"body\":{\"note\":\"thousand\",\"pieces\":%d}}",
                     i ? "," : "", k * 400 + i);
        buf_adds(&b, "]}");
        CHECK_RC(buf_finish(&b, &f->a, &body, NULL), RC_OK);
        buf_release(&b);
        CHECK_STATUS(call_bytes(f, ADMIN, "POST", "/api/v1/batch", NULL, body),
                     200);
    }
    get(f, RENTAL "/aggregate" TAG("thousand") "&by=pieces");
    CHECK(strcmp(at(f, "items.999"), "(absent)") != 0);
    CHECK_CSTR(at(f, "items.1000"), "(absent)");
    CHECK_STATUS(call(f, ADMIN, "GET", RENTAL "/aggregate?by=pieces&limit=1001",
                      NULL, NULL),
                 422);
}

TEST(reading, history_is_newest_first_with_who_when_and_what)
{
    struct fix *f = contract();
    const char *id = make(f, RENTAL, "{\"name\":\"h\"}"), *txn, *user;
    const char *one = text(f, "%s/%s", RENTAL, id);
    int64_t when = later(f);

    txn = patch(f, one, "{\"state\":\"done\",\"pieces\":3}");
    get(f, "/api/v1/session");
    user = at(f, "user.id");
    get(f, text(f, "%s/history", one));
    CHECK_CSTR(at(f, "items.0.txn"), txn);
    CHECK_CSTR(at(f, "items.0.at"), instant(f, when));
    CHECK_CSTR(at(f, "items.0.user"), user);
    CHECK_CSTR(at(f, "items.0.source"), "api");
    CHECK_CSTR(at(f, "items.0.op"), "update");
    CHECK_CSTR(at(f, "items.0.rule"), "null");
    CHECK_HAS(at(f, "items.0.changes"),
              "{\"field\":\"state\",\"from\":\"open\",\"to\":\"done\"}");
    CHECK_HAS(at(f, "items.0.changes"),
              "{\"field\":\"pieces\",\"from\":null,\"to\":3}");
    CHECK_CSTR(at(f, "items.1.op"), "create");
    CHECK_STATUS(call(f, ADMIN, "DELETE", one, NULL, NULL), 204);
    get(f, text(f, "%s/history", one));
    CHECK_CSTR(at(f, "items.0.op"), "delete");
}

/* --- undo ----------------------------------------------------------------------- */

static const char *undo(struct fix *f, const char *txn, const char *body,
                        int status)
{
    CHECK_STATUS(
        call(f, ADMIN, "POST", text(f, "/api/v1/undo/%s", txn), NULL, body),
        status);
    return body_text(f);
}

TEST(reading, undo_answers_its_own_txn_what_it_undid_and_no_conflicts)
{
    struct fix *f = contract();
    const char *one = text(f, "%s/%s", ASSET,
                           make(f, ASSET, "{\"name\":\"u\",\"city\":\"A\"}"));
    const char *txn = patch(f, one, "{\"city\":\"B\"}"), *back;

    undo(f, txn, NULL, 200);
    back = at(f, "txn");
    CHECK_CSTR(back, header(f, "Perigee-Txn"));
    CHECK_CSTR(at(f, "undone"), "1");
    CHECK_CSTR(at(f, "conflicts"), "[]");
    get(f, one);
    CHECK_CSTR(at(f, "city"), "A");
    undo(f, txn, NULL, 409); /* undone already */
    undo(f, back, NULL, 200);
    get(f, one);
    CHECK_CSTR(at(f, "city"), "B");
    undo(f, "00000000001", NULL, 404);
}

TEST(reading, undo_conflicts_are_409_and_issues_unless_they_are_skipped)
{
    struct fix *f = contract();
    const char *one = text(f, "%s/%s", ASSET,
                           make(f, ASSET, "{\"name\":\"n\",\"city\":\"A\"}"));
    const char *txn = patch(f, one, "{\"name\":\"n2\",\"city\":\"B\"}");

    patch(f, one, "{\"city\":\"C\"}");
    undo(f, txn, NULL, 409);
    CHECK_CSTR(at(f, "error.code"), "E_CONFLICT");
    CHECK_CSTR(at(f, "error.issues.0.code"), "conflict");
    CHECK_HAS(at(f, "error.issues.0.path"), "city");
    get(f, one);
    CHECK_CSTR(at(f, "name"), "n2");
    undo(f, txn, "{\"skip_conflicts\":true}", 200);
    CHECK_CSTR(at(f, "undone"), "1");
    CHECK_HAS(at(f, "conflicts.0.path"), "city");
    CHECK_CSTR(at(f, "conflicts.1"), "(absent)");
    get(f, one);
    CHECK_CSTR(at(f, "name"), "n");
    CHECK_CSTR(at(f, "city"), "C");
}

TEST(reading, undo_skips_a_record_that_one_which_stays_still_needs)
{
    struct fix *f = contract();
    const char *txn, *asset, *rental, *other;

    CHECK_STATUS(
        call(f, ADMIN, "POST", "/api/v1/batch", NULL,
             "{\"requests\":[{\"method\":\"POST\",\"path\":\"" ASSET
             "\",\"body\":{\"name\":\"needed\"}},{\"method\":\"POST\",\"path\":"
             "\"" RENTAL "\",\"body\":{\"name\":\"needs\",\"asset\":\"$0\"}},"
             "{\"method\":\"POST\",\"path\":\"" ASSET
             "\",\"body\":{\"name\":\"alone\"}}]}"),
        200);
    txn = at(f, "txn");
    asset = at(f, "results.0.body.id");
    rental = at(f, "results.1.body.id");
    other = at(f, "results.2.body.id");
    patch(f, text(f, "%s/%s", RENTAL, rental), "{\"name\":\"changed since\"}");
    undo(f, txn, NULL, 409);
    undo(f, txn, "{\"skip_conflicts\":true}", 200);
    CHECK_CSTR(at(f, "undone"), "1");
    CHECK_HAS(at(f, "conflicts"), rental);
    CHECK_HAS(at(f, "conflicts"), asset);
    get(f, text(f, "%s/%s", RENTAL, rental));
    CHECK_CSTR(at(f, "asset"), asset);
    get(f, text(f, "%s/%s", ASSET, asset));
    CHECK_STATUS(
        call(f, ADMIN, "GET", text(f, "%s/%s", ASSET, other), NULL, NULL), 404);
}

TEST(reading, undo_with_nothing_left_to_take_back_is_200_with_no_txn)
{
    struct fix *f = contract();
    const char *txn, *asset;

    asset = make(f, ASSET, "{\"name\":\"held\"}");
    txn = header(f, "Perigee-Txn");
    make(f, RENTAL, text(f, "{\"asset\":\"%s\"}", asset));
    undo(f, txn, NULL, 422); /* nothing changed it; the link holds it */
    undo(f, txn, "{\"skip_conflicts\":true}", 200);
    CHECK_CSTR(at(f, "txn"), "null");
    CHECK_CSTR(at(f, "undone"), "0");
    CHECK_HAS(at(f, "conflicts"), asset);
    get(f, text(f, "%s/%s", ASSET, asset));
}
