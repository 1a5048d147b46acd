/*
 * wire - see the header. What comes from a worker is hostile: everything is
 * checked here, so that the pool only has to look at the answer.
 */
#include "script/wire.h"

#include "base/utf8.h"

void wire_put_u32(struct buf *b, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        buf_addc(b, (char)(v >> (8 * i) & 0xff));
}

void wire_put_i64(struct buf *b, int64_t v)
{
    wire_put_u32(b, (uint32_t)((uint64_t)v & 0xffffffff));
    wire_put_u32(b, (uint32_t)((uint64_t)v >> 32));
}

void wire_put_f64(struct buf *b, double v)
{
    int64_t bits;

    memcpy(&bits, &v, sizeof bits);
    wire_put_i64(b, bits);
}

void wire_put_str(struct buf *b, struct str s)
{
    wire_put_u32(b, (uint32_t)s.n);
    buf_add(b, s);
}

static uint64_t little(const char *p, int n)
{
    uint64_t v = 0;

    for (int i = 0; i < n; i++)
        v |= (uint64_t)(unsigned char)p[i] << (8 * i);
    return v;
}

static bool cut(struct str *in, size_t n, const char **p)
{
    if (in->n < n)
        return false;
    *p = in->p;
    *in = str_of(in->p + n, in->n - n);
    return true;
}

bool wire_get_u8(struct str *in, uint8_t *v)
{
    const char *p;

    if (!cut(in, 1, &p))
        return false;
    *v = (uint8_t)*p;
    return true;
}

bool wire_get_u32(struct str *in, uint32_t *v)
{
    const char *p;

    if (!cut(in, 4, &p))
        return false;
    *v = (uint32_t)little(p, 4);
    return true;
}

bool wire_get_i64(struct str *in, int64_t *v)
{
    const char *p;

    if (!cut(in, 8, &p))
        return false;
    *v = (int64_t)little(p, 8);
    return true;
}

bool wire_get_f64(struct str *in, double *v)
{
    int64_t bits;

    if (!wire_get_i64(in, &bits))
        return false;
    memcpy(v, &bits, sizeof bits);
    return true;
}

bool wire_get_str(struct str *in, struct str *v)
{
    struct str rest = *in;
    const char *p;
    uint32_t n;

    if (!wire_get_u32(&rest, &n) || !cut(&rest, n, &p))
        return false;
    *v = str_of(p, n);
    *in = rest;
    return true;
}

void wire_begin(struct buf *b, enum wire_type type)
{
    wire_put_u32(b, 0);
    buf_addc(b, (char)type);
}

void wire_end(struct buf *b)
{
    uint32_t n;

    if (b->failed)
        return;
    n = (uint32_t)(b->n - WIRE_HEAD_BYTES);
    for (int i = 0; i < 4; i++)
        b->p[i] = (char)(n >> (8 * i) & 0xff);
}

bool wire_head(const char head[WIRE_HEAD_BYTES], size_t max, size_t *n,
               uint8_t *type)
{
    size_t length = little(head, 4);

    if (length > max)
        return false;
    *n = length;
    *type = (uint8_t)head[4];
    return true;
}

/* --- RUN ---------------------------------------------------------------------- */

/* Of the limits, in the order of the wire. */
static void limits_words(const struct script_limits *l, int64_t words[9])
{
    const int64_t all[9] = {l->steps,     l->cpu_ms,       l->wall_ms,
                            l->memory,    l->volume,       l->one,
                            l->log_bytes, l->result_bytes, l->result_nodes};

    memcpy(words, all, sizeof all);
}

