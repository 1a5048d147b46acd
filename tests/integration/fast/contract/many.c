/* Many at once: batches, jobs, files. */
#include "contract.h"

#include "package/package.h"

TEST(many, an_atomic_batch_answers_its_txn_and_a_result_each)
{
    struct fix *f = contract();
    const char *id;

    CHECK_STATUS(
        call(f, ADMIN, "POST", "/api/v1/batch", NULL,
             "{\"mode\":\"atomic\",\"requests\":[{\"method\":\"POST\",\"path\":"
             "\"" ASSET "\",\"body\":{\"name\":\"b0\"}},{\"method\":\"POST\","
             "\"path\":\"" RENTAL "\",\"body\":{\"name\":\"b1\",\"asset\":"
             "\"$0\"}}]}"),
        200);
    CHECK_CSTR(at(f, "txn"), header(f, "Perigee-Txn"));
    CHECK_CSTR(at(f, "results.0.status"), "201");
    CHECK_CSTR(at(f, "results.1.status"), "201");
    id = at(f, "results.0.body.id");
    CHECK_CSTR(at(f, "results.1.body.asset"), id);
    CHECK_CSTR(at(f, "results.2"), "(absent)");
    /* one undo takes all of it back */
    CHECK_STATUS(call(f, ADMIN, "POST",
                      text(f, "/api/v1/undo/%s", header(f, "Perigee-Txn")),
                      NULL, NULL),
                 200);
    CHECK_CSTR(at(f, "undone"), "2");
    CHECK_STATUS(call(f, ADMIN, "GET", text(f, "%s/%s", ASSET, id), NULL, NULL),
                 404);
}

TEST(many, dollar_n_may_point_forward_and_into_an_anyref)
{
    struct fix *f = contract();

    CHECK_STATUS(
        call(f, ADMIN, "POST", "/api/v1/batch", NULL,
             "{\"requests\":[{\"method\":\"POST\",\"path\":\"" RENTAL
             "\",\"body\":{\"asset\":\"$1\",\"about\":{\"entity\":"
             "\"acme.rental:asset\",\"id\":\"$1\"}}},{\"method\":\"POST\","
             "\"path\":\"" ASSET "\",\"body\":{\"name\":\"fwd\"}}]}"),
        200);
    CHECK_CSTR(at(f, "results.0.body.asset"), at(f, "results.1.body.id"));
    CHECK_CSTR(at(f, "results.0.body.about.id"), at(f, "results.1.body.id"));
    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/batch", NULL,
                      "{\"requests\":[{\"method\":\"POST\",\"path\":\"" RENTAL
                      "\",\"body\":{\"asset\":\"$7\"}}]}"),
                 422);
    CHECK_CSTR(at(f, "error.issues.0.path"), "requests.0.asset");
}

TEST(many, partial_is_200_with_a_status_each)
{
    struct fix *f = contract();

    CHECK_STATUS(
        call(
            f, ADMIN, "POST", "/api/v1/batch", NULL,
            "{\"mode\":\"partial\",\"requests\":[{\"method\":\"POST\",\"path\":"
            "\"" ASSET "\",\"body\":{}},{\"method\":\"POST\",\"path\":\"" ASSET
            "\",\"body\":{\"name\":\"p\"}},{\"method\":\"PATCH\",\"path\":"
            "\"" ASSET "/00000000001\",\"body\":{\"name\":\"x\"}}]}"),
        200);
    CHECK_CSTR(at(f, "results.0.status"), "422");
    CHECK_CSTR(at(f, "results.0.body.error.code"), "E_VALIDATION");
    CHECK_CSTR(at(f, "results.1.status"), "201");
    CHECK_CSTR(at(f, "results.2.status"), "404");
}

TEST(many, a_batch_has_at_most_500)
{
    struct fix *f = contract();

    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/batch", NULL,
                      batch_of(f, 500, "{\"name\":\"500\"}")),
                 200);
    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/batch", NULL,
                      batch_of(f, 501, "{\"name\":\"501\"}")),
                 422);
}

