/*
 * app: the program from its first start to its end, from outside.
 */
#include "support/runtime/run.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/test.h"

static const char PASSWORD[] = "four walnuts under oaks";
static const char ADMIN[] = "ada@example.org";

static const char *fresh(void)
{
    static char dir[512];

    snprintf(dir, sizeof dir, "%s/data", test_tmpdir());
    return dir;
}

static void init(const char *dir)
{
    char file[512];
    const struct ran *r;

    snprintf(
        file, sizeof file, "%s",
        write_file(test_tmpdir(), "password", "four walnuts under oaks\n"));
    r = RUN("init", "--data", dir, "--admin", ADMIN, "--password-file", file);
    if (r->exit != 0)
        fprintf(stderr, "%s", r->err);
    CHECK_I64(r->exit, 0);
}

static unsigned mode_of(const char *dir, const char *name)
{
    char path[1024];
    struct stat st;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    CHECK(stat(path, &st) == 0);
    return (unsigned)st.st_mode & 0777u;
}

static void token_of(const char *dir, char token[128])
{
    const struct ran *r =
        RUN("token", "create", "--data", dir, "--user", ADMIN);
    size_t n;

    CHECK_I64(r->exit, 0);
    n = strlen(r->out);
    CHECK(strncmp(r->out, "pgt_", 4) == 0 && n < 128);
    CHECK(r->out[n - 1] == '\n' && strchr(r->out, '\n') == r->out + n - 1);
    memcpy(token, r->out, n);
    token[n - 1] = '\0';
}

/* --- the first start --------------------------------------------------------- */

TEST(app, has_no_account_before_somebody_sets_it_up_once)
{
    const char *dir = fresh();
    const struct http_got *g;
    struct server s;
    char body[1024];

    server_start(&s, dir, NULL);
    CHECK(s.setup[0] != '\0');
    g = http_ask(s.port, "GET", "/healthz", "", "");
    CHECK_I64(g->status, 200);
    g = http_ask(s.port, "GET", "/api/v1/crm/account", "", "");
    CHECK_I64(g->status, 401);
    g = http_ask(s.port, "POST", "/api/v1/session", "",
                 "{\"email\":\"admin\",\"password\":\"admin\"}");
    CHECK_I64(g->status, 401);

    snprintf(body, sizeof body,
             "{\"token\":\"%s\",\"name\":\"Ada\",\"email\":\"%s\","
             "\"password\":\"short\"}",
             s.setup, ADMIN);
    g = http_ask(s.port, "POST", "/api/v1/setup", "", body);
    CHECK_I64(g->status, 422);
    CHECK_HAS(g->body, "\"path\":\"password\"");

    snprintf(body, sizeof body,
             "{\"token\":\"%s\",\"name\":\"Ada\",\"email\":\"%s\","
             "\"password\":\"%s\"}",
             s.setup, ADMIN, PASSWORD);
    g = http_ask(s.port, "POST", "/api/v1/setup", "", body);
    CHECK_I64(g->status / 100, 2);
    CHECK_HAS(g->head, "HttpOnly");
    g = http_ask(s.port, "POST", "/api/v1/setup", "", body);
    CHECK_I64(g->status, 403); /* once */
    snprintf(body, sizeof body, "{\"email\":\"%s\",\"password\":\"%s\"}", ADMIN,
             PASSWORD);
    g = http_ask(s.port, "POST", "/api/v1/session", "", body);
    CHECK_I64(g->status, 200);
    CHECK_I64(server_stop(&s, SIGTERM), 0);

    server_start(&s, dir, NULL);
    CHECK_CSTR(s.setup, ""); /* there is an administrator */
    CHECK_I64(server_stop(&s, SIGINT), 0);
}

TEST(app, keeps_its_folder_to_itself)
{
    const char *dir = fresh();
    struct server s;

    server_start(&s, dir, NULL);
    CHECK_I64(mode_of(dir, "."), 0700);
    CHECK_I64(mode_of(dir, "secret.key"), 0600);
    CHECK_I64(mode_of(dir, "perigee.lock"), 0600);
    CHECK_I64(mode_of(dir, "perigee.sock"), 0600);
    CHECK_I64(mode_of(dir, "workspaces/main"), 0700);
    CHECK_I64(mode_of(dir, "workspaces/main/workspace.db"), 0600);
    CHECK_I64(server_stop(&s, SIGTERM), 0);
}

