/*
 * edit_log - an edit as an entry of the history, and laid on backwards.
 *
 * An entry keeps lines, not the file: where the new lines stand still, with what
 * was around them, the old ones come back; what happened elsewhere in the file is
 * not touched. A file that the edit made or took away comes and goes whole.
 *
 *   {"words":{"en":"..","de":".."},"undoes":12,"acts":[..],
 *    "renames":[["crm:deal","x_a","x_b"]],
 *    "files":[{"path":"..","made":true,"gone":true,
 *              "hunks":[{"line":3,"old":"..","new":"..","before":"..",
 *                        "after":".."}]}]}
 */
#include "model/edit_in.h"
#include "model/edit_lines.h"

#include "base/utf8.h"

enum { AROUND = 3, LOG_MAX_BYTES = 8 << 20 };

/* --- writing -------------------------------------------------------------------- */

static void log_words(const struct edit *e, struct json_w *w)
{
    struct buf en, de;
    size_t i;

    buf_init(&en, 1 << 20);
    buf_init(&de, 1 << 20);
    for (i = 0; i < e->words.n; i++) {
        buf_adds(&en, i ? " " : "");
        buf_adds(&de, i ? " " : "");
        buf_add(&en, e->words.v[i].en);
        buf_add(&de, e->words.v[i].de);
    }
    if ((en.failed || de.failed) && w->b->failed == RC_OK)
        w->b->failed = en.failed ? en.failed : de.failed;
    json_k(w, "words");
    json_obj_begin(w);
    json_kv(w, "en", buf_view(&en));
    json_kv(w, "de", buf_view(&de));
    json_obj_end(w);
    buf_release(&en);
    buf_release(&de);
}

static void log_block(struct json_w *w, const struct lines *was,
                      const struct lines *is, const struct block *b)
{
    size_t lead = b->b < AROUND ? b->b : AROUND, end = b->b + b->b_n;
    size_t tail = is->n - end < AROUND ? is->n - end : AROUND;

    json_obj_begin(w);
    json_kv_i64(w, "line", (int64_t)b->b);
    json_kv(w, "old", lines_span(was, b->a, b->a_n));
    json_kv(w, "new", lines_span(is, b->b, b->b_n));
    json_kv(w, "before", lines_span(is, b->b - lead, lead));
    json_kv(w, "after", lines_span(is, end, tail));
    json_obj_end(w);
}

static bool log_file(const struct edit_file *f, struct arena *a,
                     struct json_w *w)
{
    struct blocks blocks = {0};
    struct lines was, is;
    size_t i;

    if (!lines_of(f->before.p ? f->before : STR(""), a, &was) ||
        !lines_of(f->text.p ? f->text : STR(""), a, &is) ||
        !lines_diff(&was, &is, a, &blocks))
        return false;
    json_obj_begin(w);
    json_kv(w, "path", f->path);
    json_kv_bool(w, "made", !f->before.p);
    json_kv_bool(w, "gone", !f->text.p);
    json_k(w, "hunks");
    json_arr_begin(w);
    for (i = 0; i < blocks.n; i++)
        log_block(w, &was, &is, &blocks.v[i]);
    json_arr_end(w);
    json_obj_end(w);
    return true;
}

static enum rc log_files(const struct edit *e, struct json_w *w,
                         struct err *err)
{
    size_t i;

    json_k(w, "files");
    json_arr_begin(w);
    for (i = 0; i < e->files.n; i++) {
        const struct edit_file *f = &e->files.v[i];

        if (!edit_file_changed(f))
            continue;
        if (utf8_invalid(f->before) >= 0 || utf8_invalid(f->text) >= 0)
            return FAIL(err, RC_INVALID,
                        "%.*s is not UTF-8, so its change could not be undone. "
                        "Convert the file first.",
                        STR_ARG(f->path));
        if (!log_file(f, e->arena, w))
            return edit_no_memory(err);
    }
    json_arr_end(w);
    return RC_OK;
}

enum rc edit_log(const struct edit *e, struct arena *a, struct str *out,
                 struct err *err)
{
    struct json_w w;
    struct buf b;
    size_t i;
    enum rc rc;

