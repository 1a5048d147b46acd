/*
 * bench_limit - the same parts with no product around them: CivetWeb and
 * SQLite, one table of twenty columns, three indexes, a trigram table. What
 * they reach on a machine is the limit that tests/bench/run measures against.
 *
 *     bench_limit csv N               N contacts as CSV
 *     bench_limit fill FILE N         the same contacts as a database
 *     bench_limit import FILE CSV     rows a second, in one transaction
 *     bench_limit serve FILE PORT     GET /get/N /list?status= /find?q=
 *                                     /healthz, POST /create (commits shared
 *                                     by all)
 *     bench_limit start PORT PROGRAM ARG...
 *                                     milliseconds to its first answer
 *
 * It trusts whoever calls it. What a product owes beyond this - rights, types,
 * validation, a journal, a search index that follows each write, a change of
 * definitions while it runs - is what the ratio shows the price of.
 */
#include <arpa/inet.h>
#include <civetweb.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    FIELDS = 20,
    SCORE = 16,
    REVENUE = 17,
    STATUS = 14,
    CELL = 200,
    HEAD = 160,
    ANSWER = 128 << 10,
    BODY = 16 << 10,
    THREADS = 64,
    TURNS = 11
};

static const char *const FIELD[FIELDS] = {
    "first_name", "last_name", "email",      "phone",    "mobile",
    "company",    "job_title", "department", "street",   "city",
    "state",      "zip",       "country",    "website",  "status",
    "source",     "score",     "revenue",    "birthday", "notes"};

static const char TABLE[] =
    "CREATE TABLE contact(id INTEGER PRIMARY KEY, first_name TEXT,"
    " last_name TEXT, email TEXT, phone TEXT, mobile TEXT, company TEXT,"
    " job_title TEXT, department TEXT, street TEXT, city TEXT, state TEXT,"
    " zip TEXT, country TEXT, website TEXT, status TEXT, source TEXT,"
    " score INTEGER, revenue REAL, birthday TEXT, notes TEXT);"
    "CREATE INDEX contact_status ON contact(status, last_name);"
    "CREATE INDEX contact_email ON contact(email);"
    "CREATE INDEX contact_company ON contact(company)";
static const char TRIGRAMS[] =
    "CREATE VIRTUAL TABLE found USING fts5(first_name, last_name, email, phone,"
    " company, website, content='contact', content_rowid='id',"
    " tokenize='trigram');"
    "INSERT INTO found(found) VALUES('rebuild'); ANALYZE";
static const char INSERT[] =
    "INSERT INTO contact(first_name, last_name, email, phone, mobile, company,"
    " job_title, department, street, city, state, zip, country, website,"
    " status, source, score, revenue, birthday, notes)"
    " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