TEST(many, every_write_answers_perigee_txn)
{
    struct fix *f = contract();
    const char *one =
        text(f, "%s/%s", ASSET, make(f, ASSET, "{\"name\":\"w\"}"));
    const char *last = header(f, "Perigee-Txn");
    int i;
    struct {
        const char *method, *target, *body;
    } const writes[] = {{"PATCH", one, "{\"city\":\"w\"}"},
                        {"DELETE", one, NULL},
                        {"POST", text(f, "%s/restore", one), NULL},
                        {"POST", "/api/v1/batch",
                         "{\"requests\":[{\"method\":\"POST\",\"path\":\"" ASSET
                         "\",\"body\":{\"name\":\"w2\"}}]}"},
                        {"POST", text(f, "/api/v1/undo/%s", last), NULL}};

    for (i = 0; i < 4; i++) {
        CHECK(call(f, ADMIN, writes[i].method, writes[i].target, NULL,
                   writes[i].body) < 300);
        CHECK_I64((int64_t)strlen(header(f, "Perigee-Txn")), 11);
        CHECK(strcmp(header(f, "Perigee-Txn"), last) != 0);
        last = header(f, "Perigee-Txn");
    }
    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/files?name=w", BYTES, "w"),
                 201);
    CHECK_I64((int64_t)strlen(header(f, "Perigee-Txn")), 11);
}

/* --- jobs ---------------------------------------------------------------------- */

/* An import of one asset; the job's id. */
static const char *import_one(struct fix *f, const char *name)
{
    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/files?name=a.csv", BYTES,
                      text(f, "name,city\n%s,Job\n", name)),
                 201);
    CHECK_STATUS(
        call(f, ADMIN, "POST", ASSET "/import", NULL,
             text(f,
                  "{\"file\":\"%s\",\"map\":{\"mode\":\"create\","
                  "\"columns\":{\"name\":\"name\",\"city\":\"city\"}}}",
                  at(f, "id"))),
        202);
    return at(f, "job");
}

TEST(many, a_job_has_state_done_total_and_result)
{
    struct fix *f = contract();
    const char *id = import_one(f, "jobbed");

    CHECK_CSTR(header(f, "Location"), text(f, "/api/v1/jobs/%s", id));
    CHECK_CSTR(job_end(f, id), "done");
    CHECK(strcmp(at(f, "done"), "(absent)") != 0);
    CHECK(strcmp(at(f, "total"), "(absent)") != 0);
    CHECK_CSTR(at(f, "result.created"), "1");
    CHECK_CSTR(at(f, "result.rows"), "1");
}

TEST(many, delete_cancels_a_job_and_404_where_there_is_none)
{
    struct fix *f = contract();
    const char *id = import_one(f, "cancelled"), *state;

    CHECK_STATUS(
        call(f, ADMIN, "DELETE", text(f, "/api/v1/jobs/%s", id), NULL, NULL),
        204);
    state = job_end(f, id); /* it may have been quicker */
    CHECK(strcmp(state, "cancelled") == 0 || strcmp(state, "done") == 0);
    CHECK_STATUS(
        call(f, ADMIN, "DELETE", "/api/v1/jobs/00000000001", NULL, NULL), 404);
    CHECK_STATUS(
        call(f, USER, "GET", text(f, "/api/v1/jobs/%s", id), NULL, NULL), 404);
}

