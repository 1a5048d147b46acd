/*
 * export_records - the records of a package's entities, as seeds that a person
 * could have written: seed/records/visit.csv with its import map, named by
 * seed/0_records.xml, which is planted before the package's own seeds.
 *
 * Ids mean nothing elsewhere: links are written as what their target is called.
 * An entity comes after those it points to; links that point to later ones (or,
 * of any kind, to the entity itself) stand in a second file, visit_links.csv,
 * which finds the records again by their key. Files lie under files/.
 * What cannot go along is told, once for each field.
 */
#include "package/export.h"

#include "exchange/csv.h"
#include "model/field/field.h"
#include "record/blob.h"
#include "xml/xml.h"

enum { HASH_CHARS = 16, CELL_BYTES = 1 << 20 };

static const char SEED_PATH[] = "seed/0_records.xml";

struct column {
    const struct field *field;
    bool is_late; /* in the second file        */
    int64_t left; /* cells that are left out   */
};

struct sheet {
    const struct entity *entity;
    struct called *called;
    struct column *columns;
    size_t n;
    bool is_done, has_late;
    struct buf csv, links;
    int64_t rows, n_links;
};

struct sheets {
    struct exporting *x;
    struct sheet *v;
    size_t n;
    struct buf seed;
};

/* --- which columns, in which order ------------------------------------------------ */

static bool points(const struct field *f)
{
    return (f->type->traits & FIELD_POINTS) != 0 &&
           (f->type->traits & FIELD_HAS_SIDE) == 0;
}

static bool is_file(const struct field *f)
{
    return strcmp(f->type->name, "file") == 0;
}

static struct sheet *sheet_of(struct sheets *s, const struct entity *e)
{
    for (size_t i = 0; i < s->n; i++) {
        if (s->v[i].entity == e)
            return &s->v[i];
    }
    return NULL;
}

/* Does every target stand in the workspace before this sheet's rows do? A ref
   to its own entity does too: the import finds later rows. */
static bool is_reached(struct sheets *s, const struct sheet *sheet,
                       const struct field *f)
{
    if (!points(f) || is_file(f))
        return true;
    for (size_t i = 0; i < f->n_targets; i++) {
        const struct sheet *to = sheet_of(s, f->targets[i]);

        if (to && !to->is_done && !(to == sheet && f->n_targets == 1))
            return false;
    }
    return true;
}

/* 2: all its links are reached, 1: those that are required, 0: not even. */
static int readiness(struct sheets *s, const struct sheet *sheet)
{
    int ready = 2;

    for (size_t i = 0; i < sheet->n; i++) {
        const struct field *f = sheet->columns[i].field;

        if (is_reached(s, sheet, f))
            continue;
        if (f->flags & FIELD_REQUIRED)
            return 0;
        ready = 1;
    }
    return ready;
}

static struct sheet *next_sheet(struct sheets *s)
{
    struct sheet *best = NULL;
    int most = -1;

    for (size_t i = 0; i < s->n; i++) {
        int ready = s->v[i].is_done ? -1 : readiness(s, &s->v[i]);

        if (ready > most) {
            most = ready;
            best = &s->v[i];
        }
    }
    return best;
}

static enum rc choose_columns(struct sheets *s, struct sheet *sheet,
                              struct err *err)
{
    const struct entity *e = sheet->entity;

    sheet->columns = ARENA_ARRAY(s->x->q.arena, struct column, e->n_fields + 1);
    if (!sheet->columns)
        return export_no_memory(err);
    for (size_t i = e->n_system; i < e->n_fields; i++) {
        const struct field *f = e->fields[i];

        /* a field that another package added is not of this one */
        if (!(f->flags & FIELD_SYSTEM) &&
            (!f->package.n || str_eq(f->package, e->package)))
            sheet->columns[sheet->n++].field = f;
    }
    return RC_OK;
}

/* --- cells ------------------------------------------------------------------------- */

/* ".pdf" of "Offer 7.PDF", when it is a plain one. */
static struct str ending(struct arena *a, struct str name)
{
    struct str low = str_lower_ascii(a, name);
    size_t n = 0;

