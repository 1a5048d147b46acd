/*
 * forms - how a record is shown and edited; where nobody wrote a form, one is
 * made: title and status on top, the first eight fields in two columns, the
 * others below, text areas at full width, collections as grids.
 *
 * L401 a field that does not exist   L402 such a collection
 * L403 a path of something else      L404 a number of columns
 */
#include "model/build.h"

#include <stdlib.h>

enum { FIRST_FIELDS = 8, MOST_COLUMNS = 4 };

/* --- written ------------------------------------------------------------- */

static int columns_of(struct build *b, const struct def *d, const char *attr,
                      int fallback)
{
    struct str s = def_value(d, attr);
    int64_t n = fallback;

    if (!s.n)
        return fallback;
    if (str_to_i64(s, &n) && n >= 1 && n <= MOST_COLUMNS)
        return (int)n;
    build_error(b, d, attr, "L404", "%s is between 1 and %d", attr,
                MOST_COLUMNS);
    return fallback;
}

static const struct field *placed(struct build *b, const struct def *d,
                                  const struct form *form)
{
    struct str name = def_value(d, "field");
    const struct field *f = entity_field(form->entity, name);

    if (!f)
        build_say_word(b, d, "field", name, "L401",
                       entity_suggest(form->entity, name),
                       "field \"%.*s\" placed on form \"%.*s\" does not exist",
                       STR_ARG(name), STR_ARG(form->name));
    return f;
}

static bool read_place(struct build *b, struct place *p, const struct def *d,
                       const struct form *form)
{
    p->field = placed(b, d, form);
    if (!p->field || def_bool(d, "hidden", false))
        return false;
    p->span = columns_of(b, d, "span", 1);
    p->autofocus = def_bool(d, "autofocus", false);
    build_label(b, d, "label", STR(""), &p->label, form->entity,
                "form.%.*s.place.%.*s", STR_ARG(form->name),
                STR_ARG(p->field->name));
    p->visible_when = build_visible(b, d, form->entity);
    p->readonly_when = build_condition(b, d, "readonly-when", form->entity);
    p->required_when = build_condition(b, d, "required-when", form->entity);
    return true;
}

static void read_section(struct build *b, struct section *s, struct def *d,
                         const struct form *form)
{
    s->name = build_copy(b, def_value(d, "name"));
    build_label(b, d, "label", STR(""), &s->label, form->entity,
                "form.%.*s.section.%.*s", STR_ARG(form->name),
                STR_ARG(s->name));
    s->columns = columns_of(b, d, "columns", 2);
    s->visible_when = build_visible(b, d, form->entity);
    s->places = BUILD_ARRAY(b, struct place, def_count(d, "place"));
    if (!s->places)
        return;
    DEF_EACH (p, d, "place")
        s->n_places += read_place(b, &s->places[s->n_places], p, form);
}

/* What a grid shows when nobody says: all but what points back. */
static void all_columns(struct build *b, struct section *s)
{
    const struct entity *e = s->grid->child;
    VEC(const struct field *) v = {0};
    size_t i;

    for (i = e->n_system; i < e->n_fields; i++)
        if (e->fields[i] != s->grid->by &&
            !(e->fields[i]->flags & FIELD_HIDDEN))
            BUILD_PUSH(b, &v, (const struct field *)e->fields[i]);
    s->grid_fields = BUILD_KEEP(b, &v);
    s->n_grid_fields = s->grid_fields ? v.n : 0;
}

static struct str nearest_collection(struct build *b, const struct entity *e,
                                     struct str wrong)
{
    struct str *v = ARENA_ARRAY(b->scratch, struct str, e->n_collections + 1);
    size_t i;

    for (i = 0; v && i < e->n_collections; i++)
        v[i] = e->collections[i]->name;
    return v ? str_nearest(wrong, v, e->n_collections) : STR_NONE;
}

