/* row - one line of a CSV file as one item of a batch. See import.h. */
#include "base/clock.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "exchange/import.h"

void import_tables_init(struct importer *im)
{
    map_init(&im->targets, im->arena);
    map_init(&im->announced, im->arena);
}

void import_stop_reading(struct importer *im)
{
    db_read_end(im->db);
    im->db = NULL;
}

static enum rc query_begin(struct importer *im, struct issues *issues,
                           struct query_ctx *q, struct err *err)
{
    const struct clock *clock = im->ctx->clock;
    enum rc rc = RC_OK;

    if (im->db == NULL)
        rc =
            db_read_begin(im->ctx->store, &(struct db_limits){0}, &im->db, err);
    *q = (struct query_ctx){.db = im->db,
                            .model = im->m,
                            .who = im->ctx->who,
                            .arena = im->chunk,
                            .now_ms = clock->now_ms(clock->arg),
                            .cursor_key = im->ctx->cursor_key,
                            .issues = issues};
    return rc;
}

/* --- names of records ------------------------------------------------------------ */

/* Folded, so that "acme" finds "Acme": people type names. */
static struct str name_key(struct arena *a, const struct field *by,
                           struct str cell)
{
    struct str folded = STR_NONE;

    if (utf8_fold(cell, 0, a, &folded, NULL) != RC_OK)
        return STR_NONE;
    return str_fmt(a, "%.*s.%.*s=%.*s", STR_ARG(by->entity->qname),
                   STR_ARG(by->name), STR_ARG(folded));
}

enum rc import_announce(struct importer *im, const struct map_column *c,
                        struct str cell, struct err *err)
{
    size_t i;

    if (c->field == NULL || str_trim(cell).n == 0)
        return RC_OK;
    for (i = 0; i < im->n_header; i++) {
        struct str key;

        if (im->columns[i].by != c->field)
            continue;
        key = name_key(im->arena, c->field, str_trim(cell));
        if (key.p == NULL || !map_put(&im->announced, key, &im->announced))
            return import_no_memory(err);
        return RC_OK;
    }
    return RC_OK;
}

static void remember(struct importer *im, struct str key, int64_t id, int item)
{
    struct target *t = map_find(&im->targets, key);

    if (t == NULL) {
        struct str kept = str_copy(im->arena, key);

        t = ARENA_NEW(im->arena, struct target);
        if (kept.p == NULL || t == NULL || !map_put(&im->targets, kept, t))
            return; /* looked up again then */
    }
    t->id = id;
    t->item = item;
    if (item >= 0)
        (void)VEC_PUSH(im->arena, &im->pending, t);
}

/* Items of a flushed batch are records now, or are not at all. */
void import_forget_pending(struct importer *im)
{
    size_t i;

    for (i = 0; i < im->pending.n; i++)
        im->pending.v[i]->item = -1;
    im->pending.n = 0;
}

void import_remember(struct importer *im, struct arena *scratch,
                     const struct import_row *row, int64_t id)
{
    size_t i;

    if (im->key_column >= 0 && (size_t)im->key_column < row->n &&
        im->map->key != NULL)
        remember(im,
                 name_key(scratch, im->map->key,
                          str_trim(row->cells[im->key_column])),
                 id, -1);
    for (i = 0; im->links_itself && i < im->n_header && i < row->n; i++) {
        const struct map_column *c = &im->columns[i];
        struct str cell = str_trim(row->cells[i]), key;

        if (c->field == NULL || cell.n == 0 || c->field == im->map->key)
            continue;
        key = name_key(scratch, c->field, cell);
        if (map_has(&im->announced, key))
            remember(im, key, id, -1);
    }
    for (i = 0; i < im->deferred.n; i++) {
        if (im->deferred.v[i].line == row->line)
            im->deferred.v[i].id = id;
    }
}

/* A record by one of its fields; *t->id 0 when there is none. */
static enum rc find_target(struct importer *im, const struct field *by,
                           struct str cell, struct issues *is,
                           struct target **out, struct err *err)
{
    struct field_in in = {
        .model = im->m, .arena = im->chunk, .issues = is, .lang = -1};
    struct str key = name_key(im->chunk, by, cell);
    struct target *t = map_find(&im->targets, key);
    struct query_ctx q;
    struct value v = VALUE_NULL;
    int64_t id = 0;
    enum rc rc;

