/* See message.h. */
#include "model/message.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/utf8.h"

enum { MESSAGE_TEXT_BYTES = 600, EXCERPT_POINTS = 160 };

static const char *const SEVERITIES[] = {"error", "warning", "review"};

void messages_init(struct messages *ms, struct arena *a)
{
    *ms = (struct messages){.arena = a};
}

/* Counts always; gives the slot to fill, or NULL past the limit. */
static struct message *next_slot(struct messages *ms, enum severity sev)
{
    if (sev == SEVERITY_ERROR)
        ms->errors++;
    else
        ms->warnings++;
    if (ms->n == LIMIT_MESSAGES)
        return NULL;
    if (ms->v == NULL) {
        ms->v = ARENA_ARRAY(ms->arena, struct message, LIMIT_MESSAGES);
        ms->cap = ms->v == NULL ? 0 : LIMIT_MESSAGES;
    }
    return ms->n < ms->cap ? &ms->v[ms->n] : NULL;
}

static struct str PRINTF_LIKE(2, 0)
    format(struct arena *a, const char *fmt, va_list ap)
{
    char text[MESSAGE_TEXT_BYTES];
    int n = vsnprintf(text, sizeof text, fmt, ap);
    struct str s;

    if (n < 0)
        return STR_NONE;
    s = str_of(text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
    while (s.n > 0 && utf8_invalid(s) >= 0)
        s.n--; /* a cut in the middle of a character */
    return str_copy(a, s);
}

void messages_at(struct messages *ms, const struct xml_doc *doc, uint32_t from,
                 uint32_t to, enum severity sev, const char *code,
                 struct str hint, const char *fmt, ...)
{
    struct message *m = next_slot(ms, sev);
    struct xml_pos pos;
    struct str piece;
    va_list ap;

    if (m == NULL)
        return;
    pos = xml_pos_at(doc, from);
    piece = to > from ? str_sub(doc->source, from, to - from) : STR_NONE;
    *m = (struct message){
        .file = str_copy(ms->arena, doc->file),
        .line = pos.line,
        .column = pos.column,
        .length = (uint32_t)utf8_count(piece),
        .severity = sev,
        .code = code,
        .hint = str_copy(ms->arena, hint),
        .excerpt = str_copy(ms->arena,
                            utf8_head(xml_line_at(doc, from), EXCERPT_POINTS))};
    va_start(ap, fmt);
    m->text = format(ms->arena, fmt, ap);
    va_end(ap);
    ms->n++;
}

void messages_file(struct messages *ms, struct str file, enum severity sev,
                   const char *code, const char *fmt, ...)
{
    struct message *m = next_slot(ms, sev);
    va_list ap;

    if (m == NULL)
        return;
    *m = (struct message){
        .file = str_copy(ms->arena, file), .severity = sev, .code = code};
    va_start(ap, fmt);
    m->text = format(ms->arena, fmt, ap);
    va_end(ap);
    ms->n++;
}

static int compare(const struct message *a, const struct message *b)
{
    int order = str_cmp(a->file, b->file);

    if (order == 0)
        order = (a->line > b->line) - (a->line < b->line);
    if (order == 0)
        order = (a->column > b->column) - (a->column < b->column);
    if (order == 0)
        order = strcmp(a->code, b->code);
    return order;
}

/* Insertion: at most 200, nearly sorted, and equal ones keep their order. */
void messages_sort(struct messages *ms)
{
    size_t i, j;

    for (i = 1; i < ms->n; i++) {
        struct message m = ms->v[i];

        for (j = i; j > 0 && compare(&m, &ms->v[j - 1]) < 0; j--)
            ms->v[j] = ms->v[j - 1];
        ms->v[j] = m;
    }
}

static void add_times(struct buf *b, char c, size_t n)
{
    while (n-- > 0)
        buf_addc(b, c);
}

static void add_excerpt(const struct message *m, struct buf *out)
{
    size_t points = utf8_count(m->excerpt), at = 0, i;
    size_t column = m->column - 1;
    size_t length = m->length > 0 ? m->length : 1;

    buf_addf(out, "%5u | ", m->line);
    buf_add(out, m->excerpt);
    buf_adds(out, "\n      | ");
    if (column > points)
        column = points;
    for (i = 0; i < column; i++) /* tabs stay tabs, so that the mark fits */
        buf_addc(out, utf8_next(m->excerpt, &at) == '\t' ? '\t' : ' ');
    buf_addc(out, '^');
    if (length > 1 && column + length <= points)
        add_times(out, '~', length - 1);
    buf_addc(out, '\n');
}

void messages_text(const struct messages *ms, struct buf *out)
{
    size_t i;

    for (i = 0; i < ms->n; i++) {
        const struct message *m = &ms->v[i];

        buf_add(out, m->file);
        if (m->line > 0)
            buf_addf(out, ":%u:%u", m->line, m->column);
        buf_addf(out, ": %s %s: ", SEVERITIES[m->severity], m->code);
        buf_add(out, m->text);
        buf_addc(out, '\n');
        if (m->excerpt.n > 0)
            add_excerpt(m, out);
    }
    if (ms->errors + ms->warnings > ms->n)
        buf_addf(out, "%zu more messages are not shown.\n",
                 ms->errors + ms->warnings - ms->n);
}

void messages_json(const struct messages *ms, struct json_w *w)
{
    size_t i;

    json_arr_begin(w);
    for (i = 0; i < ms->n; i++) {
        const struct message *m = &ms->v[i];

        json_obj_begin(w);
        json_kv(w, "file", m->file);
        json_kv_i64(w, "line", m->line);
        json_kv_i64(w, "column", m->column);
        json_kv(w, "severity", str_c(SEVERITIES[m->severity]));
        json_kv(w, "code", str_c(m->code));
        json_kv(w, "message", m->text);
        json_k(w, "hint");
        if (m->hint.n > 0)
            json_w_str(w, m->hint);
        else
            json_w_null(w);
        json_obj_end(w);
    }
    json_arr_end(w);
}
