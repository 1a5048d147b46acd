/*
 * export - records as CSV or JSON, streamed. See exchange.h.
 *
 * CSV has field names; the id comes first, whatever was asked for, so it is not
 * written again. A link is written as its target's import key, so that
 * the file imports elsewhere, or as an id where the target has none.
 * Each link with a key is read twice for that: the key, then the id.
 */
#include "exchange/exchange.h"

#include "base/id.h"
#include "model/field/field.h"

enum { EXPORT_PIECE_BYTES = 1 << 16, EXPORT_BUF_BYTES = 8 << 20 };

struct column {
    struct str name;           /* as in the header                         */
    const struct field *field; /* of the row's value                       */
    const struct field *link;  /* NULL, or of the value after it: the link */
    bool is_told;              /* what each row begins with                */
};

struct exporter {
    const struct query_ctx *ctx;
    enum export_format format;
    enum rc (*put)(void *arg, struct str bytes, struct err *err);
    void *arg;
    struct buf b;
    struct column *columns;
    size_t n;
    int64_t rows;
};

static enum rc flush(struct exporter *x, struct err *err)
{
    enum rc rc;

    if (x->b.failed != RC_OK)
        return FAIL(err, x->b.failed, "A record is too large to export.");
    rc = x->b.n == 0 ? RC_OK : x->put(x->arg, buf_view(&x->b), err);
    buf_reset(&x->b);
    return rc;
}

/* Text could be run by a spreadsheet; numbers, dates and ids could not. */
static bool is_text(const struct value *v)
{
    return v->kind == V_TEXT || v->kind == V_LIST;
}

static enum rc csv_row(struct exporter *x, const struct query_row *row,
                       struct err *err)
{
    char id[ID_TEXT_BYTES + 1];
    struct buf cell;
    size_t i, at = 0;

    id_format(row->id, id);
    csv_cell(&x->b, str_of(id, ID_TEXT_BYTES), true);
    buf_init(&cell, EXPORT_BUF_BYTES);
    for (i = 0; i < x->n; i++) {
        const struct value *v = &row->v[at++];
        const struct field *f = x->columns[i].field;
        const struct value *link = x->columns[i].link ? &row->v[at++] : NULL;

        if (x->columns[i].is_told)
            continue;
        if (v->kind == V_NULL && link != NULL) { /* the target has no key */
            v = link;
            f = x->columns[i].link;
        }
        buf_reset(&cell);
        if (v->kind != V_NULL)
            f->type->write_text(x->ctx->model, f, v, &cell);
        if (is_text(v))
            csv_safe_cell(&x->b, buf_view(&cell), x->ctx->arena, false);
        else
            csv_cell(&x->b, buf_view(&cell), false);
        if (cell.failed != RC_OK)
            x->b.failed = cell.failed;
    }
    buf_release(&cell);
    buf_addc(&x->b, '\n');
    return x->b.n >= EXPORT_PIECE_BYTES ? flush(x, err) : RC_OK;
}

static enum rc json_row(struct exporter *x, const struct query_row *row,
                        struct err *err)
{
    struct json_w w;
    size_t i;
    enum rc rc;

    buf_adds(&x->b, x->rows == 0 ? "\n" : ",\n");
    json_w_init(&w, &x->b);
    json_obj_begin(&w);
    json_kv_id(&w, "id", row->id);
    json_kv_i64(&w, "rev", row->rev);
    for (i = 0; i < x->n; i++) {
        if (x->columns[i].is_told)
            continue;
        json_key(&w, x->columns[i].name);
        field_json(x->ctx->model, x->columns[i].field, &row->v[i], &w);
    }
    json_obj_end(&w);
    rc = json_w_finish(&w, err);
    if (rc == RC_OK && x->b.n >= EXPORT_PIECE_BYTES)
        rc = flush(x, err);
    return rc;
}

static enum rc each_row(void *arg, const struct query_row *row, struct err *err)
{
    struct exporter *x = arg;
    enum rc rc =
        x->format == EXPORT_CSV ? csv_row(x, row, err) : json_row(x, row, err);

    x->rows++;
    return rc;
}