    buf_init(&b, LOG_MAX_BYTES);
    json_w_init(&w, &b);
    json_obj_begin(&w);
    log_words(e, &w);
    if (e->undoes)
        json_kv_i64(&w, "undoes", e->undoes);
    json_k(&w, "acts");
    if (e->acts)
        json_w_tree(&w, e->acts);
    else
        json_w_null(&w);
    json_k(&w, "renames");
    json_arr_begin(&w);
    for (i = 0; i < e->renames.n; i++) {
        json_arr_begin(&w);
        json_w_str(&w, e->renames.v[i].entity);
        json_w_str(&w, e->renames.v[i].from);
        json_w_str(&w, e->renames.v[i].to);
        json_arr_end(&w);
    }
    json_arr_end(&w);
    rc = log_files(e, &w, err);
    if (rc == RC_OK)
        json_obj_end(&w);
    if (rc == RC_OK)
        rc = json_w_finish(&w, err);
    if (rc == RC_OK)
        rc = buf_finish(&b, a, out, err);
    buf_release(&b);
    return rc;
}

/* --- backwards --------------------------------------------------------------------- */

static enum rc touched(struct str path, struct err *err)
{
    return FAIL(err, RC_CONFLICT,
                "%.*s was changed at the same place since; undo the later "
                "change first.",
                STR_ARG(path));
}

static bool same_at(const struct lines *text, size_t at,
                    const struct lines *want)
{
    size_t i;

    if (at > text->n || want->n > text->n - at)
        return false;
    for (i = 0; i < want->n; i++)
        if (!str_eq(text->v[at + i], want->v[i]))
            return false;
    return true;
}

/* How many lines around fit: those before, nearest first, and those after. */
static size_t fits(const struct lines *text, size_t at, size_t n,
                   const struct lines *before, const struct lines *after,
                   size_t *both)
{
    size_t lead = 0, tail = 0;

    while (lead < before->n && lead < at &&
           str_eq(text->v[at - 1 - lead], before->v[before->n - 1 - lead]))
        lead++;
    while (tail < after->n && at + n + tail < text->n &&
           str_eq(text->v[at + n + tail], after->v[tail]))
        tail++;
    *both = (lead > 0 || (before->n == 0 && at == 0)) &&
            (tail > 0 || (after->n == 0 && at + n == text->n));
    return lead + tail;
}

struct hunk {
    struct lines old, new, before, after;
    size_t line;
};

/* Where the hunk's new lines stand now: best surrounded, then nearest to where
   they were. Lines that were only taken away need both neighbours. */
static bool find_hunk(const struct lines *text, const struct hunk *h,
                      size_t *out)
{
    size_t best = 0, distance = SIZE_MAX, found = 0, at;

    for (at = 0; at <= text->n; at++) {
        size_t score, both, d = at > h->line ? at - h->line : h->line - at;

        if (!same_at(text, at, &h->new))
            continue;
        score = fits(text, at, h->new.n, &h->before, &h->after, &both);
        if (h->new.n == 0 ? !both : score == 0 && !both)
            continue;
        if (found && (score < best || (score == best && d >= distance)))
            continue;
        found = 1;
        best = score;
        distance = d;
        *out = at;
    }
    return found;
}

static bool read_hunk(const struct json *j, struct arena *a, struct hunk *h)
{
    const struct json *line = json_at(j, "line");

    *h = (struct hunk){.line = line && line->kind == JSON_INT && line->u.i > 0
                                   ? (size_t)line->u.i
                                   : 0};
    return lines_of(json_str(json_at(j, "old"), STR("")), a, &h->old) &&
           lines_of(json_str(json_at(j, "new"), STR("")), a, &h->new) &&
           lines_of(json_str(json_at(j, "before"), STR("")), a, &h->before) &&
           lines_of(json_str(json_at(j, "after"), STR("")), a, &h->after);
}

