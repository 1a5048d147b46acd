/*
 * The builder over HTTP: preview, publish, stale, drops, undo, history, elements
 * with their origin, a pasted sheet with its rows.
 */
#include "support/runtime/api_fixture.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define BUILDER "/api/v1/builder/"

static const char *hash_now(struct fix *f)
{
    CHECK_STATUS(call(f, ADMIN, "GET", BUILDER "files", NULL, NULL), 200);
    return text(f, "%s", at(f, "hash"));
}

/* Publishes on what is there now; the status. */
static int publish(struct fix *f, const char *acts, const char *more)
{
    const char *hash = hash_now(f);

    return call(f, ADMIN, "POST", BUILDER "publish", NULL,
                text(f, "{\"hash\":\"%s\",\"acts\":[%s]%s}", hash, acts, more));
}

static long long generation(struct fix *f)
{
    long long g = 0;

    CHECK(sscanf(at(f, "generation"), "%lld", &g) == 1);
    return g;
}

#define ADD(e, name)                                                           \
    "{\"op\":\"field.add\",\"entity\":\"" e "\",\"name\":\"" name "\"}"

TEST(builder, says_what_an_act_does_before_it_is_done)
{
    struct fix *f = fix();
    const char *before = hash_now(f);

    CHECK_STATUS(
        call(f, ADMIN, "POST", BUILDER "preview", NULL,
             "{\"acts\":[{\"op\":\"entity.add\",\"name\":\"tour\","
             "\"label\":\"Tour\",\"fields\":[{\"name\":\"title\"}]}]}"),
        200);
    CHECK_CSTR(at(f, "ok"), "true");
    CHECK_CSTR(at(f, "sentences.0.en"), "Make the entity “Tour” with 1 field.");
    CHECK_CSTR(at(f, "files.0.path"), "entities/tour.xml");
    CHECK_CSTR(at(f, "files.0.change"), "made");
    CHECK_HAS(at(f, "diff"), "+<entity name=\"tour\" label=\"Tour\">");
    CHECK_HAS(body_text(f), "\"steps\":[{");
    CHECK_CSTR(hash_now(f), before);
    CHECK_STATUS(call(f, ADMIN, "GET", "/api/v1/local/tour", NULL, NULL), 404);
}

TEST(builder, shows_what_does_not_compile_at_its_place)
{
    struct fix *f = fix();

    CHECK_STATUS(call(f, ADMIN, "POST", BUILDER "preview", NULL,
                      "{\"acts\":[{\"op\":\"entity.add\",\"name\":\"bad\","
                      "\"title\":\"nme\",\"fields\":[{\"name\":\"name\"}]}]}"),
                 200);
    CHECK_CSTR(at(f, "ok"), "false");
    CHECK_CSTR(at(f, "plan"), "null");
    CHECK_CSTR(at(f, "messages.0.file"), "entities/bad.xml");
    CHECK_CSTR(at(f, "messages.0.code"), "F201");
    CHECK_STATUS(publish(f,
                         "{\"op\":\"entity.add\",\"name\":\"bad\",\"title\":"
                         "\"nme\",\"fields\":[{\"name\":\"name\"}]}",
                         ""),
                 422);
    CHECK_HAS(at(f, "error.issues.0.path"), "entities/bad.xml:");
}

