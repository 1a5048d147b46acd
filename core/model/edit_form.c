/*
 * edit_form - acts of forms. A form that nobody wrote is written down first, as
 * people see it, so that it can be arranged.
 */
#include "model/edit_in.h"

#include "base/limits.h"

/* --- writing down what is shown --------------------------------------------------- */

static void attr(struct buf *b, const char *name, struct str value)
{
    if (!value.n)
        return;
    buf_addf(b, " %s=\"", name);
    xml_escape_attr(b, value);
    buf_addc(b, '"');
}

static void fx_attr(struct buf *b, const char *name, const struct fx_expr *x)
{
    if (x)
        attr(b, name, fx_source(x));
}

static void write_place(struct buf *b, const struct place *p, const char *in)
{
    buf_addf(b, "%s  <place", in);
    attr(b, "field", p->field->name);
    if (p->span > 1)
        buf_addf(b, " span=\"%d\"", p->span);
    attr(b, "label", p->label.base);
    if (p->autofocus)
        attr(b, "autofocus", STR("true"));
    fx_attr(b, "visible-when", p->visible_when);
    fx_attr(b, "required-when", p->required_when);
    fx_attr(b, "readonly-when", p->readonly_when);
    buf_adds(b, "/>\n");
}

static void write_grid(struct buf *b, const struct section *s, const char *in)
{
    size_t i;

    buf_addf(b, "%s<grid", in);
    attr(b, "collection", s->grid->name);
    if (s->n_grid_fields) {
        buf_adds(b, " columns=\"");
        for (i = 0; i < s->n_grid_fields; i++) {
            buf_adds(b, i ? " " : "");
            buf_add(b, s->grid_fields[i]->name);
        }
        buf_addc(b, '"');
    }
    buf_adds(b, "/>\n");
}

static void write_section(struct buf *b, const struct section *s,
                          const char *in)
{
    size_t i;

    buf_addf(b, "%s<section", in);
    attr(b, "name", s->name);
    attr(b, "label", s->label.base);
    if (s->columns != 2)
        buf_addf(b, " columns=\"%d\"", s->columns);
    fx_attr(b, "visible-when", s->visible_when);
    if (!s->n_places) {
        buf_adds(b, "/>\n");
        return;
    }
    buf_adds(b, ">\n");
    for (i = 0; i < s->n_places; i++)
        write_place(b, &s->places[i], in);
    buf_addf(b, "%s</section>\n", in);
}

static void write_header(struct buf *b, const struct form *f)
{
    size_t i;

    if (!f->path && !f->n_facts)
        return;
    buf_adds(b, "  <header>\n");
    if (f->path) {
        buf_adds(b, "    <path");
        attr(b, "field", f->path->name);
        buf_adds(b, "/>\n");
    }
    for (i = 0; i < f->n_facts; i++) {
        buf_adds(b, "    <fact");
        attr(b, "field", f->facts[i].field->name);
        fx_attr(b, "show-when", f->facts[i].visible_when);
        buf_adds(b, "/>\n");
    }
    buf_adds(b, "  </header>\n");
}

/* Grids stand in tabs: a form without a written tab has one of its own name. */
static void write_tab(struct buf *b, const struct tab *t)
{
    size_t i;

    buf_adds(b, "  <tab");
    attr(b, "name", t->name);
    attr(b, "label", t->label.base);
    buf_adds(b, ">\n");
    for (i = 0; i < t->n_sections; i++)
        if (t->sections[i].grid)
            write_grid(b, &t->sections[i], "    ");
        else
            write_section(b, &t->sections[i], "    ");
    buf_adds(b, "  </tab>\n");
}

/* An entity that is not published yet: its fields, in their order. */
static void write_new(struct edit_ctx *c, struct buf *b,
                      const struct xml_node *entity)
{
    const struct xml_node *n, *status = xml_child(entity, STR("status"));

    (void)c;
    if (status) {
        buf_adds(b, "  <header>\n    <path");
        attr(b, "field", xml_value(status, STR("name"), STR("status")));
        buf_adds(b, "/>\n  </header>\n");
    }
    buf_adds(b, "  <tab name=\"main\"");
    attr(b, "label", xml_value(entity, STR("label"), STR_NONE));
    buf_adds(b, ">\n    <section name=\"main\">\n");
    for (n = xml_first_element(entity); n; n = xml_next_element(n)) {
        if (!str_is(n->name, "field") ||
            str_is(xml_value(n, STR("hidden"), STR_NONE), "true"))
            continue;
        buf_adds(b, "      <place");
        attr(b, "field", xml_value(n, STR("name"), STR_NONE));
        buf_adds(b, "/>\n");
    }
    buf_adds(b, "    </section>\n  </tab>\n");
}

