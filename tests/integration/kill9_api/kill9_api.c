/*
 * kill9_api - what the server acknowledged over HTTP survives kill -9 (R1).
 *
 * Four clients create records, change them, and write batches of three, while
 * the server is killed at a random moment. Started again on the same folder it
 * has every record that was answered with 201 or 200, with its values; a batch
 * is there whole or not at all; SQLite finds nothing wrong with the file.
 * PERIGEE_SEED repeats a run, PERIGEE_KILLS and PERIGEE_SECONDS bound it.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/raw_sqlite.h"
#include "support/runtime/client.h"
#include "support/runtime/run.h"
#include "support/test.h"

enum {
    THREADS = 4,
    OF_A_BATCH = 3,
    SHORTEST_MS = 5,
    LONGEST_MS = 60,
    ROUND_MAX = 4096, /* records of one thread between two kills */
};

/* What one record must be like. `employees` counts up with each write. */
struct record {
    char id[16], name[48];
    long acked, tried; /* it is one of these, or between them */
};

struct writer {
    pthread_t thread;
    struct client client;
    int n, round, status; /* status: one that should not have been, or 0 */
    size_t n_records, acks;
    struct record records[ROUND_MAX];
};

static char data[512], file[600], headers[256];
static struct writer writers[THREADS];
static long total;

static long setting(const char *name, long fallback)
{
    const char *text = getenv(name);

    return text ? strtol(text, NULL, 10) : fallback;
}

static int64_t mono_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void pause_ms(long ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};

    nanosleep(&t, NULL);
}

static uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return *state = x;
}

/* --- the clients: in threads, so without a CHECK ------------------------------- */

/* False: the connection broke, which is what a kill looks like. */
static bool expect(struct writer *w, int status, int want)
{
    if (status != 0 && status != want && w->status == 0) {
        w->status = status;
        fprintf(stderr, "writer: %d %.300s\n", status, w->client.body);
    }
    return status == want;
}

/* One more record: its id is the nth of the answer. */
static bool keep(struct writer *w, const char *name, int nth, long value)
{
    struct record *r = &w->records[w->n_records];

    snprintf(r->name, sizeof r->name, "%s", name);
    r->acked = r->tried = value;
    if (!client_text(&w->client, "id", nth, r->id, sizeof r->id)) {
        w->status = -1;
        return false;
    }
    w->n_records++;
    return true;
}

static bool create(struct writer *w, long k)
{
    char name[48], body[160];

    snprintf(name, sizeof name, "one %d.%d.%ld", w->round, w->n, k);
    snprintf(body, sizeof body, "{\"name\":\"%s\",\"employees\":%ld}", name, k);
    return expect(w, client_ask(&w->client, "POST", "crm/account", body),
                  201) &&
           keep(w, name, 0, k);
}

static bool change(struct writer *w, long k)
{
    struct record *r = &w->records[(size_t)k * 7919 % w->n_records];
    char path[64], body[64];

    snprintf(path, sizeof path, "crm/account/%s", r->id);
    snprintf(body, sizeof body, "{\"employees\":%ld}", k);
    r->tried = k;
    if (!expect(w, client_ask(&w->client, "PATCH", path, body), 200))
        return false;
    r->acked = k;
    return true;
}

/* Three of one city; their answers are in the order of the requests. */
static bool batch(struct writer *w, long k)
{
    char body[1024] = "{\"mode\":\"atomic\",\"requests\":[", name[48];
    size_t n = strlen(body);

    for (int i = 0; i < OF_A_BATCH; i++)
        n += (size_t)snprintf(
            body + n, sizeof body - n,
            "%s{\"method\":\"POST\",\"path\":\"/api/v1/crm/account\","
            "\"body\":{\"name\":\"three %d.%d.%ld %d\","
            "\"city\":\"batch %d.%d.%ld\",\"employees\":%ld}}",
            i ? "," : "", w->round, w->n, k, i, w->round, w->n, k, k);
    snprintf(body + n, sizeof body - n, "]}");
    if (!expect(w, client_ask(&w->client, "POST", "batch", body), 200))
        return false;
    for (int i = 0; i < OF_A_BATCH; i++) {
        snprintf(name, sizeof name, "three %d.%d.%ld %d", w->round, w->n, k, i);
        if (!keep(w, name, i, k))
            return false;
    }
    return true;
}

