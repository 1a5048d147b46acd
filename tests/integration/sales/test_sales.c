/*
 * sales: the example sales data by hand, file by file with their maps, as an
 * operator would bring a list of their own. Nothing is lost on the way, and
 * what the reports add up equals the file.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/runtime/run.h"
#include "support/test.h"

#define SEED TEST_SOURCE_DIR "/apps/crm_demo/seed/"

enum { DEALS = 8800, GTX_PRO = 1480, FILE_MAX = 2 << 20 };

static const char ADMIN[] = "ada@example.org";

static char data[512];

static char *slurp(const char *path)
{
    FILE *f = fopen(path, "rb");
    char *text = calloc(1, FILE_MAX);
    size_t n;

    CHECK(f != NULL && text != NULL);
    n = fread(text, 1, FILE_MAX - 1, f);
    CHECK(n > 0 && n < FILE_MAX - 1);
    fclose(f);
    return text;
}

/* `text` with each `from` replaced; freed, a new one is returned. */
static char *replace(char *text, const char *from, const char *to)
{
    char *out = calloc(2, strlen(text) + FILE_MAX), *end = out;
    const char *at = text;

    CHECK(out != NULL);
    for (const char *hit = strstr(at, from); hit; hit = strstr(at, from)) {
        memcpy(end, at, (size_t)(hit - at));
        end += hit - at;
        memcpy(end, to, strlen(to));
        end += strlen(to);
        at = hit + strlen(from);
    }
    memcpy(end, at, strlen(at) + 1);
    free(text);
    return out;
}

static long lines_of(const char *text)
{
    long n = 0;

    for (; *text; text++)
        n += *text == '\n';
    return n;
}

static void open_data(void)
{
    char file[512];

    snprintf(data, sizeof data, "%s/data", test_tmpdir());
    snprintf(file, sizeof file, "%s",
             write_file(test_tmpdir(), "pw", "four walnuts under oaks\n"));
    CHECK_I64(
        RUN("init", "--data", data, "--admin", ADMIN, "--password-file", file)
            ->exit,
        0);
    CHECK_I64(RUN("install", "crm_demo", "--data", data)->exit, 0);
}

/* Import and compare the head of the report. */
static void import(const char *entity, const char *map, const char *csv,
                   const char *report, int code)
{
    const struct ran *r = RUN("import", "--data", data, "--entity", entity,
                              "--map", map, "--json", csv);

    CHECK(strncmp(r->out, report, strlen(report)) == 0 ||
          (fprintf(stderr, "%s: %.300s\n%s", entity, r->out, r->err), 0));
    CHECK_I64(r->exit, code);
}

static void import_people_and_accounts(void)
{
    import("sys:user", SEED "managers.json", SEED "sales_teams.csv",
           "{\"rows\":35,\"created\":6,\"updated\":0,\"unchanged\":29,"
           "\"failed\":0,",
           0);
    import("sys:user", SEED "agents.json", SEED "sales_teams.csv",
           "{\"rows\":35,\"created\":35,\"updated\":0,\"unchanged\":0,"
           "\"failed\":0,",
           0);
    import("crm:product", SEED "products.json", SEED "products.csv",
           "{\"rows\":7,\"created\":7,\"updated\":0,\"unchanged\":0,"
           "\"failed\":0,",
           0);
    import("crm:account", SEED "accounts.json", SEED "accounts.csv",
           "{\"rows\":85,\"created\":85,\"updated\":0,\"unchanged\":0,"
           "\"failed\":0,",
           0);
}

static void check_count(const char *entity, const char *filter, long want)
{
    const struct ran *r = RUN("export", "--data", data, "--entity", entity,
                              "--fields", "created_at", "--filter", filter);

    CHECK_I64(r->exit, 0);
    CHECK_I64(lines_of(r->out) - 1, want);
}

/* --- sums straight from the file --------------------------------------------- */

struct sum {
    char name[64];
    long amount, count;
};

static struct sum sums[64];
static size_t n_sums;

static void add(const char *name, long amount)
{
    size_t i = 0;

    while (i < n_sums && strcmp(sums[i].name, name) != 0)
        i++;
    CHECK(i < sizeof sums / sizeof *sums);
    if (i == n_sums) {
        snprintf(sums[i].name, sizeof sums[i].name, "%s", name);
        sums[i].amount = sums[i].count = 0;
        n_sums++;
    }
    sums[i].amount += amount;
    sums[i].count++;
}

/* Of the deals won, by the column `at` (1 the agent, 2 the product). */
static void sum_file(int at)
{
    char *text = slurp(SEED "sales_pipeline.csv"), *line, *rest = text;

    n_sums = 0;
    (void)strsep(&rest, "\n"); /* the header */
    while ((line = strsep(&rest, "\n")) != NULL && line[0] != '\0') {
        char *cells[8];

        line[strcspn(line, "\r")] = '\0';
        for (int i = 0; i < 8; i++)
            cells[i] = strsep(&line, ",");
        CHECK(cells[7] != NULL);
        if (strcmp(cells[2], "GTXPro") == 0)
            cells[2][0] = '\0';
        if (strcmp(cells[4], "Won") == 0)
            add(cells[2][0] || at != 2 ? cells[at] : "GTX Pro",
                strtol(cells[7], NULL, 10));
    }
    free(text);
}