static bool read_grid(struct build *b, struct section *s, const struct def *d,
                      const struct form *form)
{
    struct str name = def_value(d, "collection");

    s->columns = 1;
    s->name = build_copy(b, name);
    s->grid = entity_collection(form->entity, name);
    if (!s->grid) {
        build_say_word(b, d, "collection", name, "L402",
                       nearest_collection(b, form->entity, name),
                       "%.*s has no collection \"%.*s\"",
                       STR_ARG(form->entity->name), STR_ARG(name));
        return false;
    }
    if (!def_value(d, "label").n)
        build_text_of(b, &s->label, form->entity->qname,
                      build_fmt(b, "collection.%.*s", STR_ARG(name)));
    build_label(b, d, "label", s->grid->label.base, &s->label, form->entity,
                "form.%.*s.section.%.*s", STR_ARG(form->name), STR_ARG(name));
    if (def_value(d, "columns").n)
        build_field_list(b, d, "columns", s->grid->child, "L401",
                         &s->grid_fields, &s->n_grid_fields);
    else
        all_columns(b, s);
    return true;
}

static void read_sections(struct build *b, struct tab *t, struct def *d,
                          const struct form *form)
{
    struct def *c;

    t->sections = BUILD_ARRAY(b, struct section,
                              def_count(d, "section") + def_count(d, "grid"));
    if (!t->sections)
        return;
    for (c = d->first; c; c = c->next)
        if (str_is(c->name, "section"))
            read_section(b, &t->sections[t->n_sections++], c, form);
        else if (str_is(c->name, "grid"))
            t->n_sections += read_grid(b, &t->sections[t->n_sections], c, form);
}

static void read_header(struct build *b, struct form *form, struct def *d)
{
    struct def *path = d ? def_first(d, "path") : NULL;

    if (!d)
        return;
    if (path) {
        form->path = placed(b, path, form);
        if (form->path && !form->path->initial_state) {
            build_error(b, path, "field", "L403",
                        "\"%.*s\" is no status; a path shows one",
                        STR_ARG(form->path->name));
            form->path = NULL;
        }
    }
    form->facts = BUILD_ARRAY(b, struct fact, def_count(d, "fact"));
    if (!form->facts)
        return;
    DEF_EACH (f, d, "fact") {
        struct fact *fact = &form->facts[form->n_facts];

        fact->field = placed(b, f, form);
        fact->visible_when = build_visible(b, f, form->entity);
        form->n_facts += fact->field != NULL;
    }
}

static void read_tabs(struct build *b, struct form *form, struct def *d)
{
    bool loose = def_first(d, "section") || def_first(d, "grid");

    form->tabs = BUILD_ARRAY(b, struct tab, def_count(d, "tab") + loose);
    if (!form->tabs)
        return;
    if (loose) { /* sections without a tab stand on the first */
        struct tab *t = &form->tabs[form->n_tabs++];

        t->name = STR("main");
        t->label.base = form->entity->label.base;
        build_text_of(b, &t->label, form->entity->qname, STR("label"));
        read_sections(b, t, d, form);
    }
    DEF_EACH (c, d, "tab") {
        struct tab *t = &form->tabs[form->n_tabs++];

        t->name = build_copy(b, def_value(c, "name"));
        build_label(b, c, "label", build_humanise(b, t->name), &t->label,
                    form->entity, "form.%.*s.tab.%.*s", STR_ARG(form->name),
                    STR_ARG(t->name));
        read_sections(b, t, c, form);
    }
}

static struct form *new_form(struct build *b, const struct entity *e,
                             struct str package, struct str name)
{
    struct form *form = BUILD_NEW(b, struct form);

    if (!form || !BUILD_PUSH(b, &b->forms, form))
        return NULL;
    form->package = package;
    form->name = build_copy(b, name);
    form->entity = e;
    form->label.base = e->label.base;
    return form;
}

