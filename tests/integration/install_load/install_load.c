/*
 * install_load - a package comes, changes and goes while a hundred thousand
 * records are read and written through HTTP: no request fails, and what is
 * installed is in menus, lists, forms, API, search, import and OpenAPI at once.
 *
 * PERIGEE_RECORDS asks for more or fewer records, PERIGEE for another program.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "support/runtime/client.h"
#include "support/runtime/run.h"
#include "support/test.h"

enum { RECORDS = 100000, READERS = 2, WRITERS = 2, WITHIN_MS = 2000 };

static const char ADMIN[] = "ada@example.org";
static const char MANIFEST[] = "<package format=\"1\" id=\"acme.visits\" "
                               "version=\"%s\" label=\"Visits\">\n"
                               "  <summary>Visits to accounts.</summary>\n"
                               "  <depends on=\"crm\" version=\"^1.0\"/>\n"
                               "</package>\n";

#define MENU_ITEM                                                              \
    "\"entity\":\"acme.visits:visit\",\"view\":\"\",\"label\":\"Visits\""

/* Twenty fields of every kind, and a link. To be filled in: place, place, was, and
   the type of report and the default of day, where mistakes may be made. */
static const char VISIT[] =
    "<entity name=\"visit\" label=\"Visit\" plural=\"Visits\""
    " search=\"%s report\">\n"
    "  <field name=\"account\" type=\"ref\" to=\"crm:account\""
    " required=\"true\" inverse=\"visits\" label=\"Account\"/>\n"
    "  <field name=\"%s\"%s required=\"true\" label=\"Place\"/>\n"
    "  <field name=\"report\" type=\"%s\" label=\"Report\"/>\n"
    "  <field name=\"day\" type=\"date\" default=\"%s\" label=\"Day\"/>\n"
    "  <field name=\"begins\" type=\"datetime\" label=\"Begins\"/>\n"
    "  <field name=\"number\" type=\"autonumber\" pattern=\"V-{0000}\""
    " label=\"Number\"/>\n"
    "  <field name=\"people\" type=\"int\" min=\"1\" label=\"People\"/>\n"
    "  <field name=\"distance\" type=\"dec\" scale=\"1\" label=\"Distance\"/>\n"
    "  <field name=\"chance\" type=\"percent\" label=\"Chance\"/>\n"
    "  <field name=\"costs\" type=\"money\" label=\"Costs\"/>\n"
    "  <field name=\"paid\" type=\"bool\" label=\"Paid\"/>\n"
    "  <field name=\"email\" type=\"email\" label=\"E-mail\"/>\n"
    "  <field name=\"phone\" type=\"phone\" label=\"Phone\"/>\n"
    "  <field name=\"page\" type=\"url\" label=\"Page\"/>\n"
    "  <field name=\"kind\" type=\"choice\" label=\"Kind\">\n"
    "    <option code=\"first\" label=\"First\"/>\n"
    "    <option code=\"again\" label=\"Again\"/>\n"
    "  </field>\n"
    "  <field name=\"topics\" type=\"multichoice\" open=\"true\""
    " label=\"Topics\"/>\n"
    "  <field name=\"guide\" type=\"user\" label=\"Guide\"/>\n"
    "  <field name=\"about\" type=\"anyref\" to=\"crm:deal crm:lead\""
    " label=\"About\"/>\n"
    "  <field name=\"picture\" type=\"file\" label=\"Picture\"/>\n"
    "  <field name=\"city\" label=\"City\"/>\n"
    "  <field name=\"country\" label=\"Country\"/>\n"
    "</entity>\n";

static char data[512], package[512], headers[256], account[16];
static const char *home;
static long records;

static int64_t mono_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- the load: in threads, so without a CHECK --------------------------------- */

struct load {
    pthread_t thread;
    struct client client;
    int n, status; /* status: one that should not have been, or 0 */
    long done, slowest_ms;
};

static struct load loads[READERS + WRITERS];
static atomic_bool is_over;

static bool expect(struct load *l, int status, int want)
{
    if (status != want && !l->client.body[0])
        l->status = -1;
    else if (status != want)
        l->status = status;
    if (status != want)
        fprintf(stderr, "client %d: %d %.300s\n", l->n, status, l->client.body);
    return status == want;
}

static bool read_some(struct load *l)
{
    char path[128];

    snprintf(path, sizeof path, "crm/account?filter=name%%3D'Account%%20%ld'",
             l->done * 7919 % records);
    if (!expect(l, client_ask(&l->client, "GET", path, NULL), 200))
        return false;
    snprintf(path, sizeof path, "search?q=account+%ld",
             l->done * 104729 % records);
    return expect(l, client_ask(&l->client, "GET", path, NULL), 200) &&
           expect(l,
                  client_ask(&l->client, "GET",
                             "crm/account?sort=name&limit=20", NULL),
                  200);
}

