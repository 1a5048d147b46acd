/* Pages, health, packages, OpenAPI; and that the table of routes holds. */
#include <stdlib.h>
#include <time.h>

#include "api/call.h"
#include "support/runtime/api_fixture.h"

TEST(pages, the_application_comes_with_a_strict_policy)
{
    static const char *const PAGES[] = {"/",      "/app",    "/app/crm/deal/x",
                                        "/setup", "/signin", "/w/main/app"};
    size_t i;

    for (i = 0; i < sizeof PAGES / sizeof *PAGES; i++) {
        struct fix *f = fix();

        CHECK_STATUS(call(f, NOBODY, "GET", PAGES[i], NULL, NULL), 200);
        CHECK_CSTR(header(f, "Content-Security-Policy"),
                   "default-src 'none'; script-src 'self'; style-src 'self'; "
                   "img-src 'self' data: blob:; connect-src 'self'; font-src "
                   "'self'; manifest-src 'self'; form-action 'self'; "
                   "frame-ancestors 'none'; base-uri 'none'; "
                   "require-trusted-types-for 'script'");
        CHECK_CSTR(header(f, "Content-Type"), "text/html; charset=utf-8");
    }
}

TEST(pages, assets_are_kept_by_the_browser_and_nothing_else_is_found)
{
    struct fix *f = fix();

    CHECK_STATUS(call(f, NOBODY, "GET", "/assets/main-AB12CD34.js", NULL, NULL),
                 200);
    CHECK_HAS(header(f, "Cache-Control"), "immutable");
    CHECK_CSTR(header(f, "Content-Type"), "text/javascript; charset=utf-8");
    CHECK_STATUS(call(f, NOBODY, "GET", "/assets/none.js", NULL, NULL), 404);
    CHECK_STATUS(
        call(f, NOBODY, "GET", "/assets/%2e%2e/index.html", NULL, NULL), 400);
    CHECK_STATUS(call(f, NOBODY, "GET", "/elsewhere", NULL, NULL), 404);
}

TEST(health, the_process_answers_anybody)
{
    struct fix *f = fix();

    CHECK_STATUS(call(f, NOBODY, "GET", "/healthz", NULL, NULL), 200);
    CHECK_STATUS(call(f, NOBODY, "GET", "/readyz", NULL, NULL), 200);
    CHECK_STATUS(call(f, NOBODY, "GET", "/metrics", NULL, NULL), 200);
}

static const char *job_end(struct fix *f, const char *job)
{
    const struct timespec pause = {0, 2000000};

    for (int i = 0; i < 2000; i++) {
        CHECK_STATUS(
            call(f, ADMIN, "GET", text(f, "/api/v1/jobs/%s", job), NULL, NULL),
            200);
        if (strcmp(at(f, "state"), "running") != 0)
            return at(f, "state");
        (void)nanosleep(&pause, NULL);
    }
    return "never";
}

TEST(packages, have_cards_with_what_they_bring)
{
    struct fix *f = fix();

    CHECK_STATUS(call(f, ADMIN, "GET", "/api/v1/packages/tiny", NULL, NULL),
                 200);
    CHECK_CSTR(at(f, "state"), "available");
    CHECK_CSTR(at(f, "brings.entities.0"), "thing");
    CHECK(strlen(at(f, "digest")) == 64);
    CHECK_STATUS(call(f, ADMIN, "GET", "/api/v1/packages/shop", NULL, NULL),
                 200);
    CHECK_CSTR(at(f, "state"), "installed");
    CHECK_STATUS(call(f, ADMIN, "GET", "/api/v1/packages/nope", NULL, NULL),
                 404);
    CHECK_STATUS(call(f, ADMIN, "GET", "/api/v1/packages/sys", NULL, NULL),
                 404);
    CHECK_STATUS(
        call(f, ADMIN, "GET", "/api/v1/packages/tiny/screens/0", NULL, NULL),
        404);
    CHECK_STATUS(
        call(f, ADMIN, "GET", "/api/v1/packages/tiny/screens/-1", NULL, NULL),
        404);
    CHECK_STATUS(call(f, USER, "GET", "/api/v1/packages/tiny", NULL, NULL),
                 403);
}

TEST(packages, of_others_bytes_than_were_looked_at_are_not_installed)
{
    struct fix *f = fix();

    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/packages/install", NULL,
                      "{\"package\":\"tiny\",\"digest\":\"0123\"}"),
                 409);
    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/packages/install", NULL,
                      "{\"package\":\"tiny\",\"digest\":3}"),
                 422);
}