    while (n < low.n && n < 6 && low.p[low.n - n - 1] != '.') {
        char c = low.p[low.n - n - 1];

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')))
            return STR("");
        n++;
    }
    return n > 0 && n < 6 && n < low.n ? str_sub(low, low.n - n - 1, n + 1)
                                       : STR("");
}

static struct str fact(const struct entity *e, const struct query_record *r,
                       const char *name)
{
    const struct field *f = entity_field(e, str_c(name));

    return f && r->v[f->index].kind == V_TEXT ? r->v[f->index].u.s : STR("");
}

/* The file beside the others, and "PATH TYPE NAME"; empty: it cannot go. */
static enum rc file_cell(struct exporting *x, int64_t id, struct buf *cell,
                         struct err *err)
{
    const struct entity *e = model_entity(x->q.model, STR("sys:file"));
    struct query_record *r = NULL;
    struct str bytes = STR_NONE, path, hex, type;
    uint8_t key[SHA256_BYTES];
    size_t n = 0;
    enum rc rc =
        query_load(x->q.db, x->q.model, e, &id, 1, x->q.arena, &r, &n, err);

    if (rc != RC_OK || n == 0)
        return rc;
    hex = fact(e, r, "sha256");
    if (!blob_key(hex, key))
        return RC_OK;
    path =
        str_fmt(x->keep, "files/%.*s%.*s", STR_ARG(str_sub(hex, 0, HASH_CHARS)),
                STR_ARG(ending(x->q.arena, fact(e, r, "name"))));
    if (!path.p)
        return export_no_memory(err);
    if (!export_find_file(x, path)) {
        rc = blob_get(x->q.db, key, PACKAGE_MAX_FILE_BYTES, x->keep, &bytes,
                      err);
        if (rc == RC_LIMIT || rc == RC_NOTFOUND) {
            err_clear(err);
            return RC_OK;
        }
        if (rc == RC_OK)
            rc = export_file(x, path, bytes, err);
    }
    type = fact(e, r, "type");
    buf_addf(cell, "%.*s %.*s %.*s", STR_ARG(path),
             STR_ARG(type.n ? type : STR("application/octet-stream")),
             STR_ARG(fact(e, r, "name")));
    return rc;
}

/* What the target is called; nothing when nothing tells it from others. */
static enum rc link_cell(struct exporting *x, const struct field *f,
                         const struct value *v, struct buf *cell,
                         struct err *err)
{
    const struct entity *to =
        f->n_targets == 1 ? f->targets[0] : model_entity_no(x->q.model, v->ent);
    struct called *called = NULL;
    struct str name;
    enum rc rc = to ? export_called(x, to, &called, err) : RC_OK;

    if (rc != RC_OK || !to)
        return rc;
    name = export_name(called, v->u.i);
    if (f->n_targets != 1 && !called->is_usual)
        name = STR_NONE; /* an anyref has no map to say by what */
    if (name.n && f->n_targets != 1)
        buf_addf(cell, "%.*s/", STR_ARG(export_qname(x, to)));
    buf_add(cell, name);
    return RC_OK;
}

/* As text of a person's, which must not run as a formula. */
static bool is_words(const struct field *f, const struct value *v)
{
    return v->kind == V_TEXT || v->kind == V_LIST || points(f);
}

static enum rc add_cell(struct exporting *x, struct column *c,
                        const struct value *v, struct buf *out, bool first,
                        bool *empty, struct err *err)
{
    struct buf cell;
    enum rc rc = RC_OK;

    buf_init(&cell, CELL_BYTES);
    if (v->kind != V_NULL && is_file(c->field))
        rc = file_cell(x, v->u.i, &cell, err);
    else if (v->kind != V_NULL && points(c->field))
        rc = link_cell(x, c->field, v, &cell, err);
    else if (v->kind != V_NULL)
        c->field->type->write_text(x->q.model, c->field, v, &cell);
    if (rc == RC_OK && cell.failed != RC_OK)
        rc = FAIL(err, cell.failed, "A value is too large to export.");
    if (rc == RC_OK && v->kind != V_NULL && cell.n == 0)
        c->left++;
    *empty = cell.n == 0;
    if (is_words(c->field, v))
        csv_safe_cell(out, buf_view(&cell), x->q.arena, first);
    else
        csv_cell(out, buf_view(&cell), first);
    buf_release(&cell);
    return rc;
}

