/*
 * infer - see infer.h. Columns are looked at one by one: each type counts the
 * cells it can read, the narrowest that reads all of them is proposed.
 */
#include "exchange/infer.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/time.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "exchange/csv.h"
#include "exchange/infer_cell.h"

enum {
    NEARLY_PERCENT = 90,
    TEXT_POINTS = 255,
    OPTION_POINTS = 40,
    CSV_BYTES = 4 << 20
};

struct row {
    struct str *cells;
    size_t n;
};
struct sheet {
    struct arena *a;
    VEC(struct row) rows; /* the header too */
    size_t first;         /* of data */
    size_t width;
    enum infer_style style;
    struct infer_sheet *out;
};

static enum rc no_memory(struct err *err)
{
    return FAIL(err, RC_NOMEM, "There is no memory for this sheet.");
}

static struct str cell_of(const struct sheet *s, size_t row, size_t column)
{
    const struct row *r = &s->rows.v[row];

    return column < r->n ? str_trim(r->cells[column]) : STR("");
}

/* --- reading ----------------------------------------------------------------------- */

static bool is_empty(struct str *cells, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (str_trim(cells[i]).n)
            return false;
    return true;
}

/* Cells that were copied have tabs between them. One column has none, whatever
   stands in it. */
static char separator_of(struct str text)
{
    ptrdiff_t end = str_chr(text, '\n');
    struct str first = end < 0 ? text : str_sub(text, 0, (size_t)end);
    char guess = csv_guess_separator(text);

    if (str_chr(text, '\t') >= 0 || str_chr(first, guess) < 0)
        return '\t';
    return guess;
}

static enum rc read_rows(struct sheet *s, struct str text, struct err *err)
{
    struct csv csv;
    bool end = false;
    enum rc rc = RC_OK;

    csv_init(&csv, text, separator_of(text), s->a);
    while (rc == RC_OK && !end) {
        struct row r = {NULL, 0};
        int64_t line;

        rc = csv_next(&csv, &r.cells, &r.n, &line, &end, err);
        if (rc != RC_OK || end || is_empty(r.cells, r.n))
            continue;
        while (r.n > 0 && !str_trim(r.cells[r.n - 1]).n)
            r.n--;
        if (r.n > s->width)
            s->width = r.n;
        if (!VEC_PUSH(s->a, &s->rows, r))
            rc = no_memory(err);
    }
    if (rc != RC_OK)
        return rc;
    if (!s->rows.n)
        return FAIL(err, RC_INVALID,
                    "There is nothing in it; copy the cells, with their "
                    "header, and paste them.");
    if (s->width > INFER_MAX_COLUMNS)
        return FAIL(err, RC_LIMIT,
                    "The sheet has %zu columns; an entity is made of at most "
                    "%d.",
                    s->width, INFER_MAX_COLUMNS);
    return RC_OK;
}

static bool is_value(struct str s)
{
    struct infer_number x;
    int64_t days;
    size_t i;

    if (infer_number(s, STYLE_POINT, &x) || infer_number(s, STYLE_COMMA, &x) ||
        infer_email(s) || infer_url(s))
        return true;
    for (i = 0; infer_date_format(i); i++)
        if (date_parse_pattern(s, str_c(infer_date_format(i)), &days))
            return true;
    return false;
}

/* Names stand in the first row when none of its cells is a value. */
static bool has_header(const struct sheet *s)
{
    size_t i;

    for (i = 0; i < s->width; i++)
        if (is_value(cell_of(s, 0, i)) || cell_of(s, 0, i).n > 120)
            return false;
    return s->rows.n > 1;
}

static void find_style(struct sheet *s)
{
    size_t i, k;

    for (i = s->first; i < s->rows.n; i++)
        for (k = 0; k < s->width; k++)
            if (infer_is_comma(cell_of(s, i, k))) {
                s->style = STYLE_COMMA;
                return;
            }
}

/* --- names --------------------------------------------------------------------------- */