static enum rc lay_back(struct edit *e, struct edit_file *f,
                        const struct json *j, struct err *err)
{
    struct lines text;
    struct hunk h;
    struct str now;
    struct buf b;
    size_t at = 0;
    enum rc rc;

    if (!lines_of(f->text, e->arena, &text) || !read_hunk(j, e->arena, &h))
        return edit_no_memory(err);
    if (!find_hunk(&text, &h, &at))
        return touched(f->path, err);
    buf_init(&b, LOG_MAX_BYTES * 2);
    buf_add(&b, lines_span(&text, 0, at));
    buf_add(&b, json_str(json_at(j, "old"), STR("")));
    buf_add(&b, lines_span(&text, at + h.new.n, text.n - at - h.new.n));
    rc = buf_finish(&b, e->arena, &now, err);
    buf_release(&b);
    if (rc == RC_OK) {
        f->text = now;
        f->doc = NULL;
    }
    return rc;
}

static bool is_true(const struct json *j)
{
    return j && j->kind == JSON_BOOL && j->u.b;
}

static enum rc undo_file(struct edit *e, const struct json *j, struct err *err)
{
    struct str path = json_str(json_at(j, "path"), STR_NONE);
    const struct json *hunks = json_at(j, "hunks"), *one;
    struct edit_file *f = edit_file_of(e, path);
    bool exists = f && f->text.p;
    size_t i;
    enum rc rc = RC_OK;

    if (!hunks || hunks->kind != JSON_ARRAY)
        return FAIL(err, RC_IO, "The entry of the history is damaged.");
    one = hunks->u.array.n ? &hunks->u.array.v[0] : NULL;
    if (is_true(json_at(j, "gone"))) {
        if (exists)
            return touched(path, err);
        return edit_put(e, path,
                        one ? json_str(json_at(one, "old"), STR("")) : STR(""),
                        err);
    }
    if (!exists)
        return touched(path, err);
    if (is_true(json_at(j, "made"))) {
        if (!one || !str_eq(f->text, json_str(json_at(one, "new"), STR(""))))
            return touched(path, err);
        f->text = STR_NONE;
        f->doc = NULL;
        return RC_OK;
    }
    for (i = hunks->u.array.n; rc == RC_OK && i-- > 0;)
        rc = lay_back(e, f, &hunks->u.array.v[i], err);
    return rc;
}

static enum rc undo_renames(struct edit *e, const struct json *list,
                            struct err *err)
{
    size_t i;

    for (i = list && list->kind == JSON_ARRAY ? list->u.array.n : 0; i-- > 0;) {
        const struct json *r = &list->u.array.v[i];
        struct store_rename back;

        if (r->kind != JSON_ARRAY || r->u.array.n != 3)
            continue;
        back = (struct store_rename){json_str(&r->u.array.v[0], STR_NONE),
                                     json_str(&r->u.array.v[2], STR_NONE),
                                     json_str(&r->u.array.v[1], STR_NONE)};
        if (!VEC_PUSH(e->arena, &e->renames, back))
            return edit_no_memory(err);
    }
    return RC_OK;
}

enum rc edit_undo(struct edit *e, int64_t generation, struct str log,
                  struct err *err)
{
    const struct json *entry, *files, *words;
    struct edit_words say;
    size_t i;
    enum rc rc = json_parse(log, e->arena, &entry, err);

    if (rc == RC_NOMEM)
        return rc;
    files = rc == RC_OK && entry->kind == JSON_OBJECT ? json_at(entry, "files")
                                                      : NULL;
    if (!files || files->kind != JSON_ARRAY)
        return FAIL(err, RC_IO, "The entry of the history is damaged.");
    rc = RC_OK;
    for (i = 0; rc == RC_OK && i < files->u.array.n; i++)
        rc = undo_file(e, &files->u.array.v[i], err);
    if (rc == RC_OK)
        rc = undo_renames(e, json_at(entry, "renames"), err);
    if (rc != RC_OK)
        return rc;
    words = json_at(entry, "words");
    say.en = str_fmt(
        e->arena, "Undo: %.*s",
        STR_ARG(words ? json_str(json_at(words, "en"), STR("")) : STR("")));
    say.de = str_fmt(
        e->arena, "Rückgängig: %.*s",
        STR_ARG(words ? json_str(json_at(words, "de"), STR("")) : STR("")));
    if (!say.en.p || !say.de.p || !VEC_PUSH(e->arena, &e->words, say))
        return edit_no_memory(err);
    e->undoes = generation;
    return RC_OK;
}
