/*
 * log - see the header. A line is built on the stack and written with one
 * write(2), so lines of different threads never mix; LINE_BYTES is what a
 * pipe takes whole. What does not fit is cut and marked with "...".
 */
#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/time.h"

enum { LINE_BYTES = 4096 };

static atomic_int level_now = LOG_LEVEL_INFO;

static pthread_mutex_t sink_lock = PTHREAD_MUTEX_INITIALIZER;
static void (*sink_fn)(void *arg, struct str line);
static void *sink_arg;

struct line {
    char p[LINE_BYTES];
    size_t n;
    bool is_cut;
};

/* Room is kept for the mark of a cut and the newline. */
static void add(struct line *l, struct str s)
{
    if (l->is_cut || s.n > LINE_BYTES - 4 - l->n) {
        l->is_cut = true;
        return;
    }
    if (s.n)
        memcpy(l->p + l->n, s.p, s.n);
    l->n += s.n;
}

/* A control character must not end the line or move a terminal's cursor. */
static void add_escaped(struct line *l, char c)
{
    static const char HEX[] = "0123456789abcdef";
    char hex[4] = {'\\', 'x', HEX[(unsigned char)c >> 4], HEX[c & 15]};

    if (c == '"')
        add(l, STR("\\\""));
    else if (c == '\\')
        add(l, STR("\\\\"));
    else if (c == '\n')
        add(l, STR("\\n"));
    else
        add(l, str_of(hex, sizeof hex));
}

static bool needs_escape(char c)
{
    unsigned char u = (unsigned char)c;

    return u < ' ' || u == 0x7F || c == '"' || c == '\\';
}

static bool is_bare(struct str s)
{
    size_t i;

    for (i = 0; i < s.n; i++)
        if (s.p[i] == ' ' || s.p[i] == '=' || needs_escape(s.p[i]))
            return false;
    return s.n > 0;
}

static void add_value(struct line *l, struct str s)
{
    size_t i, from;

    if (is_bare(s)) {
        add(l, s);
        return;
    }
    add(l, STR("\""));
    for (i = from = 0; i < s.n && !l->is_cut; i++) {
        if (!needs_escape(s.p[i]))
            continue;
        add(l, str_sub(s, from, i - from));
        add_escaped(l, s.p[i]);
        from = i + 1;
    }
    add(l, str_sub(s, from, s.n));
    add(l, STR("\""));
}

static void add_pair(struct line *l, const struct log_kv *kv)
{
    char digits[STR_I64_BYTES];

    add(l, STR(" "));
    add(l, str_c(kv->key));
    add(l, STR("="));
    if (kv->is_i64)
        add(l, str_of(digits, str_put_i64(digits, kv->i)));
    else
        add_value(l, kv->s);
}

static void emit(struct str line)
{
    ssize_t n;

    pthread_mutex_lock(&sink_lock);
    if (sink_fn) {
        sink_fn(sink_arg, line);
        pthread_mutex_unlock(&sink_lock);
        return;
    }
    pthread_mutex_unlock(&sink_lock);
    while (line.n) {
        n = write(STDERR_FILENO, line.p, line.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return; /* nobody is left to tell */
        line = str_sub(line, (size_t)n, line.n);
    }
}

void log_set_level(enum log_level level)
{
    atomic_store(&level_now, (int)level);
}

void log_set_sink(void (*fn)(void *arg, struct str line), void *arg)
{
    pthread_mutex_lock(&sink_lock);
    sink_fn = fn;
    sink_arg = arg;
    pthread_mutex_unlock(&sink_lock);
}

static struct str level_name(enum log_level level)
{
    switch (level) {
    case LOG_LEVEL_DEBUG:
        return STR("debug");
    case LOG_LEVEL_INFO:
        return STR("info");
    case LOG_LEVEL_WARN:
        return STR("warn");
    case LOG_LEVEL_ERROR:
    case LOG_LEVEL_OFF:
        break;
    }
    return STR("error");
}

void log_write(enum log_level level, const char *event, const struct log_kv *kv,
               size_t n)
{
    const struct clock *clock = clock_system();
    struct line line;
    char when[25];
    size_t i;

    if ((int)level < atomic_load_explicit(&level_now, memory_order_relaxed))
        return;
    line.n = 0;
    line.is_cut = false;
    add(&line, STR("time="));
    add(&line, str_of(when, instant_format(clock->now_ms(clock->arg), when)));
    add(&line, STR(" level="));
    add(&line, level_name(level));
    add(&line, STR(" event="));
    add(&line, str_c(event));
    for (i = 0; i < n; i++)
        add_pair(&line, &kv[i]);
    if (line.is_cut) {
        memcpy(line.p + line.n, "...", 3);
        line.n += 3;
    }
    line.p[line.n++] = '\n';
    emit(str_of(line.p, line.n));
}
