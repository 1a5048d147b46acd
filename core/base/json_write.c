/*
 * json_write - JSON out, straight into a buf.
 *
 * On the path of every answer: a text is scanned eight bytes at a time for
 * what must be escaped and copied in runs; a call reserves once and then
 * writes without asking again. Failures stick in the buf, misuse in the
 * writer, and json_w_finish tells both.
 */
#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "base/id.h"

enum { REAL_BYTES = 40 };

void json_w_init(struct json_w *w, struct buf *b)
{
    *w = (struct json_w){.b = b};
}

/* Levels are bits 0 .. 63 for depth 1 .. 64. */
static uint64_t level_bit(const struct json_w *w)
{
    return UINT64_C(1) << (w->depth - 1);
}

/*
 * Before a value: the comma it needs, and whether it may stand here at all.
 * Leaves room for `n` more bytes; NULL when nothing is to be written.
 */
static char *place(struct json_w *w, size_t n)
{
    struct buf *b = w->b;
    bool needs_comma = false;

    if (w->bad || w->is_too_deep)
        return NULL;
    if (w->depth == 0) {
        w->bad = w->has_root;
        w->has_root = true;
    } else if (w->object & level_bit(w)) {
        w->bad = !w->after_key;
    } else {
        needs_comma = !(w->first & level_bit(w));
        w->first &= ~level_bit(w);
    }
    w->after_key = false;
    if (w->bad || !buf_reserve(b, n + 1))
        return NULL;
    if (needs_comma)
        b->p[b->n++] = ',';
    return b->p + b->n;
}

static void put(struct json_w *w, struct str s)
{
    char *p = place(w, s.n);

    if (!p)
        return;
    memcpy(p, s.p, s.n);
    w->b->n += s.n;
}

static void begin(struct json_w *w, char bracket, bool is_object)
{
    if (w->depth == JSON_MAX_DEPTH) {
        w->is_too_deep = true;
        return;
    }
    put(w, str_of(&bracket, 1));
    if (w->bad || w->is_too_deep)
        return;
    w->depth++;
    w->first |= level_bit(w);
    if (is_object)
        w->object |= level_bit(w);
    else
        w->object &= ~level_bit(w);
}

static void end(struct json_w *w, char bracket, bool is_object)
{
    if (w->bad || w->is_too_deep)
        return;
    if (w->depth == 0 || w->after_key ||
        ((w->object & level_bit(w)) != 0) != is_object) {
        w->bad = true;
        return;
    }
    buf_addc(w->b, bracket);
    w->depth--;
}

void json_obj_begin(struct json_w *w)
{
    begin(w, '{', true);
}

void json_obj_end(struct json_w *w)
{
    end(w, '}', true);
}

void json_arr_begin(struct json_w *w)
{
    begin(w, '[', false);
}

void json_arr_end(struct json_w *w)
{
    end(w, ']', false);
}