/* --- rows -------------------------------------------------------------------------- */

struct writing {
    struct sheets *s;
    struct sheet *sheet;
};

static enum rc write_row(void *arg, const struct query_row *row,
                         struct err *err)
{
    struct writing *w = arg;
    struct sheet *sheet = w->sheet;
    struct exporting *x = w->s->x;
    size_t before = sheet->links.n;
    struct str key = export_name(sheet->called, row->id);
    bool first = true, empty = true, any = false;
    enum rc rc = RC_OK;

    if (sheet->has_late)
        csv_safe_cell(&sheet->links, key, x->q.arena, true);
    for (size_t i = 0; rc == RC_OK && i < sheet->n; i++) {
        struct column *c = &sheet->columns[i];

        if (c->is_late) {
            rc = add_cell(x, c, &row->v[i], &sheet->links, false, &empty, err);
            any = any || !empty;
        } else {
            rc = add_cell(x, c, &row->v[i], &sheet->csv, first, &empty, err);
            first = false;
        }
    }
    buf_addc(&sheet->csv, '\n');
    buf_addc(&sheet->links, '\n');
    if (any)
        sheet->n_links++;
    else
        sheet->links.n = before; /* nothing to link */
    sheet->rows++;
    if (rc == RC_OK && sheet->csv.failed != RC_OK)
        rc = FAIL(err, sheet->csv.failed,
                  "The records of %.*s are more than a package's file may hold "
                  "(%d MB); export them by \"perigee export --entity\".",
                  STR_ARG(sheet->entity->qname), PACKAGE_MAX_FILE_BYTES >> 20);
    return rc;
}

static void head(struct sheet *sheet)
{
    bool first = true;

    if (sheet->has_late)
        csv_cell(&sheet->links, sheet->called->key->name, true);
    for (size_t i = 0; i < sheet->n; i++) {
        struct column *c = &sheet->columns[i];

        csv_cell(c->is_late ? &sheet->links : &sheet->csv, c->field->name,
                 c->is_late ? false : first);
        first = first && c->is_late;
    }
    buf_addc(&sheet->csv, '\n');
    buf_addc(&sheet->links, '\n');
}

static enum rc read_rows(struct sheets *s, struct sheet *sheet, struct err *err)
{
    struct query_spec spec = {.entity = sheet->entity, .sort = STR("id")};
    struct writing w = {s, sheet};
    struct buf fields;
    enum rc rc;

    buf_init(&fields, CELL_BYTES);
    for (size_t i = 0; i < sheet->n; i++) {
        if (i > 0)
            buf_addc(&fields, ',');
        buf_add(&fields, sheet->columns[i].field->name);
    }
    rc = buf_finish(&fields, s->x->q.arena, &spec.fields, err);
    buf_release(&fields);
    head(sheet);
    return rc == RC_OK ? query_each(&s->x->q, &spec, write_row, &w, err) : rc;
}

/* --- files --------------------------------------------------------------------------- */

static void map_column(struct sheet *sheet, const struct column *c,
                       struct exporting *x, struct buf *b, bool *first)
{
    struct called *to = NULL;
    const struct field *f = c->field;

    buf_addf(b, "%s\n    \"%.*s\": ", *first ? "" : ",", STR_ARG(f->name));
    *first = false;
    if (points(f) && f->n_targets == 1 && !is_file(f))
        to = map_find(&x->called, f->targets[0]->qname);
    if (to && to->key)
        buf_addf(b, "{\"field\": \"%.*s\", \"by\": \"%.*s\"}", STR_ARG(f->name),
                 STR_ARG(to->key->name));
    else
        buf_addf(b, "\"%.*s\"", STR_ARG(f->name));
    (void)sheet;
}

/* seed/records/visit.json; the links' when `late`. */
static enum rc add_map(struct exporting *x, struct sheet *sheet, bool late,
                       struct str path, struct err *err)
{
    struct str key = sheet->called->key ? sheet->called->key->name : STR("");
    struct str text = STR_NONE;
    struct buf b;
    bool first = true;
    enum rc rc;

