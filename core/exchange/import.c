/*
 * import - a CSV file through the pipeline, LIMIT_IMPORT_CHUNK rows a
 * transaction, each row for itself. See exchange.h.
 *
 * A row that does not fit is reported with its line, its column and its value,
 * and goes into a file that imports again once mended. A link to a row that
 * comes later in the same file is put in by a second pass.
 */
#include "exchange/import.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/utf8.h"

enum { ISSUES_KEPT = 1000, ERROR_CSV_BYTES = 64 << 20 };

enum rc import_no_memory(struct err *err)
{
    return FAIL(err, RC_NOMEM, "There is no memory for this import.");
}

/* --- reporting ----------------------------------------------------------------- */

void import_report(struct importer *im, const struct import_row *row,
                   struct str column, struct str code, struct str message,
                   struct str value)
{
    struct import_report *r = im->report;

    r->issues_total++;
    if (r->n_issues == ISSUES_KEPT)
        return;
    if (r->issues == NULL)
        r->issues = ARENA_ARRAY(im->arena, struct import_issue, ISSUES_KEPT);
    if (r->issues == NULL)
        return;
    r->issues[r->n_issues++] = (struct import_issue){
        row->line, str_copy(im->arena, column), str_copy(im->arena, code),
        str_copy(im->arena, message),
        str_copy(im->arena, utf8_head(value, 200))};
}

/* The row as it came, with where it stood and what was wrong. */
static void keep_row(struct importer *im, const struct import_row *row,
                     struct str why)
{
    struct buf *b = &im->errors;
    size_t i;

    if (b->n == 0) {
        for (i = 0; i < im->n_header; i++)
            csv_cell(b, im->header[i], i == 0);
        buf_adds(b, ",_line,_error\n");
    }
    for (i = 0; i < im->n_header; i++)
        csv_cell(b, i < row->n ? row->cells[i] : STR_NONE, i == 0);
    buf_addf(b, ",%lld", (long long)row->line);
    csv_cell(b, why, false);
    buf_addc(b, '\n');
}

void import_fail_row(struct importer *im, struct arena *scratch,
                     const struct import_row *row, const struct issues *is)
{
    struct str why = STR_NONE;
    size_t i, k;

    im->report->failed++;
    for (i = 0; i < is->n; i++) {
        const struct issue *issue = &is->v[i];
        struct str column = issue->path, value = STR_NONE;

        if (issue->is_warning)
            continue;
        for (k = 0; k < im->n_header; k++) {
            if (im->columns[k].field != NULL &&
                str_eq(im->columns[k].field->name, issue->path)) {
                column = im->header[k];
                value = k < row->n ? row->cells[k] : STR_NONE;
            }
        }
        import_report(im, row, column, issue->code, issue->message, value);
        why = why.n == 0 ? issue->message
                         : str_fmt(scratch, "%.*s %.*s", STR_ARG(why),
                                   STR_ARG(issue->message));
    }
    keep_row(im, row, why);
}

/* --- the header ------------------------------------------------------------------ */

static const struct map_column *column_named(const struct import_map *map,
                                             struct str name)
{
    size_t i;

    for (i = 0; i < map->n_columns; i++) {
        if (str_eq(map->columns[i].name, name))
            return &map->columns[i];
    }
    return NULL;
}

/* Every column the map names must be there. */
static enum rc check_columns(struct importer *im, struct issues *issues)
{
    size_t i, k;
    enum rc rc = RC_OK;

    for (i = 0; i < im->map->n_columns; i++) {
        struct str name = im->map->columns[i].name, near;

        for (k = 0; k < im->n_header && !str_eq(im->header[k], name); k++)
            continue;
        if (k < im->n_header)
            continue;
        near = str_nearest(name, im->header, im->n_header);
        issues_add(issues, str_fmt(im->arena, "columns.%.*s", STR_ARG(name)),
                   "missing_column",
                   near.n > 0
                       ? "The file has no column \"%.*s\"; is it \"%.*s\"?"
                       : "The file has no column \"%.*s\".%.*s",
                   STR_ARG(name), STR_ARG(near));
        rc = RC_INVALID;
    }
    return rc;
}

/* What an export writes and no import may set: id, created_at, numbers. */
static bool is_ours(const struct entity *e, struct str name)
{
    const struct field *f = entity_field(e, name);

    return f != NULL && ((f->flags & FIELD_SYSTEM) ||
                         (f->type->traits & FIELD_WRITTEN_BY_US));
}

