/*
 * search - what a record is found by: words, a line break, folded text.
 *
 * Choices are found by what people read, references by the title they had when
 * the record was written: the text of a path is as old as the last save of its
 * record (docs/design/0003-a-save.md).
 */
#include "base/utf8.h"
#include "record/pipe.h"

static void add_text(struct save *s, struct str text)
{
    if (!text.n)
        return;
    utf8_words(text, &s->words);
    if (s->plain.n)
        buf_addc(&s->plain, ' ');
    buf_add(&s->plain, text);
}

static void add_code(struct save *s, const struct field *f, struct str code)
{
    const struct option *o = f && f->n_options ? field_option(f, code) : NULL;

    add_text(s, o ? o->label.base : code);
}

static void add_number(struct save *s, int64_t v)
{
    char digits[STR_I64_BYTES];

    add_text(s, str_of(digits, str_put_i64(digits, v)));
}

static enum rc add_title(struct save *s, const struct fx_data *data,
                         const struct field *f, const struct value *v,
                         struct err *err)
{
    const struct entity *e = f ? value_target(s->m, f, v) : NULL;
    struct fx_frame frame = {
        .data = data, .now_ms = s->now_ms, .tz = s->m->tz, .arena = s->arena};
    struct value title = VALUE_NULL;
    const struct row *target = NULL;
    enum rc rc = RC_OK;

    if (!e || !s->db)
        return RC_OK;
    rc = rows_live(s, e, v->u.i, &target, err);
    if (rc != RC_OK || !target)
        return rc;
    frame.row = target;
    rc = fx_eval(e->title, &frame, &title, err);
    if (rc == RC_OK && title.kind == V_TEXT)
        add_text(s, title.u.s);
    return rc;
}

static enum rc add_value(struct save *s, const struct fx_data *data,
                         const struct field *f, const struct value *v,
                         struct err *err)
{
    size_t i;

    switch (v->kind) {
    case V_TEXT:
        add_code(s, f, v->u.s);
        break;
    case V_INT:
        add_number(s, v->u.i);
        break;
    case V_REF:
    case V_ANYREF:
        return add_title(s, data, f, v, err);
    case V_LIST:
        for (i = 0; i < v->u.list.n; i++)
            if (v->u.list.v[i].kind == V_TEXT)
                add_code(s, f, v->u.list.v[i].u.s);
        break;
    case V_NULL:
    case V_BOOL:
    case V_DEC:
    case V_MONEY:
    case V_FLOAT:
    case V_DATE:
    case V_INSTANT:
    case V_TIME:
    case V_DUR:
        break;
    }
    return RC_OK;
}

/* Without a database paths lead nowhere. */
static enum rc follow_nothing(void *ctx, const void *row, const void *ref_field,
                              const void **out, struct err *err)
{
    (void)ctx;
    (void)row;
    (void)ref_field;
    (void)err;
    *out = NULL;
    return RC_OK;
}

static enum rc collect(struct save *s, const struct work *w, struct err *err)
{
    const struct entity *e = w->item->entity;
    struct fx_data data = rows_data(s);
    struct fx_frame frame = {.data = &data,
                             .row = &w->now,
                             .now_ms = s->now_ms,
                             .tz = s->m->tz,
                             .arena = s->arena};
    size_t i;
    enum rc rc = RC_OK;

    if (!s->db)
        data.follow = follow_nothing;
    for (i = 0; rc == RC_OK && i < e->n_search; i++) {
        const void *const *path = NULL;
        size_t n = fx_as_path(e->search[i], &path);
        const struct field *f = n ? path[n - 1] : NULL;
        struct value v = VALUE_NULL;

        if (n == 1 && f->entity == e) /* the usual case needs no fx */
            v = w->now.v[f->index];
        else
            rc = fx_eval(e->search[i], &frame, &v, err);
        if (rc == RC_OK)
            rc = add_value(s, &data, f, &v, err);
    }
    return rc;
}

static enum rc make_text(struct save *s, const struct work *w, struct str *out,
                         struct err *err)
{
    struct str folded = STR_NONE;
    char *p;
    enum rc rc;