TEST(app, keeps_what_commands_make_to_itself_too)
{
    const char *dir = fresh();

    init(dir);
    CHECK_I64(mode_of(dir, "."), 0700);
    CHECK_I64(mode_of(dir, "secret.key"), 0600);
    CHECK_I64(mode_of(dir, "workspaces/main/workspace.db"), 0600);
}

TEST(app, refuses_a_second_server_on_the_same_data)
{
    const char *dir = fresh();
    const struct ran *r;
    struct server s;

    server_start(&s, dir, NULL);
    r = RUN("serve", "--data", dir, "--listen", "127.0.0.1:0");
    CHECK_I64(r->exit, 3);
    CHECK_HAS(r->err, "Another perigee is using");
    CHECK_I64(server_stop(&s, SIGTERM), 0);
}

TEST(app, says_when_its_port_is_taken)
{
    const char *dir = fresh();
    char other[512], at[64];
    const struct ran *r;
    struct server s;

    server_start(&s, dir, NULL);
    snprintf(other, sizeof other, "%s/other", test_tmpdir());
    snprintf(at, sizeof at, "127.0.0.1:%d", s.port);
    r = RUN("serve", "--data", other, "--listen", at);
    CHECK_I64(r->exit, 3);
    CHECK_HAS(r->err, at);
    CHECK_I64(server_stop(&s, SIGTERM), 0);
}

TEST(app, comes_back_after_a_death)
{
    const char *dir = fresh();
    struct server s;
    char token[128], header[256];

    init(dir);
    token_of(dir, token);
    server_start(&s, dir, NULL);
    CHECK_I64(server_stop(&s, SIGKILL), 128 + SIGKILL);
    server_start(&s, dir, NULL); /* a socket and a lock file are left */
    snprintf(header, sizeof header, "Authorization: Bearer %s\r\n", token);
    CHECK_I64(
        http_ask(s.port, "GET", "/api/v1/crm/account", header, "")->status,
        200);
    CHECK_I64(server_stop(&s, SIGTERM), 0);
}

TEST(app, makes_a_certificate_beyond_this_machine)
{
    const char *more[] = {"--listen", "0.0.0.0:0", NULL};
    const char *dir = fresh();
    struct server s;

    server_start(&s, dir, more);
    CHECK(strncmp(s.url, "https://", 8) == 0);
    CHECK_I64(mode_of(dir, "tls/key.pem"), 0600);
    CHECK_I64(server_stop(&s, SIGTERM), 0);
}

/* --- commands ------------------------------------------------------------------ */

/* The same with a server and without. */
static void commands(const char *dir)
{
    char csv[1024];
    const struct ran *r;

    r = RUN("user", "list", "--data", dir, "--json");
    CHECK_I64(r->exit, 0);
    CHECK_HAS(r->out, "\"email\":\"ada@example.org\"");
    r = RUN("token", "create", "--data", dir, "--user", "nobody@example.org");
    CHECK_I64(r->exit, 1);
    CHECK_HAS(r->err, "nobody@example.org");
    CHECK_CSTR(r->out, "");

    snprintf(
        csv, sizeof csv, "%s",
        write_file(test_tmpdir(), "a.csv", "name\nAcme\n\"Umbra, Ltd\"\n"));
    r = RUN("import", "--data", dir, "--entity", "crm:account", "--dry-run",
            csv);
    CHECK_I64(r->exit, 0);
    CHECK_HAS(r->out, "2 created");
    r = RUN("export", "--data", dir, "--entity", "crm:account");
    CHECK_I64(r->exit, 0);
    CHECK(strstr(r->out, "Acme") == NULL);
    r = RUN("import", "--data", dir, "--entity", "crm:account", csv, "--json");
    CHECK_I64(r->exit, 0);
    CHECK_HAS(r->out, "\"created\":2");
    r = RUN("export", "--data", dir, "--entity", "crm:account", "--fields",
            "name", "--filter", "name = 'Umbra, Ltd'");
    CHECK_I64(r->exit, 0);
    CHECK_HAS(r->out, "\"Umbra, Ltd\"");
    CHECK(strstr(r->out, "Acme") == NULL);
    r = RUN("export", "--data", dir, "--entity", "crm:acount");
    CHECK_I64(r->exit, 1);
    CHECK_HAS(r->err, "crm:account");
    r = RUN("export", "--data", dir, "--entity", "crm:account", "--filter",
            "nmae = 'x'");
    CHECK_I64(r->exit, 1);
    CHECK_HAS(r->err, "name");
}

