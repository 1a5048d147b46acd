/*
 * seed_csv - records of a seed that come as a file, through the import. See
 * seed.h.
 *
 * Of a seed with a key only rows whose record is not there go on (but `sync`);
 * and what only a package can mean is put into words of the import.
 */
#include "package/seed.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"

struct str seed_file(const struct model *m, struct str package, struct str path)
{
    for (size_t i = 0; i < m->n_packages; i++) {
        const struct package_src *src = m->packages[i]->sources;

        if (!str_eq(m->packages[i]->id, package) || !src)
            continue;
        for (size_t k = 0; k < src->n; k++) {
            if (str_eq(src->files[k].path, path))
                return src->files[k].text;
        }
    }
    return STR_NONE;
}

/* The header's name of the column that fills `key`. */
static struct str key_column(const struct json *map, const struct field *key)
{
    const struct json *columns = map ? json_at(map, "columns") : NULL;

    if (!columns || columns->kind != JSON_OBJECT)
        return key->name;
    for (size_t i = 0; i < columns->u.object.n; i++) {
        const struct json_member *c = &columns->u.object.v[i];
        struct str field = c->value.kind == JSON_OBJECT
                               ? json_str(json_at(&c->value, "field"), STR(""))
                               : json_str(&c->value, STR(""));

        if (str_eq(field, key->name))
            return c->key;
    }
    return key->name;
}

/* Is there a record whose key is this cell? */
static enum rc cell_is_known(struct planting *p, const struct seed *s,
                             struct str cell, bool *out, struct err *err)
{
    struct field_in in = seed_in(p);
    struct value v = VALUE_NULL;
    int64_t id = 0;
    enum rc rc;

    *out = false;
    if (!cell.n)
        return RC_OK;
    rc = s->csv_key->type->parse_text(&in, s->csv_key, cell, &v);
    if (rc == RC_OK && v.kind != V_NULL)
        rc = s->csv_key->type->validate(&in, s->csv_key, &v);
    if (rc == RC_INVALID)
        return RC_OK; /* the import will say it, with its line */
    if (rc == RC_OK && v.kind != V_NULL)
        rc = seed_find_now(p, s->csv_entity, s->csv_key, &v, &id, err);
    if (rc == RC_CONFLICT)
        id = 1; /* more than one: there it is */
    *out = id != 0;
    return rc == RC_CONFLICT ? RC_OK : rc;
}

struct special {
    const struct field
        *field;    /* NULL: the cells are as the import reads them */
    struct str by; /* of the map; or empty */
};

/* The field a column fills, if only rewriting can: a map that makes who is
   missing, or reads cells as others, does it itself. */
static struct special special_of(const struct planting *p, const struct seed *s,
                                 const struct json *map, struct str column)
{
    const struct json *columns = map ? json_at(map, "columns") : NULL;
    const struct json *c = columns && columns->kind == JSON_OBJECT
                               ? json_get(columns, column)
                               : NULL;
    struct special out = {NULL, STR("")};
    struct str name = column;

    if (columns && columns->kind == JSON_OBJECT && !c)
        return out;
    if (c && c->kind == JSON_OBJECT) {
        if (json_at(c, "create") || json_at(c, "values"))
            return out;
        name = json_str(json_at(c, "field"), STR(""));
        out.by = json_str(json_at(c, "by"), STR(""));
    } else if (c) {
        name = json_str(c, STR(""));
    }
    out.field = entity_field(s->csv_entity, name);
    if (out.field && !seed_is_special(p, out.field))
        out.field = NULL;
    return out;
}

/* A csv on its way to the import: known rows left out, special cells resolved,
   all under the same header. */
struct rewriting {
    struct planting *p;
    const struct seed *s;
    const struct json *map;
    bool only_new;
    struct special *special; /* by column                             */
    size_t n, key;           /* columns; that of the key, or SIZE_MAX  */
    struct buf out;
    size_t rows;
};

static enum rc rewrite_head(struct rewriting *w, const struct str *cells,
                            size_t n, struct err *err)
{
    struct str key = w->only_new ? key_column(w->map, w->s->csv_key) : STR("");

    w->special = ARENA_ARRAY(w->p->arena, struct special, n + 1);
    if (!w->special)
        return seed_no_memory(err);
    w->n = n;
    for (size_t i = 0; i < n; i++) {
        w->special[i] = special_of(w->p, w->s, w->map, str_trim(cells[i]));
        if (w->only_new && str_eq(str_trim(cells[i]), key))
            w->key = i;
        csv_cell(&w->out, cells[i], i == 0);
    }
    buf_addc(&w->out, '\n');
    return RC_OK;
}

static enum rc rewrite_row(struct rewriting *w, const struct str *cells,
                           size_t n, struct err *err)
{
    bool skip = false;
    enum rc rc = RC_OK;

    if (w->key < n)
        rc = cell_is_known(w->p, w->s, cells[w->key], &skip, err);
    if (rc != RC_OK || skip)
        return rc;
    for (size_t i = 0; rc == RC_OK && i < n; i++) {
        struct str cell = cells[i];

        if (i < w->n && w->special[i].field)
            rc = seed_cell(w->p, w->s->package, w->special[i].field,
                           w->special[i].by, cell, &cell, err);
        csv_cell(&w->out, cell, i == 0);
    }
    buf_addc(&w->out, '\n');
    w->rows++;
    return rc;
}

