/* Record: its members, how it is written, the bin, revisions. */
#include "contract.h"

TEST(record, has_all_its_members_always)
{
    static const char *const MEMBERS[] = {
        "id",         "rev",    "created_at", "created_by", "updated_at",
        "updated_by", "name",   "note",       "mail",       "phone",
        "web",        "pieces", "weight",     "rebate",     "price",
        "insured",    "day",    "at",         "size",       "extras",
        "words",      "asset",  "about",      "clerk",      "number",
        "paper",      "state"};
    struct fix *f = contract();
    const char *id = make(f, RENTAL, "{}"), *one = text(f, "%s/%s", RENTAL, id);
    size_t i, k;

    for (k = 0; k < 3; k++) {
        const char *prefix = k == 2 ? "items.0." : "";

        if (k == 1)
            get(f, one);
        if (k == 2)
            get(f, text(f, RENTAL "?filter=id%%3D'%s'", id));
        for (i = 0; i < sizeof MEMBERS / sizeof *MEMBERS; i++) {
            if (strcmp(at(f, text(f, "%s%s", prefix, MEMBERS[i])),
                       "(absent)") == 0)
                test_fail(__FILE__, __LINE__, "%s is not there: %s", MEMBERS[i],
                          body_text(f));
        }
        /* collections are no members, nor what is for the engine alone */
        CHECK_CSTR(at(f, text(f, "%sbooked", prefix)), "(absent)");
        CHECK_CSTR(at(f, text(f, "%s_search", prefix)), "(absent)");
    }
}

TEST(record, fields_are_those_asked_for_with_id_and_rev)
{
    struct fix *f = contract();
    const char *asset = make(f, ASSET, "{\"name\":\"A\",\"city\":\"Graz\"}");
    const char *id =
        make(f, RENTAL, text(f, "{\"name\":\"R\",\"asset\":\"%s\"}", asset));

    get(f, text(f, "%s/%s?fields=name,asset.city", RENTAL, id));
    CHECK_CSTR(body_text(f),
               text(f,
                    "{\"id\":\"%s\",\"rev\":1,\"name\":\"R\",\"_expand\":{"
                    "\"asset\":{\"id\":\"%s\",\"_title\":\"A\",\"city\":"
                    "\"Graz\"}}}",
                    id, asset));
    get(f, text(f, "%s/%s?fields=id", RENTAL, id));
    CHECK_CSTR(body_text(f), text(f, "{\"id\":\"%s\",\"rev\":1}", id));
}

TEST(record, expand_gives_the_title_and_what_fields_names_below_it)
{
    struct fix *f = contract();
    const char *parent = make(f, ASSET, "{\"name\":\"Parent\"}");
    const char *asset = make(
        f, ASSET, text(f, "{\"name\":\"Child\",\"parent\":\"%s\"}", parent));
    const char *id = make(f, RENTAL, text(f, "{\"asset\":\"%s\"}", asset));

    get(f, text(f, "%s/%s?expand=asset,clerk", RENTAL, id));
    CHECK_CSTR(at(f, "asset"), asset);
    CHECK_CSTR(at(f, "_expand.asset"),
               text(f, "{\"id\":\"%s\",\"_title\":\"Child\"}", asset));
    CHECK_CSTR(at(f, "_expand.clerk"), "null");
    get(f, text(f, "%s/%s?expand=asset.parent&fields=asset,asset.parent.name",
                RENTAL, id));
    CHECK_CSTR(at(f, "_expand.asset._expand.parent.name"), "Parent");
}

TEST(record, post_is_201_with_location_etag_and_the_undo_token)
{
    struct fix *f = contract();
    const char *id = make(f, ASSET, "{\"name\":\"made\"}");

    CHECK_CSTR(header(f, "Location"), text(f, "%s/%s", ASSET, id));
    CHECK_CSTR(header(f, "ETag"), "\"1\"");
    CHECK_I64((int64_t)strlen(header(f, "Perigee-Txn")), 11);
    CHECK_CSTR(at(f, "_warnings"), "[]");
}

