/* Memory that runs out fails the request, with nothing half done, nothing kept,
   and the next one served. */
#include "support/runtime/api_fixture.h"

#define ACC "/api/v1/shop/account"

static void each_failing(enum who who, const char *method, const char *target,
                         const char *body, int want)
{
    struct fix *f = fix();
    const char *before, *after;
    bool worked = false;

    CHECK_STATUS(call(f, ADMIN, "GET", ACC "?filter=city%3D'Oom'&count=true",
                      NULL, NULL),
                 200);
    before = at(f, "count.value");
    WITH_EACH_ALLOC_FAILING (i) {
        int status = call(f, who, method, target, NULL, body);

        worked = status == want;
        /* 0: the loopback's own memory; the answer never came */
        if (status != want && status != 503 && status != 500 && status != 0)
            test_fail(__FILE__, __LINE__, "%s %s answered %d: %s", method,
                      target, status, body_text(f));
        if (!http_method_is_safe(*method == 'G' ? HTTP_GET : HTTP_POST) &&
            worked)
            break;
    }
    CHECK(worked);
    CHECK_STATUS(call(f, ADMIN, "GET", ACC "?filter=city%3D'Oom'&count=true",
                      NULL, NULL),
                 200);
    after = at(f, "count.value");
    if (*method == 'G')
        CHECK_CSTR(after, before);
}

TEST(memory, a_list_survives_any_failed_allocation)
{
    each_failing(READER, "GET", ACC "?limit=5&expand=owner", NULL, 200);
}

TEST(memory, an_earlier_time_survives_any_failed_allocation)
{
    struct fix *f = fix();
    const char *id = new_account(f, "{\"name\":\"Past\",\"staff\":1}");

    f->r.clock.now += 1000;
    CHECK_STATUS(
        call(f, ADMIN, "PATCH", text(f, ACC "/%s", id), NULL, "{\"staff\":2}"),
        200);
    each_failing(READER, "GET",
                 ACC "?filter=name%3D'Past'&expand=owner&"
                     "as_of=2026-03-01T08:00:00.500Z",
                 NULL, 200);
    f->r.clock.now = FIXTURE_NOW;
}

TEST(memory, the_model_survives_any_failed_allocation)
{
    each_failing(READER, "GET", "/api/v1/model", NULL, 200);
}

TEST(memory, a_create_survives_any_failed_allocation)
{
    each_failing(USER, "POST", ACC, "{\"name\":\"m\",\"city\":\"Oom\"}", 201);
}

TEST(memory, a_batch_survives_any_failed_allocation)
{
    each_failing(USER, "POST", "/api/v1/batch",
                 "{\"requests\":[{\"method\":\"POST\",\"path\":\"" ACC
                 "\",\"body\":{\"name\":\"m\",\"city\":\"Oom\"}}]}",
                 200);
}

/* A POST that changes nothing, until it lacks nothing. */
static void each_failing_read(const char *target, const char *body)
{
    struct fix *f = fix();
    int status = 0;

    WITH_EACH_ALLOC_FAILING (i) {
        status = call(f, ADMIN, "POST", target, NULL, body);
        if (status != 200 && status != 503 && status != 500 && status != 0)
            test_fail(__FILE__, __LINE__, "%s answered %d: %s", target, status,
                      body_text(f));
    }
    CHECK_I64(status, 200);
}

TEST(memory, a_pasted_sheet_survives_any_failed_allocation)
{
    each_failing_read("/api/v1/builder/infer",
                      "{\"text\":\"Name\\tDay\\nA\\t1.2.2026\\n\"}");
}

TEST(memory, a_preview_survives_any_failed_allocation)
{
    each_failing_read("/api/v1/builder/preview",
                      "{\"acts\":[{\"op\":\"field.add\",\"entity\":"
                      "\"shop:account\",\"name\":\"x_oom\"}]}");
}

TEST(memory, a_publish_survives_any_failed_allocation)
{
    struct fix *f = fix();
    int status = 0;

    WITH_EACH_ALLOC_FAILING (i) {
        const char *hash, *body = "";

        WITHOUT_FAULTS
        {
            CHECK_STATUS(
                call(f, ADMIN, "GET", "/api/v1/builder/files", NULL, NULL),
                200);
            hash = at(f, "hash");
            body = text(f,
                        "{\"hash\":\"%s\",\"acts\":[{\"op\":\"field.set\","
                        "\"entity\":\"shop:account\",\"field\":\"name\","
                        "\"help\":\"Try %ld\"}]}",
                        hash, i);
        }
        status = call(f, ADMIN, "POST", "/api/v1/builder/publish", NULL, body);
        if (status == 200)
            break;
        if (status != 503 && status != 500 && status != 0 && status != 409)
            test_fail(__FILE__, __LINE__, "publish answered %d: %s", status,
                      body_text(f));
    }
    CHECK_I64(status, 200);
}