static enum rc write_form(struct edit_ctx *c, const struct edit_home *home,
                          struct str name, bool is_default)
{
    const struct form *shown = home->entity ? home->entity->form : NULL;
    struct edit_at at = {0, NULL};
    struct str text, stem = edit_stem(c->a, home);
    const struct edit_attr fixed[] = {
        {"name", name},
        {"entity", edit_entity_word(home)},
        {"default", is_default ? STR("true") : STR_NONE}};
    struct buf b;
    size_t i;
    enum rc rc = RC_OK;

    if (!shown)
        rc =
            edit_definition(c->e, "entity", home->qname, STR_NONE, &at, c->err);
    buf_init(&b, LIMIT_XML_BYTES);
    if (rc == RC_OK)
        rc = edit_open_tag(
            c, &b, edit_spec("form", ""), c->act, fixed, 3, true,
            json_at(c->act, "op") &&
                    str_is(json_str(json_at(c->act, "op"), STR_NONE),
                           "form.add")
                ? ""
                : "label for");
    if (rc != RC_OK) {
        buf_release(&b);
        return rc;
    }
    buf_adds(&b, ">\n");
    if (shown)
        write_header(&b, shown);
    for (i = 0; shown && i < shown->n_tabs; i++)
        write_tab(&b, &shown->tabs[i]);
    if (!shown && at.node)
        write_new(c, &b, at.node);
    buf_adds(&b, "</form>");
    rc = edit_finish(c, &b, &text);
    if (rc != RC_OK)
        return rc;
    return stem.p ? edit_define(c, "forms", stem, name, false, text)
                  : edit_no_memory(c->err);
}

/* --- which form ------------------------------------------------------------------------ */

/* The form that is named, else the one that opens. A generated one is written
   when `writes`. */
static enum rc form_target(struct edit_ctx *c, bool writes,
                           struct edit_target *t)
{
    struct edit_home home;
    struct str name = STR_NONE;
    struct edit_at at;
    enum rc rc = edit_home_of(c, &home);

    if (rc == RC_OK)
        rc = edit_text(c, c->act, "form", &name);
    if (rc != RC_OK)
        return rc;
    if (!name.n)
        name = home.entity && home.entity->form && !home.entity->form->generated
                   ? home.entity->form->name
                   : STR("main");
    rc = edit_definition(c->e, "form", home.qname, name, &at, c->err);
    if (rc != RC_OK)
        return rc;
    *t = (struct edit_target){
        .kind = "form", .home = home, .name = name, .own = at.node != NULL};
    if (t->own || !writes || !str_is(name, "main") ||
        (home.entity && home.entity->form && !home.entity->form->generated))
        return RC_OK;
    t->own = true;
    return write_form(c, &home, name, true);
}

static const struct form *shown_form(const struct edit_ctx *c,
                                     const struct edit_target *t)
{
    const struct model *m = c->e->model;
    size_t i;

    for (i = 0; i < m->n_forms; i++)
        if (m->forms[i]->entity == t->home.entity &&
            str_eq(m->forms[i]->name, t->name))
            return m->forms[i];
    return NULL;
}

/* The section that has this field; or the first there is. */
static const struct section *section_of(const struct form *f, struct str field,
                                        size_t *at)
{
    size_t i, k, p;

    for (i = 0; f && i < f->n_tabs; i++)
        for (k = 0; k < f->tabs[i].n_sections; k++)
            for (p = 0; p < f->tabs[i].sections[k].n_places; p++)
                if (str_eq(f->tabs[i].sections[k].places[p].field->name,
                           field)) {
                    *at = p;
                    return &f->tabs[i].sections[k];
                }
    return NULL;
}

static const struct section *first_section(const struct form *f)
{
    size_t i, k;

    for (i = 0; f && i < f->n_tabs; i++)
        for (k = 0; k < f->tabs[i].n_sections; k++)
            if (!f->tabs[i].sections[k].grid)
                return &f->tabs[i].sections[k];
    return NULL;
}

static void step(struct edit_target *t, const char *element, struct str key,
                 const char *member)
{
    t->members[t->n] = member;
    t->steps[t->n++] = (struct edit_step){element, key};
}

/* The field's place in this form. In an extension the way leads through the
   section that the package put it in. */
static void place_step(const struct edit_ctx *c, struct edit_target *t,
                       struct str field)
{
    size_t at;
    const struct section *s =
        t->own ? NULL : section_of(shown_form(c, t), field, &at);