    buf_init(&b, CELL_BYTES);
    buf_adds(&b, "{\n");
    if (late)
        buf_addf(&b, "  \"mode\": \"update\",\n  \"key\": \"%.*s\",\n",
                 STR_ARG(key));
    else if (!sheet->called->each_has_one)
        buf_adds(&b, "  \"mode\": \"create\",\n");
    buf_adds(&b, "  \"columns\": {");
    if (late && sheet->called->key) {
        struct column c = {.field = sheet->called->key};

        map_column(sheet, &c, x, &b, &first);
    }
    for (size_t i = 0; i < sheet->n; i++) {
        if (sheet->columns[i].is_late == late)
            map_column(sheet, &sheet->columns[i], x, &b, &first);
    }
    buf_adds(&b, "\n  }\n}\n");
    rc = buf_finish(&b, x->keep, &text, err);
    buf_release(&b);
    return rc == RC_OK ? export_file(x, path, text, err) : rc;
}

static enum rc add_sheet(struct sheets *s, struct sheet *sheet, bool late,
                         struct err *err)
{
    struct exporting *x = s->x;
    struct str name = sheet->entity->name, text = STR_NONE;
    struct str path = str_fmt(x->q.arena, "seed/records/%.*s%s", STR_ARG(name),
                              late ? "_links" : "");
    struct str csv = str_fmt(x->keep, "%.*s.csv", STR_ARG(path));
    struct str map = str_fmt(x->keep, "%.*s.json", STR_ARG(path));
    enum rc rc =
        buf_finish(late ? &sheet->links : &sheet->csv, x->keep, &text, err);

    if (rc == RC_OK && (!csv.p || !map.p))
        rc = export_no_memory(err);
    if (rc == RC_OK)
        rc = export_file(x, csv, text, err);
    if (rc == RC_OK)
        rc = add_map(x, sheet, late, map, err);
    buf_addf(&s->seed, "  <csv entity=\"%.*s\"", STR_ARG(name));
    if (!late && sheet->called->each_has_one)
        buf_addf(&s->seed, " key=\"%.*s\"", STR_ARG(sheet->called->key->name));
    buf_addf(&s->seed, " file=\"%.*s\" map=\"%.*s\"/>\n", STR_ARG(csv),
             STR_ARG(map));
    return rc;
}

/* --- what stays behind ------------------------------------------------------------------ */

static void note_columns(struct exporting *x, const struct sheet *sheet)
{
    for (size_t i = 0; i < sheet->n; i++) {
        const struct column *c = &sheet->columns[i];
        struct str path =
            str_fmt(x->q.arena, "%.*s.%.*s", STR_ARG(sheet->entity->qname),
                    STR_ARG(c->field->name));

        if (c->left == 0)
            continue;
        if (is_file(c->field))
            issues_warn(x->notes, path, "left_out",
                        "%lld files are gone or larger than the %d MB that one "
                        "file of a package may have; they are left out.",
                        (long long)c->left, PACKAGE_MAX_FILE_BYTES >> 20);
        else
            issues_warn(x->notes, path, "left_out",
                        "%lld links are left out: what they point to is not "
                        "there or has no name of its own. Give its entity an "
                        "import-key whose values differ.",
                        (long long)c->left);
    }
}

/* Links to what comes later need a key to come back by. */
static void settle_late(struct sheets *s, struct sheet *sheet)
{
    for (size_t i = 0; i < sheet->n; i++) {
        struct column *c = &sheet->columns[i];

        if (is_reached(s, sheet, c->field))
            continue;
        if (sheet->called->each_has_one && c->field != sheet->called->key) {
            c->is_late = sheet->has_late = true;
            continue;
        }
        issues_warn(s->x->notes,
                    str_fmt(s->x->q.arena, "%.*s.%.*s",
                            STR_ARG(sheet->entity->qname),
                            STR_ARG(c->field->name)),
                    "left_out",
                    "These links are left out: they point to records that come "
                    "later, and nothing tells the records of %.*s apart. Give "
                    "the entity an import-key.",
                    STR_ARG(sheet->entity->qname));
        *c = sheet->columns[--sheet->n];
        i--;
    }
}