static bool write_some(struct load *l)
{
    char id[16], path[64], body[128];

    snprintf(body, sizeof body, "{\"name\":\"Written %d.%ld\"}", l->n, l->done);
    if (!expect(l, client_ask(&l->client, "POST", "crm/account", body), 201) ||
        !client_text(&l->client, "id", 0, id, sizeof id))
        return false;
    snprintf(path, sizeof path, "crm/account/%s", id);
    return expect(l,
                  client_ask(&l->client, "PATCH", path,
                             "{\"city\":\"Graz\",\"employees\":7}"),
                  200) &&
           expect(l, client_ask(&l->client, "DELETE", path, NULL), 204);
}

static void *work(void *arg)
{
    struct load *l = arg;
    bool more = true;

    while (more && !atomic_load(&is_over)) {
        int64_t began = mono_ms();
        long took;

        more = l->n < READERS ? read_some(l) : write_some(l);
        took = (long)(mono_ms() - began);
        l->slowest_ms = took > l->slowest_ms ? took : l->slowest_ms;
        l->done += more;
    }
    return NULL;
}

static void begin_load(const struct server *s)
{
    atomic_store(&is_over, false);
    for (int i = 0; i < READERS + WRITERS; i++) {
        loads[i] = (struct load){.n = i};
        CHECK(client_open(&loads[i].client, s->port, headers));
        CHECK(pthread_create(&loads[i].thread, NULL, work, &loads[i]) == 0);
    }
}

/* Not one request of one client failed. */
static void end_load(void)
{
    atomic_store(&is_over, true);
    for (int i = 0; i < READERS + WRITERS; i++) {
        CHECK(pthread_join(loads[i].thread, NULL) == 0);
        client_close(&loads[i].client);
    }
    for (int i = 0; i < READERS + WRITERS; i++) {
        printf("%s: %ld turns of three requests, the slowest %ld ms\n",
               i < READERS ? "reader" : "writer", loads[i].done,
               loads[i].slowest_ms);
        CHECK_I64(loads[i].status, 0);
        CHECK(loads[i].done > 0);
    }
}

/* --- the workspace ----------------------------------------------------------- */

static void write_accounts(void)
{
    char path[600];
    const char *wanted = getenv("PERIGEE_RECORDS");
    FILE *f;

    records = wanted ? strtol(wanted, NULL, 10) : RECORDS;
    snprintf(path, sizeof path, "%s/accounts.csv", home);
    f = fopen(path, "w");
    CHECK(f != NULL && records > 0);
    fputs("name,city,employees\n", f);
    for (long i = 0; i < records; i++)
        fprintf(f, "Account %ld,City %ld,%ld\n", i, i % 97, i % 1000);
    CHECK(fclose(f) == 0);
}

static void open_data(void)
{
    char path[600], created[64];
    const struct ran *r;

    home = test_tmpdir();
    snprintf(data, sizeof data, "%s/data", home);
    snprintf(path, sizeof path, "%s",
             write_file(home, "pw", "four walnuts under oaks\n"));
    CHECK_I64(
        RUN("init", "--data", data, "--admin", ADMIN, "--password-file", path)
            ->exit,
        0);
    write_accounts();
    snprintf(path, sizeof path, "%s/accounts.csv", home);
    r = RUN("import", "--data", data, "--entity", "crm:account", "--json",
            path);
    CHECK_I64(r->exit, 0);
    snprintf(created, sizeof created, "\"created\":%ld,", records);
    CHECK_HAS(r->out, created);
    r = RUN("token", "create", "--data", data, "--user", ADMIN);
    CHECK_I64(r->exit, 0);
    snprintf(headers, sizeof headers, "Authorization: Bearer %.*s\r\n",
             (int)strcspn(r->out, "\n"), r->out);
}

/* The package as a folder. `place` is the name of a field, `was` its old one. */
static void write_package(const char *version, const char *place,
                          const char *was, const char *report, const char *day)
{
    char below[600], attribute[64] = "", text[8192];

    snprintf(package, sizeof package, "%s/visits", home);
    snprintf(below, sizeof below, "%s/entities", package);
    mkdir(package, 0700);
    mkdir(below, 0700);
    snprintf(text, sizeof text, MANIFEST, version);
    write_file(package, "package.xml", text);
    if (was)
        snprintf(attribute, sizeof attribute, " was=\"%s\"", was);
    snprintf(text, sizeof text, VISIT, place, place, attribute, report, day);
    write_file(below, "visit.xml", text);
}

/* --- what is there ------------------------------------------------------------- */

