/*
 * edit_read - what is defined, layer by layer, for whoever wants to change it.
 *
 * The compiled model has forgotten who said what, so the files are read again:
 * those that speak of the entity, some 5 ms for the CRM.
 */
#include "model/edit_in.h"

#include "model/field/field.h"

struct layer {
    const struct package *package;
    const struct xml_doc *doc;
    const struct xml_node *el;
};
struct reading {
    const struct model *m;
    const struct edit_what *what;
    struct str qname;
    struct arena *a;
    VEC(struct layer) layers;
    enum rc rc;
};

/* --- gathering ------------------------------------------------------------------ */

static struct str qualified(struct reading *r, const struct package *p,
                            struct str name)
{
    struct str s =
        str_chr(name, ':') >= 0
            ? name
            : str_fmt(r->a, "%.*s:%.*s", STR_ARG(p->id), STR_ARG(name));

    if (!s.p)
        r->rc = RC_NOMEM;
    return s.p ? s : STR("");
}

static bool is_subject(struct reading *r, const struct package *p,
                       const struct xml_node *el)
{
    const struct edit_what *w = r->what;
    struct str part = w->form.n ? w->form : w->view;
    const char *kind = w->form.n ? "form" : w->view.n ? "view" : "entity";
    struct str target, name = xml_value(el, STR("name"), STR_NONE);

    if (str_is(el->name, "extend")) {
        target = xml_value(el, str_c(kind), STR_NONE);
        if (!target.n)
            return false;
        target = qualified(r, p, target);
        if (!part.n)
            return str_eq(target, r->qname);
        return target.n == r->qname.n + 1 + part.n &&
               str_starts(target, r->qname) && str_ends(target, part) &&
               target.p[r->qname.n] == '.';
    }
    if (!part.n)
        return (str_is(el->name, "entity") || str_is(el->name, "link")) &&
               str_eq(qualified(r, p, name), r->qname);
    return str_eq(el->name, str_c(kind)) && str_eq(name, part) &&
           str_eq(qualified(r, p, xml_value(el, STR("entity"), STR_NONE)),
                  r->qname);
}

static void take(struct reading *r, const struct package *p,
                 const struct xml_doc *doc, const struct xml_node *el)
{
    size_t i;

    for (i = 0; el && i < r->what->n; i++)
        el = edit_child(el, r->what->steps[i].element, r->what->steps[i].key,
                        r->a);
    if (el && !VEC_PUSH(r->a, &r->layers, (struct layer){p, doc, el}))
        r->rc = RC_NOMEM;
}

static void read_file(struct reading *r, const struct package *p,
                      const struct package_file *f, bool extensions)
{
    const struct xml_node *n;
    struct xml_doc *doc;
    enum rc rc;

    if (!str_ends(f->path, STR(".xml")) || str_is(f->path, "package.xml"))
        return;
    rc = xml_parse(f->path, f->text, r->a, &doc, NULL);
    if (rc == RC_NOMEM)
        r->rc = rc;
    if (rc != RC_OK)
        return;
    n = str_is(doc->root->name, "bundle") ? xml_first_element(doc->root)
                                          : doc->root;
    for (; n; n = n->parent ? xml_next_element(n) : NULL)
        if (str_is(n->name, "extend") == extensions && is_subject(r, p, n))
            take(r, p, doc, n);
}

/* As they are laid over each other: a package's definitions, then its
   extensions. */
static void gather(struct reading *r)
{
    size_t i, k;
    int pass;

    for (i = 0; i < r->m->n_packages; i++) {
        const struct package *p = r->m->packages[i];
        const struct package_src *src = p->sources;

        for (pass = 0; src && pass < 2; pass++)
            for (k = 0; k < src->n && r->rc == RC_OK; k++)
                read_file(r, p, &src->files[k], pass == 1);
    }
}

/* --- writing ----------------------------------------------------------------------- */