static enum rc read_header(struct importer *im, struct issues *issues,
                           struct err *err)
{
    struct str *cells = NULL;
    int64_t line;
    bool end = true;
    size_t i;
    enum rc rc;

    im->csv.arena = im->arena;
    rc = csv_next(&im->csv, &cells, &im->n_header, &line, &end, err);
    if (rc != RC_OK)
        return rc;
    if (end)
        return FAIL(err, RC_SYNTAX,
                    "The file is empty; its first line names the columns.");
    im->header = ARENA_ARRAY(im->arena, struct str, im->n_header + 1);
    im->columns = ARENA_ARRAY(im->arena, struct map_column, im->n_header + 1);
    if (im->header == NULL || im->columns == NULL)
        return import_no_memory(err);
    im->key_column = -1;
    for (i = 0; i < im->n_header; i++) {
        const struct map_column *c;

        im->header[i] = str_copy(im->arena, str_trim(cells[i]));
        if (str_is(im->header[i], "_line") || str_is(im->header[i], "_error"))
            continue;
        c = column_named(im->map, im->header[i]);
        if (c != NULL)
            im->columns[i] = *c;
        else if (im->map->by_header && !is_ours(im->e, im->header[i]))
            (void)map_header_column(im->m, im->e, im->header[i], im->arena,
                                    issues, &im->columns[i]);
        if (im->columns[i].field != NULL &&
            im->columns[i].field == im->map->key)
            im->key_column = (int)i;
    }
    if (check_columns(im, issues) != RC_OK || issues_any(issues))
        return FAIL(err, RC_INVALID, "The file does not fit the import map.");
    if (im->map->mode != IMPORT_CREATE && im->key_column < 0) {
        issues_add(issues, STR("key"), "missing_column",
                   "No column fills the key \"%.*s\".",
                   STR_ARG(im->map->key->name));
        return FAIL(err, RC_INVALID, "The file does not fit the import map.");
    }
    return RC_OK;
}

/* --- text -------------------------------------------------------------------------- */