static bool is_taken(const struct sheet *s, size_t n, struct str name)
{
    static const char *const OURS[] = {
        "id",         "rev",        "created_at", "created_by", "updated_at",
        "updated_by", "deleted_at", "this",       "old",        "user"};
    size_t i;

    for (i = 0; i < sizeof OURS / sizeof OURS[0]; i++)
        if (str_eq(name, str_c(OURS[i])))
            return true;
    for (i = 0; i < n; i++)
        if (str_eq(s->out->columns[i].name, name))
            return true;
    return false;
}

static bool name_column(struct sheet *s, size_t at)
{
    struct infer_column *c = &s->out->columns[at];
    struct str base;
    int i;

    c->header = s->first ? cell_of(s, 0, at) : STR("");
    c->label = c->header.n ? c->header : str_fmt(s->a, "Column %zu", at + 1);
    base = infer_name(s->a, c->label, str_fmt(s->a, "column_%zu", at + 1));
    c->name = base;
    for (i = 2; base.p && is_taken(s, at, c->name); i++)
        c->name = str_fmt(s->a, "%.*s_%d", STR_ARG(base), i);
    return c->label.p && c->name.p;
}

/* --- types ---------------------------------------------------------------------------- */

enum kind {
    K_BOOL,
    K_DATE,
    K_INT,
    K_DEC,
    K_MONEY,
    K_PERCENT,
    K_EMAIL,
    K_URL,
    K_PHONE,
    K_COUNT
};
static const char *const KIND_TYPES[K_COUNT] = {
    "bool", "date", "int", "dec", "money", "percent", "email", "url", "phone"};

struct tally {
    size_t filled, fits[K_COUNT], dates[16];
    size_t signs;     /* amounts with a currency */
    int scale;        /* most digits behind the point */
    char currency[4]; /* of all that have one; "?" more than one */
    bool is_long;     /* text that does not fit a line */
};

static void count_number(const struct sheet *s, struct str cell,
                         struct tally *t)
{
    struct infer_number x;

    if (!infer_number(cell, s->style, &x))
        return;
    if (x.percent) {
        t->fits[K_PERCENT] += !x.currency[0] && x.scale <= 2;
        return;
    }
    if (x.scale > t->scale)
        t->scale = x.scale;
    t->fits[K_MONEY] += x.scale <= 2;
    if (x.currency[0]) {
        t->signs++;
        if (!t->currency[0])
            memcpy(t->currency, x.currency, 4);
        else if (memcmp(t->currency, x.currency, 4) != 0)
            t->currency[0] = '?';
        return;
    }
    t->fits[K_DEC]++;
    t->fits[K_INT] += x.scale == 0;
}

static void count_cell(const struct sheet *s, struct str cell, struct tally *t)
{
    int64_t days;
    bool yes;
    size_t i;

    t->filled++;
    for (i = 0; infer_date_format(i); i++)
        t->dates[i] +=
            date_parse_pattern(cell, str_c(infer_date_format(i)), &days);
    t->fits[K_BOOL] += infer_bool(cell, &yes);
    t->fits[K_EMAIL] += infer_email(cell);
    t->fits[K_URL] += infer_url(cell);
    t->fits[K_PHONE] += infer_phone(cell);
    count_number(s, cell, t);
    if (utf8_count(cell) > TEXT_POINTS || str_chr(cell, '\n') >= 0)
        t->is_long = true;
}

/* The best reading of dates, and how many others read them all, too. */
static size_t best_date(struct tally *t, size_t *others)
{
    size_t best = 0, i;

    *others = 0;
    for (i = 1; infer_date_format(i); i++)
        if (t->dates[i] > t->dates[best])
            best = i;
    for (i = 0; infer_date_format(i); i++)
        *others += i != best && t->dates[i] == t->filled;
    t->fits[K_DATE] = t->dates[best];
    return best;
}

static bool says_money(struct str header)
{
    static const char *const WORDS[] = {"price",  "amount", "cost",   "revenue",
                                        "preis",  "betrag", "kosten", "umsatz",
                                        "salary", "gehalt", "budget", "total"};
    char low[64];
    size_t n = header.n < sizeof low ? header.n : sizeof low, i;

    for (i = 0; i < n; i++)
        low[i] =
            (char)(header.p[i] >= 'A' && header.p[i] <= 'Z' ? header.p[i] + 32
                                                            : header.p[i]);
    for (i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++)
        if (str_find(str_of(low, n), str_c(WORDS[i])) >= 0)
            return true;
    return false;
}