static const char *const TYPES[] = {
    [SPEC_NAME] = "name",       [SPEC_PACKAGE] = "package",
    [SPEC_ENTITY] = "entity",   [SPEC_PATH] = "path",
    [SPEC_NAMES] = "names",     [SPEC_TEXT] = "text",
    [SPEC_BOOL] = "bool",       [SPEC_INT] = "int",
    [SPEC_ENUM] = "enum",       [SPEC_FX] = "fx",
    [SPEC_VERSION] = "version", [SPEC_RANGE] = "range",
    [SPEC_COLOR] = "color",     [SPEC_ICON] = "icon",
    [SPEC_FILE] = "file",       [SPEC_CODE] = "code",
    [SPEC_SIZE] = "size",       [SPEC_RAW] = "raw"};

static void write_spec(struct json_w *w, const struct spec_attr *s)
{
    size_t i;

    json_kv(w, "name", str_c(s->name));
    json_kv(w, "type", str_c(TYPES[s->type]));
    json_kv(w, "doc", str_c(s->doc));
    json_kv_bool(w, "required", s->required);
    json_k(w, "default");
    if (s->fallback)
        json_w_str(w, str_c(s->fallback));
    else
        json_w_null(w);
    if (!s->values)
        return;
    json_k(w, "values");
    json_arr_begin(w);
    for (i = 0; s->values[i]; i++)
        json_w_str(w, str_c(s->values[i]));
    json_arr_end(w);
}

static bool is_local(const struct layer *l)
{
    return str_is(l->package->id, "local");
}

static void write_property(struct reading *r, struct json_w *w,
                           const struct spec_attr *s)
{
    const struct xml_attr *last = NULL, *vendor = NULL;
    const struct layer *by = NULL;
    struct xml_pos pos;
    size_t i;

    for (i = 0; i < r->layers.n; i++) {
        const struct layer *l = &r->layers.v[i];
        const struct xml_attr *a = xml_attr(l->el, str_c(s->name));

        if (!a)
            continue;
        last = a;
        by = l;
        if (!is_local(l))
            vendor = a;
    }
    json_obj_begin(w);
    write_spec(w, s);
    json_k(w, "value");
    if (!last) {
        json_w_null(w);
        json_obj_end(w);
        return;
    }
    json_w_str(w, last->value);
    pos = xml_pos_at(by->doc, last->value_span.from);
    json_kv(w, "from", by->package->id);
    json_kv(w, "file", by->doc->file);
    json_kv_i64(w, "line", pos.line);
    json_kv_i64(w, "column", pos.column);
    json_kv_bool(w, "overridden", is_local(by) && !is_local(&r->layers.v[0]));
    if (is_local(by) && !is_local(&r->layers.v[0])) {
        json_k(w, "vendor");
        if (vendor)
            json_w_str(w, vendor->value);
        else
            json_w_null(w);
    }
    json_obj_end(w);
}

static bool is_listed(const struct reading *r, const struct xml_node *el,
                      size_t layer)
{
    const struct xml_node *n;
    size_t i;

    for (i = 0; i < layer; i++)
        for (n = xml_first_element(r->layers.v[i].el); n;
             n = xml_next_element(n))
            if (str_eq(n->name, el->name) &&
                str_eq(edit_key(n, r->a), edit_key(el, r->a)))
                return true;
    return false;
}

static void write_inside(struct reading *r, struct json_w *w)
{
    const struct xml_node *n;
    size_t i;

    json_k(w, "children");
    json_arr_begin(w);
    for (i = 0; i < r->layers.n; i++)
        for (n = xml_first_element(r->layers.v[i].el); n;
             n = xml_next_element(n)) {
            struct str text = xml_text_of(n, r->a);

            if (is_listed(r, n, i))
                continue;
            json_obj_begin(w);
            json_kv(w, "element", n->name);
            json_kv(w, "key", edit_key(n, r->a));
            if (text.n && !xml_first_element(n))
                json_kv(w, "text", text);
            json_kv(w, "from", r->layers.v[i].package->id);
            json_obj_end(w);
        }
    json_arr_end(w);
}

