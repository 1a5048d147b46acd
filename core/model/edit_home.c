/*
 * edit_home - the element an act speaks of: in an own definition, or in an
 * extension of another's; and the way to it, made where it is missing.
 */
#include "model/edit_in.h"

#include "base/limits.h"

/* --- entities ------------------------------------------------------------------ */

static struct str nearest_entity(struct edit_ctx *c, struct str wrong)
{
    const struct model *m = c->e->model;
    struct str *names = ARENA_ARRAY(c->a, struct str, m->n_entities + 1);
    size_t i;

    for (i = 0; names && i < m->n_entities; i++)
        names[i] = m->entities[i]->qname;
    return names ? str_nearest(wrong, names, m->n_entities) : STR_NONE;
}

enum rc edit_home_of(struct edit_ctx *c, struct edit_home *out)
{
    struct edit_home home = {0};
    struct edit_at at;
    struct str near;
    ptrdiff_t colon;
    enum rc rc = edit_need(c, "entity", &home.qname);

    if (rc != RC_OK)
        return rc;
    home.qname = edit_qualify(c->a, home.qname);
    if (!home.qname.p)
        return edit_no_memory(c->err);
    colon = str_chr(home.qname, ':');
    home.package = str_sub(home.qname, 0, (size_t)colon);
    home.name = str_sub(home.qname, (size_t)colon + 1, home.qname.n);
    home.entity = model_entity(c->e->model, home.qname);
    rc = edit_definition(c->e, "entity", home.qname, STR_NONE, &at, c->err);
    if (rc == RC_OK && !at.node)
        rc = edit_definition(c->e, "link", home.qname, STR_NONE, &at, c->err);
    if (rc != RC_OK)
        return rc;
    home.own = at.node != NULL;
    if (!home.own && (!home.entity || str_is(home.package, "local"))) {
        near = nearest_entity(c, home.qname);
        return edit_wrong(c, "entity", "not_found",
                          near.n ? "There is no entity \"%.*s\"; did you mean "
                                   "\"%.*s\"?"
                                 : "There is no entity \"%.*s\".%.*s",
                          STR_ARG(home.qname), STR_ARG(near));
    }
    *out = home;
    return RC_OK;
}

/* --- does the running model have it? ---------------------------------------------- */

static bool form_has(const struct form *f, const struct edit_step *s)
{
    size_t i, k, p;

    for (i = 0; f && i < f->n_tabs; i++) {
        if (!strcmp(s->element, "tab") && str_eq(f->tabs[i].name, s->key))
            return true;
        for (k = 0; k < f->tabs[i].n_sections; k++) {
            const struct section *q = &f->tabs[i].sections[k];

            if (!strcmp(s->element, "section") && str_eq(q->name, s->key))
                return true;
            for (p = 0; p < q->n_places; p++)
                if (!strcmp(s->element, "place") &&
                    str_eq(q->places[p].field->name, s->key))
                    return true;
        }
    }
    return false;
}

static const struct form *model_form(const struct model *m,
                                     const struct entity *e, struct str name)
{
    size_t i;

    for (i = 0; i < m->n_forms; i++)
        if (m->forms[i]->entity == e && !m->forms[i]->generated &&
            str_eq(m->forms[i]->name, name))
            return m->forms[i];
    return NULL;
}

static bool field_has(const struct field *f, const struct edit_step *s)
{
    size_t i;

    if (!strcmp(s->element, "option") || !strcmp(s->element, "state"))
        return field_option(f, s->key) != NULL;
    for (i = 0; i < f->n_moves; i++)
        if (!strcmp(s->element, "move") && str_eq(f->moves[i].name, s->key))
            return true;
    return false;
}

static bool view_has(const struct view *v, const struct edit_step *s)
{
    size_t i;

    for (i = 0; v && i < v->n_columns; i++)
        if (!strcmp(s->element, "column") && str_eq(v->columns[i].path, s->key))
            return true;
    return false;
}