/* Surer with every cell; of two ways to read a date each is as good. */
static int confidence(size_t filled, bool doubtful)
{
    size_t c = filled ? 100 * filled / (filled + 1) : 0;

    return (int)(doubtful ? c / 2 : c);
}

static void find_nearly(struct infer_column *c, const struct tally *t)
{
    size_t k;

    for (k = 0; k < K_COUNT; k++)
        if (t->filled > t->fits[k] &&
            t->fits[k] * 100 >= t->filled * NEARLY_PERCENT) {
            c->nearly = KIND_TYPES[k];
            c->misses = t->filled - t->fits[k];
            return;
        }
}

static void pick_type(struct infer_column *c, struct tally *t)
{
    static const enum kind ORDER[] = {K_BOOL, K_DATE,  K_PERCENT, K_EMAIL,
                                      K_URL,  K_PHONE, K_INT,     K_DEC};
    size_t others = 0, date = best_date(t, &others), i;
    bool is_money = t->fits[K_MONEY] == t->filled && t->currency[0] != '?' &&
                    (t->signs || says_money(c->header));

    c->filled = t->filled;
    c->type = t->is_long ? "longtext" : "text";
    c->confidence = confidence(t->filled, false);
    if (!t->filled)
        return;
    if (is_money) {
        c->type = "money";
        if (t->signs == t->filled)
            memcpy(c->currency, t->currency, 4);
        c->confidence = confidence(t->filled, !t->signs);
        return;
    }
    for (i = 0; i < sizeof ORDER / sizeof ORDER[0]; i++) {
        if (t->fits[ORDER[i]] != t->filled)
            continue;
        c->type = KIND_TYPES[ORDER[i]];
        c->scale = t->scale;
        if (ORDER[i] == K_DATE) {
            c->format = infer_date_format(date);
            c->confidence = confidence(t->filled, others > 0);
        }
        return;
    }
    find_nearly(c, t);
}

/* --- choices ----------------------------------------------------------------------------- */

static struct infer_option *option_of(struct infer_column *c, struct str label)
{
    size_t i;

    for (i = 0; i < c->n_options; i++)
        if (str_eq(c->options[i].label, label))
            return &c->options[i];
    return NULL;
}

static bool add_option(struct sheet *s, struct infer_column *c,
                       struct str label)
{
    struct str base =
        infer_name(s->a, label, str_fmt(s->a, "option_%zu", c->n_options + 1));
    struct infer_option o = {base, label};
    size_t i;
    int k = 2;

    for (i = 0; base.p && i < c->n_options; i++)
        if (str_eq(c->options[i].code, o.code)) {
            o.code = str_fmt(s->a, "%.*s_%d", STR_ARG(base), k++);
            i = (size_t)-1;
        }
    if (!o.code.p)
        return false;
    c->options[c->n_options++] = o;
    return true;
}

/* Few values, each of them often: then they are options. */
static bool find_options(struct sheet *s, size_t at)
{
    struct infer_column *c = &s->out->columns[at];
    size_t i;

    if (strcmp(c->type, "text") != 0 || c->filled < 4)
        return true;
    c->options = ARENA_ARRAY(s->a, struct infer_option, INFER_MAX_OPTIONS);
    if (!c->options)
        return false;
    for (i = s->first; i < s->rows.n; i++) {
        struct str cell = cell_of(s, i, at);

        if (!cell.n || option_of(c, cell))
            continue;
        if (c->n_options == INFER_MAX_OPTIONS ||
            utf8_count(cell) > OPTION_POINTS) {
            c->n_options = 0;
            return true;
        }
        if (!add_option(s, c, cell))
            return false;
    }
    if (c->n_options < 2 || c->filled < 2 * c->n_options) {
        c->n_options = 0;
        return true;
    }
    c->type = "choice";
    c->nearly = NULL;
    c->confidence =
        (int)(100 * (c->filled - c->n_options) / (c->filled ? c->filled : 1));
    return true;
}