    if (s)
        step(t, "section", s->name, "field");
    step(t, "place", field, "field");
}

/* A form of this name that a package brought. */
static bool has_theirs(const struct model *m, const struct edit_home *home,
                       struct str name)
{
    size_t i;

    for (i = 0; i < m->n_forms; i++)
        if (m->forms[i]->entity == home->entity && !m->forms[i]->generated &&
            !str_is(m->forms[i]->package, "local") &&
            str_eq(m->forms[i]->name, name))
            return true;
    return false;
}

/* --- acts -------------------------------------------------------------------------------- */

enum rc edit_form_add(struct edit_ctx *c)
{
    struct edit_home home;
    struct str name = STR_NONE, set = STR_NONE;
    struct edit_at at;
    enum rc rc = edit_check_members(c, c->act, edit_spec("form", ""), "");

    if (rc == RC_OK)
        rc = edit_home_of(c, &home);
    if (rc == RC_OK)
        rc = edit_text(c, c->act, "name", &name);
    if (rc == RC_OK)
        rc = edit_text(c, c->act, "default", &set);
    if (rc != RC_OK)
        return rc;
    if (!name.n)
        name = has_theirs(c->e->model, &home, STR("main")) ? STR("ours")
                                                           : STR("main");
    rc = edit_definition(c->e, "form", home.qname, name, &at, c->err);
    if (rc != RC_OK)
        return rc;
    if (at.node || has_theirs(c->e->model, &home, name))
        return edit_wrong(c, "name", "taken",
                          "There is a form \"%.*s\" already; choose another "
                          "name.",
                          STR_ARG(name));
    return write_form(c, &home, name, !set.p || str_is(set, "true"));
}

enum rc edit_form_set(struct edit_ctx *c)
{
    struct edit_target t;
    enum rc rc = form_target(c, true, &t);

    if (rc != RC_OK)
        return rc;
    return edit_set_members(c, &t, edit_spec(t.own ? "form" : "extend", ""),
                            t.own ? "entity form" : "entity form view");
}

static enum rc add_part(struct edit_ctx *c, struct edit_target *parent,
                        const char *element, struct str name, const char *words)
{
    struct str after = STR_NONE, before = STR_NONE, text;
    const struct spec_element *spec =
        edit_spec(element, parent->own ? "" : "extend");
    const struct edit_attr fixed = {"name", name};
    struct buf b;
    enum rc rc = edit_check_members(c, c->act, spec, words);

    if (rc == RC_OK)
        rc = edit_need_anchor(c, &after, &before);
    if (rc != RC_OK)
        return rc;
    if (!parent->own && before.n)
        return edit_wrong(c, "before", "wrong_value",
                          "Beside what a package brought, say after which %s "
                          "it stands.",
                          element);
    buf_init(&b, LIMIT_XML_BYTES);
    rc = edit_open_tag(c, &b, spec, c->act, &fixed, 1, true,
                       parent->own ? "after entity form tab section"
                                   : "entity form view tab section");
    buf_adds(&b, "/>");
    if (rc != RC_OK) {
        buf_release(&b);
        return rc;
    }
    rc = edit_finish(c, &b, &text);
    return rc == RC_OK ? edit_put_below(c, parent, element, text, after, before)
                       : rc;
}

/* Is this part there, in the file or, of another package, in the model? */
static enum rc has_part(struct edit_ctx *c, const struct edit_target *t,
                        const char *element, struct str name, bool *out)
{
    const struct form *f = shown_form(c, t);
    struct edit_at at;
    bool own;
    size_t i, k;
    enum rc rc = edit_locate(c, t, 0, &at, &own);

    *out = at.node && edit_child(at.node, element, name, c->a);
    for (i = 0; rc == RC_OK && !t->own && f && i < f->n_tabs; i++) {
        if (!strcmp(element, "tab") && str_eq(f->tabs[i].name, name))
            *out = true;
        for (k = 0; k < f->tabs[i].n_sections; k++)
            if (!strcmp(element, "section") &&
                str_eq(f->tabs[i].sections[k].name, name))
                *out = true;
    }
    return rc;
}

/* A section that says no tab goes into the first, where there are tabs. */
static enum rc first_tab(struct edit_ctx *c, const struct edit_target *t,
                         struct str *out)
{
    const struct xml_node *tab;
    struct edit_at at;
    bool own;
    enum rc rc = edit_locate(c, t, 0, &at, &own);