/* Of another package, that is: what is own has been looked for in its file. */
static bool model_has(struct edit_ctx *c, const struct edit_target *t, size_t n)
{
    const struct entity *e = t->home.entity;
    const struct field *f;

    if (!e)
        return false;
    if (!strcmp(t->kind, "form"))
        return n == 0 ? model_form(c->e->model, e, t->name) != NULL
                      : form_has(model_form(c->e->model, e, t->name),
                                 &t->steps[n - 1]);
    if (!strcmp(t->kind, "view"))
        return n == 0 ? entity_view(c->e->model, e, t->name) != NULL
                      : view_has(entity_view(c->e->model, e, t->name),
                                 &t->steps[n - 1]);
    if (n == 0)
        return true;
    f = entity_field(e, t->steps[0].key);
    if (!f || (f->flags & FIELD_SYSTEM))
        return false;
    return n == 1 || field_has(f, &t->steps[1]);
}

/* --- where it stands ------------------------------------------------------------------ */

struct search {
    struct edit_ctx *c;
    const struct edit_target *t;
    size_t n;
    const char *attr; /* of <extend> */
    struct str target;
    const struct xml_node *found;
};

static const struct xml_node *descend(const struct edit_target *t, size_t n,
                                      const struct xml_node *el,
                                      struct arena *a)
{
    size_t i;

    for (i = 0; el && i < n; i++)
        el = edit_child(el, t->steps[i].element, t->steps[i].key, a);
    return el;
}

static bool leads_there(void *arg, const struct xml_node *el)
{
    struct search *s = arg;
    struct str target = xml_value(el, str_c(s->attr), STR_NONE);

    if (!str_is(el->name, "extend") || !target.n ||
        !str_eq(edit_qualify(s->c->a, target), s->target))
        return false;
    s->found = descend(s->t, s->n, el, s->c->a);
    return s->found != NULL;
}

/* "crm:deal" or "crm:deal.main". */
static struct str extended(struct edit_ctx *c, const struct edit_target *t)
{
    return t->name.n ? str_fmt(c->a, "%.*s.%.*s", STR_ARG(t->home.qname),
                               STR_ARG(t->name))
                     : t->home.qname;
}

static enum rc in_extension(struct edit_ctx *c, const struct edit_target *t,
                            size_t n, struct edit_at *out)
{
    struct search s = {c, t, n, t->kind, extended(c, t), NULL};
    enum rc rc = edit_find(c->e, leads_there, &s, out, c->err);

    if (rc == RC_OK && out->node)
        out->node = s.found;
    return rc;
}

static enum rc in_definition(struct edit_ctx *c, const struct edit_target *t,
                             size_t n, struct edit_at *out)
{
    enum rc rc =
        edit_definition(c->e, t->kind, t->home.qname, t->name, out, c->err);

    if (rc == RC_OK && !out->node && !strcmp(t->kind, "entity"))
        rc =
            edit_definition(c->e, "link", t->home.qname, STR_NONE, out, c->err);
    if (rc == RC_OK && out->node)
        out->node = descend(t, n, out->node, c->a);
    return rc;
}

enum rc edit_locate(struct edit_ctx *c, const struct edit_target *t, size_t n,
                    struct edit_at *out, bool *own)
{
    struct edit_at at = {0, NULL};
    const struct edit_step *s = n ? &t->steps[n - 1] : NULL;
    enum rc rc =
        t->own ? in_definition(c, t, n, &at) : in_extension(c, t, n, &at);

    if (rc != RC_OK)
        return rc;
    if (!at.node && (t->own || !model_has(c, t, n)))
        return edit_wrong(c, n ? t->members[n - 1] : t->kind, "not_found",
                          "%.*s has no %s \"%.*s\".",
                          STR_ARG(n > 1 ? t->steps[n - 2].key : t->home.qname),
                          s ? s->element : t->kind,
                          STR_ARG(s ? s->key : t->name));
    *own = t->own || (n && at.node && !xml_attr(at.node, STR("ref")));
    *out = at;
    return RC_OK;
}