static void find_examples(const struct sheet *s, size_t at)
{
    struct infer_column *c = &s->out->columns[at];
    size_t i, k;

    for (i = s->first; i < s->rows.n && c->n_examples < INFER_EXAMPLES; i++) {
        struct str cell = utf8_head(cell_of(s, i, at), 60);

        for (k = 0; k < c->n_examples && !str_eq(c->examples[k], cell); k++)
            continue;
        if (cell.n && k == c->n_examples)
            c->examples[c->n_examples++] = cell;
    }
}

static bool look_at(struct sheet *s, size_t at)
{
    struct infer_column *c = &s->out->columns[at];
    struct tally t = {.filled = 0};
    size_t i;

    if (!name_column(s, at))
        return false;
    for (i = s->first; i < s->rows.n; i++) {
        struct str cell = cell_of(s, i, at);

        if (cell.n)
            count_cell(s, cell, &t);
    }
    pick_type(c, &t);
    find_examples(s, at);
    c->required = at == 0 && t.filled == s->rows.n - s->first;
    return find_options(s, at);
}

/* --- rows ---------------------------------------------------------------------------------- */

static struct str plain(const struct sheet *s, const struct infer_column *c,
                        struct str cell)
{
    struct infer_number x;
    struct infer_option *o;
    char day[11];
    int64_t days;
    bool yes;

    if (!strcmp(c->type, "choice")) {
        o = option_of((struct infer_column *)(uintptr_t)c, cell);
        return o ? o->code : cell;
    }
    if (!strcmp(c->type, "bool") && infer_bool(cell, &yes))
        return yes ? STR("true") : STR("false");
    if (c->format && date_parse_pattern(cell, str_c(c->format), &days))
        return str_copy(s->a, str_of(day, date_format(days, day)));
    if (!strcmp(c->type, "phone") && str_starts(cell, STR("00")))
        return str_fmt(s->a, "+%.*s", STR_ARG(str_sub(cell, 2, cell.n)));
    if (strcmp(c->type, "int") != 0 && strcmp(c->type, "dec") != 0 &&
        strcmp(c->type, "money") != 0 && strcmp(c->type, "percent") != 0)
        return cell;
    if (!infer_number(cell, s->style, &x))
        return cell;
    return str_fmt(s->a, "%.*s%s%s", (int)x.n, x.text, x.currency[0] ? " " : "",
                   x.currency);
}

static enum rc write_rows(struct sheet *s, struct err *err)
{
    struct buf b;
    size_t i, k;
    enum rc rc;

    buf_init(&b, CSV_BYTES);
    for (k = 0; k < s->width; k++)
        csv_cell(&b, s->out->columns[k].name, k == 0);
    buf_addc(&b, '\n');
    for (i = s->first; i < s->rows.n; i++) {
        for (k = 0; k < s->width; k++) {
            struct str cell = cell_of(s, i, k);
            struct str out =
                cell.n ? plain(s, &s->out->columns[k], cell) : cell;

            if (out.n && !out.p)
                return buf_release(&b), no_memory(err);
            if (!strcmp(s->out->columns[k].type, "text") ||
                !strcmp(s->out->columns[k].type, "longtext"))
                csv_safe_cell(&b, out, s->a, k == 0);
            else
                csv_cell(&b, out, k == 0);
        }
        buf_addc(&b, '\n');
    }
    rc = buf_finish(&b, s->a, &s->out->csv, err);
    buf_release(&b);
    return rc;
}

/* --- all together ------------------------------------------------------------------------------ */

enum rc infer_sheet(struct str text, struct str label, struct arena *a,
                    struct infer_sheet *out, struct err *err)
{
    struct infer_sheet made = {.label = str_trim(label)};
    struct sheet s = {.a = a, .out = &made};
    size_t i;
    enum rc rc;