/* Idle runners look every five seconds: job_end waits for one. */
TEST(many, a_job_queued_by_an_install_begins_at_once)
{
    static const struct fixture_file ONE[] = {
        {"package.xml", "<package format='1' id='indexed' version='1.0.0' "
                        "label='I'/>"},
        {"all.xml", "<bundle><entity name='thing' search='name'>"
                    "<field name='name'/><field name='other'/></entity>"
                    "</bundle>"},
        {NULL, NULL}};
    static const struct fixture_file TWO[] = {
        {"package.xml", "<package format='1' id='indexed' version='1.1.0' "
                        "label='I'/>"},
        {"all.xml", "<bundle><entity name='thing' search='name other'>"
                    "<field name='name'/><field name='other'/></entity>"
                    "</bundle>"},
        {NULL, NULL}};
    struct fix *f = contract();
    int i;

    (void)install(f, "indexed", ONE);
    make(f, "/api/v1/indexed/thing", "{\"name\":\"n\",\"other\":\"quagga\"}");
    CHECK(install(f, "indexed", TWO) > 0);
    for (i = 0; i < 100; i++) { /* two seconds */
        get(f, "/api/v1/search?q=quagga&entities=indexed:thing");
        if (strcmp(at(f, "items"), "[]") != 0)
            break;
        pause_ms(20);
    }
    CHECK_CSTR(at(f, "items.0.title"), "n");
}

TEST(many, the_number_of_an_install_undoes_no_records)
{
    static const struct fixture_file ONE[] = {
        {"package.xml", "<package format='1' id='numbered' version='1.0.0' "
                        "label='N'/>"},
        {"all.xml", "<bundle><entity name='thing'><field name='name'/></entity>"
                    "</bundle>"},
        {NULL, NULL}};
    struct fix *f = contract();
    const char *txn = id_of(f, install(f, "numbered", ONE));

    CHECK_STATUS(
        call(f, ADMIN, "POST", text(f, "/api/v1/undo/%s", txn), NULL, NULL),
        422);
    CHECK_HAS(at(f, "error.message"), "changed no records");
}

TEST(many, an_install_is_a_job_whose_result_has_its_number)
{
    struct fix *f = contract();
    const char *key = "Idempotency-Key: tiny\n", *job;
    const char *body = "{\"package\":\"tiny\"}";

    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/packages/install", key, body),
                 202);
    job = at(f, "job");
    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/packages/install", key, body),
                 202);
    CHECK_CSTR(at(f, "job"), job);
    CHECK_CSTR(job_end(f, job), "done");
    CHECK_CSTR(at(f, "result.package"), "tiny");
    CHECK_I64((int64_t)strlen(at(f, "result.txn")), 11);
    refresh(f);
}

/* --- files --------------------------------------------------------------------- */

TEST(many, a_file_is_uploaded_201_and_its_bytes_come_back)
{
    struct fix *f = contract();
    const char *id;

    CHECK_STATUS(
        call(f, ADMIN, "POST", "/api/v1/files?name=a.pdf", BYTES, "%PDF-1.7"),
        201);
    id = at(f, "id");
    CHECK_CSTR(at(f, "name"), "a.pdf");
    CHECK_CSTR(at(f, "size"), "8");
    CHECK_CSTR(header(f, "Location"), text(f, "/api/v1/files/%s", id));
    get(f, text(f, "/api/v1/files/%s", id));
    CHECK_STR(f->res.body, "%PDF-1.7");
    CHECK_HAS(header(f, "Content-Disposition"), "attachment");
}

TEST(many, a_file_is_swept_after_24_hours_unattached)
{
    struct fix *f = contract();
    const char *loose, *kept;
    struct err err = ERR_INIT;

    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/files?name=l", BYTES, "loose"),
                 201);
    loose = text(f, "/api/v1/files/%s", at(f, "id"));
    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/files?name=k", BYTES, "kept"),
                 201);
    kept = text(f, "/api/v1/files/%s", at(f, "id"));
    make(f, RENTAL, text(f, "{\"paper\":\"%s\"}", at(f, "id")));
    f->r.clock.now += INT64_C(86400000) - 1000;
    CHECK_RC(api_sweep(&f->ws, &err), RC_OK);
    get(f, loose);
    f->r.clock.now += 2000;
    CHECK_RC(api_sweep(&f->ws, &err), RC_OK);
    CHECK_STATUS(call(f, ADMIN, "GET", loose, NULL, NULL), 404);
    get(f, kept);
}