    if (t != NULL && (t->id != 0 || t->item >= 0)) {
        *out = t;
        return RC_OK;
    }
    rc = by->type->parse_text(&in, by, cell, &v);
    if (rc == RC_OK && v.kind != V_NULL)
        rc = by->type->validate(&in, by, &v);
    if (rc != RC_OK)
        return rc;
    rc = query_begin(im, is, &q, err);
    if (rc == RC_OK)
        rc = query_find_by(&q, by->entity, by, &v, true, &id, err);
    if (rc != RC_OK)
        return rc;
    t = ARENA_NEW(im->chunk, struct target);
    if (t == NULL)
        return import_no_memory(err);
    *t = (struct target){id, -1};
    if (id != 0)
        remember(im, key, id, -1);
    *out = t;
    return RC_OK;
}

/* --- cells --------------------------------------------------------------------------- */

static struct str meant(const struct map_column *c, struct str cell)
{
    size_t i;

    for (i = 0; i < c->n_values; i++) {
        if (str_eq(c->values[i].from, str_trim(cell)))
            return c->values[i].to;
    }
    return cell;
}

/* A target that is missing and may be made: an item of its own before. */
static enum rc make_target(struct importer *im, const struct field *by,
                           struct str cell, int *item, struct err *err)
{
    struct record_item *made =
        record_add(&im->now->batch, im->m, RECORD_CREATE, by->entity, 0);

    if (made == NULL ||
        !record_set(made, by, value_text(str_copy(im->chunk, cell))))
        return import_no_memory(err);
    *item = (int)im->now->batch.n - 1;
    made->path = str_fmt(im->chunk, "made.%d.", *item);
    remember(im, name_key(im->chunk, by, cell), 0, *item);
    return RC_OK;
}

struct link {
    const struct field *field;
    int item;
};

/* What a row has gathered before it becomes an item. */
struct gathered {
    struct value *v;
    bool *given;
    struct link *links;
    size_t n_links;
    struct issues issues;
};

/* The cell is an id; whether it is one of a record, the pipeline finds out. */
static bool take_id(struct gathered *g, const struct map_column *c, size_t at,
                    struct str cell)
{
    int64_t id = 0;

    if (!c->or_id || !id_parse(str_trim(cell), &id))
        return false;
    g->v[at] = value_ref(id);
    return true;
}

static enum rc take_link(struct importer *im, struct gathered *g, size_t at,
                         struct str cell, int64_t line, struct err *err)
{
    const struct map_column *c = &im->columns[at];
    struct target *t = NULL;
    struct issues before = g->issues;
    int item = -1;
    enum rc rc = find_target(im, c->by, str_trim(cell), &g->issues, &t, err);

    if (rc == RC_INVALID && take_id(g, c, at, cell)) {
        g->issues.n = before.n; /* "no e-mail address": no, an id */
        g->issues.errors = before.errors;
        return RC_OK;
    }
    if (rc == RC_CONFLICT) {
        issues_add(&g->issues, c->field->name, "ambiguous", "%s", err->text);
        err_clear(err);
        return RC_OK;
    }
    if (rc != RC_OK || t == NULL)
        return rc == RC_INVALID ? RC_OK : rc;
    if (t->id != 0) {
        g->v[at] = value_ref(t->id);
        return RC_OK;
    }
    item = t->item;
    if (item < 0 && c->by->entity == im->e &&
        map_has(&im->announced, name_key(im->chunk, c->by, str_trim(cell)))) {
        struct deferred d = {0, line, (int)at,
                             str_copy(im->arena, str_trim(cell))};

        g->given[at] = false;
        return VEC_PUSH(im->arena, &im->deferred, d) ? RC_OK
                                                     : import_no_memory(err);
    }
    if (item < 0 && c->create) {
        rc = make_target(im, c->by, str_trim(cell), &item, err);
        if (rc != RC_OK)
            return rc;
    }
    if (item < 0 && take_id(g, c, at, cell))
        return RC_OK;
    if (item < 0) {
        issues_add(&g->issues, c->field->name, "not_found",
                   "There is no %.*s with %.*s \"%.*s\".",
                   STR_ARG(c->by->entity->qname), STR_ARG(c->by->name),
                   STR_ARG(utf8_head(str_trim(cell), 60)));
        return RC_OK;
    }
    g->given[at] = false;
    g->links[g->n_links++] = (struct link){c->field, item};
    return RC_OK;
}

/* Spaces are a text of spaces, and cutting them is its field's matter; for all
   others they are nothing. */
static bool is_empty(const struct field *f, struct str cell)
{
    bool is_free_text = strcmp(f->type->name, "text") == 0 ||
                        strcmp(f->type->name, "longtext") == 0;

    return (is_free_text ? cell : str_trim(cell)).n == 0;
}