    if (text.n > INFER_MAX_BYTES)
        return FAIL(err, RC_LIMIT,
                    "A sheet of at most %d bytes can be pasted; import a "
                    "larger one from a file.",
                    INFER_MAX_BYTES);
    if (utf8_invalid(text) >= 0 || utf8_invalid(label) >= 0)
        return FAIL(err, RC_INVALID, "The sheet is not UTF-8.");
    rc = read_rows(&s, text, err);
    if (rc != RC_OK)
        return rc;
    made.has_header = has_header(&s);
    s.first = made.has_header ? 1 : 0;
    made.rows = s.rows.n - s.first;
    find_style(&s);
    if (!made.label.n)
        made.label = STR("Sheet");
    made.name = infer_name(a, made.label, STR("sheet"));
    made.columns = ARENA_ARRAY(a, struct infer_column, s.width);
    if (!made.name.p || !made.columns)
        return no_memory(err);
    for (i = 0; i < s.width; i++) {
        if (!look_at(&s, i))
            return no_memory(err);
        made.n++;
    }
    rc = write_rows(&s, err);
    if (rc == RC_OK)
        *out = made;
    return rc;
}

/* --- as JSON --------------------------------------------------------------------------------------- */

static void json_column(const struct infer_column *c, struct json_w *w)
{
    size_t i;

    json_obj_begin(w);
    json_kv(w, "header", c->header);
    json_kv(w, "name", c->name);
    json_kv(w, "label", c->label);
    json_kv(w, "type", str_c(c->type));
    json_kv_i64(w, "confidence", c->confidence);
    json_k(w, "nearly");
    if (c->nearly) {
        json_obj_begin(w);
        json_kv(w, "type", str_c(c->nearly));
        json_kv_i64(w, "misses", (int64_t)c->misses);
        json_obj_end(w);
    } else {
        json_w_null(w);
    }
    json_k(w, "format");
    if (c->format)
        json_w_str(w, str_c(c->format));
    else
        json_w_null(w);
    json_kv_i64(w, "filled", (int64_t)c->filled);
    json_k(w, "examples");
    json_arr_begin(w);
    for (i = 0; i < c->n_examples; i++)
        json_w_str(w, c->examples[i]);
    json_arr_end(w);
    json_obj_end(w);
}

static void json_field(const struct infer_column *c, struct json_w *w)
{
    size_t i;

    json_obj_begin(w);
    json_kv(w, "name", c->name);
    json_kv(w, "type", str_c(c->type));
    json_kv(w, "label", c->label);
    if (c->required)
        json_kv_bool(w, "required", true);
    if (c->currency[0])
        json_kv(w, "currency", str_c(c->currency));
    if (!strcmp(c->type, "dec"))
        json_kv_i64(w, "scale", c->scale);
    if (c->n_options) {
        json_k(w, "options");
        json_arr_begin(w);
        for (i = 0; i < c->n_options; i++) {
            json_obj_begin(w);
            json_kv(w, "code", c->options[i].code);
            json_kv(w, "label", c->options[i].label);
            json_obj_end(w);
        }
        json_arr_end(w);
    }
    json_obj_end(w);
}

void infer_json(const struct infer_sheet *s, struct json_w *w)
{
    size_t i;

    json_obj_begin(w);
    json_kv(w, "entity", s->name);
    json_kv(w, "label", s->label);
    json_kv_i64(w, "rows", (int64_t)s->rows);
    json_kv_bool(w, "header", s->has_header);
    json_k(w, "columns");
    json_arr_begin(w);
    for (i = 0; i < s->n; i++)
        json_column(&s->columns[i], w);
    json_arr_end(w);
    json_k(w, "acts");
    json_arr_begin(w);
    json_obj_begin(w);
    json_kv(w, "op", STR("entity.add"));
    json_kv(w, "name", s->name);
    json_kv(w, "label", s->label);
    json_k(w, "fields");
    json_arr_begin(w);
    for (i = 0; i < s->n; i++)
        json_field(&s->columns[i], w);
    json_arr_end(w);
    json_obj_end(w);
    json_arr_end(w);
    json_kv(w, "csv", s->csv);
    json_obj_end(w);
}
