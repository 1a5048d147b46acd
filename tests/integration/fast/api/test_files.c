/* Files, imports and exports, jobs. */
#include "base/id.h"
#include "support/runtime/api_fixture.h"

#include <time.h>

#define ACC   "/api/v1/shop/account"
#define BYTES "Content-Type: application/octet-stream\n"

static const char *upload(struct fix *f, enum who who, const char *name,
                          struct str bytes)
{
    CHECK_STATUS(call_bytes(f, who, "POST",
                            text(f, "/api/v1/files?name=%s", name), BYTES,
                            bytes),
                 201);
    return at(f, "id");
}

TEST(files, come_back_byte_for_byte_as_attachments)
{
    struct fix *f = fix();
    const char *id = upload(f, USER, "a%20b%22.html", STR("<b>\0\xff</b>"));

    CHECK_CSTR(at(f, "name"), "a b\".html");
    CHECK_CSTR(at(f, "size"), "9");
    CHECK_CSTR(at(f, "type"), "text/html");
    CHECK_CSTR(header(f, "Location"), text(f, "/api/v1/files/%s", id));
    CHECK_STATUS(
        call(f, USER, "GET", text(f, "/api/v1/files/%s", id), NULL, NULL), 200);
    CHECK(str_is(f->res.body, "<b>\0\xff</b>"));
    CHECK_CSTR(header(f, "Content-Type"), "application/octet-stream");
    CHECK_CSTR(header(f, "Content-Disposition"),
               "attachment; filename=\"a_b_.html\"; "
               "filename*=UTF-8''a%20b%22.html");
    CHECK_CSTR(header(f, "X-Content-Type-Options"), "nosniff");
    CHECK_HAS(header(f, "Content-Security-Policy"), "sandbox");
    CHECK_STATUS(call(f, USER, "GET", text(f, "/api/v1/files/%s", id),
                      text(f, "If-None-Match: %s\n", header(f, "ETag")), NULL),
                 304);
}

TEST(files, a_field_takes_only_its_types_and_sizes)
{
    static const char BIG[2000] = {0};
    struct fix *f = fix();
    const char *png = upload(f, USER, "a.png", STR("x"));
    const char *pdf = upload(f, USER, "a.pdf", str_of(BIG, sizeof BIG));
    const char *words = upload(f, USER, "a.txt", STR("x"));
    const char *id;

    CHECK_STATUS(call(f, USER, "POST", ACC, NULL,
                      text(f, "{\"name\":\"A\",\"scan\":\"%s\"}", words)),
                 422);
    CHECK_CSTR(at(f, "error.issues.0.path"), "scan");
    CHECK_CSTR(at(f, "error.issues.0.code"), "wrong_file_type");
    CHECK_STATUS(call(f, USER, "POST", ACC, NULL,
                      text(f, "{\"name\":\"A\",\"scan\":\"%s\"}", pdf)),
                 422);
    CHECK_CSTR(at(f, "error.issues.0.code"), "too_large");
    CHECK_STATUS(call(f, USER, "POST", ACC, NULL,
                      text(f, "{\"name\":\"A\",\"scan\":\"%s\"}", png)),
                 201);
    CHECK_CSTR(at(f, "scan.name"), "a.png");
    id = at(f, "id");
    CHECK_STATUS(call(f, USER, "PATCH", text(f, ACC "/%s", id), NULL,
                      text(f, "{\"scan\":null,\"logo\":\"%s\"}", words)),
                 200);
}

TEST(files, large_and_empty_ones_too)
{
    static char big[(1 << 20) + 300000];
    struct fix *f = fix();
    const char *id;
    size_t i;

    for (i = 0; i < sizeof big; i++)
        big[i] = (char)(i * 7 + i / 251);
    id = upload(f, USER, "big.bin", str_of(big, sizeof big));
    CHECK_STATUS(
        call(f, USER, "GET", text(f, "/api/v1/files/%s", id), NULL, NULL), 200);
    CHECK(str_eq(f->res.body, str_of(big, sizeof big)));
    id = upload(f, USER, "same.bin", str_of(big, sizeof big)); /* kept once */
    CHECK_STATUS(
        call(f, USER, "GET", text(f, "/api/v1/files/%s", id), NULL, NULL), 200);
    CHECK(str_eq(f->res.body, str_of(big, sizeof big)));
    id = upload(f, USER, "none", STR(""));
    CHECK_STATUS(
        call(f, USER, "GET", text(f, "/api/v1/files/%s", id), NULL, NULL), 200);
    CHECK_STR(f->res.body, "");
}

