/*
 * Command line, folders, environment; and events on a real connection: what
 * the contract says of the program, from outside.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "support/runtime/http_raw.h"
#include "support/runtime/run.h"
#include "support/test.h"

static const char ADMIN[] = "ada@example.org";

static struct arena arena;
static char base[400], dir[512]; /* of this test */

static void init(void)
{
    static char password[512];

    arena_reset(&arena);
    snprintf(base, sizeof base, "%s", test_tmpdir());
    snprintf(dir, sizeof dir, "%s/data", base);
    snprintf(password, sizeof password, "%s",
             write_file(base, "password", "four walnuts under oaks\n"));
    CHECK_I64(RUN("init", "--data", dir, "--admin", ADMIN, "--password-file",
                  password, "--currency", "CHF", "--tz", "Europe/Zurich",
                  "--lang", "de")
                  ->exit,
              0);
}

/* stdout is exactly one JSON value, and has this member. */
static const struct json *one_value(const struct ran *r, const char *member)
{
    const struct json *v = NULL;
    struct err err = ERR_INIT;

    if (arena_bytes(&arena) == 0)
        arena_init(&arena, 64 << 20);
    if (json_parse(str_c(r->out), &arena, &v, &err) != RC_OK)
        test_fail(__FILE__, __LINE__, "no JSON (%s): %s%s", err.text, r->out,
                  r->err);
    if (member && (v->kind != JSON_OBJECT || !json_get(v, str_c(member))))
        test_fail(__FILE__, __LINE__, "no \"%s\": %s", member, r->out);
    return v;
}

static void token(char out[128])
{
    const struct ran *r =
        RUN("token", "create", "--data", dir, "--user", ADMIN);

    CHECK_I64(r->exit, 0);
    snprintf(out, 128, "%.*s", (int)strcspn(r->out, "\n"), r->out);
}

static const char *package(const char *version, const char *body)
{
    static char path[512];
    char text[2000];

    snprintf(path, sizeof path, "%s/acme", base);
    CHECK(mkdir(path, 0700) == 0 || access(path, F_OK) == 0);
    snprintf(text, sizeof text,
             "<package format=\"1\" id=\"acme\" version=\"%s\" "
             "label=\"A\"><summary>S.</summary></package>",
             version);
    (void)write_file(path, "package.xml", text);
    (void)write_file(path, "all.xml", body);
    return path;
}

#define THING                                                                  \
    "<bundle><entity name=\"thing\"><field name=\"name\"/></entity></bundle>"

/* --- exit codes and --json ------------------------------------------------------- */

TEST(program, exits_0_1_2_3_as_the_contract_says)
{
    const char *bad;

    init();
    CHECK_I64(RUN("version")->exit, 0);
    CHECK_I64(RUN("help")->exit, 0);
    CHECK_I64(RUN("help", "token")->exit, 0);
    CHECK_HAS(RUN("help", "token")->out, "perigee token create");
    CHECK_HAS(RUN("help", "user")->out, "perigee user list");
    CHECK_I64(RUN("help", "nothing")->exit, 2);
    CHECK_I64(RUN("nothing")->exit, 2);
    CHECK_I64(RUN("import", "--data", dir)->exit, 2);
    CHECK_I64(RUN("user", "password", "--data", dir)->exit, 2);
    bad = package("1.0.0", "<bundle><entity name=\"thing\"><field name=\"n\" "
                           "type=\"mony\"/></entity></bundle>");
    CHECK_I64(RUN("check", bad)->exit, 1);
    CHECK_I64(
        RUN("token", "create", "--data", dir, "--user", "no@example.org")->exit,
        1);
    CHECK_I64(RUN("user", "list", "--data", "/nonexistent/x")->exit, 3);
}