/* --- text -------------------------------------------------------------- */

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Nonzero when a byte of x is `"`, `\` or below a space. */
static inline uint64_t special_in(uint64_t x)
{
    uint64_t quote = x ^ EACH('"');
    uint64_t slash = x ^ EACH('\\');
    uint64_t low = (x - EACH(' ')) & ~x;

    /* A borrow may also mark the byte above a marked one, so this tells that
       there is such a byte in the word, not where. */
    return (low | ((quote - EACH(1)) & ~quote) | ((slash - EACH(1)) & ~slash)) &
           EACH(0x80);
}

static inline bool is_special(unsigned char c)
{
    return c < ' ' || c == '"' || c == '\\';
}

/* Bytes of s from `at` that go out as they are. */
static size_t plain_run(struct str s, size_t at)
{
    size_t i = at;
    uint64_t word;

    for (; i + 8 <= s.n; i += 8) {
        memcpy(&word, s.p + i, 8);
        if (special_in(word))
            break;
    }
    while (i < s.n && !is_special((unsigned char)s.p[i]))
        i++;
    return i - at;
}

static void add_escape(struct buf *b, unsigned char c)
{
    static const char HEX[] = "0123456789abcdef";
    static const char SHORT[32] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    char text[6] = {'\\', (char)c};
    size_t n = 2;

    if (c < ' ' && SHORT[c]) {
        text[1] = SHORT[c];
    } else if (c < ' ') {
        memcpy(text, "\\u00", 4);
        text[4] = HEX[c >> 4];
        text[5] = HEX[c & 15];
        n = 6;
    }
    buf_add(b, str_of(text, n));
}

/* The rest of a text that has something to escape. */
static void add_escaped(struct buf *b, struct str s)
{
    size_t at = 0, run;

    while (at < s.n) {
        run = plain_run(s, at);
        buf_add(b, str_of(s.p + at, run));
        at += run;
        if (at < s.n)
            add_escape(b, (unsigned char)s.p[at++]);
    }
}

/* `"text"` and `tail` at p, where s.n + 3 bytes are reserved. */
static void put_text(struct buf *b, char *p, struct str s, char tail)
{
    size_t run = plain_run(s, 0);

    *p = '"';
    if (run)
        memcpy(p + 1, s.p, run);
    b->n += run + 1;
    if (run < s.n) {
        add_escaped(b, str_sub(s, run, s.n));
        buf_addc(b, '"');
        if (tail)
            buf_addc(b, tail);
        return;
    }
    p[run + 1] = '"';
    b->n++;
    if (tail)
        b->p[b->n++] = tail;
}

void json_key(struct json_w *w, struct str key)
{
    struct buf *b = w->b;

    if (w->bad || w->is_too_deep)
        return;
    if (w->depth == 0 || w->after_key || !(w->object & level_bit(w))) {
        w->bad = true;
        return;
    }
    w->after_key = true;
    if (!buf_reserve(b, key.n + 4))
        return;
    if (!(w->first & level_bit(w)))
        b->p[b->n++] = ',';
    w->first &= ~level_bit(w);
    put_text(b, b->p + b->n, key, ':');
}

void json_w_str(struct json_w *w, struct str s)
{
    char *p = place(w, s.n + 2);

    if (p)
        put_text(w->b, p, s, '\0');
}

/* --- the other values --------------------------------------------------- */

void json_w_i64(struct json_w *w, int64_t v)
{
    char *p = place(w, STR_I64_BYTES);

    if (p)
        w->b->n += str_put_i64(p, v);
}

/* The fewest digits that read back the same; an integer shows it is a real. */
void json_w_f64(struct json_w *w, double v)
{
    char text[REAL_BYTES];
    int digits, n = 0;

    if (!isfinite(v)) {
        json_w_null(w);
        return;
    }
    for (digits = 15; digits <= 17; digits++) {
        n = snprintf(text, sizeof text - 2, "%.*g", digits, v);
        if (strtod(text, NULL) == v)
            break;
    }
    if (!strpbrk(text, ".e")) {
        memcpy(text + n, ".0", 2);
        n += 2;
    }
    put(w, str_of(text, (size_t)n));
}

void json_w_bool(struct json_w *w, bool v)
{
    put(w, v ? STR("true") : STR("false"));
}

void json_w_null(struct json_w *w)
{
    put(w, STR("null"));
}

void json_w_id(struct json_w *w, int64_t id)
{
    char text[ID_TEXT_BYTES + 3];

    if (id == 0) {
        json_w_null(w);
        return;
    }
    text[0] = '"';
    id_format(id, text + 1);
    text[ID_TEXT_BYTES + 1] = '"';
    put(w, str_of(text, ID_TEXT_BYTES + 2));
}

void json_w_dec(struct json_w *w, int64_t v, int scale)
{
    char text[DECIMAL_TEXT_BYTES + 2];
    size_t n;

    text[0] = '"';
    n = decimal_format(v, scale, text + 1);
    text[n + 1] = '"';
    put(w, str_of(text, n + 2));
}

void json_w_raw(struct json_w *w, struct str json)
{
    if (json.n == 0)
        w->bad = true; /* a whole value was promised */
    else
        put(w, json);
}

static void tree_array(struct json_w *w, const struct json *v)
{
    size_t i;

    json_arr_begin(w);
    for (i = 0; i < v->u.array.n && !w->is_too_deep; i++)
        json_w_tree(w, &v->u.array.v[i]);
    json_arr_end(w);
}

static void tree_object(struct json_w *w, const struct json *v)
{
    size_t i;

    json_obj_begin(w);
    for (i = 0; i < v->u.object.n && !w->is_too_deep; i++) {
        json_key(w, v->u.object.v[i].key);
        json_w_tree(w, &v->u.object.v[i].value);
    }
    json_obj_end(w);
}

void json_w_tree(struct json_w *w, const struct json *v)
{
    switch (v->kind) {
    case JSON_NULL:
        json_w_null(w);
        return;
    case JSON_BOOL:
        json_w_bool(w, v->u.b);
        return;
    case JSON_INT:
        json_w_i64(w, v->u.i);
        return;
    case JSON_REAL:
        if (v->u.real.text.n)
            put(w, v->u.real.text);
        else
            json_w_f64(w, v->u.real.f);
        return;
    case JSON_STR:
        json_w_str(w, v->u.s);
        return;
    case JSON_ARRAY:
        tree_array(w, v);
        return;
    case JSON_OBJECT:
        tree_object(w, v);
        return;
    }
}

void json_kv(struct json_w *w, const char *key, struct str s)
{
    json_key(w, str_c(key));
    json_w_str(w, s);
}

void json_kv_i64(struct json_w *w, const char *key, int64_t v)
{
    json_key(w, str_c(key));
    json_w_i64(w, v);
}

void json_kv_bool(struct json_w *w, const char *key, bool v)
{
    json_key(w, str_c(key));
    json_w_bool(w, v);
}

void json_kv_id(struct json_w *w, const char *key, int64_t id)
{
    json_key(w, str_c(key));
    json_w_id(w, id);
}

enum rc json_w_finish(struct json_w *w, struct err *err)
{
    if (w->bad)
        return FAIL(err, RC_BUG, "The JSON of this answer was built wrongly.");
    if (w->is_too_deep)
        return FAIL(err, RC_LIMIT,
                    "The JSON to write is nested deeper than %d levels.",
                    JSON_MAX_DEPTH);
    if (w->b->failed == RC_LIMIT)
        return FAIL(err, RC_LIMIT,
                    "The JSON to write is longer than the %zu bytes there is "
                    "room for.",
                    w->b->ceiling);
    if (w->b->failed != RC_OK)
        return FAIL(err, RC_NOMEM,
                    "There is not enough memory to write this JSON.");
    if (w->depth != 0 || !w->has_root)
        return FAIL(err, RC_BUG, "The JSON of this answer is not complete.");
    return RC_OK;
}
