/*
 * edit_rename - a field of one's own gets another name, and everything in
 * `local` that names it follows. See docs/design/0070.
 */
#include "model/edit_uses.h"

#include <stdlib.h>

#include "base/limits.h"
#include "model/spec_values.h"

enum { PLACES_MAX = 20 }; /* named in one sentence */

struct rename {
    struct edit_ctx *c;
    struct edit_target t;  /* the field */
    const struct field *f; /* of the running model */
    struct str to;
};

static int by_offset(const void *a, const void *b)
{
    const struct use *x = a, *y = b;

    return x->from < y->from ? -1 : x->from > y->from;
}

/* --- one file ------------------------------------------------------------------------ */

static enum rc rewrite(struct rename *r, size_t file, struct xml_doc *doc,
                       struct uses *u)
{
    struct edit *e = r->c->e;
    struct str text;
    struct buf b;
    size_t at = 0, i;
    enum rc rc;

    if (!u->at.n)
        return RC_OK;
    qsort(u->at.v, u->at.n, sizeof *u->at.v, by_offset);
    buf_init(&b, LIMIT_XML_BYTES);
    for (i = 0; i < u->at.n; i++) {
        if (u->at.v[i].from < at)
            continue; /* the same place twice: shared parts of an expression */
        buf_add(&b, str_sub(doc->source, at, u->at.v[i].from - at));
        buf_add(&b, r->to);
        at = u->at.v[i].to;
    }
    buf_add(&b, str_sub(doc->source, at, doc->source.n));
    rc = edit_finish(r->c, &b, &text);
    if (rc == RC_OK) {
        e->files.v[file].text = text;
        e->files.v[file].doc = NULL;
    }
    return rc;
}

static enum rc follow_xml(struct rename *r, size_t file)
{
    struct uses u = {0};
    struct xml_doc *doc;
    struct xml_pos pos;
    enum rc rc = edit_doc(r->c->e, file, &doc, r->c->err);

    if (rc == RC_OK)
        rc = edit_uses(r->c->e->model, STR("local"), doc, r->f, r->c->a, &u,
                       r->c->err);
    if (rc != RC_OK)
        return rc;
    if (u.unknown.n) {
        pos = xml_pos_at(doc, u.unknown.v[0]);
        return edit_wrong(r->c, NULL, "not_understood",
                          "The expression at %.*s:%u:%u names \"%.*s\" and is "
                          "not of the published definitions. Publish first, "
                          "then rename.",
                          STR_ARG(doc->file), (unsigned)pos.line,
                          (unsigned)pos.column, STR_ARG(r->f->name));
    }
    return rewrite(r, file, doc, &u);
}

static bool is_word_char(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
           (ch >= '0' && ch <= '9') || ch == '_';
}

/* Text that is not ours to understand: each line with the word is named. */
static enum rc note_words(struct rename *r, const struct edit_file *f)
{
    struct str rest = f->text, line, name = r->f->name;
    unsigned n = 0;

    while (str_split(&rest, '\n', &line)) {
        ptrdiff_t at = str_find(line, name);
        size_t end = at < 0 ? 0 : (size_t)at + name.n;
        struct str note;

        n++;
        if (at < 0 || (at > 0 && is_word_char(line.p[at - 1])) ||
            (end < line.n && is_word_char(line.p[end])))
            continue;
        note = str_fmt(r->c->a, "%.*s:%u: %.*s", STR_ARG(f->path), n,
                       STR_ARG(str_trim(str_sub(line, 0, 160))));
        if (!note.p || !VEC_PUSH(r->c->a, &r->c->e->notes, note))
            return edit_no_memory(r->c->err);
        if (r->c->e->notes.n >= PLACES_MAX)
            return RC_OK;
    }
    return RC_OK;
}

/* --- headers of seeds ----------------------------------------------------------------- */

struct csv_ask {
    struct rename *r;
    struct str path;
    char sep;
    bool mapped;
};

/* Is this file a seed of the field's entity, read by its header? */
static bool seeds(struct csv_ask *ask, const struct xml_node *el)
{
    const struct xml_node *n;

    for (n = xml_first_element(el); n; n = xml_next_element(n)) {
        struct str sep = xml_value(n, STR("sep"), STR(","));

        if (!str_is(n->name, "csv") ||
            !str_eq(xml_value(n, STR("file"), STR_NONE), ask->path) ||
            !str_eq(edit_qualify(ask->r->c->a,
                                 xml_value(n, STR("entity"), STR_NONE)),
                    ask->r->f->entity->qname))
            continue;
        ask->sep = sep.n ? sep.p[0] : ',';
        ask->mapped = xml_attr(n, STR("map")) != NULL;
        return true;
    }
    return false;
}