TEST(program, answers_one_json_value_of_the_shape_of_the_contract)
{
    const struct json *v;
    const char *path;

    init();
    v = one_value(
        RUN("token", "create", "--data", dir, "--user", ADMIN, "--json"),
        "token");
    CHECK(json_at(v, "id") && json_at(v, "expires_at"));

    path = package("1.0.0", "<bundle><entity name=\"thing\"><field name=\"n\" "
                            "type=\"mony\"/></entity></bundle>");
    v = one_value(RUN("check", path, "--json"), "messages");
    CHECK(json_at(v, "ok") && !json_at(v, "ok")->u.b);
    v = &json_at(v, "messages")->u.array.v[0];
    CHECK(json_at(v, "file") && json_at(v, "line") && json_at(v, "column") &&
          json_at(v, "severity") && json_at(v, "code") &&
          json_at(v, "message") && json_at(v, "hint"));

    path = package("1.0.0", THING);
    v = one_value(RUN("plan", path, "--data", dir, "--json"), "steps");
    CHECK(json_at(v, "package") && json_at(v, "from") && json_at(v, "to") &&
          json_at(v, "refused") && json_at(v, "review"));
    v = &json_at(v, "steps")->u.array.v[0];
    CHECK(json_at(v, "op") && json_at(v, "entity") && json_at(v, "field") &&
          json_at(v, "rows") && json_at(v, "ms") && json_at(v, "words"));

    v = one_value(RUN("install", path, "--data", dir, "--json"), "generation");
    CHECK(json_at(v, "package") && json_at(v, "version"));
    CHECK_I64((int64_t)json_str(json_at(v, "txn"), STR("")).n, 11);
    v = one_value(RUN("remove", "acme", "--data", dir, "--json"), "generation");
    CHECK_I64((int64_t)json_str(json_at(v, "txn"), STR("")).n, 11);

    v = one_value(RUN("nothing", "--json"), "error");
    CHECK_STR(json_str(json_at(json_at(v, "error"), "code"), STR("")),
              "E_USAGE");
}

TEST(program, imports_and_exports_what_the_contract_says)
{
    const struct json *v;
    const char *csv;

    init();
    csv = write_file(base, "a.csv", "name,employees\nAcme,5\nB,x\n");
    v = one_value(
        RUN("import", "--data", dir, "--entity", "crm:account", "--json", csv),
        "rows");
    CHECK_I64(json_at(v, "rows")->u.i, 2);
    CHECK_I64(json_at(v, "created")->u.i, 1);
    CHECK_I64(json_at(v, "failed")->u.i, 1);
    v = &json_at(v, "issues")->u.array.v[0];
    CHECK_I64(json_at(v, "line")->u.i, 3);
    CHECK(json_at(v, "column") && json_at(v, "code") && json_at(v, "message") &&
          json_at(v, "value"));
    v = one_value(RUN("export", "--data", dir, "--entity", "crm:account",
                      "--format", "json"),
                  NULL);
    CHECK(v->kind == JSON_ARRAY && v->u.array.n == 1);
}

/* --- folders, environment ---------------------------------------------------------- */

TEST(program, keeps_the_folders_of_the_contract)
{
    static const char *const BELOW[] = {"perigee.lock", "secret.key",
                                        "workspaces/main/workspace.db"};
    char path[1024];
    struct stat st;
    size_t i;

    init();
    CHECK(stat(dir, &st) == 0 && (st.st_mode & 0777u) == 0700);
    for (i = 0; i < sizeof BELOW / sizeof *BELOW; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, BELOW[i]);
        CHECK(stat(path, &st) == 0);
    }
}

/* PERIGEE_DATA is taken away from every child of a test. */
TEST(program, reads_flags_then_the_environment)
{
    init();
    CHECK(setenv("PERIGEE_LOG", "loud", 1) == 0);
    CHECK_I64(RUN("user", "list", "--data", dir)->exit, 2);
    CHECK_I64(RUN("user", "list", "--data", dir, "--log", "off")->exit, 0);
    CHECK(unsetenv("PERIGEE_LOG") == 0);
    CHECK_I64(RUN("user", "list", "--data", dir)->exit, 0);
}

/* --- backup ---------------------------------------------------------------------- */

static void copy_file(const char *from, const char *below)
{
    char to[1024], piece[65536];
    FILE *in = fopen(from, "rb"), *out;
    size_t n;

    snprintf(to, sizeof to, "%s/back/%s", base, below);
    out = fopen(to, "wb");
    CHECK(in && out);
    while ((n = fread(piece, 1, sizeof piece, in)) > 0)
        CHECK(fwrite(piece, 1, n, out) == n);
    CHECK(fclose(in) == 0 && fclose(out) == 0 && chmod(to, 0600) == 0);
}

static void make_folder(const char *below)
{
    char path[1024];

    snprintf(path, sizeof path, "%s/back%s", base, below);
    CHECK(mkdir(path, 0700) == 0 || access(path, F_OK) == 0);
}