TEST(record, patch_is_200_and_a_merge_patch)
{
    struct fix *f = contract();
    const char *one = text(f, "%s/%s", ASSET,
                           make(f, ASSET, "{\"name\":\"M\",\"city\":\"C\"}"));

    CHECK_I64((int64_t)strlen(patch(f, one, "{\"city\":\"D\"}")), 11);
    CHECK_CSTR(at(f, "name"), "M");
    CHECK_CSTR(at(f, "city"), "D");
    patch(f, one, "{\"city\":null}");
    CHECK_CSTR(at(f, "city"), "null");
    CHECK_CSTR(at(f, "rev"), "3");
    CHECK_STATUS(call(f, ADMIN, "PATCH", one,
                      "Content-Type: application/merge-patch+json\n",
                      "{\"city\":\"E\"}"),
                 200);
    /* what was read may be sent whole, what the platform added too */
    get(f, text(f, "%s?expand=parent", one));
    CHECK_STATUS(call(f, ADMIN, "PATCH", one, NULL, body_text(f)), 200);
    CHECK_CSTR(at(f, "rev"), "4");
    CHECK_CSTR(header(f, "Perigee-Txn"), "(absent)");
}

TEST(record, what_the_platform_keeps_is_not_written_from_outside)
{
    static const char *const BODIES[] = {
        "{\"name\":\"x\",\"id\":\"00000000001\"}", "{\"name\":\"x\",\"rev\":9}",
        "{\"name\":\"x\",\"created_at\":\"2020-01-01T00:00:00.000Z\"}",
        "{\"name\":\"x\",\"deleted_at\":\"2020-01-01T00:00:00.000Z\"}"};
    struct fix *f = contract();
    size_t i;

    for (i = 0; i < sizeof BODIES / sizeof *BODIES; i++)
        CHECK_STATUS(call(f, ADMIN, "POST", ASSET, NULL, BODIES[i]), 422);
}

TEST(record, delete_is_204_to_the_bin_and_restore_200)
{
    struct fix *f = contract();
    const char *id = make(f, ASSET, "{\"name\":\"bin\",\"city\":\"Bin\"}");
    const char *one = text(f, "%s/%s", ASSET, id);

    CHECK_STATUS(call(f, ADMIN, "DELETE", one, NULL, NULL), 204);
    CHECK_STR(f->res.body, "");
    CHECK_I64((int64_t)strlen(header(f, "Perigee-Txn")), 11);
    CHECK_STATUS(call(f, ADMIN, "GET", one, NULL, NULL), 404);
    CHECK_STATUS(call(f, ADMIN, "PATCH", one, NULL, "{\"city\":\"x\"}"), 404);
    CHECK_STATUS(call(f, ADMIN, "DELETE", one, NULL, NULL), 404);
    CHECK_STATUS(call(f, ADMIN, "POST", text(f, "%s/restore", one), NULL, NULL),
                 200);
    CHECK_CSTR(at(f, "id"), id);
    CHECK_CSTR(at(f, "rev"), "3");
    CHECK_I64((int64_t)strlen(header(f, "Perigee-Txn")), 11);
    /* what is not in the bin stays as it is */
    CHECK_STATUS(call(f, ADMIN, "POST", text(f, "%s/restore", one), NULL, NULL),
                 200);
    CHECK_CSTR(at(f, "rev"), "3");
    CHECK_CSTR(header(f, "Perigee-Txn"), "(absent)");
}

TEST(record, deleted_only_or_include_reads_the_bin)
{
    struct fix *f = contract();
    const char *gone = make(f, ASSET, "{\"name\":\"gone\",\"city\":\"Bins\"}");
    const char *list = ASSET "?filter=city%3D'Bins'&sort=name";

    make(f, ASSET, "{\"name\":\"here\",\"city\":\"Bins\"}");
    CHECK_STATUS(
        call(f, ADMIN, "DELETE", text(f, "%s/%s", ASSET, gone), NULL, NULL),
        204);
    get(f, list);
    CHECK_CSTR(each(f, "name"), "here");
    CHECK_CSTR(at(f, "items.0.deleted_at"), "(absent)");
    get(f, text(f, "%s&deleted=only", list));
    CHECK_CSTR(each(f, "name"), "gone");
    CHECK(strlen(at(f, "items.0.deleted_at")) == 24);
    get(f, text(f, "%s&deleted=include", list));
    CHECK_CSTR(each(f, "name"), "gone,here");
    get(f, text(f, "%s/%s?deleted=only", ASSET, gone));
    get(f, text(f, "%s/%s?deleted=include", ASSET, gone));
}