TEST(app, runs_commands_while_no_server_does)
{
    const char *dir = fresh();

    init(dir);
    commands(dir);
}

TEST(app, runs_commands_through_the_server)
{
    const char *dir = fresh();
    struct server s;

    init(dir);
    server_start(&s, dir, NULL);
    commands(dir);
    CHECK_I64(server_stop(&s, SIGTERM), 0);
}

static void make_package(const char *dir, const char *field)
{
    char below[1024], text[1024];

    mkdir(dir, 0700);
    snprintf(below, sizeof below, "%s/entities", dir);
    mkdir(below, 0700);
    write_file(dir, "package.xml",
               "<package format=\"1\" id=\"acme\" version=\"1.0.0\" "
               "label=\"Acme\"/>\n");
    snprintf(text, sizeof text,
             "<entity name=\"visit\" label=\"Visit\">\n  <field name=\"name\" "
             "%s/>\n</entity>\n",
             field);
    write_file(below, "visit.xml", text);
}

/* acme goes out with a record and comes in again with it. */
static void export_and_install(const char *dir)
{
    char out[600], csv[700];
    const struct ran *r;

    snprintf(out, sizeof out, "%s/out", test_tmpdir());
    snprintf(
        csv, sizeof csv, "%s",
        write_file(test_tmpdir(), "visit.csv", "name\n\"=a, \"\"b\"\"\"\n"));
    CHECK_I64(RUN("import", csv, "--entity", "acme:visit", "--data", dir)->exit,
              0);
    r = RUN("export", "acme", out, "--data", dir, "--records", "--json");
    CHECK_I64(r->exit, 0);
    CHECK_HAS(r->out, "{\"package\":\"acme\",\"folder\":");
    CHECK_HAS(r->out, "\"files\":5,\"notes\":[]}");
    r = RUN("export", "acme", out, "--data", dir);
    CHECK_I64(r->exit, 1);
    CHECK_HAS(r->err, "--force");
    CHECK_I64(RUN("remove", "acme", "--data", dir, "--records", "delete")->exit,
              0);
    CHECK_I64(RUN("install", out, "--data", dir)->exit, 0);
    r = RUN("export", "--data", dir, "--entity", "acme:visit", "--fields",
            "name");
    CHECK_HAS(r->out, "\"'=a, \"\"b\"\"\"");
    CHECK_I64(RUN("export", "acme", out, "--data", dir, "--force")->exit, 0);
    r = RUN("export", "local", out, "--data", dir, "--force");
    CHECK_I64(r->exit, 1);
    CHECK_HAS(r->err, "Nothing has been built");
}