/* --- the whole ---------------------------------------------------------------------------- */

static enum rc write_sheet(struct sheets *s, struct sheet *sheet,
                           struct err *err)
{
    enum rc rc = export_called(s->x, sheet->entity, &sheet->called, err);

    if (rc != RC_OK)
        return rc;
    settle_late(s, sheet);
    buf_init(&sheet->csv, PACKAGE_MAX_FILE_BYTES);
    buf_init(&sheet->links, PACKAGE_MAX_FILE_BYTES);
    rc = read_rows(s, sheet, err);
    sheet->is_done = true;
    note_columns(s->x, sheet);
    if (rc == RC_OK && sheet->rows > 0)
        rc = add_sheet(s, sheet, false, err);
    buf_release(&sheet->csv);
    return rc;
}

static enum rc write_sheets(struct sheets *s, struct err *err)
{
    struct sheet *sheet;
    enum rc rc = RC_OK;

    while (rc == RC_OK && (sheet = next_sheet(s)) != NULL)
        rc = write_sheet(s, sheet, err);
    for (size_t i = 0; rc == RC_OK && i < s->n; i++) {
        sheet = &s->v[i];
        if (sheet && sheet->n_links > 0)
            rc = add_sheet(s, sheet, true, err);
    }
    for (size_t i = 0; i < s->n; i++)
        buf_release(&s->v[i].links);
    return rc;
}

/* A manifest that lists what belongs to it has to list this too. */
static enum rc include_seed(struct exporting *x, struct err *err)
{
    const struct package_file *f = export_find_file(x, STR("package.xml"));
    const struct xml_node *el, *last = NULL;
    struct xml_doc *doc = NULL;
    struct str text = STR_NONE;
    enum rc rc;

    if (!f)
        return RC_OK;
    rc = xml_parse(STR("package.xml"), f->text, x->q.arena, &doc, NULL);
    if (rc != RC_OK)
        return FAIL(err, rc, "The package's manifest cannot be read.");
    for (el = xml_first_element(doc->root); el; el = xml_next_element(el)) {
        struct str path = xml_value(el, STR("path"), STR(""));

        if (!str_is(el->name, "include"))
            continue;
        last = el;
        if (str_is(path, "seed/*.xml") || str_eq(path, STR(SEED_PATH)))
            return RC_OK;
    }
    if (!last)
        return RC_OK; /* everything is included */
    rc = xml_insert(doc, last, XML_AFTER,
                    STR("<include path=\"seed/0_records.xml\"/>"), x->keep,
                    &text, err);
    return rc == RC_OK ? export_file(x, STR("package.xml"), text, err) : rc;
}

static enum rc find_sheets(struct sheets *s, struct err *err)
{
    const struct model *m = s->x->q.model;
    enum rc rc = RC_OK;

    s->v = ARENA_ARRAY(s->x->q.arena, struct sheet, m->n_entities + 1);
    if (!s->v)
        return export_no_memory(err);
    for (size_t i = 0; rc == RC_OK && i < m->n_entities; i++) {
        if (!str_eq(m->entities[i]->package, s->x->package->id))
            continue;
        s->v[s->n].entity = m->entities[i];
        rc = choose_columns(s, &s->v[s->n++], err);
    }
    return rc;
}

enum rc export_records_of(struct exporting *x, struct err *err)
{
    struct sheets s = {.x = x};
    struct str text = STR_NONE;
    size_t before;
    enum rc rc = find_sheets(&s, err);

    buf_init(&s.seed, CELL_BYTES);
    buf_adds(&s.seed, "<seed>\n");
    before = s.seed.n;
    if (rc == RC_OK)
        rc = write_sheets(&s, err);
    buf_adds(&s.seed, "</seed>\n");
    if (rc == RC_OK && s.seed.n > before + strlen("</seed>\n")) {
        rc = buf_finish(&s.seed, x->keep, &text, err);
        if (rc == RC_OK)
            rc = export_file(x, STR(SEED_PATH), text, err);
        if (rc == RC_OK)
            rc = include_seed(x, err);
    }
    buf_release(&s.seed);
    return rc;
}
