#include "support/runtime/api_fixture.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

static const struct fixture_file SHOP[] = {
    {"package.xml",
     "<package format=\"1\" id=\"shop\" version=\"1.0.0\" label=\"Shop\">"
     "<summary>For the tests of the interface.</summary></package>"},
    {"entities/all.xml",
     "<bundle>"
     "<entity name=\"account\" label=\"Account\" plural=\"Accounts\""
     " title=\"name\" search=\"name city\" import-key=\"name\">"
     "<field name=\"name\" required=\"true\" max=\"80\"/>"
     "<field name=\"city\"/>"
     "<field name=\"email\" type=\"email\" unique=\"true\"/>"
     "<field name=\"staff\" type=\"int\" min=\"0\"/>"
     "<field name=\"owner\" type=\"user\"/>"
     "<field name=\"logo\" type=\"file\"/>"
     "<field name=\"scan\" type=\"file\" accept=\"application/pdf image/*\""
     " max-size=\"1kB\"/>"
     "</entity>"
     "<entity name=\"deal\" label=\"Deal\" plural=\"Deals\" title=\"name\">"
     "<field name=\"name\" required=\"true\"/>"
     "<field name=\"account\" type=\"ref\" to=\"account\" "
     "on-delete=\"restrict\""
     " inverse=\"deals\"/>"
     "<field name=\"amount\" type=\"money\"/>"
     "<field name=\"chance\" type=\"percent\"/>"
     "<field name=\"closed_on\" type=\"date\"/>"
     "<field name=\"met_at\" type=\"datetime\"/>"
     "<field name=\"hot\" type=\"bool\"/>"
     "<field name=\"tags\" type=\"multichoice\" open=\"true\">"
     "<option code=\"a\" label=\"A\"/><option code=\"b\" label=\"B\"/></field>"
     "<field name=\"number\" type=\"autonumber\" pattern=\"D-{0000}\"/>"
     "<status name=\"stage\" initial=\"open\">"
     "<state code=\"open\" label=\"Open\"/>"
     "<state code=\"won\" label=\"Won\" kind=\"done\"/>"
     "<state code=\"lost\" label=\"Lost\" kind=\"lost\"/>"
     "<move from=\"open\" to=\"won\" label=\"Win\" require=\"amount\"/>"
     "<move from=\"open\" to=\"lost\" label=\"Lose\"/>"
     "</status>"
     "</entity>"
     "</bundle>"},
    {NULL, NULL}};

static struct fix FIX;
static bool is_open;

static struct workspace *find(void *ctx, struct str host, struct str name)
{
    struct fix *f = ctx;

    (void)host;
    return name.n == 0 || str_is(name, "main") ? &f->ws : NULL;
}

static void queued(void *arg)
{
    struct fix *f = arg;

    if (f->jobs)
        job_runner_wake(f->jobs);
}

static bool asset(void *ctx, struct str path, struct api_asset *out)
{
    (void)ctx;
    if (str_is(path, "index.html"))
        *out =
            (struct api_asset){STR("<!doctype html><title>x</title>"), STR_NONE,
                               STR_NONE, "text/html; charset=utf-8"};
    else if (str_is(path, "assets/main-AB12CD34.js"))
        *out = (struct api_asset){STR("1;"), STR_NONE, STR_NONE, NULL};
    else
        return false;
    return true;
}

static bool each(void *ctx, const char *prefix,
                 bool (*visit)(void *arg, const char *path, struct str bytes),
                 void *arg)
{
    (void)ctx;
    if (strncmp("apps/tiny", prefix, strlen(prefix)) != 0 &&
        strcmp(prefix, "apps/tiny/") != 0)
        return true;
    return visit(arg, "apps/tiny/package.xml",
                 STR("<package format=\"1\" id=\"tiny\" version=\"2.0.0\""
                     " label=\"Tiny\"><summary>Small.</summary></package>")) &&
           visit(arg, "apps/tiny/entities/thing.xml",
                 STR("<entity name=\"thing\"><field name=\"name\"/></entity>"));
}