/* --- making the way ---------------------------------------------------------------------- */

static void add_indented(struct buf *b, struct str text, struct str unit,
                         size_t depth)
{
    struct str line;
    size_t i;

    while (str_split(&text, '\n', &line)) {
        for (i = 0; i < depth; i++)
            buf_add(b, unit);
        buf_add(b, line);
        buf_addc(b, '\n');
    }
}

/* `from` is the first step that is missing; 0: the extension itself is. */
static enum rc wrap(struct edit_ctx *c, const struct edit_target *t,
                    size_t from, struct str unit, struct str fragment,
                    struct str *out)
{
    size_t depth = 0, i, n = t->n + 1;
    struct buf b;

    buf_init(&b, LIMIT_XML_BYTES);
    for (i = from; i < n; i++) {
        struct str key = i ? t->steps[i - 1].key : extended(c, t);
        size_t k;

        for (k = 0; k < depth; k++)
            buf_add(&b, unit);
        depth++;
        buf_addf(&b, "<%s %s=\"", i ? t->steps[i - 1].element : "extend",
                 i ? "ref" : t->kind);
        xml_escape_attr(&b, key);
        buf_adds(&b, "\">\n");
    }
    add_indented(&b, fragment, unit, depth);
    for (i = n; i > from; i--) {
        size_t k;

        depth--;
        for (k = 0; k < depth; k++)
            buf_add(&b, unit);
        buf_addf(&b, "</%s>\n", i > 1 ? t->steps[i - 2].element : "extend");
    }
    if (b.n && !b.failed)
        b.n--; /* the last line break is the file's */
    return edit_finish(c, &b, out);
}

static enum rc new_bundle(struct edit_ctx *c, struct str path,
                          struct str fragment)
{
    struct str text;
    struct buf b;
    enum rc rc;

    buf_init(&b, LIMIT_XML_BYTES);
    buf_adds(&b, "<bundle>\n");
    add_indented(&b, fragment, STR("  "), 1);
    buf_adds(&b, "</bundle>\n");
    rc = edit_finish(c, &b, &text);
    return rc == RC_OK ? edit_put(c->e, path, text, c->err) : rc;
}

struct str edit_entity_word(const struct edit_home *home)
{
    return str_is(home->package, "local") ? home->name : home->qname;
}

struct str edit_stem(struct arena *a, const struct edit_home *home)
{
    return str_is(home->package, "local")
               ? home->name
               : str_fmt(a, "%.*s.%.*s", STR_ARG(home->package),
                         STR_ARG(home->name));
}

/* A file of this path that has room for one more definition. */
static enum rc into_bundle(struct edit_ctx *c, struct str path,
                           struct str definition, bool *done)
{
    struct edit_file *f = edit_file_of(c->e, path);
    struct xml_doc *doc;
    size_t at;
    enum rc rc;

    *done = false;
    if (!f || !f->text.p)
        return RC_OK;
    at = (size_t)(f - c->e->files.v);
    rc = edit_doc(c->e, at, &doc, c->err);
    if (rc != RC_OK || !str_is(doc->root->name, "bundle"))
        return rc;
    *done = true;
    return edit_insert(c->e, (struct edit_at){at, doc->root}, XML_LAST_CHILD,
                       definition, c->err);
}

enum rc edit_define(struct edit_ctx *c, const char *folder, struct str stem,
                    struct str name, bool bundle, struct str definition)
{
    struct str path = str_fmt(c->a, "%s/%.*s.xml", folder, STR_ARG(stem));
    struct str beside =
        str_fmt(c->a, "%s/%.*s.%.*s.xml", folder, STR_ARG(stem), STR_ARG(name));
    struct edit_file *f;
    bool done = false;
    enum rc rc;