TEST(record, the_etag_is_the_rev_and_a_stale_if_match_409_with_current)
{
    struct fix *f = contract();
    const char *one =
        text(f, "%s/%s", ASSET, make(f, ASSET, "{\"name\":\"stale\"}"));

    patch(f, one, "{\"city\":\"mine\"}");
    get(f, one);
    CHECK_CSTR(header(f, "ETag"), "\"2\"");
    CHECK_STATUS(call(f, ADMIN, "PATCH", one, "If-Match: \"1\"\n",
                      "{\"city\":\"yours\"}"),
                 409);
    CHECK_CSTR(at(f, "error.code"), "E_CONFLICT");
    CHECK_CSTR(at(f, "error.current.city"), "mine");
    CHECK_CSTR(at(f, "error.current.rev"), "2");
    CHECK_STATUS(call(f, ADMIN, "DELETE", one, "If-Match: \"1\"\n", NULL), 409);
    CHECK_CSTR(at(f, "error.current.rev"), "2");
    CHECK_STATUS(call(f, ADMIN, "PATCH", one, "If-Match: \"2\"\n",
                      "{\"city\":\"yours\"}"),
                 200);
    CHECK_STATUS(call(f, ADMIN, "DELETE", one, "If-Match: \"3\"\n", NULL), 204);
    CHECK_STATUS(call(f, ADMIN, "POST", text(f, "%s/restore", one),
                      "If-Match: \"3\"\n", NULL),
                 409);
}

TEST(record, a_link_is_an_entity_with_refs_a_and_b_and_its_fields)
{
    struct fix *f = contract();
    const char *rental = make(f, RENTAL, "{\"name\":\"linker\"}");
    const char *asset = make(f, ASSET, "{\"name\":\"linked\"}");
    const char *body =
        text(f, "{\"a\":\"%s\",\"b\":\"%s\",\"paid\":true}", rental, asset);
    const char *where = "/api/v1/acme.rental/booking", *id;

    id = make(f, where, body);
    CHECK_CSTR(at(f, "a"), rental);
    CHECK_CSTR(at(f, "b"), asset);
    CHECK_CSTR(at(f, "paid"), "true");
    CHECK_STATUS(call(f, ADMIN, "POST", where, NULL, body), 409);
    CHECK_CSTR(at(f, "error.code"), "E_DUPLICATE");
    get(f, text(f, "%s?filter=a%%3D'%s'&expand=a,b", where, rental));
    CHECK_CSTR(at(f, "items.0._expand.b._title"), "linked");
    patch(f, text(f, "%s/%s", where, id), "{\"paid\":false}");
    CHECK_STATUS(
        call(f, ADMIN, "DELETE", text(f, "%s/%s", where, id), NULL, NULL), 204);
}

TEST(record, a_link_needs_both_ends)
{
    struct fix *f = contract();
    const char *rental = make(f, RENTAL, "{\"name\":\"half\"}");

    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/acme.rental/booking", NULL,
                      text(f, "{\"a\":\"%s\"}", rental)),
                 422);
    CHECK_CSTR(at(f, "error.issues.0.path"), "b");
}

TEST(record, children_are_records_and_written_by_batch)
{
    struct fix *f = contract();

    CHECK_STATUS(
        call(f, ADMIN, "PATCH",
             text(f, "%s/%s", ASSET, make(f, ASSET, "{\"name\":\"p\"}")), NULL,
             "{\"rentals\":[]}"),
        422);
    CHECK_STATUS(
        call(f, ADMIN, "POST", "/api/v1/batch", NULL,
             "{\"requests\":[{\"method\":\"POST\",\"path\":\"" ASSET
             "\",\"body\":{\"name\":\"parent\"}},{\"method\":\"POST\",\"path\":"
             "\"" RENTAL "\",\"body\":{\"asset\":\"$0\"}}]}"),
        200);
    CHECK_CSTR(at(f, "results.1.body.asset"), at(f, "results.0.body.id"));
}