static void packages(const char *dir)
{
    char package[512];
    const struct ran *r;

    snprintf(package, sizeof package, "%s/acme", test_tmpdir());
    make_package(package, "tpye=\"text\"");
    r = RUN("check", package, "--data", dir);
    CHECK_I64(r->exit, 1);
    CHECK_HAS(r->err, "entities/visit.xml:2:");
    CHECK_HAS(r->err, "type");
    r = RUN("install", package, "--data", dir, "--json");
    CHECK_I64(r->exit, 1);
    CHECK_HAS(r->out, "\"ok\":false");

    make_package(package, "required=\"true\"");
    r = RUN("check", package, "--data", dir, "--json");
    CHECK_I64(r->exit, 0);
    CHECK_HAS(r->out, "\"ok\":true");
    r = RUN("plan", package, "--data", dir);
    CHECK_I64(r->exit, 0);
    CHECK_HAS(r->out, "Visit");
    r = RUN("install", package, "--data", dir, "--json");
    CHECK_I64(r->exit, 0);
    CHECK_HAS(r->out, "\"package\":\"acme\",\"version\":\"1.0.0\"");
    r = RUN("export", "--data", dir, "--entity", "acme:visit");
    CHECK_I64(r->exit, 0);
    export_and_install(dir);
    r = RUN("remove", "acme", "--data", dir, "--records", "delete");
    CHECK_I64(r->exit, 0);
    r = RUN("remove", "acme", "--data", dir);
    CHECK_I64(r->exit, 1);
    r = RUN("remove", "sys", "--data", dir);
    CHECK_I64(r->exit, 1);
    r = RUN("install", "no.such", "--data", dir);
    CHECK_I64(r->exit, 1);
    CHECK_HAS(r->err, "no.such");
}

TEST(app, checks_installs_and_removes_without_a_server)
{
    const char *dir = fresh();

    init(dir);
    packages(dir);
}

TEST(app, checks_installs_and_removes_while_the_server_runs)
{
    const char *dir = fresh();
    struct server s;

    init(dir);
    server_start(&s, dir, NULL);
    packages(dir);
    CHECK_I64(server_stop(&s, SIGTERM), 0);
}

/* Until `perigee dev` has written this; what it has written so far. */
static const char *wait_for_text(const char *path, const char *text)
{
    static char got[65536];
    const struct timespec pause = {0, 20000000};

    for (int i = 0; i < 500; i++) {
        FILE *f = fopen(path, "r");
        size_t n = f ? fread(got, 1, sizeof got - 1, f) : 0;

        got[n] = '\0';
        if (f)
            fclose(f);
        if (strstr(got, text))
            return got;
        (void)nanosleep(&pause, NULL);
    }
    return got;
}

TEST(app, follows_a_folder_as_it_changes)
{
    const char *dir = fresh();
    char package[512], out[512];
    struct server s;
    int status = 0;
    pid_t pid;

    init(dir);
    server_start(&s, dir, NULL);
    snprintf(package, sizeof package, "%s/acme", test_tmpdir());
    snprintf(out, sizeof out, "%s/dev.out", test_tmpdir());
    make_package(package, "");
    pid = run_background(
        out, (const char *const[]){"dev", package, "--data", dir, NULL});
    CHECK_HAS(wait_for_text(out, "watching"), "acme 1.0.0 is installed");
    make_package(package, "tpye=\"text\"");
    CHECK_HAS(wait_for_text(out, "M102"), "entities/visit.xml:2:");
    CHECK_I64(RUN("export", "--entity", "acme:visit", "--data", dir)->exit, 0);
    make_package(package, "/><field name=\"city\"");
    CHECK_HAS(wait_for_text(out, "City"), "Add field City");
    CHECK(kill(pid, SIGTERM) == 0);
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK_I64(server_stop(&s, SIGTERM), 0);
    CHECK_I64(RUN("dev", "/no/such", "--data", dir)->exit, 3);
}

TEST(app, installs_by_id_from_the_folder_of_packages)
{
    const char *dir = fresh();
    char apps[600], package[700];

    init(dir);
    snprintf(apps, sizeof apps, "%s/apps", dir);
    snprintf(package, sizeof package, "%s/acme", apps);
    make_package(package, "");
    CHECK_I64(RUN("install", "acme", "--data", dir)->exit, 0);
    CHECK_I64(RUN("export", "--entity", "acme:visit", "--data", dir)->exit, 0);
    CHECK_I64(RUN("install", "acme", "--data", dir, "--apps", "/no/such")->exit,
              1);
    CHECK_I64(RUN("install", "../acme", "--data", dir)->exit, 3);
}