/* One field after the other on one entity, with its records. */
TEST(builder, publishes_renames_and_takes_back_while_records_stay)
{
    struct fix *f = fix();
    long long made, renamed;

    CHECK_STATUS(publish(f,
                         "{\"op\":\"entity.add\",\"name\":\"trip\",\"fields\":["
                         "{\"name\":\"title\"},{\"name\":\"km\",\"type\":"
                         "\"int\"}]}",
                         ""),
                 200);
    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/local/trip", NULL,
                      "{\"title\":\"One\",\"km\":12}"),
                 201);
    CHECK_STATUS(publish(f,
                         "{\"op\":\"view.add\",\"entity\":\"trip\",\"name\":"
                         "\"far\",\"columns\":[\"title\",\"km\"],\"filter\":"
                         "\"km gt 10\"}",
                         ""),
                 200);
    made = generation(f);
    CHECK_STATUS(publish(f,
                         "{\"op\":\"field.rename\",\"entity\":\"trip\","
                         "\"field\":\"km\",\"name\":\"distance\"}",
                         ""),
                 200);
    renamed = generation(f);
    CHECK_I64(renamed, made + 1);
    CHECK_STATUS(call(f, ADMIN, "GET",
                      "/api/v1/local/trip?filter=distance%20gt%2010", NULL,
                      NULL),
                 200);
    CHECK_CSTR(at(f, "items.0.distance"), "12");
    CHECK_STATUS(call(f, ADMIN, "POST", text(f, BUILDER "undo/%lld", renamed),
                      NULL, NULL),
                 200);
    CHECK_STATUS(call(f, ADMIN, "GET", "/api/v1/local/trip", NULL, NULL), 200);
    CHECK_CSTR(at(f, "items.0.km"), "12");
    CHECK_STATUS(call(f, ADMIN, "GET", BUILDER "history?limit=3", NULL, NULL),
                 200);
    CHECK_HAS(at(f, "items.0.sentence.en"), "Undo: Rename the field “Km”");
    CHECK_CSTR(at(f, "items.1.undone"), "true");
    CHECK_CSTR(at(f, "items.1.undoable"), "false");
    CHECK_CSTR(at(f, "items.2.undoable"), "true");
    CHECK_HAS(at(f, "items.2.sentence.de"), "Die Ansicht „far“");
}

TEST(builder, refuses_what_was_made_on_definitions_of_before)
{
    struct fix *f = fix();
    const char *seen = hash_now(f), *body;

    body = text(f,
                "{\"hash\":\"%s\",\"acts\":[{\"op\":\"entity.add\","
                "\"name\":\"second\"}]}",
                seen);
    CHECK_STATUS(publish(f, "{\"op\":\"entity.add\",\"name\":\"first\"}", ""),
                 200);
    CHECK_STATUS(call(f, ADMIN, "POST", BUILDER "publish", NULL, body), 409);
    CHECK_CSTR(at(f, "error.code"), "E_CONFLICT");
    CHECK_STATUS(call(f, ADMIN, "GET", "/api/v1/local/second", NULL, NULL),
                 404);
    CHECK_STATUS(call(f, ADMIN, "GET", "/api/v1/local/first", NULL, NULL), 200);
}

TEST(builder, drops_data_only_when_asked)
{
    struct fix *f = fix();
    static const char REMOVE[] = "{\"op\":\"field.remove\",\"entity\":"
                                 "\"store\",\"field\":\"note\"}";

    CHECK_STATUS(
        publish(f,
                "{\"op\":\"entity.add\",\"name\":\"store\","
                "\"fields\":[{\"name\":\"name\"},{\"name\":\"note\"}]}",
                ""),
        200);
    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/local/store", NULL,
                      "{\"name\":\"A\",\"note\":\"kept\"}"),
                 201);
    CHECK_STATUS(publish(f, REMOVE, ""), 409);
    CHECK_HAS(at(f, "error.issues.0.message"), "note");
    CHECK_STATUS(call(f, ADMIN, "GET", "/api/v1/local/store", NULL, NULL), 200);
    CHECK_CSTR(at(f, "items.0.note"), "kept");
    CHECK_STATUS(publish(f, REMOVE, ",\"allow_drop\":true"), 200);
    CHECK_STATUS(call(f, ADMIN, "GET", "/api/v1/local/store", NULL, NULL), 200);
    CHECK(strstr(body_text(f), "kept") == NULL);
}