static void read_form(struct build *b, struct def *d)
{
    struct built *e = build_entity_ref(b, d, "entity", def_value(d, "entity"));
    struct form *form =
        e ? new_form(b, e->entity, d->package->id, def_value(d, "name")) : NULL;

    if (!form)
        return;
    form->is_default = def_bool(d, "default", false);
    if (!def_value(d, "label").n)
        build_text_of(b, &form->label, e->entity->qname, STR("label"));
    build_label(b, d, "label", e->entity->label.base, &form->label, e->entity,
                "form.%.*s", STR_ARG(form->name));
    read_header(b, form, def_first(d, "header"));
    read_tabs(b, form, d);
    if (!e->entity->form || form->is_default)
        e->entity->form = form;
}

/* --- made ---------------------------------------------------------------- */

static bool is_area(const struct field *f)
{
    return strcmp(f->type->name, "longtext") == 0;
}

static bool is_shown(const struct entity *e, const struct field *f)
{
    return !(f->flags & (FIELD_HIDDEN | FIELD_SYSTEM)) && f != e->status;
}

static struct section *make_section(struct build *b, struct tab *t,
                                    const char *name, size_t most)
{
    struct section *s = &t->sections[t->n_sections];

    *s = (struct section){.name = str_c(name), .columns = 2};
    s->label.base = STR("");
    s->places = BUILD_ARRAY(b, struct place, most);
    if (!s->places)
        return NULL;
    t->n_sections++;
    return s;
}

static void put(struct section *s, const struct field *f, int span)
{
    struct place *p = &s->places[s->n_places++];

    p->field = f;
    p->span = span;
    p->label.base = STR("");
}

static void make_fields(struct build *b, struct tab *t, const struct entity *e)
{
    struct section *s = make_section(b, t, "main", e->n_fields);
    size_t i, n = 0;

    for (i = e->n_system; s && i < e->n_fields; i++) {
        if (!is_shown(e, e->fields[i]) || is_area(e->fields[i]))
            continue;
        if (n++ == FIRST_FIELDS)
            s = make_section(b, t, "more", e->n_fields);
        if (s)
            put(s, e->fields[i], 1);
    }
    if (s && t->sections[0].n_places)
        t->sections[0].places[0].autofocus = true;
    for (i = e->n_system, n = 0; i < e->n_fields; i++)
        n += is_shown(e, e->fields[i]) && is_area(e->fields[i]);
    s = n ? make_section(b, t, "notes", n) : NULL;
    for (i = e->n_system; s && i < e->n_fields; i++)
        if (is_shown(e, e->fields[i]) && is_area(e->fields[i]))
            put(s, e->fields[i], 2);
}

static void make_grids(struct build *b, struct tab *t, const struct entity *e)
{
    size_t i;

    for (i = 0; i < e->n_collections; i++) {
        struct section *s = &t->sections[t->n_sections++];

        s->grid = e->collections[i];
        s->name = s->grid->name;
        s->columns = 1;
        s->label.base = s->grid->label.base;
        build_text_of(b, &s->label, e->qname,
                      build_fmt(b, "collection.%.*s", STR_ARG(s->name)));
        all_columns(b, s);
    }
}

static void make_form(struct build *b, struct entity *e)
{
    struct form *form = new_form(b, e, e->package, STR("main"));
    struct tab *t = form ? BUILD_NEW(b, struct tab) : NULL;

    if (!t)
        return;
    form->is_default = form->generated = true;
    build_text_of(b, &form->label, e->qname, STR("label"));
    form->path = e->status;
    form->tabs = t;
    form->n_tabs = 1;
    t->name = STR("main");
    t->label.base = e->label.base;
    build_text_of(b, &t->label, e->qname, STR("label"));
    t->sections = BUILD_ARRAY(b, struct section, 3 + e->n_collections);
    if (!t->sections)
        return;
    make_fields(b, t, e);
    make_grids(b, t, e);
    e->form = form;
}

void build_forms(struct build *b)
{
    size_t i;

    for (i = 0; i < b->form_defs.n; i++)
        read_form(b, b->form_defs.entries[i].value);
    for (i = 0; i < b->entities.n; i++)
        if (!b->entities.v[i]->entity->form)
            make_form(b, b->entities.v[i]->entity);
    b->m->forms = BUILD_KEEP(b, &b->forms);
    b->m->n_forms = b->m->forms ? b->forms.n : 0;
}