    if (w->item->entity->n_search == 0) {
        *out = STR_NONE;
        return RC_OK;
    }
    buf_reset(&s->words);
    buf_reset(&s->plain);
    rc = collect(s, w, err);
    if (rc != RC_OK)
        return rc;
    if (s->words.failed || s->plain.failed)
        return FAIL(err,
                    s->words.failed == RC_LIMIT || s->plain.failed == RC_LIMIT
                        ? RC_LIMIT
                        : RC_NOMEM,
                    "The text of this record is too long to be searched.");
    if (!s->plain.n) {
        *out = STR_NONE;
        return RC_OK;
    }
    rc = utf8_fold(buf_view(&s->plain), 0, s->arena, &folded, err);
    if (rc != RC_OK)
        return rc;
    p = arena_alloc(s->arena, s->words.n + 1 + folded.n);
    if (!p)
        return pipe_nomem(err);
    if (s->words.n)
        memcpy(p, s->words.p, s->words.n);
    p[s->words.n] = '\n';
    if (folded.n)
        memcpy(p + s->words.n + 1, folded.p, folded.n);
    *out = str_of(p, s->words.n + 1 + folded.n);
    return RC_OK;
}

/* --- ahead of the writer ------------------------------------------------------- */

/* The field itself, when the text is of no more than its value. */
static const struct field *plain_field(const struct entity *e, size_t i)
{
    const void *const *path = NULL;
    const struct field *f =
        fx_as_path(e->search[i], &path) == 1 ? path[0] : NULL;

    return f && f->entity == e ? f : NULL;
}

static bool points(const struct value *v)
{
    return v->kind == V_REF || v->kind == V_ANYREF;
}

/* A title could be another by the time of the write; a number is given there,
   and then the value has changed. */
static bool stands_alone(const struct work *w, const struct value *v)
{
    const struct entity *e = w->item->entity;
    size_t i;

    for (i = 0; i < e->n_search; i++) {
        const struct field *f = plain_field(e, i);

        if (!f || points(&v[f->index]))
            return false;
    }
    return true;
}

enum rc search_prepare(struct save *s, struct work *w, struct err *err)
{
    enum rc rc = RC_OK;

    w->has_text = false;
    if (w->item->failed || w->is_idle || w->item->op == RECORD_DELETE ||
        !stands_alone(w, w->item->v))
        return RC_OK;
    w->now.v = w->item->v;
    rc = make_text(s, w, &w->text, err);
    w->has_text = rc == RC_OK;
    return rc;
}

static bool still_fits(const struct work *w)
{
    const struct entity *e = w->item->entity;
    size_t i;

    for (i = 0; w->has_text && i < e->n_search; i++) {
        const struct field *f = plain_field(e, i);

        if (!f || !value_eq(&w->item->v[f->index], &w->prepared[f->index]))
            return false;
    }
    return w->has_text;
}

enum rc search_text(struct save *s, const struct work *w, struct str *out,
                    struct err *err)
{
    if (!still_fits(w))
        return make_text(s, w, out, err);
    *out = w->text;
    return RC_OK;
}

enum rc record_search_text(struct db *db, const struct model *m,
                           const struct entity *e, const struct value *v,
                           struct arena *a, struct str *out, struct err *err)
{
    struct principal who = principal_system(SOURCE_CLI);
    struct record_batch batch;
    struct record_item item = {.op = RECORD_UPDATE, .entity = e};
    struct work w = {.item = &item, .now = {.e = e, .v = v, .is_known = true}};
    struct save s = {.who = &who, .m = m, .b = &batch, .arena = a, .db = db};
    enum rc rc;

    record_batch_init(&batch, a);
    buf_init(&s.words, PIPE_TEXT_BYTES);
    buf_init(&s.plain, PIPE_TEXT_BYTES);
    w.now.is_live = true;
    rc = search_text(&s, &w, out, err);
    buf_release(&s.words);
    buf_release(&s.plain);
    return rc;
}