static enum rc queue_another(struct db *db, void *arg, struct arena *a,
                             struct err *err)
{
    struct fix *f = arg;
    int64_t id;

    (void)a; /* far in the future: it waits for the whole test */
    return job_enqueue(f->ws.store, db, STR("package"), STR("{}"), 0,
                       INT64_C(9000000000000), &id, err);
}

static enum rc drop_jobs(struct db *db, void *arg, struct arena *a,
                         struct err *err)
{
    (void)arg;
    (void)a;
    return db_exec(db, STR("DELETE FROM sys_job WHERE kind='package'"), err);
}

TEST(packages, change_one_at_a_time)
{
    struct fix *f = fix();
    struct db_job job = {.run = queue_another, .arg = f};

    CHECK_RC(db_write(f->ws.store, &job, &f->a, NULL), RC_OK);
    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/packages/install", NULL,
                      "{\"package\":\"tiny\"}"),
                 409);
    CHECK_CSTR(at(f, "error.code"), "E_LOCKED");
    job.run = drop_jobs;
    CHECK_RC(db_write(f->ws.store, &job, &f->a, NULL), RC_OK);
}

TEST(packages, are_listed_planned_installed_and_removed)
{
    struct fix *f = fix();

    CHECK_STATUS(call(f, ADMIN, "GET", "/api/v1/packages", NULL, NULL), 200);
    CHECK_CSTR(at(f, "items.0.id"), "shop");
    CHECK_CSTR(at(f, "items.0.installed"), "1.0.0");
    CHECK_CSTR(at(f, "items.1.id"), "tiny");
    CHECK_CSTR(at(f, "items.1.installed"), "null");
    CHECK_CSTR(at(f, "items.1.available"), "2.0.0");
    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/packages/plan", NULL,
                      "{\"package\":\"tiny\"}"),
                 200);
    CHECK_CSTR(at(f, "package"), "tiny");
    CHECK_HAS(body_text(f), "tiny:thing");
    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/packages/install", NULL,
                      "{\"package\":\"nope\"}"),
                 422);
    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/packages/install", NULL,
                      "{\"package\":\"tiny\"}"),
                 202);
    CHECK_CSTR(job_end(f, at(f, "job")), "done");
    CHECK_CSTR(at(f, "done"), "4");
    CHECK_CSTR(at(f, "total"), "4");
    CHECK_CSTR(at(f, "result.package"), "tiny");
    CHECK_CSTR(at(f, "result.version"), "2.0.0");
    CHECK_STATUS(
        call(f, USER, "POST", "/api/v1/tiny/thing", NULL, "{\"name\":\"now\"}"),
        201);
    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/packages/plan", NULL,
                      "{\"package\":\"tiny\",\"remove\":true}"),
                 200);
    CHECK_CSTR(at(f, "steps.0.op"), "keep_entity");
    CHECK_CSTR(at(f, "steps.0.rows"), "1");
    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/packages/remove", NULL,
                      "{\"package\":\"tiny\",\"records\":\"delete\"}"),
                 202);
    CHECK_CSTR(job_end(f, at(f, "job")), "done");
    CHECK_STATUS(call(f, USER, "GET", "/api/v1/tiny/thing", NULL, NULL), 404);
    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/packages/remove", NULL,
                      "{\"package\":\"sys\"}"),
                 422);
}

/* --- OpenAPI -------------------------------------------------------------------- */

static void check_refs(struct fix *f, const struct json *root,
                       const struct json *v)
{
    size_t i;

    if (v->kind == JSON_ARRAY)
        for (i = 0; i < v->u.array.n; i++)
            check_refs(f, root, &v->u.array.v[i]);
    if (v->kind != JSON_OBJECT)
        return;
    for (i = 0; i < v->u.object.n; i++) {
        const struct json_member *m = &v->u.object.v[i];
        struct str rest, part;
        const struct json *to = root;

        check_refs(f, root, &m->value);
        if (!str_is(m->key, "$ref"))
            continue;
        rest = str_sub(json_str(&m->value, STR("")), 2, 1000);
        while (to && str_split(&rest, '/', &part))
            to = json_get(to, part);
        if (!to)
            test_fail(__FILE__, __LINE__, "%.*s leads nowhere",
                      STR_ARG(json_str(&m->value, STR(""))));
    }
}