static enum rc take_cell(struct importer *im, struct gathered *g, size_t at,
                         struct str cell, int64_t line, struct err *err)
{
    const struct map_column *c = &im->columns[at];
    struct field_in in = {.model = im->m,
                          .arena = im->chunk,
                          .issues = &g->issues,
                          .lang = -1,
                          .pattern = c->format};
    enum rc rc;

    g->given[at] = true;
    cell = meant(c, csv_unsafe(cell));
    if (is_empty(c->field, cell)) {
        g->v[at] = VALUE_NULL;
        g->given[at] = im->map->mode != IMPORT_CREATE;
        return RC_OK;
    }
    if (c->by != NULL)
        return take_link(im, g, at, cell, line, err);
    rc = c->field->type->parse_text(&in, c->field, cell, &g->v[at]);
    if (rc == RC_NOMEM)
        return import_no_memory(err);
    return RC_OK; /* what does not fit is an issue of the row */
}

/* --- the row ---------------------------------------------------------------------------- */

static enum rc fill(struct importer *im, struct record_item *item,
                    const struct gathered *g, struct err *err)
{
    size_t i;
    bool fits = true;

    for (i = 0; i < im->map->n_set; i++)
        fits = fits &&
               record_set(item, im->map->set[i].field, im->map->set[i].value);
    for (i = 0; i < im->n_header; i++) {
        if (im->columns[i].field != NULL && g->given[i])
            fits = fits && record_set(item, im->columns[i].field, g->v[i]);
    }
    if (!fits)
        return import_no_memory(err);
    if (g->n_links == 0)
        return RC_OK;
    item->pending = arena_array(im->chunk, g->n_links, sizeof *item->pending);
    if (item->pending == NULL)
        return import_no_memory(err);
    for (i = 0; i < g->n_links; i++) {
        item->pending[i].field = g->links[i].field;
        item->pending[i].item = g->links[i].item;
    }
    item->n_pending = g->n_links;
    return RC_OK;
}

static bool is_gathered(const struct importer *im, int64_t id)
{
    size_t i;

    for (i = 0; i < im->now->batch.n; i++) {
        if (im->now->batch.items[i].id == id)
            return true;
    }
    return false;
}

/* Which record a row is about; 0 a new one. *skip: it has been answered. */
static enum rc identify(struct importer *im, const struct import_row *row,
                        struct gathered *g, int64_t *id, bool *skip,
                        struct err *err)
{
    struct target *t = NULL;
    struct str cell;
    enum rc rc;

    *id = 0;
    *skip = false;
    if (im->map->mode == IMPORT_CREATE)
        return RC_OK;
    cell = meant(&im->columns[im->key_column],
                 csv_unsafe(row->cells[im->key_column]));
    if (str_trim(cell).n == 0) {
        issues_add(&g->issues, im->map->key->name, "required",
                   "The key is empty, so no record can be found.");
        return RC_OK;
    }
    rc = find_target(im, im->map->key, str_trim(cell), &g->issues, &t, err);
    if (rc == RC_CONFLICT) {
        issues_add(&g->issues, im->map->key->name, "ambiguous", "%s",
                   err->text);
        err_clear(err);
        return RC_OK;
    }
    if (rc != RC_OK || t == NULL)
        return rc == RC_INVALID ? RC_OK : rc;
    *id = t->id;
    /* the same record is in this very batch, new or changed */
    *skip = t->item >= 0 || (t->id != 0 && is_gathered(im, t->id));
    if (*id == 0 && !*skip && im->map->mode == IMPORT_UPDATE)
        issues_add(&g->issues, im->map->key->name, "not_found",
                   "There is no %.*s with this %.*s.", STR_ARG(im->e->qname),
                   STR_ARG(im->map->key->name));
    return RC_OK;
}

static bool wrong_count(const struct importer *im, const struct import_row *row)
{
    size_t i;

    if (row->n < im->n_header)
        return true;
    for (i = im->n_header; i < row->n; i++) {
        if (row->cells[i].n > 0)
            return true;
    }
    return false;
}