static void changed(void *arg, int64_t id)
{
    struct fix *f = arg;

    (void)id;
    bell_ring(f->ws.changed);
}

static const char *new_token(struct fix *f, int64_t user, bool may_write)
{
    struct auth_new_token t;
    struct err err = ERR_INIT;

    CHECK_RC(auth_token_create(&f->ws, user, STR("test"), 0, may_write,
                               &f->r.arena, &t, &err),
             RC_OK);
    return str_cstr(&f->r.arena, t.token);
}

static int64_t new_user(struct fix *f, const char *json)
{
    return records_fixture_create(&f->r, "sys:user", json);
}

static void sign_in(struct fix *f)
{
    struct auth_session s;
    struct err err = ERR_INIT;

    CHECK_RC(auth_password_set(&f->ws, f->admin, STR(PASSWORD), &err), RC_OK);
    CHECK_RC(auth_sign_in(&f->ws, STR("ann@example.com"), STR(PASSWORD),
                          STR("127.0.0.1"), STR("test"), &f->r.arena, &s,
                          &(int){0}, &err),
             RC_OK);
    f->cookie = str_cstr(&f->r.arena, s.token);
    f->csrf = str_cstr(&f->r.arena, s.csrf);
}

static void begin(struct fix *f)
{
    struct api_config config = {.find = find,
                                .ctx = f,
                                .asset = asset,
                                .source = {each, NULL},
                                .version = "0"};
    struct job_config job_config;
    struct err err = ERR_INIT;

    log_set_level(LOG_LEVEL_OFF); /* refusals are what is tested */
    records_fixture_open(&f->r);
    records_fixture_install(&f->r, fixture_texts(&f->r.arena, "shop", SHOP));
    f->ws.name = STR("main");
    f->ws.store = f->r.store;
    f->ws.slot = f->r.slot;
    f->ws.clock = &f->r.clock.clock;
    f->ws.changed = bell_new();
    f->ws.queued = queued;
    f->ws.queued_arg = f;
    f->ws.data_dir = f->ws.public_url = STR("");
    f->admin = new_user(f, "{\"name\":\"Ann\",\"email\":\"ann@example.com\","
                           "\"active\":true,\"admin\":true}");
    f->user = new_user(f, "{\"name\":\"Ben\",\"email\":\"ben@example.com\","
                          "\"active\":true}");
    f->admin_token = new_token(f, f->admin, true);
    f->user_token = new_token(f, f->user, true);
    f->reader_token = new_token(f, f->user, false);
    sign_in(f);
    CHECK_RC(api_new(&config, &f->api, &err), RC_OK);
    f->api_jobs = (struct api_jobs){&f->ws, {each, NULL}, NULL};
    f->n_kinds = api_job_kinds(&f->api_jobs, f->kinds);
    f->kinds[f->n_kinds++] = package_job_kind(&f->ws);
    job_config = (struct job_config){.store = f->ws.store,
                                     .clock = f->ws.clock,
                                     .kinds = f->kinds,
                                     .n_kinds = f->n_kinds,
                                     .changed = changed,
                                     .changed_arg = f};
    CHECK_RC(job_runner_open(&job_config, &f->jobs, &err), RC_OK);
    arena_init(&f->a, 256 << 20);
}

static void end(void)
{
    struct fix *f = &FIX;

    job_runner_close(f->jobs);
    api_free(f->api);
    bell_free(f->ws.changed);
    arena_release(&f->a);
    records_fixture_close(&f->r);
}

struct fix *fix(void)
{
    if (!is_open) {
        is_open = true;
        begin(&FIX);
        atexit(end);
    }
    arena_reset(&FIX.a);
    return &FIX;
}

const char *text(struct fix *f, const char *fmt, ...)
{
    char line[4096];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    return str_cstr(&f->a, str_c(line));
}