TEST(builder, says_of_every_property_whose_it_is)
{
    struct fix *f = fix();

    CHECK_STATUS(publish(f,
                         "{\"op\":\"field.set\",\"entity\":\"shop:account\","
                         "\"field\":\"name\",\"label\":\"Firm\"}",
                         ""),
                 200);
    CHECK_STATUS(call(f, ADMIN, "GET",
                      BUILDER "element?entity=shop:account&field=name", NULL,
                      NULL),
                 200);
    CHECK_CSTR(at(f, "package"), "shop");
    CHECK_CSTR(at(f, "own"), "false");
    CHECK_HAS(body_text(f), "\"value\":\"Firm\",\"from\":\"local\",\"file\":"
                            "\"extend/shop.account.xml\"");
    CHECK_HAS(body_text(f), "\"overridden\":true,\"vendor\":");
    CHECK_STATUS(publish(f,
                         "{\"op\":\"field.set\",\"entity\":\"shop:account\","
                         "\"field\":\"name\",\"label\":null}",
                         ""),
                 200);
    CHECK_STATUS(call(f, ADMIN, "GET",
                      BUILDER "element?entity=shop:account&field=name", NULL,
                      NULL),
                 200);
    CHECK(strstr(body_text(f), "Firm") == NULL);
    CHECK_STATUS(call(f, ADMIN, "GET",
                      BUILDER "element?entity=shop:account&field=nme", NULL,
                      NULL),
                 404);
    CHECK_STATUS(call(f, ADMIN, "GET", BUILDER "element", NULL, NULL), 422);
    CHECK_STATUS(call(f, ADMIN, "GET", BUILDER "palette", NULL, NULL), 200);
    CHECK_CSTR(at(f, "elements.0.element"), "entity");
}

TEST(builder, makes_an_entity_of_a_pasted_sheet_with_its_rows)
{
    struct fix *f = fix();
    const char *csv, *acts, *p, *file;

    CHECK_STATUS(
        call(f, ADMIN, "POST", BUILDER "infer", NULL,
             "{\"label\":\"Parcel\",\"text\":\"Name\\tSent on\\tKind\\n"
             "A\\t24.12.2025\\tSmall\\nB\\t1.1.2026\\tLarge\\n"
             "C\\t2.1.2026\\tSmall\\nD\\t\\tSmall\\n\"}"),
        200);
    CHECK_CSTR(at(f, "columns.1.type"), "date");
    CHECK_CSTR(at(f, "columns.2.type"), "choice");
    csv = text(f, "%s", at(f, "csv"));
    p = strstr(body_text(f), "\"acts\":[");
    CHECK(p != NULL);
    acts = text(f, "%.*s", (int)(strstr(p, "],\"csv\"") - p - 8), p + 8);
    CHECK_STATUS(publish(f, acts, ""), 200);
    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/files?name=parcel.csv",
                      "Content-Type: application/octet-stream\n", csv),
                 201);
    file = text(f, "%s", at(f, "id"));
    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/local/parcel/import", NULL,
                      text(f, "{\"file\":\"%s\"}", file)),
                 202);
}

TEST(builder, is_for_administrators)
{
    struct fix *f = fix();

    CHECK_STATUS(call(f, USER, "GET", BUILDER "files", NULL, NULL), 403);
    CHECK_STATUS(call(f, NOBODY, "POST", BUILDER "preview", NULL, "{}"), 401);
    CHECK_STATUS(call(f, USER, "POST", BUILDER "publish", NULL, "{}"), 403);
    CHECK_STATUS(call(f, READER, "POST", BUILDER "publish", NULL, "{}"), 403);
}

TEST(builder, says_what_is_wrong_with_a_body)
{
    static const struct {
        const char *what, *body;
        int status;
        const char *part;
    } WRONG[] = {
        {"preview", "{}", 422, "acts"},
        {"preview", "{\"acts\":[]}", 422, "at least one"},
        {"preview", "{\"acts\":[3]}", 422, "An act is an object"},
        {"preview", "{\"acts\":[{\"op\":\"no\"}]}", 422, "acts.0.op"},
        {"preview", "{\"acts\":[],\"hsh\":1}", 422, "hsh"},
        {"preview", "{\"acts\":[{\"op\":\"field.set\",\"entity\":\"nope\"}]}",
         422, "acts.0.entity"},
        {"publish", "{\"acts\":[]}", 422, "hash"},
        {"publish", "{\"acts\":[],\"hash\":\"abc\"}", 409, "meanwhile"},
        {"undo/1", "{}", 404, "nothing to undo"},
        {"undo/abc", "{}", 404, "no such change"},
        {"undo/99999", "{}", 404, "nothing to undo"},
        {"infer", "{}", 422, "text"},
        {"infer", "{\"text\":\"\\n\"}", 422, "nothing in it"},
    };
    struct fix *f = fix();
    size_t i;

    for (i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        CHECK_STATUS(call(f, ADMIN, "POST",
                          text(f, BUILDER "%s", WRONG[i].what), NULL,
                          WRONG[i].body),
                     WRONG[i].status);
        CHECK_HAS(body_text(f), WRONG[i].part);
    }
}