    if (!path.p || !beside.p)
        return edit_no_memory(c->err);
    rc = into_bundle(c, path, definition, &done);
    if (rc != RC_OK || done)
        return rc;
    f = edit_file_of(c->e, path);
    if (f && f->text.p) {
        path = beside;
        f = edit_file_of(c->e, path);
        rc = into_bundle(c, path, definition, &done);
        if (rc != RC_OK || done)
            return rc;
    }
    if (f && f->text.p)
        return edit_wrong(c, NULL, "wrong_value",
                          "%.*s is not a <bundle>; put its definitions into "
                          "one, so that this change finds room.",
                          STR_ARG(path));
    if (bundle)
        return new_bundle(c, path, definition);
    definition = str_fmt(c->a, "%.*s\n", STR_ARG(definition));
    return definition.p ? edit_put(c->e, path, definition, c->err)
                        : edit_no_memory(c->err);
}

enum rc edit_extend(struct edit_ctx *c, const struct edit_target *t,
                    struct str extension)
{
    struct str stem = edit_stem(c->a, &t->home);

    return stem.p ? edit_define(c, "extend", stem,
                                t->name.n ? t->name : STR("2"), true, extension)
                  : edit_no_memory(c->err);
}

/* The last sibling of the same kind, for what says no place of its own. */
static const struct xml_node *last_of(const struct xml_node *parent,
                                      const char *element)
{
    const struct xml_node *n, *last = NULL;
    bool is_field = !strcmp(element, "field") || !strcmp(element, "status");

    for (n = xml_first_element(parent); n; n = xml_next_element(n))
        if (str_eq(n->name, str_c(element)) ||
            (is_field &&
             (str_is(n->name, "field") || str_is(n->name, "status"))))
            last = n;
    return last;
}

static enum rc beside(struct edit_ctx *c, struct edit_at at,
                      const char *element, struct str after, struct str before,
                      struct str fragment)
{
    const struct xml_node *to = last_of(at.node, element);
    enum xml_place place = to ? XML_AFTER : XML_LAST_CHILD;

    if (after.n || before.n) {
        const char *member = after.n ? "after" : "before";

        to = edit_child(at.node, element, after.n ? after : before, c->a);
        if (!to && !strcmp(element, "status"))
            to = edit_child(at.node, "field", after.n ? after : before, c->a);
        if (!to)
            return edit_wrong(c, member, "not_found",
                              "There is no %s \"%.*s\" to stand beside.",
                              element, STR_ARG(after.n ? after : before));
        place = after.n ? XML_AFTER : XML_BEFORE;
    }
    return edit_insert(c->e, (struct edit_at){at.file, to ? to : at.node},
                       place, fragment, c->err);
}

enum rc edit_put_below(struct edit_ctx *c, const struct edit_target *t,
                       const char *element, struct str fragment,
                       struct str after, struct str before)
{
    struct edit_at at = {0, NULL};
    struct xml_doc *doc = NULL;
    struct str text;
    size_t n;
    bool own = false;
    enum rc rc = edit_locate(c, t, t->n, &at, &own);

    if (rc != RC_OK)
        return rc;
    if (at.node && own)
        return beside(c, at, element, after, before, fragment);
    if (at.node) /* where it stands says an attribute */
        return beside(c, at, element, STR_NONE, STR_NONE, fragment);
    for (n = t->n; n > 0 && !at.node; n--) {
        rc = in_extension(c, t, n - 1, &at);
        if (rc != RC_OK)
            return rc;
    }
    if (!at.node) {
        rc = wrap(c, t, 0, STR("  "), fragment, &text);
        return rc == RC_OK ? edit_extend(c, t, text) : rc;
    }
    rc = edit_doc(c->e, at.file, &doc, c->err);
    if (rc == RC_OK)
        rc = wrap(c, t, n + 1, edit_unit(doc), fragment, &text);
    if (rc != RC_OK)
        return rc;
    return beside(c, at, t->steps[n].element, STR_NONE, STR_NONE, text);
}
