/*
 * edit_uses - where definitions name a field: in attributes that are names or
 * paths, in expressions, in keys of translations.
 *
 * The table says of every such attribute of the spec table whose fields it
 * names; a test has it complete. Expressions are compiled over the running model
 * and their own positions are taken (fx_ast.h), so a field of the same name of
 * another entity, a text, a parameter are never touched.
 */
#include "model/edit_uses.h"

#include "fx/fx_ast.h"

struct row {
    const char *element, *attr;
    enum use_kind kind;
};
static const struct row ROWS[] = {
    {"card", "badge", USE_PATH},        {"card", "subtitle", USE_PATH},
    {"card", "title", USE_PATH},        {"check", "field", USE_NAME},
    {"collection", "by", USE_OTHER},    {"collection", "order", USE_OTHER},
    {"column", "after", USE_PATH},      {"column", "field", USE_PATH},
    {"column", "ref", USE_PATH},        {"columns", "by", USE_NAME},
    {"csv", "key", USE_NAME},           {"entity", "import-key", USE_NAME},
    {"entity", "search", USE_PATHS},    {"extend", "search", USE_PATHS},
    {"fact", "field", USE_NAME},        {"field", "after", USE_NAME},
    {"field", "filter", USE_TARGET_FX}, {"field", "ref", USE_NAME},
    {"filter", NULL, USE_FX},           {"grid", "columns", USE_OTHERS},
    {"group", "by", USE_PATH},          {"header", "sum", USE_NAME},
    {"index", "fields", USE_NAMES},     {"move", "ask", USE_NAMES},
    {"move", "require", USE_NAMES},     {"path", "field", USE_NAME},
    {"place", "after", USE_NAME},       {"place", "field", USE_NAME},
    {"place", "ref", USE_NAME},         {"record", "key", USE_NAME},
    {"sort", "by", USE_PATH},           {"status", "after", USE_NAME},
    {"status", "ref", USE_NAME},        {"t", "k", USE_KEY},
    {"unique", "fields", USE_NAMES},    {"v", "f", USE_NAME},
};

enum use_kind edit_use_of(const char *element, const char *attr)
{
    const struct spec_element *v;
    size_t n = spec_elements(&v), i, k;