/* --- two builders at once, under load -------------------------------------------- */

enum { FIELDS = 4, BUILDERS = 2, USERS = 2 };

struct busy {
    struct fix *f;
    int number;
    int published, stale, other, reads, writes, failed;
    _Atomic bool *stop;
};

static int ask(struct busy *b, const char *method, const char *target,
               struct str body, struct http_test_result *res, struct arena *a)
{
    char headers[512];

    (void)snprintf(headers, sizeof headers,
                   "Authorization: Bearer %s\nContent-Type: application/json\n",
                   b->f->admin_token);
    http_test_request(api_handle, b->f->api, method, target, headers, body, a,
                      res);
    return res->status;
}

static void publish_one(struct busy *b, int i, struct arena *a)
{
    const struct json *tree = NULL;
    struct http_test_result res;
    struct str body;
    int status = 409;

    while (status == 409) {
        arena_reset(a);
        if (ask(b, "GET", BUILDER "files", STR(""), &res, a) != 200 ||
            json_parse(res.body, a, &tree, NULL) != RC_OK)
            break;
        body = str_fmt(a,
                       "{\"hash\":\"%.*s\",\"acts\":[{\"op\":\"field.add\","
                       "\"entity\":\"race\",\"name\":\"f_%d_%d\"}]}",
                       STR_ARG(json_str(json_at(tree, "hash"), STR(""))),
                       b->number, i);
        status = ask(b, "POST", BUILDER "publish", body, &res, a);
        b->stale += status == 409;
    }
    b->published += status == 200;
    b->other += status != 200;
}

static void *build(void *arg)
{
    struct busy *b = arg;
    struct arena a;
    int i;

    arena_init(&a, 64 << 20);
    for (i = 0; i < FIELDS; i++)
        publish_one(b, i, &a);
    arena_release(&a);
    return NULL;
}

static void *use(void *arg)
{
    struct busy *b = arg;
    struct arena a;

    arena_init(&a, 64 << 20);
    while (!*b->stop) {
        struct http_test_result res;
        int status = ask(b, "POST", "/api/v1/local/race",
                         STR("{\"name\":\"x\"}"), &res, &a);

        b->writes += status == 201;
        b->failed += status != 201;
        status = ask(b, "GET", "/api/v1/local/race?limit=5", STR(""), &res, &a);
        b->reads += status == 200;
        b->failed += status != 200;
        arena_reset(&a);
    }
    arena_release(&a);
    return NULL;
}

TEST(builder, two_build_at_once_and_nobody_who_works_notices)
{
    struct fix *f = fix();
    struct busy builders[BUILDERS] = {{NULL}}, users[USERS] = {{NULL}};
    pthread_t bt[BUILDERS], ut[USERS];
    _Atomic bool stop = false;
    int i, k;

    CHECK_STATUS(publish(f,
                         "{\"op\":\"entity.add\",\"name\":\"race\",\"fields\":["
                         "{\"name\":\"name\"}]}",
                         ""),
                 200);
    for (i = 0; i < USERS; i++) {
        users[i] = (struct busy){.f = f, .number = i, .stop = &stop};
        CHECK(pthread_create(&ut[i], NULL, use, &users[i]) == 0);
    }
    for (i = 0; i < BUILDERS; i++) {
        builders[i] = (struct busy){.f = f, .number = i};
        CHECK(pthread_create(&bt[i], NULL, build, &builders[i]) == 0);
    }
    for (i = 0; i < BUILDERS; i++)
        pthread_join(bt[i], NULL);
    stop = true;
    for (i = 0; i < USERS; i++) {
        pthread_join(ut[i], NULL);
        CHECK_I64(users[i].failed, 0);
        CHECK(users[i].writes > 0 && users[i].reads > 0);
    }
    CHECK_STATUS(
        call(f, ADMIN, "GET", BUILDER "element?entity=local:race", NULL, NULL),
        200);
    for (i = 0; i < BUILDERS; i++) {
        CHECK_I64(builders[i].published, FIELDS);
        CHECK_I64(builders[i].other, 0);
        for (k = 0; k < FIELDS; k++)
            CHECK_HAS(body_text(f), text(f, "\"key\":\"f_%d_%d\"", i, k));
    }
}