static enum rc gather(struct importer *im, const struct import_row *row,
                      struct gathered *g, struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    issues_init(&g->issues, im->chunk);
    g->v = ARENA_ARRAY(im->chunk, struct value, im->n_header + 1);
    g->given = ARENA_ARRAY(im->chunk, bool, im->n_header + 1);
    g->links = ARENA_ARRAY(im->chunk, struct link, im->n_header + 1);
    if (g->v == NULL || g->given == NULL || g->links == NULL)
        return import_no_memory(err);
    if (wrong_count(im, row)) {
        issues_add(&g->issues, STR(""), "wrong_column_count",
                   "This line has %zu columns, the header has %zu; look for a "
                   "missing quote or separator.",
                   row->n, im->n_header);
        return RC_OK;
    }
    for (i = 0; rc == RC_OK && i < im->n_header; i++) {
        if (im->columns[i].field != NULL)
            rc = take_cell(im, g, i, row->cells[i], row->line, err);
    }
    return rc;
}

/* Told with the rest of the chunk. */
static enum rc refuse(struct importer *im, const struct import_row *row,
                      const struct issues *is, struct err *err)
{
    struct import_refusal r = {*row, *is};

    return VEC_PUSH(im->chunk, &im->now->refused, r) ? RC_OK
                                                     : import_no_memory(err);
}

enum rc import_row(struct importer *im, struct str *cells, size_t n,
                   int64_t line, struct err *err)
{
    struct import_row row = {cells, n, line, 0};
    struct record_item *item;
    struct gathered g = {0};
    int64_t id = 0;
    bool again = false;
    enum rc rc = gather(im, &row, &g, err);

    if (rc == RC_OK && !issues_any(&g.issues))
        rc = identify(im, &row, &g, &id, &again, err);
    if (rc != RC_OK)
        return rc;
    if (issues_any(&g.issues))
        return refuse(im, &row, &g.issues, err);
    if (again) /* save what there is, then this line finds its record */
        return import_again(im, &row, err);
    item = record_add(&im->now->batch, im->m,
                      id == 0 ? RECORD_CREATE : RECORD_UPDATE, im->e, id);
    if (item == NULL)
        return import_no_memory(err);
    item->allow_duplicates = true;
    row.item = im->now->batch.n - 1;
    item->path = str_fmt(im->chunk, "rows.%zu.", row.item);
    rc = fill(im, item, &g, err);
    if (rc == RC_OK && !VEC_PUSH(im->chunk, &im->now->rows, row))
        rc = import_no_memory(err);
    if (rc == RC_OK && im->map->mode == IMPORT_UPSERT && id == 0)
        remember(
            im,
            name_key(im->chunk, im->map->key, str_trim(cells[im->key_column])),
            0, (int)row.item);
    return rc;
}

/* The row's cells must outlive the chunk that is saved now. */
enum rc import_again(struct importer *im, const struct import_row *row,
                     struct err *err)
{
    struct str *cells = ARENA_ARRAY(im->arena, struct str, row->n + 1);
    size_t i;
    enum rc rc;

    if (cells == NULL)
        return import_no_memory(err);
    for (i = 0; i < row->n; i++)
        cells[i] = str_copy(im->arena, row->cells[i]);
    rc = import_flush(im, err);
    return rc == RC_OK ? import_row(im, cells, row->n, row->line, err) : rc;
}

/* --- links to rows that came later --------------------------------------------------------- */

static enum rc put_link(struct importer *im, const struct deferred *d,
                        struct err *err)
{
    const struct map_column *c = &im->columns[d->column];
    struct import_row row = {.line = d->line};
    struct target *t =
        map_find(&im->targets, name_key(im->chunk, c->by, d->name));
    struct record_item *item;

    if (d->id == 0) /* the row itself failed and has been reported */
        return RC_OK;
    if (t == NULL || t->id == 0) {
        import_report(im, &row, im->header[d->column], STR("not_found"),
                      str_fmt(im->chunk,
                              "The record \"%.*s\" of this file could not be "
                              "made, so this one does not link to it.",
                              STR_ARG(d->name)),
                      d->name);
        return RC_OK;
    }
    item = record_add(&im->now->batch, im->m, RECORD_UPDATE, im->e, d->id);
    if (item == NULL || !record_set(item, c->field, value_ref(t->id)))
        return import_no_memory(err);
    item->path = str_fmt(im->chunk, "links.%zu.", im->now->batch.n - 1);
    return RC_OK;
}

enum rc import_deferred(struct importer *im, struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && !im->dry_run && i < im->deferred.n; i++) {
        rc = put_link(im, &im->deferred.v[i], err);
        if (rc == RC_OK && im->now->batch.n + 1 > LIMIT_IMPORT_CHUNK)
            rc = import_flush(im, err);
    }
    return rc == RC_OK ? import_flush(im, err) : rc;
}