static bool is_seed(void *arg, const struct xml_node *el)
{
    return str_is(el->name, "seed") && seeds(arg, el);
}

static enum rc follow_header(struct rename *r, struct edit_file *f, char sep)
{
    ptrdiff_t end = str_chr(f->text, '\n');
    struct str head = end < 0 ? f->text : str_sub(f->text, 0, (size_t)end);
    struct str rest = head, cell, tail, text;
    struct buf b;
    bool first = true, any = false;
    enum rc rc;

    buf_init(&b, LIMIT_XML_BYTES * 10);
    while (str_split(&rest, sep, &cell)) {
        struct str name = str_trim(cell);

        if (!first)
            buf_addc(&b, sep);
        first = false;
        if (name.n > 1 && name.p[0] == '"' && name.p[name.n - 1] == '"')
            name = str_sub(name, 1, name.n - 2);
        if (!str_eq(name, r->f->name)) {
            buf_add(&b, cell);
            continue;
        }
        any = true;
        buf_add(&b, str_of(cell.p, (size_t)(name.p - cell.p)));
        buf_add(&b, r->to);
        tail = str_sub(cell, (size_t)(name.p - cell.p) + name.n, cell.n);
        buf_add(&b, tail);
    }
    buf_add(&b, str_sub(f->text, head.n, f->text.n));
    if (!any) {
        buf_release(&b);
        return RC_OK;
    }
    rc = edit_finish(r->c, &b, &text);
    if (rc == RC_OK)
        f->text = text;
    return rc;
}

static enum rc follow_other(struct rename *r, struct edit_file *f)
{
    struct csv_ask ask = {r, f->path, ',', false};
    struct edit_at at;
    enum rc rc;

    if (str_ends(f->path, STR(".csv"))) {
        rc = edit_find(r->c->e, is_seed, &ask, &at, r->c->err);
        if (rc != RC_OK || !at.node || ask.mapped)
            return rc;
        return follow_header(r, f, ask.sep);
    }
    if (str_ends(f->path, STR(".lua")) || str_ends(f->path, STR(".json")))
        return note_words(r, f);
    return RC_OK;
}

/* --- other packages ---------------------------------------------------------------------- */

struct places {
    struct buf text;
    size_t n;
};

static void add_place(struct places *p, const struct xml_doc *doc, uint32_t at)
{
    struct xml_pos pos = xml_pos_at(doc, at);

    if (p->n++ < PLACES_MAX)
        buf_addf(&p->text, "%s%.*s:%u:%u", p->n > 1 ? ", " : "",
                 STR_ARG(doc->file), (unsigned)pos.line, (unsigned)pos.column);
}

/* Everywhere in one package that the field is named. */
static enum rc places_in(struct edit_ctx *c, const struct package *pkg,
                         const struct field *f, struct places *out)
{
    const struct package_src *src = pkg->sources;
    size_t i, k;
    enum rc rc = RC_OK;

    for (i = 0; src && rc == RC_OK && i < src->n; i++) {
        struct arena_mark mark = arena_mark(c->a);
        struct uses u = {0};
        struct xml_doc *doc;
        struct str file;

        if (!str_ends(src->files[i].path, STR(".xml")) ||
            str_find(src->files[i].text, f->name) < 0)
            continue;
        file = str_fmt(c->a, "%.*s/%.*s", STR_ARG(pkg->id),
                       STR_ARG(src->files[i].path));
        rc = file.p ? xml_parse(file, src->files[i].text, c->a, &doc, NULL)
                    : RC_NOMEM;
        if (rc == RC_OK)
            rc = edit_uses(c->e->model, pkg->id, doc, f, c->a, &u, c->err);
        for (k = 0; rc == RC_OK && k < u.at.n; k++)
            add_place(out, doc, u.at.v[k].from);
        arena_rewind(c->a, mark);
        if (rc == RC_NOMEM)
            return edit_no_memory(c->err);
        rc = RC_OK; /* an archive that no longer parses names nothing */
    }
    return rc;
}

static enum rc places_of(struct edit_ctx *c, const struct field *f,
                         bool local_too, struct str *out)
{
    const struct model *m = c->e->model;
    struct places p = {.n = 0};
    size_t i;
    enum rc rc = RC_OK;

    buf_init(&p.text, 1 << 16);
    for (i = 0; rc == RC_OK && i < m->n_packages; i++)
        if (local_too || !str_is(m->packages[i]->id, "local"))
            rc = places_in(c, m->packages[i], f, &p);
    if (rc == RC_OK && p.n > PLACES_MAX)
        buf_addf(&p.text, " and %zu more", p.n - PLACES_MAX);
    if (rc == RC_OK)
        return edit_finish(c, &p.text, out);
    buf_release(&p.text);
    return rc;
}