void wire_put_run(struct buf *b, const struct wire_run *run)
{
    int64_t words[9];

    limits_words(&run->limits, words);
    for (int i = 0; i < 9; i++)
        wire_put_i64(b, words[i]);
    wire_put_u32(b, run->phase);
    wire_put_i64(b, run->now_ms);
    wire_put_u32(b, (uint32_t)run->offset_ms);
    wire_put_i64(b, (int64_t)run->seed);
    wire_put_str(b, run->zone);
    wire_put_str(b, run->lang);
    wire_put_str(b, run->function);
    wire_put_u32(b, (uint32_t)run->n_sources);
    for (size_t i = 0; i < run->n_sources; i++) {
        wire_put_str(b, run->sources[i].name);
        wire_put_str(b, run->sources[i].text);
    }
    script_encode(b, &run->arg);
}

static bool get_sources(struct str *in, struct arena *a, struct wire_run *run)
{
    struct script_source *v;
    uint32_t n;

    if (!wire_get_u32(in, &n) || n > in->n)
        return false;
    v = ARENA_ARRAY(a, struct script_source, n);
    if (!v)
        return false;
    for (uint32_t i = 0; i < n; i++)
        if (!wire_get_str(in, &v[i].name) || !wire_get_str(in, &v[i].text))
            return false;
    run->sources = v;
    run->n_sources = n;
    return true;
}

enum rc wire_read_run(struct str payload, struct arena *a, struct wire_run *out,
                      struct err *err)
{
    static const struct script_caps CAPS = {WIRE_RUN_BYTES, 1000000};
    struct wire_run r = {.phase = 0};
    struct str in = payload;
    int64_t words[9];
    int64_t seed;
    uint32_t phase;
    uint32_t offset;

    for (int i = 0; i < 9; i++)
        if (!wire_get_i64(&in, &words[i]))
            return FAIL(err, RC_INVALID, "A run was cut off.");
    if (!wire_get_u32(&in, &phase) || !wire_get_i64(&in, &r.now_ms) ||
        !wire_get_u32(&in, &offset) || !wire_get_i64(&in, &seed) ||
        !wire_get_str(&in, &r.zone) || !wire_get_str(&in, &r.lang) ||
        !wire_get_str(&in, &r.function) || !get_sources(&in, a, &r))
        return FAIL(err, RC_INVALID, "A run was cut off.");
    r.limits = (struct script_limits){.steps = words[0],
                                      .cpu_ms = (int32_t)words[1],
                                      .wall_ms = (int32_t)words[2],
                                      .memory = words[3],
                                      .volume = words[4],
                                      .one = words[5],
                                      .log_bytes = words[6],
                                      .result_bytes = words[7],
                                      .result_nodes = words[8]};
    r.phase = phase;
    r.offset_ms = (int32_t)offset;
    r.seed = (uint64_t)seed;
    if (script_decode(&in, &CAPS, a, &r.arg, err) != RC_OK || in.n > 0)
        return FAIL(err, RC_INVALID, "A run was cut off.");
    *out = r;
    return RC_OK;
}

/* --- RESULT --------------------------------------------------------------------- */

void wire_put_problem(struct buf *b, const struct script_problem *p)
{
    wire_put_str(b, p->code);
    wire_put_str(b, p->message);
    wire_put_str(b, p->field);
    wire_put_str(b, p->file);
    wire_put_str(b, p->trace);
    wire_put_u32(b, (uint32_t)p->line);
    wire_put_u32(b, (uint32_t)p->column);
}

static bool is_code(struct str s)
{
    if (s.n < 3 || s.n >= ERR_CODE_BYTES || s.p[0] != 'E' || s.p[1] != '_')
        return false;
    for (size_t i = 2; i < s.n; i++)
        if (!(s.p[i] >= 'A' && s.p[i] <= 'Z') && s.p[i] != '_' &&
            !(s.p[i] >= '0' && s.p[i] <= '9'))
            return false;
    return true;
}

static bool get_text(struct str *in, size_t max, struct str *out)
{
    return wire_get_str(in, out) && out->n <= max && utf8_invalid(*out) < 0 &&
           (out->n == 0 || !memchr(out->p, 0, out->n));
}

static bool get_line(struct str *in, int *line)
{
    uint32_t v;

    if (!wire_get_u32(in, &v) || v > INT32_MAX)
        return false;
    *line = (int)v;
    return true;
}