static void write_all(struct reading *r, struct json_w *w, const char *element)
{
    const struct spec_element *spec = edit_spec(element, "");
    const struct layer *first = r->layers.n ? &r->layers.v[0] : NULL;
    size_t i;

    json_obj_begin(w);
    json_kv(w, "element", str_c(element));
    json_kv(w, "entity", r->qname);
    json_kv(w, "doc", str_c(spec ? spec->doc : ""));
    json_kv(w, "package", first ? first->package->id : STR(""));
    json_kv_bool(w, "own", first && is_local(first));
    json_kv_bool(w, "generated", !first);
    json_k(w, "properties");
    json_arr_begin(w);
    for (i = 0; spec && i < spec->n_attrs; i++)
        write_property(r, w, &spec->attrs[i]);
    json_arr_end(w);
    write_inside(r, w);
    json_obj_end(w);
}

enum rc edit_describe(const struct model *m, const struct edit_what *what,
                      struct arena *a, struct json_w *w, struct err *err)
{
    struct reading r = {.m = m, .what = what, .a = a, .rc = RC_OK};
    const char *element = what->n        ? what->steps[what->n - 1].element
                          : what->form.n ? "form"
                          : what->view.n ? "view"
                                         : "entity";
    bool may_be_made = !what->n && (what->form.n || what->view.n);

    r.qname = edit_qualify(a, what->entity);
    if (!r.qname.p)
        return edit_no_memory(err);
    if (!model_entity(m, r.qname))
        return FAIL(err, RC_NOTFOUND, "There is no entity \"%.*s\".",
                    STR_ARG(r.qname));
    gather(&r);
    if (r.rc != RC_OK)
        return edit_no_memory(err);
    if (!r.layers.n && !may_be_made)
        return FAIL(err, RC_NOTFOUND, "%.*s has no %s \"%.*s\".",
                    STR_ARG(r.qname), element,
                    STR_ARG(what->n ? what->steps[what->n - 1].key : STR("")));
    if (r.layers.n && what->n && str_is(r.layers.v[0].el->name, "status"))
        element = "status";
    if (r.layers.n && !what->n && str_is(r.layers.v[0].el->name, "link"))
        element = "link";
    write_all(&r, w, element);
    return RC_OK;
}

/* --- the palette ---------------------------------------------------------------------- */

/* Elements that acts make, in the order of a builder's panels. */
static const char *const KINDS[] = {
    "entity", "field",   "option", "status", "state",  "move", "form",
    "tab",    "section", "place",  "view",   "column", "card", "item"};

static void write_types(struct json_w *w)
{
    const struct field_type *const *v;
    size_t n = field_types(&v), i, k;

    json_k(w, "types");
    json_arr_begin(w);
    for (i = 0; i < n; i++) {
        json_obj_begin(w);
        json_kv(w, "name", str_c(v[i]->name));
        json_kv(w, "doc", str_c(v[i]->summary));
        json_k(w, "attributes");
        json_arr_begin(w);
        for (k = 0; v[i]->attributes && v[i]->attributes[k]; k++)
            json_w_str(w, str_c(v[i]->attributes[k]));
        json_arr_end(w);
        json_obj_end(w);
    }
    json_arr_end(w);
}

void edit_palette(struct json_w *w)
{
    size_t i, k;

    json_obj_begin(w);
    json_k(w, "elements");
    json_arr_begin(w);
    for (i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++) {
        const struct spec_element *s = edit_spec(KINDS[i], "");

        if (!s)
            continue;
        json_obj_begin(w);
        json_kv(w, "element", str_c(s->name));
        json_kv(w, "doc", str_c(s->doc));
        json_k(w, "properties");
        json_arr_begin(w);
        for (k = 0; k < s->n_attrs; k++) {
            json_obj_begin(w);
            write_spec(w, &s->attrs[k]);
            json_obj_end(w);
        }
        json_arr_end(w);
        json_obj_end(w);
    }
    json_arr_end(w);
    write_types(w);
    json_obj_end(w);
}