TEST(app, answers_what_it_accepted_before_it_ends)
{
    const char *dir = fresh();
    char token[128], header[256];
    struct server s;
    int created = 0;
    const struct ran *r;
    const char *at;
    int found = 0;

    init(dir);
    token_of(dir, token);
    server_start(&s, dir, NULL);
    snprintf(header, sizeof header, "Authorization: Bearer %s\r\n", token);
    for (int i = 0; i < 20; i++)
        created += http_ask(s.port, "POST", "/api/v1/crm/account", header,
                            "{\"name\":\"Written\"}")
                       ->status == 201;
    CHECK_I64(server_stop(&s, SIGTERM), 0);
    CHECK_I64(created, 20);
    r = RUN("export", "--data", dir, "--entity", "crm:account", "--fields",
            "name");
    for (at = strstr(r->out, "Written"); at; at = strstr(at + 1, "Written"))
        found++;
    CHECK_I64(found, created);
}

TEST(app, checks_a_package_without_any_data)
{
    char package[512];
    const struct ran *r;

    snprintf(package, sizeof package, "%s/acme", test_tmpdir());
    make_package(package, "");
    r = RUN("check", package, "--data", "/no/such/data");
    CHECK_I64(r->exit, 0);
    r = RUN("check", "/no/such/package", "--data", "/no/such/data");
    CHECK_I64(r->exit, 3);
}

/* --- mistakes --------------------------------------------------------------------- */

TEST(app, tells_usage_from_refusal_from_not_now)
{
    const struct ran *r;

    CHECK_I64(RUN("srve")->exit, 2);
    CHECK_I64(RUN("serve", "--nonsense")->exit, 2);
    CHECK_I64(RUN("export")->exit, 2);
    CHECK_I64(RUN("export", "local")->exit, 2);
    CHECK_I64(RUN("export", "local", "x", "y")->exit, 2);
    CHECK_I64(RUN("export", "local", "x", "--entity", "crm:deal")->exit, 2);
    CHECK_I64(RUN("export", "--entity", "crm:deal", "--force")->exit, 2);
    CHECK_I64(RUN("export", "--entity", "crm:deal", "--format", "pdf")->exit,
              2);
    CHECK_I64(RUN("token", "create", "--user", "a", "--expires", "soon")->exit,
              2);
    r = RUN("user", "list", "--data", "/no/such/data");
    CHECK_I64(r->exit, 3);
    CHECK_HAS(r->err, "/no/such/data");
    r = RUN("user", "list", "--data", "/no/such/data", "--json");
    CHECK_I64(r->exit, 3);
    CHECK_HAS(r->out, "{\"error\":{\"code\":");
    r = RUN("serve", "--data", test_tmpdir(), "--listen", "http://0.0.0.0:0");
    CHECK_I64(r->exit, 1); /* plain HTTP for the whole network */
    CHECK_I64(RUN("help")->exit, 0);
    CHECK_I64(RUN("help", "token", "create")->exit, 0);
    r = RUN("version", "--json");
    CHECK_I64(r->exit, 0);
    for (const char *const *lib =
             (const char *const[]){"sqlite", "civetweb", "tls", "libxml2",
                                   "jansson", "utf8proc", NULL};
         *lib; lib++)
        CHECK_HAS(r->out, *lib);
    CHECK_I64(RUN("schema", "--xsd")->exit, 0);
}

TEST(app, makes_no_administrator_with_a_weak_password_or_twice)
{
    const char *dir = fresh();
    char weak[512];
    const struct ran *r;

    snprintf(weak, sizeof weak, "%s",
             write_file(test_tmpdir(), "weak", "password"));
    r = RUN("init", "--data", dir, "--admin", ADMIN, "--password-file", weak);
    CHECK_I64(r->exit, 1);
    CHECK_HAS(r->err, "15 characters");
    CHECK(access(dir, F_OK) != 0);
    init(dir);
    snprintf(weak, sizeof weak, "%s",
             write_file(test_tmpdir(), "password", PASSWORD));
    r = RUN("init", "--data", dir, "--admin", ADMIN, "--password-file", weak);
    CHECK_I64(r->exit, 1);
    CHECK_HAS(r->err, "administrator already");
}