static void ask(struct client *c, int want, const char *method,
                const char *path, const char *body)
{
    int status = client_ask(c, method, path, body);

    if (status != want)
        fprintf(stderr, "%s %s: %.1000s\n", method, path, c->body);
    CHECK_I64(status, want);
}

/* Menu, list and form are what the browser draws them from: the model. */
static void check_model(struct client *c, const char *place)
{
    static const char *const FIELDS[] = {
        "account", "report", "day",   "begins",  "number", "people", "distance",
        "chance",  "costs",  "paid",  "email",   "phone",  "page",   "kind",
        "topics",  "guide",  "about", "picture", "city",   "country"};
    const char *visit, *form;
    char part[128];

    ask(c, 200, "GET", "model", NULL);
    CHECK_HAS(c->body, MENU_ITEM);
    visit = strstr(c->body, "\"acme.visits:visit\":{");
    CHECK(visit != NULL);
    CHECK_HAS(visit, "\"views\":[");
    form = strstr(visit, "\"form\":");
    CHECK(form != NULL);
    snprintf(part, sizeof part, "\"%s\"", place);
    CHECK_HAS(form, part);
    for (size_t i = 0; i < sizeof FIELDS / sizeof *FIELDS; i++) {
        snprintf(part, sizeof part, "{\"name\":\"%s\",", FIELDS[i]);
        CHECK_HAS(visit, part);
        snprintf(part, sizeof part, "\"%s\"", FIELDS[i]);
        CHECK_HAS(form, part);
    }
}

static void check_openapi(struct client *c, const char *place)
{
    char part[128];
    const char *schema;

    ask(c, 200, "GET", "openapi.json", NULL);
    CHECK_HAS(c->body, "\"/api/v1/acme.visits/visit\"");
    schema = strstr(c->body, "\"acme_visits_visit\":{");
    CHECK(schema != NULL);
    snprintf(part, sizeof part, "\"%s\":{", place);
    CHECK_HAS(schema, part);
}

/* A record of all fields that JSON alone can fill, by every way in and out. */
static void check_records(struct client *c)
{
    char id[16], body[1024], path[600];
    const struct ran *r;

    snprintf(body, sizeof body,
             "{\"account\":\"%s\",\"place\":\"Schloss Eggenberg\","
             "\"report\":\"Peacocks\",\"begins\":\"2026-03-01T08:00:00Z\","
             "\"people\":3,\"distance\":\"4.5\",\"chance\":\"60\","
             "\"costs\":\"12.00\",\"paid\":true,\"email\":\"a@example.org\","
             "\"phone\":\"+4331612345\",\"page\":\"example.org\","
             "\"kind\":\"first\",\"topics\":[\"a\",\"b\"],\"city\":\"Graz\","
             "\"country\":\"AT\"}",
             account);
    ask(c, 201, "POST", "acme.visits/visit", body);
    CHECK_HAS(c->body, "\"number\":\"V-0001\"");
    CHECK(client_text(c, "id", 0, id, sizeof id));
    snprintf(path, sizeof path, "acme.visits/visit/%s?expand=account", id);
    ask(c, 200, "GET", path, NULL);
    CHECK_HAS(c->body, "\"place\":\"Schloss Eggenberg\"");
    CHECK_HAS(c->body, "\"costs\":{\"amount\":\"12.00\",\"currency\":\"EUR\"}");
    CHECK_HAS(c->body, "\"_title\":\"Account 1\"");
    ask(c, 200, "GET",
        "acme.visits/visit?filter=account.name%3D'Account%201'%20and%20kind"
        "%3D'first'&sort=-distance",
        NULL);
    CHECK_HAS(c->body, id);
    ask(c, 200, "GET", "search?q=eggenberg", NULL);
    CHECK_HAS(c->body, "\"entity\":\"acme.visits:visit\"");
    CHECK_HAS(c->body, id);

    snprintf(path, sizeof path, "%s",
             write_file(home, "visits.csv",
                        "account,place,people\nAccount 2,Kunsthaus,2\n"));
    r = RUN("import", "--data", data, "--entity", "acme.visits:visit", "--json",
            path);
    CHECK_I64(r->exit, 0);
    CHECK_HAS(r->out, "\"created\":1,");
    ask(c, 200, "GET", "acme.visits/visit?filter=place%3D'Kunsthaus'", NULL);
    CHECK_HAS(c->body, "\"people\":2");
}

/* --- the life of a package ------------------------------------------------------- */

/* Two mistakes are two messages, each with its place and the remedy. */
static void refuse_two_mistakes(void)
{
    const struct ran *r;

    write_package("1.0.0", "place", NULL, "longtxt", "todey()");
    r = RUN("check", package, "--data", data);
    CHECK_I64(r->exit, 1);
    golden_check_cstr("install_load/check.txt", r->err);
    r = RUN("install", package, "--data", data);
    CHECK_I64(r->exit, 1);
}