static void *work(void *arg)
{
    struct writer *w = arg;
    bool more = true;

    for (long k = 1; more && w->n_records + OF_A_BATCH < ROUND_MAX; k++) {
        more = k % 4 == 1   ? create(w, k)
               : k % 4 == 3 ? batch(w, k)
                            : change(w, k);
        w->acks += more;
    }
    return NULL;
}

/* --- one kill ------------------------------------------------------------------ */

static void write_until_killed(struct server *s, int round, long ms)
{
    for (int i = 0; i < THREADS; i++) {
        struct writer *w = &writers[i];

        w->n = i;
        w->round = round;
        w->n_records = w->acks = 0;
        CHECK(client_open(&w->client, s->port, headers));
        CHECK(pthread_create(&w->thread, NULL, work, w) == 0);
    }
    pause_ms(ms);
    CHECK_I64(server_stop(s, SIGKILL), 128 + SIGKILL);
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_join(writers[i].thread, NULL) == 0);
        client_close(&writers[i].client);
        CHECK_I64(writers[i].status, 0);
        total += (long)writers[i].acks;
    }
}

static void check_record(struct client *c, const struct record *r)
{
    char path[96], name[64];
    long value;

    snprintf(path, sizeof path, "crm/account/%s?fields=name,employees", r->id);
    CHECK_I64(client_ask(c, "GET", path, NULL), 200);
    CHECK(client_text(c, "name", 0, name, sizeof name));
    CHECK_CSTR(name, r->name);
    value = client_number(c, "employees");
    CHECK(value == r->acked || value == r->tried);
}

static void check_round(const struct server *s)
{
    struct client c;

    CHECK(client_open(&c, s->port, headers));
    for (int i = 0; i < THREADS; i++)
        for (size_t k = 0; k < writers[i].n_records; k++)
            check_record(&c, &writers[i].records[k]);
    client_close(&c);
    CHECK_I64(raw_sqlite_i64(file, "SELECT count(*) FROM (SELECT 1 FROM"
                                   " crm_account WHERE city LIKE 'batch %'"
                                   " GROUP BY city HAVING count(*) <> 3)"),
              0);
    CHECK_I64(raw_sqlite_i64(file, "SELECT group_concat(integrity_check) = 'ok'"
                                   " FROM pragma_integrity_check"),
              1);
}

static void open_data(void)
{
    char password[512];
    const struct ran *r;

    snprintf(data, sizeof data, "%s/data", test_tmpdir());
    snprintf(file, sizeof file, "%s/workspaces/main/workspace.db", data);
    snprintf(password, sizeof password, "%s",
             write_file(test_tmpdir(), "pw", "four walnuts under oaks\n"));
    r = RUN("init", "--data", data, "--admin", "ada@example.org",
            "--password-file", password);
    CHECK_I64(r->exit, 0);
    r = RUN("token", "create", "--data", data, "--user", "ada@example.org");
    CHECK_I64(r->exit, 0);
    snprintf(headers, sizeof headers, "Authorization: Bearer %.*s\r\n",
             (int)strcspn(r->out, "\n"), r->out);
}

TEST(kill9_api, what_was_acknowledged_is_there_after_each_kill)
{
    long kills = setting("PERIGEE_KILLS", 200), done = 0;
    long seconds = setting("PERIGEE_SECONDS", 120);
    uint64_t random = (uint64_t)setting("PERIGEE_SEED", 20260101);
    int64_t began = mono_ms();
    struct server s;

    open_data();
    server_start(&s, data, NULL);
    while (done < kills && mono_ms() - began < seconds * 1000) {
        long ms = SHORTEST_MS +
                  (long)(next_random(&random) % (LONGEST_MS - SHORTEST_MS));

        write_until_killed(&s, (int)done, ms);
        done++;
        server_start(&s, data, NULL);
        check_round(&s);
    }
    CHECK_I64(server_stop(&s, SIGTERM), 0);
    printf("%ld kills, %ld acknowledged writes, %lld ms\n", done, total,
           (long long)(mono_ms() - began));
    CHECK(done >= 10);
    CHECK(total > done);
}