static bool get_problem(struct str *in, struct script_problem *p)
{
    return wire_get_str(in, &p->code) && is_code(p->code) &&
           get_text(in, WIRE_TEXT_BYTES, &p->message) &&
           get_text(in, WIRE_TEXT_BYTES, &p->field) &&
           get_text(in, WIRE_TEXT_BYTES, &p->file) &&
           get_text(in, WIRE_TEXT_BYTES, &p->trace) && get_line(in, &p->line) &&
           get_line(in, &p->column);
}

static bool get_usage(struct str *in, struct script_usage *u)
{
    int64_t *const words[] = {&u->steps, &u->cpu_us, &u->wall_us,
                              &u->memory_peak, &u->volume};

    for (int i = 0; i < 5; i++)
        if (!wire_get_i64(in, words[i]) || *words[i] < 0 ||
            *words[i] > INT64_C(1) << 48)
            return false;
    return true;
}

static enum rc broken(struct err *err)
{
    return FAIL(err, RC_INVALID, "A script worker sent a broken message.");
}

enum rc wire_read_result(struct str payload, const struct script_limits *limits,
                         struct arena *a, struct wire_result *out,
                         struct err *err)
{
    const struct script_caps caps = {(size_t)limits->result_bytes,
                                     (size_t)limits->result_nodes};
    struct wire_result r = {.ok = false};
    struct script_value *value;
    struct str in = payload;
    uint8_t flags = 0;
    enum rc rc;

    if (!wire_get_u8(&in, &flags) || flags > 7 || !get_usage(&in, &r.usage))
        return broken(err);
    r.ok = flags & 1;
    r.is_dirty = flags & 2;
    r.is_limit = flags & 4;
    if (!r.ok && !get_problem(&in, &r.problem))
        return broken(err);
    value = r.ok ? &r.value : &r.problem.details;
    rc = script_decode(&in, &caps, a, value, err);
    if (rc != RC_OK)
        return rc;
    if (in.n > 0)
        return broken(err);
    *out = r;
    return RC_OK;
}

/* --- CALL, LOG ------------------------------------------------------------------ */

enum rc wire_read_call(struct str payload, struct arena *a,
                       struct wire_call *out, struct err *err)
{
    struct script_caps caps = {WIRE_ARGS_BYTES, WIRE_ARGS_NODES};
    struct wire_call c = {0};
    struct str in = payload;
    uint8_t n = 0;
    enum rc rc = RC_OK;

    if (!wire_get_u32(&in, &c.number) || !wire_get_u8(&in, &n) ||
        n > WIRE_ARGS_MAX)
        return broken(err);
    c.n = n;
    c.args = ARENA_ARRAY(a, struct script_value, n);
    if (!c.args)
        return FAIL(err, RC_NOMEM, "Memory is gone.");
    for (size_t i = 0; i < c.n && rc == RC_OK; i++)
        rc = script_decode(&in, &caps, a, &c.args[i], err);
    if (rc == RC_OK && in.n > 0)
        rc = broken(err);
    if (rc == RC_OK)
        *out = c;
    return rc;
}

enum rc wire_read_log(struct str payload, struct arena *a, struct wire_log *out,
                      struct err *err)
{
    static const struct script_caps CAPS = {WIRE_ARGS_BYTES, 1000};
    struct wire_log l = {.has_data = false};
    struct str in = payload;
    uint8_t level = 0;
    enum rc rc = RC_OK;

    if (!wire_get_u8(&in, &level) || level > SCRIPT_LOG_ERROR ||
        !get_text(&in, WIRE_ARGS_BYTES, &l.text))
        return broken(err);
    l.level = (enum script_log_level)level;
    l.has_data = in.n > 0;
    if (l.has_data)
        rc = script_decode(&in, &CAPS, a, &l.data, err);
    if (rc == RC_OK && in.n > 0)
        rc = broken(err);
    if (rc == RC_OK)
        *out = l;
    return rc;
}