static void check_sums(int port, const char *auth, const char *by, size_t n)
{
    char path[256], want[256];
    const struct http_got *g;

    snprintf(path, sizeof path,
             "/api/v1/crm/deal/aggregate?by=%s&measure=sum(amount),count()"
             "&filter=stage%%3D'won'",
             by);
    g = http_ask(port, "GET", path, auth, "");
    CHECK_I64(g->status, 200);
    CHECK_I64((long)n_sums, (long)n);
    for (size_t i = 0; i < n_sums; i++) {
        const char *name, *at;

        /* the title stands behind the figures of its item */
        snprintf(want, sizeof want, "\"_title\":\"%s\"", sums[i].name);
        name = strstr(g->body, want);
        CHECK(name != NULL);
        snprintf(want, sizeof want,
                 "\"sum(amount)\":{\"amount\":\"%ld.00\",\"currency\":\"EUR\"},"
                 "\"count()\":%ld,",
                 sums[i].amount, sums[i].count);
        at = strstr(g->body, want);
        CHECK(at != NULL && at < name && name - at < 200);
    }
}

TEST(sales, come_in_whole_add_up_and_change_nothing_the_second_time)
{
    const struct ran *r;
    char auth[256];
    struct server s;

    open_data();
    import_people_and_accounts();
    import("crm:deal", SEED "deals.json", SEED "sales_pipeline.csv",
           "{\"rows\":8800,\"created\":8800,\"updated\":0,\"unchanged\":0,"
           "\"failed\":0,",
           0);
    check_count("crm:deal", "created_at is not empty", DEALS);
    check_count("crm:deal", "account is empty", 1425);
    check_count("crm:deal", "engaged_on is empty", 500);
    check_count("crm:deal", "owner is empty or product is empty", 0);
    check_count("crm:account", "parent is not empty", 15);
    check_count("crm:account", "created_at is not empty", 85);
    check_count("sys:user", "manager is not empty", 35);

    r = RUN("token", "create", "--data", data, "--user", ADMIN);
    CHECK_I64(r->exit, 0);
    snprintf(auth, sizeof auth, "Authorization: Bearer %.*s\r\n",
             (int)strcspn(r->out, "\n"), r->out);
    server_start(&s, data, NULL);
    sum_file(1);
    check_sums(s.port, auth, "owner", 30);
    sum_file(2);
    check_sums(s.port, auth, "product", 7);

    /* once more, now through the server */
    import("sys:user", SEED "agents.json", SEED "sales_teams.csv",
           "{\"rows\":35,\"created\":0,\"updated\":0,\"unchanged\":35,"
           "\"failed\":0,\"txns\":[]",
           0);
    import("crm:account", SEED "accounts.json", SEED "accounts.csv",
           "{\"rows\":85,\"created\":0,\"updated\":0,\"unchanged\":85,"
           "\"failed\":0,\"txns\":[]",
           0);
    import("crm:deal", SEED "deals.json", SEED "sales_pipeline.csv",
           "{\"rows\":8800,\"created\":0,\"updated\":0,\"unchanged\":8800,"
           "\"failed\":0,\"txns\":[]",
           0);
    check_count("crm:deal", "created_at is not empty", DEALS);
    CHECK_I64(server_stop(&s, SIGTERM), 0);
}

/* The product of every sixth row is spelled in a way the map does not know. */
static void refuse_and_mend(void)
{
    static char map[1024], errors[1024], mended[1024];
    char *text = replace(slurp(SEED "deals.json"),
                         ", \"values\": {\"GTXPro\": \"GTX Pro\"}", "");
    const struct ran *r;

    CHECK(strstr(text, "GTXPro") == NULL);
    snprintf(map, sizeof map, "%s", write_file(test_tmpdir(), "m.json", text));
    free(text);
    snprintf(errors, sizeof errors, "%s/errors.csv", test_tmpdir());
    r = RUN("import", "--data", data, "--entity", "crm:deal", "--map", map,
            "--errors", errors, "--json", SEED "sales_pipeline.csv");
    CHECK_I64(r->exit, 1);
    CHECK_HAS(r->out, "{\"rows\":8800,\"created\":7320,\"updated\":0,"
                      "\"unchanged\":0,\"failed\":1480,");
    CHECK_HAS(r->out,
              "{\"line\":3,\"column\":\"product\",\"code\":\"not_found\","
              "\"message\":\"There is no crm:product with name "
              "\\\"GTXPro\\\".\",\"value\":\"GTXPro\"}");
    check_count("crm:deal", "created_at is not empty", DEALS - GTX_PRO);

    text = slurp(errors);
    CHECK_I64(lines_of(text), GTX_PRO + 1);
    CHECK_HAS(text, ",_line,_error\n");
    CHECK_HAS(text, ",3,\"There is no crm:product with name "
                    "\"\"GTXPro\"\".\"\n");
    text = replace(text, ",GTXPro,", ",GTX Pro,");
    snprintf(mended, sizeof mended, "%s",
             write_file(test_tmpdir(), "mended.csv", text));
    free(text);
    r = RUN("import", "--data", data, "--entity", "crm:deal", "--map", map,
            "--errors", errors, "--json", mended);
    CHECK_I64(r->exit, 0);
    CHECK_HAS(r->out, "{\"rows\":1480,\"created\":1480,\"updated\":0,"
                      "\"unchanged\":0,\"failed\":0,");
    check_count("crm:deal", "created_at is not empty", DEALS);
    check_count("crm:deal", "product.name = 'GTX Pro'", GTX_PRO);
}

TEST(sales, rows_that_do_not_fit_come_back_and_import_once_mended)
{
    open_data();
    import_people_and_accounts();
    refuse_and_mend();
}

TEST(sales, rows_that_do_not_fit_come_back_through_a_server_too)
{
    struct server s;

    open_data();
    import_people_and_accounts();
    server_start(&s, data, NULL);
    refuse_and_mend();
    CHECK_I64(server_stop(&s, SIGTERM), 0);
}