    tab = rc == RC_OK && at.node ? xml_child(at.node, STR("tab")) : NULL;
    if (tab && !xml_child(at.node, STR("section")))
        *out = xml_value(tab, STR("name"), STR_NONE);
    return rc;
}

/* Make the section or tab, or change it and put it elsewhere. */
static enum rc part(struct edit_ctx *c, const char *element)
{
    struct str name = STR_NONE, tab = STR_NONE;
    const char *words = !strcmp(element, "tab")
                            ? "entity form after before tab"
                            : "entity form after before tab section";
    struct edit_target t;
    bool there = false;
    enum rc rc = form_target(c, true, &t);

    if (rc == RC_OK)
        rc = edit_need(c, element, &name);
    if (rc == RC_OK && !strcmp(element, "section"))
        rc = edit_text(c, c->act, "tab", &tab);
    if (rc == RC_OK)
        rc = has_part(c, &t, element, name, &there);
    if (rc != RC_OK)
        return rc;
    if (!there && t.own && !tab.n && !strcmp(element, "section") &&
        !json_at(c->act, "after") && !json_at(c->act, "before"))
        rc = first_tab(c, &t, &tab);
    if (rc != RC_OK)
        return rc;
    if (!there) {
        if (tab.n && t.own)
            step(&t, "tab", tab, "tab");
        return add_part(c, &t, element, name, words);
    }
    step(&t, element, name, element);
    rc = edit_set_members(c, &t, edit_spec(element, t.own ? "" : "extend"),
                          words);
    if (rc == RC_OK && (json_at(c->act, "after") || json_at(c->act, "before")))
        rc = edit_move(c, &t);
    return rc;
}

enum rc edit_form_tab(struct edit_ctx *c)
{
    return part(c, "tab");
}

enum rc edit_form_section(struct edit_ctx *c)
{
    return part(c, "section");
}

/* The parent of a new place, and what stands before it. */
static enum rc place_parent(struct edit_ctx *c, struct edit_target *t,
                            struct str section, struct str *after,
                            struct str *before)
{
    const struct form *f = shown_form(c, t);
    const struct section *s = NULL;
    struct edit_at at;
    bool own;
    size_t i = 0;
    enum rc rc;

    if (!t->own && before->n) {
        s = section_of(f, *before, &i);
        if (!s || i == 0)
            return edit_wrong(c, "before", "wrong_value",
                              "Beside what a package brought, say after which "
                              "field it stands.");
        *after = s->places[i - 1].field->name;
        *before = STR_NONE;
    }
    if (!section.n && t->own && (after->n || before->n))
        return RC_OK; /* beside its sibling, wherever that stands */
    if (!section.n && !t->own) {
        s = section_of(f, *after, &i);
        s = s ? s : first_section(f);
        section = s ? s->name : STR_NONE;
    }
    if (!section.n) {
        const struct xml_node *n;

        rc = edit_locate(c, t, 0, &at, &own);
        if (rc != RC_OK)
            return rc;
        n = at.node ? xml_child(at.node, STR("tab")) : NULL;
        n = n         ? xml_child(n, STR("section"))
            : at.node ? xml_child(at.node, STR("section"))
                      : NULL;
        section = n ? xml_value(n, STR("name"), STR_NONE) : STR_NONE;
    }
    if (!section.n)
        return edit_wrong(c, "section", "required",
                          "Say in which \"section\" the field stands.");
    step(t, "section", section, "section");
    return RC_OK;
}

static const char PLACE_WORDS[] = "entity form field section after before";

static enum rc new_place(struct edit_ctx *c, struct edit_target *t,
                         struct str field)
{
    const struct spec_element *spec =
        edit_spec("place", t->own ? "" : "extend/section");
    struct str after = STR_NONE, before = STR_NONE, section = STR_NONE, text;
    struct edit_attr fixed[2] = {{"field", field}, {"after", STR_NONE}};
    struct buf b;
    enum rc rc = edit_check_members(c, c->act, spec, PLACE_WORDS);

    if (rc == RC_OK)
        rc = edit_need_anchor(c, &after, &before);
    if (rc == RC_OK)
        rc = edit_text(c, c->act, "section", &section);
    if (rc == RC_OK)
        rc = place_parent(c, t, section, &after, &before);
    if (rc != RC_OK)
        return rc;
    if (!t->own)
        fixed[1].value = after;
    buf_init(&b, LIMIT_XML_BYTES);
    rc = edit_open_tag(c, &b, spec, c->act, fixed, 2, true, "");
    buf_adds(&b, "/>");
    if (rc != RC_OK) {
        buf_release(&b);
        return rc;
    }
    rc = edit_finish(c, &b, &text);
    return rc == RC_OK ? edit_put_below(c, t, "place", text, after, before)
                       : rc;
}