TEST(files, of_others_are_not_there_until_attached_to_what_may_be_read)
{
    struct fix *f = fix();
    const char *id = upload(f, ADMIN, "secret.txt", STR("s"));
    const char *one = text(f, "/api/v1/files/%s", id);

    CHECK_STATUS(call(f, USER, "GET", one, NULL, NULL), 404);
    CHECK_STATUS(call(f, ADMIN, "GET", one, NULL, NULL), 200);
    /* nor may it be taken by writing its id into a record of one's own */
    CHECK_STATUS(call(f, USER, "POST", ACC, NULL,
                      text(f, "{\"name\":\"T\",\"logo\":\"%s\"}", id)),
                 422);
    CHECK_CSTR(at(f, "error.issues.0.path"), "logo");
    new_account(f, text(f, "{\"name\":\"F\",\"logo\":\"%s\"}", id));
    CHECK_CSTR(at(f, "logo.name"), "secret.txt");
    CHECK_STATUS(call(f, USER, "GET", one, NULL, NULL), 200);
    /* it hangs on that record now, and on no other */
    CHECK_STATUS(call(f, ADMIN, "POST", ACC, NULL,
                      text(f, "{\"name\":\"G\",\"logo\":\"%s\"}", id)),
                 422);
}

TEST(files, old_events_and_answers_go_and_the_newest_event_stays)
{
    struct fix *f = fix();
    const char *from;

    new_account(f, "{\"name\":\"Old\"}");
    f->r.clock.now += INT64_C(8) * 24 * 60 * 60 * 1000;
    CHECK_RC(api_sweep(&f->ws, NULL), RC_OK);
    CHECK_STATUS(call(f, READER, "GET", "/api/v1/events?after=0",
                      "Accept: application/json\n", NULL),
                 200);
    CHECK_CSTR(at(f, "items.0.event"), "reset");
    from = at(f, "next");
    new_account(f, "{\"name\":\"New\"}");
    CHECK_STATUS(call(f, READER, "GET",
                      text(f, "/api/v1/events?after=%s", from),
                      "Accept: application/json\n", NULL),
                 200);
    CHECK_CSTR(at(f, "items.0.event"), "change");
    f->r.clock.now = FIXTURE_NOW;
}

TEST(files, that_hang_on_nothing_are_swept_after_a_day)
{
    struct fix *f = fix();
    const char *loose = upload(f, USER, "loose.txt", STR("loose"));
    const char *kept = upload(f, USER, "kept.txt", STR("kept"));
    int i;

    CHECK_STATUS(call(f, USER, "POST", ACC, NULL,
                      text(f, "{\"name\":\"K\",\"logo\":\"%s\"}", kept)),
                 201);
    CHECK_RC(api_sweep(&f->ws, NULL), RC_OK);
    CHECK_STATUS(
        call(f, USER, "GET", text(f, "/api/v1/files/%s", loose), NULL, NULL),
        200);
    f->r.clock.now += 25 * 60 * 60 * 1000;
    for (i = 0; i < 9; i++)
        CHECK_RC(api_sweep(&f->ws, NULL), RC_OK);
    CHECK_STATUS(
        call(f, USER, "GET", text(f, "/api/v1/files/%s", loose), NULL, NULL),
        404);
    CHECK_STATUS(
        call(f, USER, "GET", text(f, "/api/v1/files/%s", kept), NULL, NULL),
        200);
    f->r.clock.now = FIXTURE_NOW;
}

/* --- jobs -------------------------------------------------------------------- */

/* Until it is no longer queued or running; the runner is a thread. */
static const char *wait_for(struct fix *f, enum who who, const char *job)
{
    const struct timespec pause = {0, 2000000};
    int i;

    for (i = 0; i < 2000; i++) {
        CHECK_STATUS(
            call(f, who, "GET", text(f, "/api/v1/jobs/%s", job), NULL, NULL),
            200);
        if (strcmp(at(f, "state"), "running") != 0 &&
            strcmp(at(f, "state"), "queued") != 0)
            return at(f, "state");
        (void)nanosleep(&pause, NULL);
    }
    return "never";
}

TEST(import, runs_as_a_job_and_reports_lines)
{
    struct fix *f = fix();
    const char *file, *job, *error_file;

    file = upload(f, USER, "a.csv",
                  STR("company,where,mail\nOne,Imp,\nTwo,Imp,bad\nThree,Imp,"
                      "t@example.com\n"));
    CHECK_STATUS(
        call(f, USER, "POST", ACC "/import", NULL,
             text(f,
                  "{\"file\":\"%s\",\"map\":{\"mode\":\"create\",\"columns\":{"
                  "\"company\":\"name\",\"where\":\"city\",\"mail\":\"email\"}}"
                  "}",
                  file)),
        202);
    job = at(f, "job");
    CHECK_CSTR(header(f, "Location"), text(f, "/api/v1/jobs/%s", job));
    CHECK_CSTR(wait_for(f, USER, job), "done");
    CHECK_CSTR(at(f, "result.rows"), "3");
    CHECK_CSTR(at(f, "result.created"), "2");
    CHECK_CSTR(at(f, "result.failed"), "1");
    CHECK_CSTR(at(f, "result.issues.0.line"), "3");
    error_file = at(f, "result.error_file");
    CHECK_STATUS(call(f, USER, "GET", text(f, "/api/v1/files/%s", error_file),
                      NULL, NULL),
                 200);
    CHECK_HAS(body_text(f), "_error");
    CHECK_HAS(body_text(f), "bad");
    /* what another asked for is not shown */
    CHECK_STATUS(
        call(f, READER, "GET", text(f, "/api/v1/jobs/%s", job), NULL, NULL),
        200); /* the same user, another token */
}