/* --- the act --------------------------------------------------------------------------------- */

static enum rc check_name(struct rename *r)
{
    const struct entity *e = r->t.home.entity;
    struct edit_at at;
    bool own;
    enum rc rc;

    if (!spec_is_name(r->to) || spec_reserved(r->to))
        return edit_wrong(r->c, "name", "wrong_value",
                          "A name is small letters, digits and _, beginning "
                          "with a letter, and no word of the language; at "
                          "most 48.");
    rc = edit_locate(r->c, &r->t, 0, &at, &own);
    if (rc != RC_OK)
        return rc;
    if (at.node && edit_child(at.node, "field", r->to, r->c->a))
        own = true;
    else
        own = false;
    if (own || (e && (entity_field(e, r->to) || entity_collection(e, r->to))))
        return edit_wrong(r->c, "name", "taken",
                          "%.*s has \"%.*s\" already; choose another name.",
                          STR_ARG(r->t.home.qname), STR_ARG(r->to));
    return RC_OK;
}

static enum rc refuse_theirs(struct rename *r)
{
    struct str places;
    enum rc rc = places_of(r->c, r->f, true, &places);

    if (rc != RC_OK)
        return rc;
    return edit_wrong(
        r->c, "field", "not_yours",
        "\"%.*s\" came with package %.*s, whose definitions count "
        "on the name; give it another label instead. It is "
        "named at %.*s.",
        STR_ARG(r->f->name), STR_ARG(r->t.home.package), STR_ARG(places));
}

static enum rc refuse_used(struct rename *r)
{
    struct str places;
    enum rc rc = places_of(r->c, r->f, false, &places);

    if (rc != RC_OK || !places.n)
        return rc;
    return edit_wrong(r->c, "field", "used_elsewhere",
                      "Other packages name \"%.*s\" at %.*s; their definitions "
                      "cannot follow.",
                      STR_ARG(r->f->name), STR_ARG(places));
}

/* The name itself, and what it was. A field that no publish has seen yet has
   nothing to keep. */
static enum rc name_it(struct rename *r)
{
    struct edit_at at;
    struct str from;
    bool own;
    enum rc rc = edit_locate(r->c, &r->t, 1, &at, &own);

    if (rc != RC_OK)
        return rc;
    from = r->t.steps[0].key;
    rc = edit_set_attr(r->c->e, at, STR("name"), r->to, r->c->err);
    if (rc != RC_OK || !r->f)
        return rc;
    r->t.steps[0].key = r->to;
    rc = edit_locate(r->c, &r->t, 1, &at, &own);
    return rc == RC_OK ? edit_set_attr(r->c->e, at, STR("was"), from, r->c->err)
                       : rc;
}

static enum rc follow(struct rename *r)
{
    struct edit *e = r->c->e;
    struct store_rename done = {r->t.home.qname, r->f->name, r->to};
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < e->files.n; i++) {
        struct edit_file *f = &e->files.v[i];

        if (!f->text.p)
            continue;
        rc = str_ends(f->path, STR(".xml")) ? follow_xml(r, i)
                                            : follow_other(r, f);
    }
    if (rc == RC_OK && !VEC_PUSH(e->arena, &e->renames, done))
        rc = edit_no_memory(r->c->err);
    return rc;
}

enum rc edit_rename_field(struct edit_ctx *c)
{
    struct rename r = {.c = c};
    struct edit_at at;
    struct str name = STR_NONE;
    bool own;
    enum rc rc = edit_check_members(c, c->act, NULL, "entity field name");

    if (rc == RC_OK)
        rc = edit_home_of(c, &r.t.home);
    if (rc == RC_OK)
        rc = edit_need(c, "field", &name);
    if (rc == RC_OK)
        rc = edit_need(c, "name", &r.to);
    if (rc != RC_OK)
        return rc;
    r.t.kind = "entity";
    r.t.own = r.t.home.own;
    r.t.members[r.t.n] = "field";
    r.t.steps[r.t.n++] = (struct edit_step){"field", name};
    rc = edit_locate(c, &r.t, 1, &at, &own);
    if (rc != RC_OK)
        return rc;
    if (r.t.home.entity)
        r.f = entity_field(r.t.home.entity, name);
    if (!own && r.f)
        return refuse_theirs(&r);
    rc = check_name(&r);
    if (rc == RC_OK && r.f)
        rc = refuse_used(&r);
    if (rc == RC_OK && r.f) /* while the file still says what the model does */
        rc = follow(&r);
    return rc == RC_OK ? name_it(&r) : rc;
}