static void plan_and_install(struct client *c)
{
    const struct ran *r;
    int64_t began;
    long installed;

    write_package("1.0.0", "place", NULL, "longtext", "today()");
    r = RUN("plan", package, "--data", data, "--json");
    CHECK_I64(r->exit, 0);
    CHECK_HAS(r->out, "{\"package\":\"acme.visits\",\"from\":\"\",\"to\":"
                      "\"1.0.0\",\"steps\":[{\"op\":\"add_entity\",\"entity\":"
                      "\"acme.visits:visit\",");
    CHECK_HAS(r->out, "\"refused\":[]");
    ask(c, 404, "GET", "acme.visits/visit", NULL);

    began = mono_ms();
    r = RUN("install", package, "--data", data, "--json");
    installed = (long)(mono_ms() - began);
    CHECK_I64(r->exit, 0);
    CHECK_HAS(r->out, "\"version\":\"1.0.0\"");
    check_model(c, "place");
    check_openapi(c, "place");
    check_records(c);
    printf("installed in %ld ms, everywhere after %ld ms, beside %ld records\n",
           installed, (long)(mono_ms() - began), records);
    CHECK(mono_ms() - began < WITHIN_MS);
}

/* A field that holds data does not go for one of another name, but with was=. */
static void rename_a_field(struct client *c)
{
    const struct ran *r;

    write_package("1.1.0", "location", NULL, "longtext", "today()");
    r = RUN("plan", package, "--data", data, "--json");
    CHECK_I64(r->exit, 1);
    CHECK_HAS(r->out, "{\"code\":\"D801\",\"message\":\"publishing would drop "
                      "acme.visits:visit.place (2 values)");
    r = RUN("install", package, "--data", data);
    CHECK_I64(r->exit, 1);
    CHECK_HAS(r->err, "acme.visits:visit.place (2 values)");
    ask(c, 200, "GET", "acme.visits/visit?filter=place%3D'Kunsthaus'", NULL);

    write_package("1.1.0", "location", "place", "longtext", "today()");
    r = RUN("install", package, "--data", data, "--json");
    CHECK_I64(r->exit, 0);
    CHECK_HAS(r->out, "\"version\":\"1.1.0\"");
    ask(c, 200, "GET", "acme.visits/visit?filter=location%3D'Kunsthaus'", NULL);
    CHECK_HAS(c->body, "\"location\":\"Kunsthaus\"");
    ask(c, 422, "GET", "acme.visits/visit?filter=place%3D'Kunsthaus'", NULL);
    check_model(c, "location");
    check_openapi(c, "location");
}

/* Others need it: refused. It goes, its records stay to be read, and come back
   to life with it; or they go with it where that is asked for. */
static void remove_it(struct client *c)
{
    const struct ran *r;

    r = RUN("remove", "crm", "--data", data);
    CHECK_I64(r->exit, 1);
    CHECK_HAS(r->err, "acme.visits");
    r = RUN("remove", "acme.visits", "--data", data, "--json");
    CHECK_I64(r->exit, 0);
    ask(c, 200, "GET", "model", NULL);
    CHECK(strstr(c->body, MENU_ITEM) == NULL);
    ask(c, 200, "GET", "acme.visits/visit?filter=location%3D'Kunsthaus'", NULL);
    CHECK_HAS(c->body, "\"location\":\"Kunsthaus\"");
    ask(c, 403, "POST", "acme.visits/visit", "{\"location\":\"Nowhere\"}");
    r = RUN("install", package, "--data", data);
    CHECK_I64(r->exit, 0);
    ask(c, 200, "GET", "acme.visits/visit?filter=location%3D'Kunsthaus'", NULL);
    CHECK_HAS(c->body, "\"location\":\"Kunsthaus\"");
    r = RUN("remove", "acme.visits", "--data", data, "--records", "delete");
    CHECK_I64(r->exit, 0);
    ask(c, 404, "GET", "acme.visits/visit", NULL);
}

TEST(install_load, a_package_comes_changes_and_goes_and_nobody_fails)
{
    struct client c;
    struct server s;

    open_data();
    server_start(&s, data, NULL);
    CHECK(client_open(&c, s.port, headers));
    ask(&c, 200, "GET", "crm/account?filter=name%3D'Account%201'", NULL);
    CHECK(client_text(&c, "id", 0, account, sizeof account));
    begin_load(&s);
    refuse_two_mistakes();
    plan_and_install(&c);
    rename_a_field(&c);
    remove_it(&c);
    end_load();
    client_close(&c);
    CHECK_I64(server_stop(&s, SIGTERM), 0);
}