TEST(import, of_a_file_that_may_not_be_read_is_refused_at_once)
{
    struct fix *f = fix();
    const char *file = upload(f, ADMIN, "b.csv", STR("name\nx\n"));

    CHECK_STATUS(call(f, USER, "POST", ACC "/import", NULL,
                      text(f, "{\"file\":\"%s\"}", file)),
                 422);
    CHECK_CSTR(at(f, "error.issues.0.path"), "file");
}

TEST(export, streams_csv_and_json)
{
    struct fix *f = fix();

    new_account(f, "{\"name\":\"=cmd\",\"city\":\"Ex,port\"}");
    CHECK_STATUS(call(f, READER, "GET",
                      ACC "/export?filter=city%3D'Ex,port'&fields=name,city",
                      NULL, NULL),
                 200);
    CHECK_HAS(header(f, "Content-Type"), "text/csv");
    CHECK_HAS(header(f, "Content-Disposition"), "shop-account.csv");
    CHECK_HAS(body_text(f), "'=cmd,\"Ex,port\"");
    CHECK_STATUS(call(f, READER, "GET",
                      ACC "/export?format=json&filter=city%3D'Ex,port'", NULL,
                      NULL),
                 200);
    CHECK_CSTR(at(f, "0.name"), "=cmd");
    CHECK_STATUS(
        call(f, READER, "GET", ACC "/export?filter=cty%3D1", NULL, NULL), 422);
}

TEST(export, is_asked_about_without_being_made)
{
    struct fix *f = fix();
    const char *id = upload(f, USER, "head.txt", STR("abc"));

    CHECK_STATUS(call(f, READER, "HEAD", ACC "/export", NULL, NULL), 200);
    CHECK_HAS(header(f, "Content-Type"), "text/csv");
    CHECK_STR(f->res.body, "");
    CHECK_STATUS(
        call(f, USER, "HEAD", text(f, "/api/v1/files/%s", id), NULL, NULL),
        200);
    CHECK_STATUS(call(f, READER, "HEAD", "/api/v1/events", NULL, NULL), 200);
    CHECK_HAS(header(f, "Content-Type"), "text/event-stream");
    CHECK_STATUS(call(f, READER, "HEAD", ACC, NULL, NULL), 200);
    CHECK_STR(f->res.body, "");
}

/* --- bulk as a job ---------------------------------------------------------------- */

static const char *enqueue(struct fix *f, int64_t user, const char *args)
{
    int64_t id = 0;
    struct err err = ERR_INIT;
    char text_id[12];

    CHECK_RC(job_enqueue(f->ws.store, NULL, STR("bulk"), str_c(args), user,
                         f->r.clock.now, &id, &err),
             RC_OK);
    job_runner_wake(f->jobs);
    id_format(id, text_id);
    return text(f, "%s", text_id);
}

TEST(bulk_job, does_what_the_request_would_have_done)
{
    struct fix *f = fix();
    const char *job;
    int i;

    for (i = 0; i < 3; i++)
        new_account(f, text(f, "{\"name\":\"J%d\",\"city\":\"Job\"}", i));
    job = enqueue(f, f->user,
                  "{\"entity\":\"shop:account\",\"body\":{"
                  "\"filter\":\"city = 'Job'\",\"set\":{\"staff\":8}}}");
    CHECK_CSTR(wait_for(f, USER, job), "done");
    CHECK_CSTR(at(f, "result.changed"), "3");
    CHECK_CSTR(at(f, "result.failed"), "0");
    CHECK_STATUS(call(f, USER, "GET", ACC "?filter=city%3D'Job'", NULL, NULL),
                 200);
    CHECK_CSTR(at(f, "items.2.staff"), "8");
    /* again, as after a crash: nothing is left to do */
    job = enqueue(f, f->user,
                  "{\"entity\":\"shop:account\",\"body\":{"
                  "\"filter\":\"city = 'Job'\",\"set\":{\"staff\":8}}}");
    CHECK_CSTR(wait_for(f, USER, job), "done");
    CHECK_CSTR(at(f, "result.changed"), "0");
}

TEST(bulk_job, has_the_rights_of_its_user_when_it_runs)
{
    struct fix *f = fix();
    const char *job =
        enqueue(f, f->user,
                "{\"entity\":\"sys:user\",\"body\":{\"filter\":\"true\","
                "\"set\":{\"admin\":true}}}");

    (void)wait_for(f, ADMIN, job);
    CHECK_STATUS(call(f, USER, "GET", "/api/v1/packages", NULL, NULL), 403);
    job = enqueue(f, INT64_C(1) << 40,
                  "{\"entity\":\"shop:account\","
                  "\"body\":{\"filter\":\"true\"}}");
    CHECK_CSTR(wait_for(f, ADMIN, job), "failed");
}