/* Its element as it is written, taken out and put into another section. */
static enum rc to_section(struct edit_ctx *c, const struct edit_target *t,
                          struct str field, struct str section)
{
    struct edit_target parent = *t;
    struct str after = STR_NONE, before = STR_NONE, text;
    struct xml_doc *doc;
    struct edit_at at;
    bool own;
    enum rc rc = edit_locate(c, t, t->n, &at, &own);

    if (rc == RC_OK)
        rc = edit_need_anchor(c, &after, &before);
    if (rc != RC_OK)
        return rc;
    if (!t->own)
        return edit_wrong(
            c, "section", "not_yours",
            "\"%.*s\" stays in its section of a form that package "
            "%.*s brought; write a form of yours.",
            STR_ARG(field), STR_ARG(t->home.package));
    rc = edit_doc(c->e, at.file, &doc, c->err);
    if (rc != RC_OK)
        return rc;
    text = edit_outdent(c->a, doc, at.node);
    if (!text.p)
        return edit_no_memory(c->err);
    rc = edit_remove(c->e, at, c->err);
    parent.n = 0;
    step(&parent, "section", section, "section");
    return rc == RC_OK
               ? edit_put_below(c, &parent, "place", text, after, before)
               : rc;
}

static enum rc move_place(struct edit_ctx *c, const struct edit_target *t,
                          struct str field)
{
    struct str section = STR_NONE;
    enum rc rc = edit_text(c, c->act, "section", &section);

    if (rc != RC_OK)
        return rc;
    return section.n ? to_section(c, t, field, section) : edit_move(c, t);
}

enum rc edit_form_place(struct edit_ctx *c)
{
    struct str field = STR_NONE;
    struct edit_target t, one;
    struct edit_at at;
    size_t i;
    bool own, there;
    enum rc rc = form_target(c, true, &t);

    if (rc == RC_OK)
        rc = edit_need(c, "field", &field);
    if (rc == RC_OK)
        rc = edit_locate(c, &t, 0, &at, &own);
    if (rc != RC_OK)
        return rc;
    there = (at.node && edit_child(at.node, "place", field, c->a)) ||
            (!t.own && section_of(shown_form(c, &t), field, &i));
    if (!there)
        return new_place(c, &t, field);
    one = t;
    place_step(c, &one, field);
    rc = edit_set_members(c, &one,
                          edit_spec("place", t.own ? "" : "extend/section"),
                          PLACE_WORDS);
    if (rc == RC_OK && (json_at(c->act, "after") || json_at(c->act, "before") ||
                        json_at(c->act, "section")))
        rc = move_place(c, &one, field);
    return rc;
}

/* "field", "section" or "tab": the one the act names. */
static enum rc named_part(struct edit_ctx *c, struct edit_target *t,
                          struct str *field)
{
    struct str section = STR_NONE, tab = STR_NONE;
    enum rc rc = edit_check_members(c, c->act, NULL,
                                    "entity form field section tab after "
                                    "before");

    if (rc == RC_OK)
        rc = form_target(c, true, t);
    if (rc == RC_OK)
        rc = edit_text(c, c->act, "field", field);
    if (rc == RC_OK)
        rc = edit_text(c, c->act, "section", &section);
    if (rc == RC_OK)
        rc = edit_text(c, c->act, "tab", &tab);
    if (rc != RC_OK)
        return rc;
    if (field->n)
        place_step(c, t, *field);
    else if (section.n)
        step(t, "section", section, "section");
    else if (tab.n)
        step(t, "tab", tab, "tab");
    else
        return edit_wrong(c, "field", "required",
                          "Say which \"field\", \"section\" or \"tab\".");
    return RC_OK;
}

enum rc edit_form_move(struct edit_ctx *c)
{
    struct str field = STR_NONE;
    struct edit_target t;
    enum rc rc = named_part(c, &t, &field);

    if (rc != RC_OK)
        return rc;
    return field.n ? move_place(c, &t, field) : edit_move(c, &t);
}

enum rc edit_form_remove(struct edit_ctx *c)
{
    struct str field = STR_NONE;
    struct edit_target t;
    enum rc rc = named_part(c, &t, &field);
    const char *element = rc == RC_OK ? t.steps[t.n - 1].element : "";

    if (rc != RC_OK)
        return rc;
    return edit_take_away(c, &t,
                          !strcmp(element, "place")     ? "hidden"
                          : !strcmp(element, "section") ? "hide-when"
                                                        : NULL);
}