static void die(const char *what, const char *why)
{
    fprintf(stderr, "bench_limit: %s: %s\n", what, why);
    exit(1);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- contacts ------------------------------------------------------------ */

struct cell {
    const char *p;
    int n;
};
struct contact {
    char text[FIELDS][CELL];
};

static uint64_t next(uint64_t *s)
{
    *s ^= *s << 13;
    *s ^= *s >> 7;
    return *s ^= *s << 17;
}

static int below(uint64_t *s, int n)
{
    return (int)(next(s) % (uint64_t)n);
}

static const char *const FIRST[] = {
    "James",   "Mary",  "Robert", "Patricia",  "John",    "Jennifer",
    "Michael", "Linda", "David",  "Elizabeth", "William", "Barbara",
    "Richard", "Susan", "Joseph", "Jessica"};
static const char *const SYLLABLE[] = {
    "ba",   "ker", "mon", "ta",  "ri",  "sol", "van", "der",
    "lin",  "go",  "mar", "tes", "pol", "ham", "wel", "ford",
    "ston", "ley", "hu",  "bre", "cas", "dor", "fen", "gil",
    "jor",  "kin", "lam", "nor", "pet", "qui", "ros", "zam"};
static const char *const FORM[] = {"Inc",     "LLC",  "Group",      "Partners",
                                   "Systems", "Labs", "Industries", "Holdings"};
static const char *const JOB[] = {"Manager",    "Engineer",   "Director",
                                  "Analyst",    "Consultant", "Buyer",
                                  "Accountant", "Founder"};
static const char *const CITY[] = {"Berlin", "Paris",  "London", "Madrid",
                                   "Rome",   "Vienna", "Prague", "Warsaw"};
static const char *const STATE[] = {"new", "active", "qualified", "customer",
                                    "lost"};
static const char *const SOURCE[] = {"web", "referral", "event", "cold_call",
                                     "partner"};
static const char *const WORD[] = {
    "prefers",   "email",   "call",     "after",    "quarter", "budget",
    "approved",  "waiting", "for",      "contract", "renewal", "demo",
    "requested", "pricing", "discount", "pilot"};

#define ANY(s, list) (list)[below(s, (int)(sizeof(list) / sizeof *(list)))]
#define PUT(i, ...)  snprintf(c->text[i], CELL, __VA_ARGS__)

/* A word of n syllables that begins with a capital. */
static void name(uint64_t *s, int n, char out[32])
{
    size_t at = 0;

    for (int i = 0; i < n; i++)
        at += (size_t)snprintf(out + at, 32 - at, "%s", ANY(s, SYLLABLE));
    out[0] = (char)(out[0] - 'a' + 'A');
}

static void make(uint64_t number, struct contact *c)
{
    uint64_t s = (number + 1) * UINT64_C(0x9e3779b97f4a7c15) | 1;
    char last[32], company[32];
    const char *first;
    size_t at = 0;

    for (int i = 0; i < 4; i++)
        next(&s);
    first = ANY(&s, FIRST);
    name(&s, 2 + below(&s, 2), last);
    name(&s, 3, company);
    PUT(0, "%s", first);
    PUT(1, "%s", last);
    PUT(2, "%s.%s%" PRIu64 "@%s.example", first, last, number, company);
    PUT(3, "+1555%03d%04d", below(&s, 1000), below(&s, 10000));
    PUT(4, "+49170%07d", below(&s, 10000000));
    PUT(5, "%s %s", company, ANY(&s, FORM));
    PUT(6, "%s", ANY(&s, JOB));
    PUT(7, "%s", ANY(&s, FORM));
    PUT(8, "%d %s Street", 1 + below(&s, 999), ANY(&s, SYLLABLE));
    PUT(9, "%s", ANY(&s, CITY));
    PUT(10, "S%02d", below(&s, 50));
    PUT(11, "%05d", below(&s, 100000));
    PUT(12, "%s", "Germany");
    PUT(13, "https://www.%s.example", company);
    PUT(14, "%s", ANY(&s, STATE));
    PUT(15, "%s", ANY(&s, SOURCE));
    PUT(16, "%d", below(&s, 101));
    PUT(17, "%d.%02d", below(&s, 1000000), below(&s, 100));
    PUT(18, "%04d-%02d-%02d", 1950 + below(&s, 55), 1 + below(&s, 12),
        1 + below(&s, 28));
    for (int i = 0; i < 14; i++)
        at += (size_t)snprintf(c->text[19] + at, CELL - at, "%s%s",
                               i > 0 ? " " : "", ANY(&s, WORD));
}

static void write_csv(long n)
{
    struct contact c;

    for (int i = 0; i < FIELDS; i++)
        printf("%s%s", i > 0 ? "," : "", FIELD[i]);
    putchar('\n');
    for (long k = 0; k < n; k++) {
        make((uint64_t)k, &c);
        for (int i = 0; i < FIELDS; i++)
            printf("%s%s", i > 0 ? "," : "", c.text[i]);
        putchar('\n');
    }
}

/* ---- the database --------------------------------------------------------- */

static void run(sqlite3 *h, const char *sql)
{
    if (sqlite3_exec(h, sql, NULL, NULL, NULL) != SQLITE_OK)
        die(sql, sqlite3_errmsg(h));
}

static sqlite3 *database(const char *path)
{
    sqlite3 *h = NULL;

    if (sqlite3_open_v2(path, &h,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
                            SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK)
        die(path, sqlite3_errmsg(h));
    sqlite3_busy_timeout(h, 10000);
    run(h, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
           "PRAGMA cache_size=-8192");
    return h;
}

static sqlite3_stmt *prepare(sqlite3 *h, const char *sql)
{
    sqlite3_stmt *st = NULL;

    if (sqlite3_prepare_v3(h, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL) !=
        SQLITE_OK)
        die(sql, sqlite3_errmsg(h));
    return st;
}

static void insert(sqlite3 *h, sqlite3_stmt *st, const struct cell *cells)
{
    for (int i = 0; i < FIELDS; i++) {
        if (i == SCORE)
            sqlite3_bind_int64(st, i + 1, strtoll(cells[i].p, NULL, 10));
        else if (i == REVENUE)
            sqlite3_bind_double(st, i + 1, strtod(cells[i].p, NULL));
        else
            sqlite3_bind_text(st, i + 1, cells[i].p, cells[i].n, SQLITE_STATIC);
    }
    if (sqlite3_step(st) != SQLITE_DONE)
        die("insert", sqlite3_errmsg(h));
    sqlite3_reset(st);
}

static void fill(const char *path, long n)
{
    sqlite3 *h = database(path);
    sqlite3_stmt *st;
    struct contact c;
    struct cell cells[FIELDS];

    run(h, TABLE);
    st = prepare(h, INSERT);
    run(h, "BEGIN");
    for (long k = 0; k < n; k++) {
        make((uint64_t)k, &c);
        for (int i = 0; i < FIELDS; i++)
            cells[i] = (struct cell){c.text[i], (int)strlen(c.text[i])};
        insert(h, st, cells);
    }
    run(h, "COMMIT");
    sqlite3_finalize(st);
    run(h, TRIGRAMS);
    sqlite3_close(h);
}

/* Cells without quotes, as write_csv writes them. */
static void import(const char *path, const char *csv)
{
    sqlite3 *h = database(path);
    FILE *f = fopen(csv, "r");
    sqlite3_stmt *st;
    char *line = NULL;
    size_t cap = 0;
    long rows = 0;
    double began;

    if (!f)
        die(csv, "cannot be read");
    run(h, TABLE);
    st = prepare(h, INSERT);
    began = now();
    run(h, "BEGIN");
    if (getline(&line, &cap, f) < 0)
        die(csv, "is empty");
    while (getline(&line, &cap, f) > 0) {
        struct cell cells[FIELDS];
        char *at = line;

        for (int i = 0; i < FIELDS; i++) {
            size_t n = strcspn(at, ",\n");

            cells[i] = (struct cell){at, (int)n};
            at += n + (at[n] != 0);
            at[-1] = 0;
        }
        insert(h, st, cells);
        rows++;
    }
    run(h, "COMMIT");
    printf("%.0f\n", (double)rows / (now() - began));
    free(line);
    fclose(f);
    sqlite3_finalize(st);
    sqlite3_close(h);
}

/* ---- serving --------------------------------------------------------------- */

static const char *served;
static pthread_key_t slots;

/* Of one thread of the server. */
struct slot {
    sqlite3 *h;
    sqlite3_stmt *get, *list, *find;
    char out[ANSWER], body[BODY];
    char *at;
};

static struct slot *slot(void)
{
    struct slot *s = pthread_getspecific(slots);

    if (s)
        return s;
    s = calloc(1, sizeof *s);
    if (!s)
        die("memory", "there is none");
    s->h = database(served);
    s->get = prepare(s->h, "SELECT * FROM contact WHERE id = ?");
    s->list = prepare(s->h, "SELECT * FROM contact WHERE status = ?"
                            " ORDER BY last_name LIMIT 50");
    s->find = prepare(s->h, "SELECT c.* FROM found JOIN contact c"
                            " ON c.id = found.rowid WHERE found MATCH ?"
                            " LIMIT 50");
    pthread_setspecific(slots, s);
    return s;
}

static void put(struct slot *s, const char *p, size_t n)
{
    memcpy(s->at, p, n);
    s->at += n;
}

static void put_text(struct slot *s, const char *p)
{
    *s->at++ = '"';
    for (; *p; p++) {
        if (*p == '"' || *p == '\\')
            *s->at++ = '\\';
        *s->at++ = *p;
    }
    *s->at++ = '"';
}

static void put_row(struct slot *s, sqlite3_stmt *st)
{
    *s->at++ = '{';
    for (int i = 0; i <= FIELDS; i++) {
        if (i > 0)
            *s->at++ = ',';
        put_text(s, i > 0 ? FIELD[i - 1] : "id");
        *s->at++ = ':';
        if (sqlite3_column_type(st, i) == SQLITE_TEXT)
            put_text(s, (const char *)sqlite3_column_text(st, i));
        else
            put(s, (const char *)sqlite3_column_text(st, i),
                (size_t)sqlite3_column_bytes(st, i));
    }
    *s->at++ = '}';
}

static int answer(struct mg_connection *c, struct slot *s, int status)
{
    char head[HEAD];
    size_t body = (size_t)(s->at - s->out) - HEAD;
    int n = snprintf(head, sizeof head,
                     "HTTP/1.1 %d OK\r\nContent-Type: application/json\r\n"
                     "Content-Length: %zu\r\nConnection: keep-alive\r\n\r\n",
                     status, body);

    memcpy(s->out + HEAD - n, head, (size_t)n);
    mg_write(c, s->out + HEAD - n, body + (size_t)n);
    return status;
}

static int on_get(struct mg_connection *c, void *arg)
{
    struct slot *s = slot();
    const char *path = mg_get_request_info(c)->local_uri;
    int status = 404;

    (void)arg;
    s->at = s->out + HEAD;
    sqlite3_bind_int64(s->get, 1, strtoll(path + 5, NULL, 10));
    if (sqlite3_step(s->get) == SQLITE_ROW) {
        put_row(s, s->get);
        status = 200;
    }
    sqlite3_reset(s->get);
    return answer(c, s, status);
}

static int on_health(struct mg_connection *c, void *arg)
{
    struct slot *s = slot();

    (void)arg;
    s->at = s->out + HEAD;
    put_text(s, "ok");
    return answer(c, s, 200);
}

static int rows(struct mg_connection *c, struct slot *s, sqlite3_stmt *st)
{
    s->at = s->out + HEAD;
    *s->at++ = '[';
    while (sqlite3_step(st) == SQLITE_ROW) {
        if (s->at[-1] == '}')
            *s->at++ = ',';
        put_row(s, st);
    }
    *s->at++ = ']';
    sqlite3_reset(st);
    return answer(c, s, 200);
}

static void parameter(struct mg_connection *c, const char *key, char out[64])
{
    const char *q = mg_get_request_info(c)->query_string;

    if (!q || mg_get_var(q, strlen(q), key, out, 64) < 0)
        out[0] = 0;
}

static int on_list(struct mg_connection *c, void *arg)
{
    struct slot *s = slot();
    char status[64];

    (void)arg;
    parameter(c, "status", status);
    sqlite3_bind_text(s->list, 1, status, -1, SQLITE_STATIC);
    return rows(c, s, s->list);
}

static int on_find(struct mg_connection *c, void *arg)
{
    struct slot *s = slot();
    char q[64], phrase[70];

    (void)arg;
    parameter(c, "q", q);
    snprintf(phrase, sizeof phrase, "\"%s\"", q);
    sqlite3_bind_text(s->find, 1, phrase, -1, SQLITE_STATIC);
    return rows(c, s, s->find);
}

/* ---- creating: a queue, one writer, one commit for all that wait ------------ */

struct job {
    struct cell cells[FIELDS];
    int64_t id;
    bool done;
    struct job *next;
    pthread_cond_t woken;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static struct job *head, *tail;

static void *writer(void *arg)
{
    sqlite3 *h = database(served);
    sqlite3_stmt *st = prepare(h, INSERT);

    (void)arg;
    for (;;) {
        struct job *group, *j, *after;

        pthread_mutex_lock(&lock);
        while (!head)
            pthread_cond_wait(&work, &lock);
        group = head;
        head = tail = NULL;
        pthread_mutex_unlock(&lock);
        run(h, "BEGIN IMMEDIATE");
        for (j = group; j; j = j->next) {
            insert(h, st, j->cells);
            j->id = sqlite3_last_insert_rowid(h);
        }
        run(h, "COMMIT");
        pthread_mutex_lock(&lock);
        for (j = group; j; j = after) {
            after = j->next;
            j->done = true;
            pthread_cond_signal(&j->woken);
        }
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

/* A flat object whose members stand in the order of FIELD, no escapes. */
static bool parse(char *p, struct job *j)
{
    for (int i = 0; i < FIELDS; i++) {
        size_t n;

        p = strchr(p, ':');
        if (!p)
            return false;
        p += 1 + (p[1] == '"');
        n = strcspn(p, p[-1] == '"' ? "\"" : ",}");
        if (!p[n])
            return false;
        j->cells[i] = (struct cell){p, (int)n};
        p += n + 1;
        p[-1] = 0;
    }
    return true;
}

static int on_create(struct mg_connection *c, void *arg)
{
    struct slot *s = slot();
    struct job j = {.done = false};
    int got = 0, n;

    (void)arg;
    while (got < BODY - 1 &&
           (n = mg_read(c, s->body + got, (size_t)(BODY - 1 - got))) > 0)
        got += n;
    s->body[got] = 0;
    s->at = s->out + HEAD;
    if (!parse(s->body, &j))
        return answer(c, s, 400);
    pthread_cond_init(&j.woken, NULL);
    pthread_mutex_lock(&lock);
    if (tail)
        tail->next = &j;
    else
        head = &j;
    tail = &j;
    pthread_cond_signal(&work);
    while (!j.done)
        pthread_cond_wait(&j.woken, &lock);
    pthread_mutex_unlock(&lock);
    pthread_cond_destroy(&j.woken);
    s->at += snprintf(s->at, 40, "{\"id\":%" PRId64 "}", j.id);
    return answer(c, s, 201);
}

static void serve(const char *path, const char *port)
{
    char listen[40], threads[8];
    const char *options[] = {"listening_ports",
                             listen,
                             "num_threads",
                             threads,
                             "enable_keep_alive",
                             "yes",
                             "keep_alive_timeout_ms",
                             "20000",
                             "tcp_nodelay",
                             "1",
                             NULL};
    struct mg_callbacks none = {0};
    struct mg_context *m;
    pthread_t thread;

    snprintf(listen, sizeof listen, "127.0.0.1:%s", port);
    snprintf(threads, sizeof threads, "%d", THREADS);
    served = path;
    pthread_key_create(&slots, NULL);
    mg_init_library(0);
    m = mg_start(&none, NULL, options);
    if (!m)
        die(listen, "cannot listen");
    pthread_create(&thread, NULL, writer, NULL);
    mg_set_request_handler(m, "/healthz", on_health, NULL);
    mg_set_request_handler(m, "/get/", on_get, NULL);
    mg_set_request_handler(m, "/list", on_list, NULL);
    mg_set_request_handler(m, "/find", on_find, NULL);
    mg_set_request_handler(m, "/create", on_create, NULL);
    for (;;)
        pause();
}

/* ---- the time to a first answer ---------------------------------------------- */

static bool answers(int port)
{
    static const char ASK[] = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                              "Connection: close\r\n\r\n";
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char got[16] = {0};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool is_ok = connect(fd, (const struct sockaddr *)&to, sizeof to) == 0 &&
                 write(fd, ASK, sizeof ASK - 1) == (ssize_t)sizeof ASK - 1 &&
                 read(fd, got, sizeof got - 1) > 11 &&
                 memcmp(got + 9, "200", 3) == 0;

    close(fd);
    return is_ok;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void time_start(int port, char *const *command)
{
    double took[TURNS];

    for (int i = 0; i < TURNS; i++) {
        double began = now();
        pid_t child = fork();

        if (child == 0) {
            if (!freopen("/dev/null", "w", stdout))
                _exit(1);
            execv(command[0], command);
            _exit(1);
        }
        while (!answers(port)) {
            usleep(200);
            if (now() - began > 20)
                die(command[0], "does not answer");
        }
        took[i] = (now() - began) * 1e3;
        kill(child, SIGTERM);
        waitpid(child, NULL, 0);
    }
    qsort(took, TURNS, sizeof *took, by_value);
    printf("%.1f\n", took[TURNS / 2]);
}

int main(int argc, char **argv)
{
    const char *verb = argc > 2 ? argv[1] : "";

    if (strcmp(verb, "csv") == 0)
        write_csv(strtol(argv[2], NULL, 10));
    else if (strcmp(verb, "fill") == 0 && argc == 4)
        fill(argv[2], strtol(argv[3], NULL, 10));
    else if (strcmp(verb, "import") == 0 && argc == 4)
        import(argv[2], argv[3]);
    else if (strcmp(verb, "serve") == 0 && argc == 4)
        serve(argv[2], argv[3]);
    else if (strcmp(verb, "start") == 0 && argc > 3)
        time_start((int)strtol(argv[2], NULL, 10), argv + 3);
    else
        die("usage", "see the head of tests/bench/limit.c");
    return 0;
}
