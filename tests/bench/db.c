/*
 * bench_db - the port beside bare SQLite, same table, same run, in turns.
 *
 *     bench_db FOLDER [SECONDS]     FOLDER on the disk that is to be measured
 *
 * get     a row of 20 columns by primary key out of 100,000, one thread
 * get16   the same from 16 threads; bare: a connection each
 * write   a row with two indexes, 16 threads; bare: a queue, BEGIN, COMMIT
 * search  50 newest hits of a substring, out of 100,000 records
 * Prints the rate of each side, the median of five turns, and the ratio.
 */
#include <inttypes.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "db/ddl.h"
#include "db/search.h"

enum { ROWS = 100000, COLUMNS = 20, THREADS = 16, TURNS = 5, HITS = 50 };

static double seconds = 1.0;
static char folder[512];

static void die(const char *what)
{
    fprintf(stderr, "bench_db: %s\n", what);
    exit(1);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static uint64_t next(uint64_t *s)
{
    *s ^= *s << 13;
    *s ^= *s >> 7;
    return *s ^= *s << 17;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *v)
{
    qsort(v, TURNS, sizeof *v, by_value);
    return v[TURNS / 2];
}

static void report(const char *name, double *bare, double *ours)
{
    double b = median(bare), o = median(ours);

    printf("%-8s bare %10.0f/s   db %10.0f/s   ratio %.2f   %.2f us a call\n",
           name, b, o, o / b, 1e6 / o);
}

/* ---- the two databases ------------------------------------------------- */

static const char *path_of(const char *name, char out[600])
{
    char other[640];

    snprintf(out, 600, "%s/bench_%s.db", folder, name);
    unlink(out);
    snprintf(other, sizeof other, "%s-wal", out);
    unlink(other);
    snprintf(other, sizeof other, "%s-shm", out);
    unlink(other);
    return out;
}

static sqlite3 *bare_open(const char *path)
{
    sqlite3 *h = NULL;

    if (sqlite3_open_v2(path, &h,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
                            SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK ||
        sqlite3_exec(h,
                     "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                     "PRAGMA cache_size=-8192; PRAGMA foreign_keys=ON",
                     NULL, NULL, NULL) != SQLITE_OK)
        die("cannot open a bare database");
    sqlite3_busy_timeout(h, 10000);
    return h;
}

static const char TABLE[] =
    "CREATE TABLE contact(id INTEGER PRIMARY KEY, c1 TEXT, c2 TEXT, c3 TEXT,"
    " c4 TEXT, c5 TEXT, c6 TEXT, c7 TEXT, c8 TEXT, c9 TEXT, c10 TEXT, c11 TEXT,"
    " c12 TEXT, c13 TEXT, c14 TEXT, c15 TEXT, c16 INTEGER, c17 INTEGER,"
    " c18 TEXT, c19 TEXT) STRICT";
static const char *const INDEXES[] = {
    "CREATE INDEX contact__1 ON contact(c1, c2)",
    "CREATE INDEX contact__2 ON contact(c3)"};
static const char INSERT[] =
    "INSERT INTO contact VALUES(?1, ?2, ?3, ?4, 'text of five', 'six', 'seven',"
    " 'eight is longer than seven', 'nine', 'ten', 'eleven', 'twelve', "
    "'thirteen',"
    " 'fourteen', 'fifteen', 'c15', ?5, 17, 'eighteen', 'a note of some "
    "words')";
static const char FILL[] =
    "INSERT INTO contact SELECT value, 'name' || value % 1000, 'first' || "
    "value,"
    " 'mail' || value, 'text of five', 'six', 'seven',"
    " 'eight is longer than seven', 'nine', 'ten', 'eleven', 'twelve', "
    "'thirteen',"
    " 'fourteen', 'fifteen', 'c15', value, 17, 'eighteen', 'a note of some "
    "words' FROM"
    " generate_series_(?1)";
static const char GET[] = "SELECT * FROM contact WHERE id = ?1";

static enum rc exec_job(struct db *db, void *arg, struct arena *a,
                        struct err *err)
{
    const struct str *sql = arg;

    (void)a;
    return db_exec(db, *sql, err);
}

static void ours_exec(struct db_store *store, const char *sql)
{
    struct str text = str_c(sql);
    struct db_job job = {.run = exec_job, .arg = &text};
    struct arena a;
    struct err err = ERR_INIT;

    arena_init(&a, 1 << 20);
    if (db_write(store, &job, &a, &err) != RC_OK)
        die(err.text);
    arena_release(&a);
}

static struct db_store *ours_open(const char *path)
{
    struct db_config config = {
        .path = path, .clock = clock_system(), .create = true};
    struct db_store *store = NULL;
    struct err err = ERR_INIT;

    if (db_open(&config, &store, &err) != RC_OK)
        die(err.text);
    return store;
}

/* Both tables filled alike: through SQL alone, so that it is quick. */
static void fill_sql(char out[1200])
{
    const char *from = strstr(FILL, "generate_series_");

    snprintf(out, 1200,
             "%.*s(WITH RECURSIVE s(value) AS (SELECT 1 UNION ALL SELECT"
             " value + 1 FROM s WHERE value < %d) SELECT value FROM s)",
             (int)(from - FILL), FILL, ROWS);
}

/* ---- get --------------------------------------------------------------- */

static double bare_get(sqlite3 *h)
{
    sqlite3_stmt *st = NULL;
    uint64_t seed = 88172645463325252u;
    double start = now();
    int64_t n = 0, bytes = 0;

    sqlite3_prepare_v2(h, GET, -1, &st, NULL);
    while (n % 256 != 0 || now() - start < seconds) {
        sqlite3_bind_int64(st, 1, (int64_t)(1 + next(&seed) % ROWS));
        if (sqlite3_step(st) != SQLITE_ROW)
            die("no row");
        for (int i = 0; i < COLUMNS; i++)
            bytes += sqlite3_column_bytes(st, i);
        sqlite3_reset(st);
        n++;
    }
    sqlite3_finalize(st);
    return bytes > 0 ? (double)n / (now() - start) : 0;
}

static int64_t get_one(struct db_store *store, int64_t id)
{
    struct err err = ERR_INIT;
    struct db *db = NULL;
    struct db_stmt *st = NULL;
    int64_t bytes = 0;

    if (db_read_begin(store, NULL, &db, &err) != RC_OK ||
        db_prepare(db, str_of(GET, sizeof GET - 1), &st, &err) != RC_OK)
        die(err.text);
    db_bind_i64(st, 1, id);
    if (db_step_row(st, &err) != RC_OK)
        die(err.text);
    for (int i = 0; i < COLUMNS; i++)
        bytes += i == 0 || i == 16 || i == 17 ? db_col_i64(st, i)
                                              : (int64_t)db_col_str(st, i).n;
    db_read_end(db);
    return bytes;
}

static double ours_get(struct db_store *store)
{
    uint64_t seed = 88172645463325252u;
    double start = now();
    int64_t n = 0, bytes = 0;

    while (n % 256 != 0 || now() - start < seconds) {
        bytes += get_one(store, (int64_t)(1 + next(&seed) % ROWS));
        n++;
    }
    return bytes > 0 ? (double)n / (now() - start) : 0;
}

/* ---- write ------------------------------------------------------------- */

static atomic_bool stop;
static atomic_llong done;

struct bare_job {
    int64_t id;
    bool is_done;
    pthread_cond_t cond;
    struct bare_job *next;
};
static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t queue_filled = PTHREAD_COND_INITIALIZER;
static struct bare_job *queue_head, *queue_tail;
static atomic_llong next_id = 10 * ROWS;

static void *bare_writer(void *arg)
{
    sqlite3 *h = arg;
    sqlite3_stmt *st = NULL;
    char text[3][32];

    sqlite3_prepare_v2(h, INSERT, -1, &st, NULL);
    for (;;) {
        struct bare_job *group, *job, *after;

        pthread_mutex_lock(&queue_lock);
        while (!queue_head && !stop)
            pthread_cond_wait(&queue_filled, &queue_lock);
        group = queue_head;
        queue_head = queue_tail = NULL;
        pthread_mutex_unlock(&queue_lock);
        if (!group)
            break;
        sqlite3_exec(h, "BEGIN IMMEDIATE", NULL, NULL, NULL);
        for (job = group; job; job = job->next) {
            sqlite3_bind_int64(st, 1, job->id);
            for (int i = 0; i < 3; i++) {
                int n =
                    snprintf(text[i], 32, "text%d %" PRId64, i, job->id % 5000);

                sqlite3_bind_text(st, 2 + i, text[i], n, SQLITE_STATIC);
            }
            sqlite3_bind_int64(st, 5, job->id);
            if (sqlite3_step(st) != SQLITE_DONE)
                die(sqlite3_errmsg(h));
            sqlite3_reset(st);
        }
        sqlite3_exec(h, "COMMIT", NULL, NULL, NULL);
        pthread_mutex_lock(&queue_lock);
        for (job = group; job; job = after) {
            after = job->next;
            job->is_done = true;
            pthread_cond_signal(&job->cond);
        }
        pthread_mutex_unlock(&queue_lock);
    }
    sqlite3_finalize(st);
    return NULL;
}

static void *bare_client(void *arg)
{
    struct bare_job job;

    (void)arg;
    pthread_cond_init(&job.cond, NULL);
    while (!stop) {
        job.id = atomic_fetch_add(&next_id, 1);
        job.is_done = false;
        job.next = NULL;
        pthread_mutex_lock(&queue_lock);
        if (queue_head)
            queue_tail->next = &job;
        else
            queue_head = &job;
        queue_tail = &job;
        pthread_cond_signal(&queue_filled);
        while (!job.is_done)
            pthread_cond_wait(&job.cond, &queue_lock);
        pthread_mutex_unlock(&queue_lock);
        atomic_fetch_add(&done, 1);
    }
    return NULL;
}

static enum rc insert_job(struct db *db, void *arg, struct arena *a,
                          struct err *err)
{
    int64_t id = *(int64_t *)arg;
    struct db_stmt *st = NULL;
    char text[3][32];
    enum rc rc = db_prepare(db, str_of(INSERT, sizeof INSERT - 1), &st, err);

    (void)a;
    if (rc != RC_OK)
        return rc;
    db_bind_i64(st, 1, id);
    for (int i = 0; i < 3; i++) {
        int n = snprintf(text[i], 32, "text%d %" PRId64, i, id % 5000);

        db_bind_str(st, 2 + i, str_of(text[i], (size_t)n));
    }
    db_bind_i64(st, 5, id);
    rc = db_step_done(st, err);
    db_stmt_release(st);
    return rc;
}

static void *ours_client(void *arg)
{
    struct db_store *store = arg;
    struct arena a;
    struct err err = ERR_INIT;

    arena_init(&a, 1 << 16);
    while (!stop) {
        int64_t id = atomic_fetch_add(&next_id, 1);
        struct db_job job = {.run = insert_job, .arg = &id};

        if (db_write(store, &job, &a, &err) != RC_OK)
            die(err.text);
        atomic_fetch_add(&done, 1);
    }
    arena_release(&a);
    return NULL;
}

static double many(void *(*client)(void *), void *arg)
{
    pthread_t t[THREADS];
    double start, rate;

    stop = false;
    done = 0;
    for (int i = 0; i < THREADS; i++)
        pthread_create(&t[i], NULL, client, arg);
    start = now();
    usleep((useconds_t)(seconds * 1e6));
    rate = (double)done / (now() - start);
    stop = true;
    for (int i = 0; i < THREADS; i++)
        pthread_join(t[i], NULL);
    return rate;
}

static double bare_write(sqlite3 *h)
{
    pthread_t writer;
    double rate;

    stop = false;
    pthread_create(&writer, NULL, bare_writer, h);
    rate = many(bare_client, NULL);
    pthread_cond_broadcast(&queue_filled);
    pthread_join(writer, NULL);
    return rate;
}

/* ---- get, many threads -------------------------------------------------- */

static void *bare_reader(void *arg)
{
    sqlite3 *h = bare_open(arg);
    sqlite3_stmt *st = NULL;
    uint64_t seed = (uint64_t)(uintptr_t)&h | 1;
    int64_t bytes = 0;

    sqlite3_prepare_v2(h, GET, -1, &st, NULL);
    while (!stop) {
        sqlite3_bind_int64(st, 1, (int64_t)(1 + next(&seed) % ROWS));
        if (sqlite3_step(st) != SQLITE_ROW)
            die("no row");
        for (int i = 0; i < COLUMNS; i++)
            bytes += sqlite3_column_bytes(st, i);
        sqlite3_reset(st);
        atomic_fetch_add(&done, 1);
    }
    sqlite3_finalize(st);
    sqlite3_close(h);
    return bytes > 0 ? NULL : arg;
}

static void *ours_reader(void *arg)
{
    struct db_store *store = arg;
    uint64_t seed = (uint64_t)(uintptr_t)&store | 1;

    while (!stop) {
        get_one(store, (int64_t)(1 + next(&seed) % ROWS));
        atomic_fetch_add(&done, 1);
    }
    return NULL;
}

/* ---- search ------------------------------------------------------------ */

static const char *const WORDS[] = {"bark",    "ermon",  "tariso", "vander",
                                    "lingo",   "martes", "polham", "welford",
                                    "stonley", "huber",  "casdor", "fengil"};
enum { N_WORDS = sizeof WORDS / sizeof WORDS[0] };

static enum rc feed_job(struct db *db, void *arg, struct arena *a,
                        struct err *err)
{
    int64_t *from = arg;
    enum rc rc = RC_OK;

    (void)a;
    for (int64_t i = *from; i < *from + 1000 && rc == RC_OK; i++) {
        uint64_t s = (uint64_t)i * 0x9E3779B97F4A7C15u | 1;
        char text[400];
        int n;

        for (int k = 0; k < 4; k++)
            next(&s);
        n = snprintf(text, 180, "%s%s %s %s mail%" PRId64, WORDS[s % N_WORDS],
                     WORDS[s / 16 % N_WORDS], WORDS[s / 256 % N_WORDS],
                     WORDS[s / 4096 % N_WORDS], i);
        text[n] = '\n';
        memcpy(text + n + 1, text, (size_t)n);
        rc = search_put(db, i, (int)(i % 3), STR_NONE,
                        str_of(text, (size_t)n * 2 + 1), err);
    }
    return rc;
}

static enum rc make_search(struct db *db, void *arg, struct arena *a,
                           struct err *err)
{
    (void)arg;
    (void)a;
    return ddl_create_search(db, err);
}

static void fill_search(struct db_store *store)
{
    struct db_job make = {.run = make_search};
    struct arena a;
    struct err err = ERR_INIT;

    arena_init(&a, 1 << 20);
    if (db_write(store, &make, &a, &err) != RC_OK)
        die(err.text);
    for (int64_t i = 1; i < ROWS; i += 1000) {
        struct db_job feed = {.run = feed_job, .arg = &i};

        if (db_write(store, &feed, &a, &err) != RC_OK)
            die(err.text);
    }
    arena_release(&a);
}

static const char *query_of(uint64_t *seed)
{
    static const char *const QUERIES[] = {
        "kermon", "isovan", "onleyhu", "hamwe", "lingo", "fengilba", "mail77"};

    return QUERIES[next(seed) % (sizeof QUERIES / sizeof QUERIES[0])];
}

static double bare_search(sqlite3 *h)
{
    sqlite3_stmt *st = NULL;
    uint64_t seed = 42;
    double start = now();
    int64_t n = 0, sum = 0;
    char match[64];

    sqlite3_prepare_v2(h,
                       "SELECT rowid FROM s_all WHERE s_all MATCH ?1"
                       " ORDER BY rowid DESC LIMIT ?2",
                       -1, &st, NULL);
    while (now() - start < seconds) {
        snprintf(match, sizeof match, "\"%s\"", query_of(&seed));
        sqlite3_bind_text(st, 1, match, -1, SQLITE_STATIC);
        sqlite3_bind_int(st, 2, HITS);
        while (sqlite3_step(st) == SQLITE_ROW)
            sum += sqlite3_column_int64(st, 0);
        sqlite3_reset(st);
        n++;
    }
    sqlite3_finalize(st);
    return sum > 0 ? (double)n / (now() - start) : 0;
}

static double ours_search(struct db_store *store, const int *ents,
                          size_t n_ents)
{
    uint64_t seed = 42;
    double start = now();
    int64_t n = 0, sum = 0;
    struct arena a;
    struct err err = ERR_INIT;

    arena_init(&a, 1 << 20);
    while (now() - start < seconds) {
        struct db *db = NULL;
        struct search_hit *hits = NULL;
        size_t n_hits = 0;

        if (db_read_begin(store, NULL, &db, &err) != RC_OK ||
            search_find(db, str_c(query_of(&seed)), ents, n_ents, HITS, &a,
                        &hits, &n_hits, &err) != RC_OK)
            die(err.text);
        for (size_t i = 0; i < n_hits; i++)
            sum += hits[i].id;
        db_read_end(db);
        arena_reset(&a);
        n++;
    }
    arena_release(&a);
    return sum > 0 ? (double)n / (now() - start) : 0;
}

/* ------------------------------------------------------------------------ */

int main(int argc, char **argv)
{
    static const int TWO[] = {1, 2};
    char bare_path[600], ours_path[600], fill[1200];
    double bare[TURNS], ours[TURNS], some[TURNS];
    struct db_store *store;
    sqlite3 *h, *reader;

    if (argc < 2)
        die("usage: bench_db FOLDER [SECONDS]");
    snprintf(folder, sizeof folder, "%s", argv[1]);
    if (argc > 2)
        seconds = strtod(argv[2], NULL);
    h = bare_open(path_of("bare", bare_path));
    store = ours_open(path_of("ours", ours_path));
    fill_sql(fill);
    sqlite3_exec(h, TABLE, NULL, NULL, NULL);
    ours_exec(store, TABLE);
    for (int i = 0; i < 2; i++) {
        sqlite3_exec(h, INDEXES[i], NULL, NULL, NULL);
        ours_exec(store, INDEXES[i]);
    }
    if (sqlite3_exec(h, fill, NULL, NULL, NULL) != SQLITE_OK)
        die(sqlite3_errmsg(h));
    ours_exec(store, fill);
    sqlite3_wal_checkpoint_v2(h, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    db_close(store);
    store = ours_open(ours_path);

    for (int i = 0; i < TURNS; i++) {
        bare[i] = bare_get(h);
        ours[i] = ours_get(store);
    }
    report("get", bare, ours);
    for (int i = 0; i < TURNS; i++) {
        bare[i] = many(bare_reader, bare_path);
        ours[i] = many(ours_reader, store);
    }
    report("get16", bare, ours);
    for (int i = 0; i < TURNS; i++) {
        bare[i] = bare_write(h);
        ours[i] = many(ours_client, store);
    }
    report("write", bare, ours);
    fill_search(store);
    db_close(store);
    store = ours_open(ours_path);
    reader = bare_open(ours_path);
    for (int i = 0; i < TURNS; i++) {
        bare[i] = bare_search(reader);
        ours[i] = ours_search(store, NULL, 0);
        some[i] = ours_search(store, TWO, 2);
    }
    report("search", bare, ours);
    report("search2", bare, some);
    sqlite3_close(reader);
    sqlite3_close(h);
    db_close(store);
    path_of("bare", bare_path);
    path_of("ours", ours_path);
    return 0;
}