const char *batch_of(struct fix *f, size_t n, const char *body)
{
    struct str out = STR_NONE;
    struct buf b;
    size_t i;

    buf_init(&b, 1 << 20);
    buf_adds(&b, "{\"requests\":[");
    for (i = 0; i < n; i++)
        buf_addf(&b,
                 "%s{\"method\":\"POST\",\"path\":\"/api/v1/shop/account\","
                 "\"body\":%s}",
                 i ? "," : "", body);
    buf_adds(&b, "]}");
    CHECK_RC(buf_finish(&b, &f->a, &out, NULL), RC_OK);
    buf_release(&b);
    return str_cstr(&f->a, out);
}

static const char *credentials(struct fix *f, enum who who, const char *method)
{
    switch (who) {
    case ADMIN:
        return text(f, "Authorization: Bearer %s\n", f->admin_token);
    case USER:
        return text(f, "Authorization: Bearer %s\n", f->user_token);
    case READER:
        return text(f, "Authorization: Bearer %s\n", f->reader_token);
    case PERSON:
        return text(f, "Cookie: s=%s\n%s%s%s", f->cookie,
                    strcmp(method, "GET") == 0 ? "" : "X-CSRF: ",
                    strcmp(method, "GET") == 0 ? "" : f->csrf,
                    strcmp(method, "GET") == 0 ? "" : "\n");
    case NOBODY:
    case CLI:
        break;
    }
    return "";
}

int call_bytes(struct fix *f, enum who who, const char *method,
               const char *target, const char *headers, struct str body)
{
    const char *all =
        text(f, "%s%s%s", credentials(f, who, method), headers ? headers : "",
             body.n > 0 && (!headers || !strstr(headers, "Content-Type"))
                 ? "Content-Type: application/json\n"
                 : "");

    if (who == CLI)
        http_local_request(api_handle, f->api, method, target, all, body, &f->a,
                           &f->res);
    else
        http_test_request(api_handle, f->api, method, target, all, body, &f->a,
                          &f->res);
    return f->res.status;
}

int call(struct fix *f, enum who who, const char *method, const char *target,
         const char *headers, const char *body)
{
    return call_bytes(f, who, method, target, headers,
                      body ? str_c(body) : STR(""));
}

const char *body_text(struct fix *f)
{
    return str_cstr(&f->a, f->res.body);
}

const struct json *body_json(struct fix *f)
{
    const struct json *v = NULL;
    struct err err = ERR_INIT;

    if (json_parse(f->res.body, &f->a, &v, &err) != RC_OK)
        test_fail(__FILE__, __LINE__, "no JSON (%s): %.300s", err.text,
                  body_text(f));
    return v;
}

static const struct json *step(const struct json *v, struct str name)
{
    int64_t i;

    if (v && v->kind == JSON_ARRAY && str_to_i64(name, &i))
        return i >= 0 && (size_t)i < v->u.array.n ? &v->u.array.v[i] : NULL;
    return v && v->kind == JSON_OBJECT ? json_get(v, name) : NULL;
}

const char *at(struct fix *f, const char *path)
{
    const struct json *v = body_json(f);
    struct str rest = str_c(path), name, out = STR_NONE;
    struct json_w w;
    struct buf b;

    while (str_split(&rest, '.', &name))
        v = step(v, name);
    if (!v)
        return "(absent)";
    if (v->kind == JSON_STR)
        return str_cstr(&f->a, v->u.s);
    buf_init(&b, 1 << 20);
    json_w_init(&w, &b);
    json_w_tree(&w, v);
    CHECK_RC(buf_finish(&b, &f->a, &out, NULL), RC_OK);
    buf_release(&b);
    return str_cstr(&f->a, out);
}

const char *header(struct fix *f, const char *name)
{
    struct str v = http_test_header(&f->res, name);

    return v.p ? str_cstr(&f->a, v) : "(absent)";
}

const char *new_account(struct fix *f, const char *json)
{
    CHECK_STATUS(call(f, ADMIN, "POST", "/api/v1/shop/account", NULL, json),
                 201);
    return at(f, "id");
}