TEST(openapi, describes_this_model_with_ids_of_their_own_and_refs_that_lead)
{
    struct fix *f = fix();
    const struct json *doc, *paths;
    struct map ids;
    size_t i, k, n = 0;

    CHECK_STATUS(call(f, ADMIN, "GET", "/api/v1/openapi.json", NULL, NULL),
                 200);
    CHECK_CSTR(at(f, "openapi"), "3.1.0");
    doc = body_json(f);
    check_refs(f, doc, doc);
    map_init(&ids, &f->a);
    paths = json_at(doc, "paths");
    for (i = 0; i < paths->u.object.n; i++) {
        const struct json *path = &paths->u.object.v[i].value;

        for (k = 0; k < path->u.object.n; k++) {
            struct str id = json_str(
                json_at(&path->u.object.v[k].value, "operationId"), STR(""));

            CHECK(id.n > 0 && !map_has(&ids, id));
            CHECK(map_put(&ids, id, &ids));
            n++;
        }
    }
    CHECK(n > 40);
    CHECK_CSTR(at(f, "components.schemas.shop_deal.properties.stage.enum"),
               "[\"open\",\"won\",\"lost\",null]");
    CHECK_CSTR(at(f, "components.schemas.shop_account_create.required"),
               "[\"name\"]");
}

TEST(openapi, leaves_out_what_this_user_may_not_do)
{
    struct fix *f = fix();

    CHECK_STATUS(call(f, USER, "GET", "/api/v1/openapi.json", NULL, NULL), 200);
    CHECK(strstr(body_text(f), "createToken") != NULL);
    CHECK(strstr(body_text(f), "installPackage") == NULL);
    CHECK(strstr(body_text(f), "\"create_sys_user\"") == NULL);
    CHECK(strstr(body_text(f), "\"list_sys_user\"") != NULL);
}

/* --- the table ---------------------------------------------------------------------- */

TEST(routes, rows_of_one_pattern_stand_together_and_say_what_they_are)
{
    const struct op *ops;
    size_t n = op_table(&ops), i, k;

    for (i = 0; i < n; i++) {
        CHECK(ops[i].summary[strlen(ops[i].summary) - 1] == '.');
        CHECK(ops[i].status >= 200 && ops[i].status < 300);
        for (k = i + 1; k < n; k++) {
            CHECK(strcmp(ops[i].id, ops[k].id) != 0);
            if (strcmp(ops[i].pattern, ops[k].pattern) == 0)
                CHECK(strcmp(ops[k - 1].pattern, ops[k].pattern) == 0);
        }
    }
}

static const char *who_of(const struct op *op)
{
    if (op->flags & OP_HUMAN)
        return "human";
    switch (op->who) {
    case OP_ANYONE:
        return "anyone";
    case OP_USER:
        return "user";
    case OP_ADMIN:
        return "administrator";
    case OP_CLI:
        break;
    }
    return "command line";
}

static const char *body_of(const struct op *op)
{
    switch (op->body) {
    case OP_NO_BODY:
        return "";
    case OP_JSON:
        return "JSON";
    case OP_JSON_OR_NOTHING:
        return "JSON or none";
    case OP_BYTES:
        break;
    }
    return "bytes";
}

TEST(routes, the_manual_has_the_table)
{
    static const char BEGIN[] = "<!-- routes: begin -->\n";
    const struct op *ops;
    size_t n = op_table(&ops), size, i;
    char *page = test_read("docs/http/api.md", &size);
    char *begin = strstr(page, BEGIN), *end;
    struct buf b;

    CHECK(begin != NULL);
    begin += sizeof BEGIN - 1;
    end = strstr(begin, "<!-- routes: end -->");
    CHECK(end != NULL);
    buf_init(&b, 1 << 20);
    buf_add(&b, str_of(page, (size_t)(begin - page)));
    buf_adds(&b, "| method | address | who | body | parameters | answers | |\n"
                 "|---|---|---|---|---|---|---|\n");
    for (i = 0; i < n; i++)
        buf_addf(&b, "| %s | `%s` | %s | %s | %s | %d | %s |\n",
                 http_method_name(ops[i].method), ops[i].pattern,
                 who_of(&ops[i]), body_of(&ops[i]), ops[i].params,
                 ops[i].status, ops[i].summary);
    buf_adds(&b, end);
    free(page);
    golden_check("../../docs/http/api.md", buf_view(&b));
    buf_release(&b);
}