/* windows-1252 where it differs from Latin-1 (0x80 to 0x9f); 0: no character. */
static const uint16_t CP1252[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
    0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
    0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
    0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

static enum rc from_latin1(struct str text, struct arena *a, struct str *out,
                           struct err *err)
{
    struct buf b;
    size_t i;
    enum rc rc;

    buf_init(&b, 2 * (size_t)LIMIT_CSV_BYTES);
    for (i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        uint32_t point = c;

        if (c >= 0x80 && c < 0xa0)
            point = CP1252[c - 0x80] != 0 ? CP1252[c - 0x80] : 0xfffd;
        utf8_append(&b, point);
    }
    rc = buf_finish(&b, a, out, err);
    buf_release(&b);
    return rc;
}

static enum rc decode(struct importer *im, struct str csv, struct str *out,
                      struct err *err)
{
    ptrdiff_t at;
    int64_t line = 1;
    ptrdiff_t i;

    if (csv.n > LIMIT_CSV_BYTES)
        return FAIL(err, RC_LIMIT, "A CSV file has at most %d MB.",
                    LIMIT_CSV_BYTES >> 20);
    if (im->map->latin1)
        return from_latin1(csv, im->arena, out, err);
    at = utf8_invalid(csv);
    if (at < 0) {
        *out = csv;
        return RC_OK;
    }
    for (i = 0; i < at; i++)
        line += csv.p[i] == '\n';
    return FAIL(err, RC_SYNTAX,
                "Line %lld is not UTF-8; save the file as UTF-8 or say "
                "\"encoding\":\"latin-1\" in the map.",
                (long long)line);
}

/* How many rows there are, and which names the file itself will bring. */
static enum rc look_ahead(struct importer *im, struct err *err)
{
    struct csv c = im->csv;
    struct str *cells;
    size_t n, i;
    int64_t line;
    bool end = false;
    enum rc rc = RC_OK;

    for (i = 0; i < im->n_header; i++)
        im->links_itself |= im->columns[i].by != NULL &&
                            im->columns[i].field->targets[0] == im->e;
    c.arena = im->chunk;
    while (rc == RC_OK) {
        struct arena_mark mark = arena_mark(im->chunk);

        rc = csv_next(&c, &cells, &n, &line, &end, err);
        if (rc != RC_OK || end)
            break;
        im->total++;
        for (i = 0;
             rc == RC_OK && im->links_itself && i < n && i < im->n_header; i++)
            rc = import_announce(im, &im->columns[i], cells[i], err);
        arena_rewind(im->chunk, mark);
    }
    return rc;
}

/* --- the whole ------------------------------------------------------------------------ */

static bool is_full(const struct import_chunk *c)
{
    return c->batch.n + IMPORT_ROW_ITEMS > LIMIT_IMPORT_CHUNK ||
           c->refused.n >= LIMIT_IMPORT_CHUNK;
}

static enum rc import_rows(struct importer *im, struct err *err)
{
    struct str *cells;
    size_t n;
    int64_t line;
    bool end = false;
    enum rc rc = RC_OK;

    while (rc == RC_OK && !im->report->cancelled) {
        rc = csv_next(&im->csv, &cells, &n, &line, &end, err);
        if (rc != RC_OK || end)
            break;
        im->now->read++;
        rc = import_row(im, cells, n, line, err);
        if (rc == RC_OK && is_full(im->now))
            rc = import_hand_over(im, err);
    }
    if (rc == RC_OK)
        rc = import_flush(im, err);
    if (rc == RC_OK && !im->report->cancelled)
        rc = import_deferred(im, err);
    return rc;
}

static enum rc finish_report(struct importer *im, struct err *err)
{
    im->report->txns = im->txns.v;
    im->report->n_txns = im->txns.n;
    if (im->errors.n == 0)
        return RC_OK;
    return buf_finish(&im->errors, im->arena, &im->report->error_csv, err);
}

enum rc import_csv(const struct record_ctx *ctx, const struct entity *e,
                   const struct import_map *map, struct str csv, bool dry_run,
                   const struct import_progress *progress, struct arena *a,
                   struct import_report *out, struct issues *issues,
                   struct err *err)
{
    struct import_report report = {0};
    const struct model *m = model_slot_ref(ctx->slot);
    struct importer im = {.ctx = ctx,
                          .m = m,
                          .map = map,
                          .arena = a,
                          .dry_run = dry_run,
                          .progress = progress,
                          .report = &report};
    struct str text = STR_NONE;
    enum rc rc;

    import_chunks_init(&im);
    buf_init(&im.errors, ERROR_CSV_BYTES);
    import_tables_init(&im);
    im.e = m == NULL ? NULL : model_entity(m, e->qname);
    rc = im.e == e ? RC_OK
                   : FAIL(err, RC_CONFLICT,
                          "The definitions have just changed; try again.");
    if (rc == RC_OK)
        rc = decode(&im, csv, &text, err);
    if (rc == RC_OK) {
        csv_init(&im.csv, text,
                 map->separator != 0 ? map->separator
                                     : csv_guess_separator(text),
                 a);
        rc = read_header(&im, issues, err);
    }
    if (rc == RC_OK)
        rc = look_ahead(&im, err);
    im.csv.arena = im.chunk;
    if (rc == RC_OK)
        rc = import_rows(&im, err);
    import_stop_reading(&im);
    if (rc == RC_OK)
        rc = finish_report(&im, err);
    if (rc == RC_OK)
        *out = report;
    import_chunks_release(&im);
    buf_release(&im.errors);
    model_unref(m);
    return rc;
}

void import_report_json(const struct import_report *r, int64_t error_file,
                        struct json_w *w)
{
    size_t i;

    json_obj_begin(w);
    json_kv_i64(w, "rows", r->rows);
    json_kv_i64(w, "created", r->created);
    json_kv_i64(w, "updated", r->updated);
    json_kv_i64(w, "unchanged", r->unchanged);
    json_kv_i64(w, "failed", r->failed);
    json_k(w, "txns");
    json_arr_begin(w);
    for (i = 0; i < r->n_txns; i++)
        json_w_id(w, r->txns[i]);
    json_arr_end(w);
    json_k(w, "issues");
    json_arr_begin(w);
    for (i = 0; i < r->n_issues; i++) {
        json_obj_begin(w);
        json_kv_i64(w, "line", r->issues[i].line);
        json_kv(w, "column", r->issues[i].column);
        json_kv(w, "code", r->issues[i].code);
        json_kv(w, "message", r->issues[i].message);
        json_kv(w, "value", r->issues[i].value);
        json_obj_end(w);
    }
    json_arr_end(w);
    json_kv_i64(w, "issues_total", r->issues_total);
    json_kv_bool(w, "truncated", r->issues_total > (int64_t)r->n_issues);
    json_k(w, "error_file");
    json_w_id(w, error_file);
    json_obj_end(w);
}