static enum rc rewrite(struct rewriting *w, struct str text, struct str *out,
                       struct err *err)
{
    struct str *cells = NULL;
    bool end = false, is_head = true;
    struct arena row;
    struct csv csv;
    int64_t line = 0;
    size_t n = 0;
    enum rc rc = RC_OK;

    w->key = SIZE_MAX;
    arena_init(&row, 64 << 20);
    buf_init(&w->out, LIMIT_CSV_BYTES);
    csv_init(&csv, text, w->s->csv_sep, &row);
    while (rc == RC_OK) {
        struct arena_mark mark = arena_mark(&row);

        rc = csv_next(&csv, &cells, &n, &line, &end, err);
        if (rc != RC_OK || end)
            break;
        rc = is_head ? rewrite_head(w, cells, n, err)
                     : rewrite_row(w, cells, n, err);
        is_head = false;
        arena_rewind(&row, mark);
    }
    if (rc == RC_OK)
        rc = buf_finish(&w->out, w->p->arena, out, err);
    buf_release(&w->out);
    arena_release(&row);
    return rc;
}

/* Any field of the entity that only rewriting can fill? */
static bool has_special(const struct planting *p, const struct entity *e)
{
    for (size_t i = e->n_system; i < e->n_fields; i++) {
        if (seed_is_special(p, e->fields[i]))
            return true;
    }
    return false;
}

/* The map as written, with a comma as separator (rewrite and csv_cell write
   one). A seed with a key of its own decides mode and key; without one the
   map's stand. */
static enum rc map_text(struct planting *p, const struct seed *s,
                        const struct json *map, bool rewritten, struct str *out,
                        struct err *err)
{
    char sep[2] = {rewritten ? ',' : s->csv_sep, '\0'};
    struct json_w w;
    struct buf b;
    enum rc rc;

    buf_init(&b, 1 << 20);
    json_w_init(&w, &b);
    json_obj_begin(&w);
    for (size_t i = 0; map && i < map->u.object.n; i++) {
        const struct json_member *m = &map->u.object.v[i];

        if (str_is(m->key, "separator") ||
            (s->csv_key && (str_is(m->key, "mode") || str_is(m->key, "key"))))
            continue;
        json_key(&w, m->key);
        json_w_tree(&w, &m->value);
    }
    if (s->csv_key) { /* also where only new rows are left: a key may repeat */
        json_kv(&w, "mode", STR("upsert"));
        json_kv(&w, "key", s->csv_key->name);
    }
    json_kv(&w, "separator", str_c(sep));
    json_obj_end(&w);
    rc = json_w_finish(&w, err);
    if (rc == RC_OK)
        rc = buf_finish(&b, p->arena, out, err);
    buf_release(&b);
    return rc;
}

static void say_report(struct planting *p, const struct seed *s,
                       const struct import_report *r)
{
    for (size_t i = 0; i < r->n_issues && i < 20; i++) {
        struct str path = str_fmt(p->arena, "%.*s:%lld", STR_ARG(s->csv_file),
                                  (long long)r->issues[i].line);

        issues_add(p->issues, path, "import", "%.*s: %.*s",
                   STR_ARG(r->issues[i].column), STR_ARG(r->issues[i].message));
    }
}

static enum rc import_file(struct planting *p, const struct seed *s,
                           const struct json *json, struct str csv,
                           bool rewritten, struct err *err)
{
    const struct import_map *map = NULL;
    struct import_report report = {0};
    struct str text = STR_NONE;
    enum rc rc = map_text(p, s, json, rewritten, &text, err);

    if (rc == RC_OK)
        rc = import_map_parse(p->m, s->csv_entity, text, p->arena, p->issues,
                              &map, err);
    if (rc == RC_OK)
        rc = import_csv(&p->ctx, s->csv_entity, map, csv, false, NULL, p->arena,
                        &report, p->issues, err);
    if (rc != RC_OK)
        return rc;
    log_info("package.seed", KV("package", s->package), KV("file", s->csv_file),
             KV_I64("created", report.created),
             KV_I64("updated", report.updated),
             KV_I64("failed", report.failed));
    if (report.failed == 0)
        return RC_OK;
    say_report(p, s, &report);
    return FAIL(err, RC_INVALID,
                "%lld rows of \"%.*s\" do not fit: the first is in line %lld.",
                (long long)report.failed, STR_ARG(s->csv_file),
                (long long)(report.n_issues ? report.issues[0].line : 0));
}

enum rc seed_csv(struct planting *p, const struct seed *s, struct err *err)
{
    struct str csv = seed_file(p->m, s->package, s->csv_file);
    struct str map =
        s->csv_map.n ? seed_file(p->m, s->package, s->csv_map) : STR("");
    struct rewriting w = {.p = p,
                          .s = s,
                          .only_new = s->csv_key && p->mode != SEED_SYNC,
                          .rows = 0};
    bool is_rewritten = w.only_new || has_special(p, s->csv_entity);
    const struct json *json = NULL;
    enum rc rc = seed_flush(p, err);

    if (rc == RC_OK && map.n) {
        rc = json_parse(map, p->arena, &json, err);
        if (rc == RC_OK && json->kind != JSON_OBJECT)
            rc = FAIL(err, RC_INVALID, "The map \"%.*s\" is no JSON object.",
                      STR_ARG(s->csv_map));
    }
    w.map = json;
    if (rc == RC_OK && is_rewritten)
        rc = rewrite(&w, csv, &csv, err);
    if (rc != RC_OK || (is_rewritten && w.rows == 0))
        return rc;
    return import_file(p, s, json, csv, is_rewritten, err);
}