/* A data folder with the copy as its workspace works. */
static void check_copy(const char *copy)
{
    char other[600], secret[600];
    const struct ran *r;

    make_folder("");
    make_folder("/workspaces");
    make_folder("/workspaces/main");
    copy_file(copy, "workspaces/main/workspace.db");
    snprintf(secret, sizeof secret, "%s/secret.key", dir);
    copy_file(secret, "secret.key");
    snprintf(other, sizeof other, "%s/back", base);
    r = RUN("user", "list", "--data", other);
    CHECK_I64(r->exit, 0);
    CHECK_HAS(r->out, ADMIN);
    r = RUN("export", "--data", other, "--entity", "crm:account");
    CHECK_HAS(r->out, "Backed up");
}

static void backup(void)
{
    char file[600];
    const struct json *v;
    const struct ran *r;
    struct stat st;

    CHECK_I64(RUN("import", "--data", dir, "--entity", "crm:account",
                  write_file(base, "b.csv", "name\nBacked up\n"))
                  ->exit,
              0);
    v = one_value(RUN("backup", "--data", dir, "--json"), "file");
    CHECK_HAS(str_cstr(&arena, json_str(json_at(v, "file"), STR(""))),
              "/backups/main-");
    CHECK(stat(str_cstr(&arena, json_str(json_at(v, "file"), STR(""))), &st) ==
          0);
    CHECK_I64((int64_t)st.st_size, json_at(v, "bytes")->u.i);
    CHECK((st.st_mode & 0777u) == 0600);

    snprintf(file, sizeof file, "%s/copy.db", base);
    r = RUN("backup", "--data", dir, file);
    CHECK_I64(r->exit, 0);
    CHECK_HAS(r->out, file);
    check_copy(file);
    CHECK_I64(RUN("backup", "--data", dir, file)->exit, 1); /* it is there */
    CHECK_I64(RUN("backup", "--data", dir, "/nonexistent/x/y.db")->exit, 1);
    CHECK_I64(RUN("backup", "--data", dir, "a", "b")->exit, 2);
    CHECK_I64(RUN("backup", "--data", "/nonexistent/x")->exit, 3);
}

TEST(program, backs_up_while_no_server_runs)
{
    init();
    backup();
}

TEST(program, backs_up_while_the_server_runs)
{
    struct server s;

    init();
    server_start(&s, dir, NULL);
    backup();
    CHECK_I64(http_ask(s.port, "GET", "/healthz", "", "")->status, 200);
    CHECK_I64(server_stop(&s, SIGTERM), 0);
}

/* --- events on a connection -------------------------------------------------------- */

TEST(program, a_stream_tells_changes_models_jobs_and_comments_every_15_s)
{
    char secret[128], request[600], head[400];
    const char *path, *got;
    struct server s;
    int64_t began;
    int fd, i;

    init();
    server_start(&s, dir, NULL);
    token(secret);
    snprintf(request, sizeof request,
             "GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
             "Authorization: Bearer %s\r\nAccept: text/event-stream\r\n\r\n",
             s.port, secret);
    fd = raw_connect(s.port);
    raw_send(fd, request, strlen(request));
    got = raw_read(fd, 1500, NULL);
    CHECK_HAS(got, "200");
    CHECK_HAS(got, "text/event-stream");
    began = raw_ms();

    snprintf(head, sizeof head, "Authorization: Bearer %s\r\n", secret);
    CHECK_I64(http_ask(s.port, "POST", "/api/v1/crm/account", head,
                       "{\"name\":\"Live\"}")
                  ->status,
              201);
    got = raw_read(fd, 1500, NULL);
    CHECK_HAS(got, "event: change\ndata: {\"entity\":\"crm:account\"");
    CHECK_HAS(got, "\nid: ");

    path = package("1.0.0", THING);
    CHECK_I64(RUN("install", path, "--data", dir)->exit, 0);
    got = raw_read(fd, 2500, NULL);
    CHECK_HAS(got, "event: model\ndata: {\"generation\":");

    /* then nothing happens, and a comment says that the line is there */
    for (i = 0, got = ""; i < 20 && !strstr(got, ":\n\n"); i++)
        got = raw_read(fd, 1000, NULL);
    CHECK_HAS(got, ":\n\n");
    CHECK(raw_ms() - began >= 14000);
    close(fd);
    CHECK_I64(server_stop(&s, SIGTERM), 0);
}