    for (i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        if (!strcmp(ROWS[i].element, element) &&
            !strcmp(ROWS[i].attr ? ROWS[i].attr : "", attr ? attr : ""))
            return ROWS[i].kind;
    for (i = 0; attr && i < n; i++)
        for (k = 0; k < v[i].n_attrs && !strcmp(v[i].name, element); k++)
            if (!strcmp(v[i].attrs[k].name, attr))
                return v[i].attrs[k].type == SPEC_FX ? USE_FX : USE_NONE;
    return USE_NONE;
}

/* One walk over one file. */
struct walk {
    const struct model *m;
    struct str package;
    const struct xml_doc *doc;
    const struct field *f;
    struct arena *a;
    struct uses *out;
    bool nomem;
};

/* What is looked through: an attribute's value, or a text. */
struct piece {
    const struct xml_attr *attr;
    const struct xml_node *text;
    struct str value;
};

static void found(struct walk *w, const struct piece *p, size_t at, size_t n)
{
    struct use u;

    if (p->attr) {
        u.from = xml_attr_offset(w->doc, p->attr, (uint32_t)at);
        u.to = xml_attr_offset(w->doc, p->attr, (uint32_t)(at + n));
    } else {
        u.from = xml_text_offset(w->doc, p->text, (uint32_t)at);
        u.to = xml_text_offset(w->doc, p->text, (uint32_t)(at + n));
    }
    w->nomem = w->nomem || !VEC_PUSH(w->a, &w->out->at, u);
}

static size_t offset_in(const struct piece *p, struct str part)
{
    return (size_t)(part.p - p->value.p);
}

static const struct entity *target(const struct field *f)
{
    return f && f->n_targets == 1 ? f->targets[0] : NULL;
}

/* account.owner.name, from an entity on. */
static void look_path(struct walk *w, const struct piece *p, struct str path,
                      const struct entity *e)
{
    struct str rest = path, name;

    if (path.n && path.p[0] == '-')
        rest = str_sub(path, 1, path.n);
    while (e && str_split(&rest, '.', &name)) {
        const struct field *f = entity_field(e, name);

        if (f == w->f)
            found(w, p, offset_in(p, name), name.n);
        e = target(f);
    }
}

static void look_names(struct walk *w, const struct piece *p,
                       const struct entity *e)
{
    struct str rest = p->value, word;

    while (str_word(&rest, &word))
        look_path(w, p, word, e);
}

static void look_fx(struct walk *w, const struct piece *p,
                    const struct entity *e, const struct entity *outer)
{
    const struct fx_opts opts = {.schema = &w->m->schema,
                                 .entity = e,
                                 .use = FX_USE_VALUE | FX_USE_CONDITION |
                                        FX_USE_FILTER | FX_USE_SEED,
                                 .this_entity = outer};
    const struct fx_expr *x = NULL;
    struct fx_fault fault;
    size_t lead = 0, i;
    struct str source = str_trim(p->value);
    enum rc rc;

    if (!source.n || str_find(source, w->f->name) < 0)
        return;
    lead = offset_in(p, source);
    rc = fx_compile(source, &opts, w->a, &x, &fault);
    if (rc == RC_NOMEM)
        w->nomem = true;
    else if (rc != RC_OK) {
        uint32_t at = p->attr ? p->attr->value_span.from : p->text->span.from;

        w->nomem = w->nomem || !VEC_PUSH(w->a, &w->out->unknown, at);
    }
    for (i = 0; x && i < x->n_uses; i++)
        if (x->uses[i].handle == w->f)
            found(w, p, lead + x->uses[i].at, x->uses[i].length);
}

/* default="new" of a choice is a code, not an expression. */
static bool is_code(const struct walk *w, const struct xml_node *el,
                    const struct piece *p, const struct entity *e)
{
    struct str name = xml_value(el, STR("name"), STR_NONE);
    const struct field *f =
        e ? entity_field(e, name.n ? name : xml_value(el, STR("ref"), STR_NONE))
          : NULL;

    (void)w;
    return str_is(p->attr ? p->attr->name : STR(""), "default") && f &&
           f->n_options && field_option(f, p->value);
}

/* field.F help.F F.CODE form.X.place.F view.X.column.PATH */
static void look_key(struct walk *w, const struct piece *p,
                     const struct entity *e)
{
    struct str rest = p->value, part[5] = {{NULL, 0}}, path;
    size_t n = 0;

    if (!e)
        return;
    while (n < 5 && str_split(&rest, '.', &part[n]))
        n++;
    if (n == 2 && (str_is(part[0], "field") || str_is(part[0], "help")))
        look_path(w, p, part[1], e);
    else if (n == 4 && str_is(part[0], "form") && str_is(part[2], "place"))
        look_path(w, p, part[3], e);
    else if (n >= 4 && str_is(part[0], "view") && str_is(part[2], "column")) {
        path = str_of(part[3].p, (size_t)(p->value.p + p->value.n - part[3].p));
        look_path(w, p, path, e);
    } else if (n == 2 && entity_field(e, part[0]) == w->f && w->f->n_options) {
        found(w, p, offset_in(p, part[0]), part[0].n);
    }
}

static const struct entity *named(const struct walk *w, struct str name)
{
    ptrdiff_t colon = str_chr(name, ':'), dot;

    if (colon < 0)
        return model_entity_in(w->m, w->package, name);
    dot = str_chr(str_sub(name, (size_t)colon, name.n), '.');
    return model_entity(
        w->m, dot < 0 ? name : str_sub(name, 0, (size_t)(colon + dot)));
}

/* Whose fields bare names of this element are. */
static const struct entity *subject(const struct walk *w,
                                    const struct xml_node *el)
{
    static const char *const ATTRS[] = {"entity", "form", "view"};
    size_t i;

    for (; el; el = el->parent) {
        if (str_is(el->name, "entity") || str_is(el->name, "link"))
            return named(w, xml_value(el, STR("name"), STR_NONE));
        if (str_is(el->name, "item"))
            continue;
        for (i = 0; i < 3; i++) {
            const struct xml_attr *a = xml_attr(el, str_c(ATTRS[i]));

            if (a && (i == 0 || str_is(el->name, "extend")))
                return named(w, a->value);
        }
    }
    return NULL;
}

/* The entity whose records the element's lines are. */
static const struct entity *other(const struct walk *w,
                                  const struct xml_node *el,
                                  const struct entity *e)
{
    const struct collection *c;

    if (str_is(el->name, "collection"))
        return named(w, xml_value(el, STR("of"), STR_NONE));
    c = e ? entity_collection(e, xml_value(el, STR("collection"), STR_NONE))
          : NULL;
    return c ? c->child : NULL;
}

static const struct entity *points_to(const struct walk *w,
                                      const struct xml_node *el,
                                      const struct entity *e)
{
    struct str name = xml_value(el, STR("name"), STR_NONE);
    const struct field *f;

    if (!name.n)
        name = xml_value(el, STR("ref"), STR_NONE);
    f = e ? entity_field(e, name) : NULL;
    (void)w;
    return target(f);
}

static void look(struct walk *w, const struct xml_node *el,
                 const struct piece *p, enum use_kind kind,
                 const struct entity *e)
{
    switch (kind) {
    case USE_NONE:
        break;
    case USE_NAME:
    case USE_PATH:
        look_path(w, p, p->value, e);
        break;
    case USE_NAMES:
    case USE_PATHS:
        look_names(w, p, e);
        break;
    case USE_OTHER:
    case USE_OTHERS:
        look_names(w, p, other(w, el, e));
        break;
    case USE_FX:
        if (!is_code(w, el, p, e))
            look_fx(w, p, e, NULL);
        break;
    case USE_TARGET_FX:
        look_fx(w, p, points_to(w, el, e), e);
        break;
    case USE_KEY:
        look_key(w, p, e);
        break;
    }
}

static void look_element(struct walk *w, const struct xml_node *el)
{
    const struct entity *e = subject(w, el);
    const struct spec_element *spec = spec_of(el);
    const struct xml_node *n;
    size_t i;

    for (i = 0; spec && i < el->n_attrs; i++) {
        const struct xml_attr *a = &el->attrs[i];
        const struct spec_attr *s = spec_attr_find(spec, a->name);
        struct piece p = {a, NULL, a->value};

        if (s)
            look(w, el, &p, edit_use_of(spec->name, s->name), e);
    }
    for (n = el->first; spec && n; n = n->next) {
        struct piece p = {NULL, n, n->text};

        if (n->kind == XML_TEXT)
            look(w, el, &p, edit_use_of(spec->name, NULL), e);
    }
    for (n = xml_first_element(el); n; n = xml_next_element(n))
        look_element(w, n);
}

enum rc edit_uses(const struct model *m, struct str package,
                  const struct xml_doc *doc, const struct field *f,
                  struct arena *a, struct uses *out, struct err *err)
{
    struct walk w = {m, package, doc, f, a, out, false};

    look_element(&w, doc->root);
    return w.nomem ? edit_no_memory(err) : RC_OK;
}