/* The fields= of the query: a link becomes the path to its target's key. */
static enum rc choose(struct exporter *x, const struct query_spec *spec,
                      struct str *fields, struct err *err)
{
    const struct entity *e = spec->entity;
    struct buf b;
    size_t i;
    enum rc rc;

    x->columns = ARENA_ARRAY(x->ctx->arena, struct column, e->n_fields + 1);
    if (x->columns == NULL)
        return FAIL(err, RC_NOMEM, "There is no memory for an export.");
    buf_init(&b, EXPORT_BUF_BYTES);
    for (i = 0; i < e->n_fields; i++) {
        const struct field *f = e->fields[i];
        const struct field *key =
            (f->type->traits & FIELD_POINTS) && f->n_targets == 1
                ? f->targets[0]->import_key
                : NULL;

        if (str_is(f->name, "id") || str_is(f->name, "rev") ||
            str_is(f->name, "deleted_at") ||
            !access_reads_field(x->ctx->who, f))
            continue;
        if (x->format == EXPORT_JSON || (f->flags & FIELD_SYSTEM))
            key = NULL;
        if (b.n > 0)
            buf_addc(&b, ',');
        buf_add(&b, f->name);
        if (key != NULL) {
            buf_addc(&b, '.');
            buf_add(&b, key->name);
            buf_addc(&b, ',');
            buf_add(&b, f->name);
        }
        x->columns[x->n++] = key != NULL
                                 ? (struct column){f->name, key, f, false}
                                 : (struct column){f->name, f, NULL, false};
    }
    rc = buf_finish(&b, x->ctx->arena, fields, err);
    buf_release(&b);
    return rc;
}

/* fields= was given: the columns are those, under the names asked for. */
static enum rc given_columns(struct exporter *x, const struct query_spec *spec,
                             struct err *err)
{
    const struct query_column *columns = NULL;
    struct query *q = NULL;
    enum rc rc = query_plan(x->ctx, spec, &q, err);
    size_t n, i;

    if (rc != RC_OK)
        return rc;
    n = query_columns(q, &columns);
    x->columns = ARENA_ARRAY(x->ctx->arena, struct column, n + 1);
    if (x->columns == NULL)
        return FAIL(err, RC_NOMEM, "There is no memory for an export.");
    for (i = 0; i < n; i++) {
        struct str path = columns[i].path;
        bool is_told = str_is(path, "id") ||
                       (x->format == EXPORT_JSON && str_is(path, "rev"));

        x->columns[i] = (struct column){path, columns[i].field, NULL, is_told};
    }
    x->n = n;
    return RC_OK;
}

static void csv_header(struct exporter *x)
{
    size_t i;

    csv_cell(&x->b, STR("id"), true);
    for (i = 0; i < x->n; i++)
        if (!x->columns[i].is_told)
            csv_cell(&x->b, x->columns[i].name, false);
    buf_addc(&x->b, '\n');
}

enum rc export_records(const struct query_ctx *ctx,
                       const struct query_spec *spec, enum export_format format,
                       enum rc (*put)(void *arg, struct str bytes,
                                      struct err *err),
                       void *arg, struct err *err)
{
    struct exporter x = {.ctx = ctx, .format = format, .put = put, .arg = arg};
    struct query_spec all = *spec;
    enum rc rc;

    if (!access_may(ctx->who, ACCESS_EXPORT, spec->entity))
        return FAIL(err, RC_DENIED, "You may not export %.*s.",
                    STR_ARG(spec->entity->qname));
    buf_init(&x.b, EXPORT_BUF_BYTES);
    rc = str_trim(spec->fields).n == 0 ? choose(&x, spec, &all.fields, err)
                                       : given_columns(&x, spec, err);
    if (rc == RC_OK && format == EXPORT_CSV)
        csv_header(&x);
    else if (rc == RC_OK)
        buf_addc(&x.b, '[');
    if (rc == RC_OK)
        rc = query_each(ctx, &all, each_row, &x, err);
    if (rc == RC_OK && format == EXPORT_JSON)
        buf_adds(&x.b, "\n]\n");
    if (rc == RC_OK)
        rc = flush(&x, err);
    buf_release(&x.b);
    return rc;
}
