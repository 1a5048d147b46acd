/*
 * edit_tree - the files of `local` as trees: where a definition stands, and
 * splices at it.
 *
 * A tree is read when it is needed and thrown away with every splice, so a node
 * is good until the next change of its file; what is kept across one is a path
 * to it, never the node.
 */
#include "model/edit_in.h"

#include "base/limits.h"

/* --- files ------------------------------------------------------------------- */

enum rc edit_doc(struct edit *e, size_t file, struct xml_doc **out,
                 struct err *err)
{
    struct edit_file *f = &e->files.v[file];
    struct xml_fault fault;
    enum rc rc;

    if (!f->doc) {
        rc = xml_parse(f->path, f->text, e->arena, &f->doc, &fault);
        if (rc == RC_NOMEM)
            return edit_no_memory(err);
        if (rc != RC_OK)
            return FAIL(err, RC_INVALID, "%.*s:%u:%u: %s", STR_ARG(f->path),
                        (unsigned)fault.pos.line, (unsigned)fault.pos.column,
                        fault.text);
    }
    *out = f->doc;
    return RC_OK;
}

struct edit_file *edit_file_of(struct edit *e, struct str path)
{
    size_t i;

    for (i = 0; i < e->files.n; i++)
        if (str_eq(e->files.v[i].path, path))
            return &e->files.v[i];
    return NULL;
}

enum rc edit_put(struct edit *e, struct str path, struct str text,
                 struct err *err)
{
    struct edit_file *f = edit_file_of(e, path), fresh = {.path = path};
    size_t i;

    if (!f) {
        if (!VEC_PUSH(e->arena, &e->files, fresh))
            return edit_no_memory(err);
        for (i = e->files.n - 1;
             i > 0 && str_cmp(e->files.v[i - 1].path, path) > 0; i--)
            e->files.v[i] = e->files.v[i - 1];
        e->files.v[i] = fresh;
        f = &e->files.v[i];
    }
    f->text = text;
    f->doc = NULL;
    return RC_OK;
}

static enum rc took(struct edit *e, struct edit_at at, enum rc rc,
                    struct str text)
{
    if (rc == RC_OK) {
        e->files.v[at.file].text = text;
        e->files.v[at.file].doc = NULL;
    }
    return rc;
}

struct str edit_unit(const struct xml_doc *doc)
{
    const struct xml_node *n;

    for (n = xml_first_element(doc->root); n; n = xml_next_element(n)) {
        uint32_t from = doc->lines[xml_pos_at(doc, n->span.from).line - 1];
        struct str indent =
            str_of(doc->source.p + from, n->span.from - (size_t)from);

        if (indent.n && !str_trim(indent).n)
            return indent;
    }
    return STR("  ");
}

/* --- finding --------------------------------------------------------------------- */

struct str edit_qualify(struct arena *a, struct str name)
{
    return str_chr(name, ':') >= 0 ? name
                                   : str_fmt(a, "local:%.*s", STR_ARG(name));
}

static bool is_xml(const struct edit_file *f)
{
    return f->text.p && str_ends(f->path, STR(".xml"));
}

enum rc edit_find(struct edit *e,
                  bool (*visit)(void *arg, const struct xml_node *el),
                  void *arg, struct edit_at *out, struct err *err)
{
    const struct xml_node *n;
    struct xml_doc *doc = NULL;
    size_t i;
    enum rc rc;

    *out = (struct edit_at){0, NULL};
    for (i = 0; i < e->files.n; i++) {
        if (!is_xml(&e->files.v[i]))
            continue;
        rc = edit_doc(e, i, &doc, err);
        if (rc != RC_OK || !doc)
            return rc;
        n = str_is(doc->root->name, "bundle") ? xml_first_element(doc->root)
                                              : doc->root;
        for (; n; n = n->parent ? xml_next_element(n) : NULL) {
            if (visit(arg, n)) {
                *out = (struct edit_at){i, n};
                return RC_OK;
            }
        }
    }
    return RC_OK;
}

struct wanted {
    struct arena *a;
    const char *element, *attr;
    struct str entity, name;
};

static bool is_definition(void *arg, const struct xml_node *el)
{
    const struct wanted *w = arg;
    struct str name = xml_value(el, STR("name"), STR_NONE);

    if (!str_eq(el->name, str_c(w->element)))
        return false;
    if (str_is(el->name, "entity") || str_is(el->name, "link"))
        return str_eq(edit_qualify(w->a, name), w->entity);
    return str_eq(name, w->name) &&
           str_eq(edit_qualify(w->a, xml_value(el, STR("entity"), STR_NONE)),
                  w->entity);
}

enum rc edit_definition(struct edit *e, const char *element, struct str entity,
                        struct str name, struct edit_at *out, struct err *err)
{
    struct wanted w = {e->arena, element, NULL, entity, name};

    return edit_find(e, is_definition, &w, out, err);
}

static bool is_extension(void *arg, const struct xml_node *el)
{
    const struct wanted *w = arg;
    struct str target = xml_value(el, str_c(w->attr), STR_NONE);

    return str_is(el->name, "extend") && target.n &&
           str_eq(edit_qualify(w->a, target), w->entity);
}

enum rc edit_extension(struct edit *e, const char *attr, struct str target,
                       struct edit_at *out, struct err *err)
{
    struct wanted w = {e->arena, "extend", attr, target, STR_NONE};

    return edit_find(e, is_extension, &w, out, err);
}

static struct str move_name(const struct xml_node *el, struct arena *a)
{
    struct str name = xml_value(el, STR("name"), STR_NONE), word;
    struct str rest = xml_value(el, STR("from"), STR_NONE);

    if (name.n)
        return name;
    name = STR("");
    while (str_word(&rest, &word))
        name = str_fmt(a, "%.*s%.*s-", STR_ARG(name),
                       STR_ARG(str_is(word, "*") ? STR("any") : word));
    return str_fmt(a, "%.*s%.*s", STR_ARG(name),
                   STR_ARG(xml_value(el, STR("to"), STR_NONE)));
}

/* What an element is known by; the keys of layers (defs.c), those of an
   extension, and the places of a menu. */
struct str edit_key(const struct xml_node *el, struct arena *a)
{
    static const struct {
        const char *element, *attr;
    } KEYS[] = {
        {"app", "name"},     {"column", "field"},
        {"entity", "name"},  {"fact", "field"},
        {"field", "name"},   {"form", "name"},
        {"group", "label"},  {"grid", "collection"},
        {"item", "entity"},  {"option", "code"},
        {"place", "field"},  {"quick", "label"},
        {"section", "name"}, {"sort", "by"},
        {"state", "code"},   {"status", "name"},
        {"t", "k"},          {"tab", "name"},
        {"view", "name"},
    };
    struct str ref = xml_value(el, STR("ref"), STR_NONE);
    size_t i;

    if (ref.n)
        return ref;
    if (str_is(el->name, "move"))
        return move_name(el, a);
    for (i = 0; i < sizeof KEYS / sizeof KEYS[0]; i++)
        if (str_eq(el->name, str_c(KEYS[i].element)))
            return xml_value(el, str_c(KEYS[i].attr), STR_NONE);
    return STR_NONE;
}

static bool is_container(const struct xml_node *el)
{
    return str_is(el->name, "tab") || str_is(el->name, "section") ||
           str_is(el->name, "header") || str_is(el->name, "group");
}

const struct xml_node *edit_child(const struct xml_node *el,
                                  const char *element, struct str key,
                                  struct arena *a)
{
    const struct xml_node *n, *found;

    for (n = xml_first_element(el); n; n = xml_next_element(n)) {
        bool kind = str_eq(n->name, str_c(element)) ||
                    (str_is(n->name, "status") && !strcmp(element, "field"));

        if (kind && str_eq(edit_key(n, a), key))
            return n;
    }
    for (n = xml_first_element(el); n; n = xml_next_element(n)) {
        found = is_container(n) ? edit_child(n, element, key, a) : NULL;
        if (found)
            return found;
    }
    return NULL;
}

/* --- splices ------------------------------------------------------------------------ */

enum rc edit_insert(struct edit *e, struct edit_at at, enum xml_place place,
                    struct str fragment, struct err *err)
{
    struct xml_doc *doc = NULL;
    struct str text = STR_NONE;
    enum rc rc = edit_doc(e, at.file, &doc, err);

    if (rc == RC_OK)
        rc = xml_insert(doc, at.node, place, fragment, e->arena, &text, err);
    return rc == RC_OK ? took(e, at, rc, text) : rc;
}

enum rc edit_set_attr(struct edit *e, struct edit_at at, struct str name,
                      struct str value, struct err *err)
{
    struct xml_doc *doc = NULL;
    struct str text = STR_NONE;
    enum rc rc = edit_doc(e, at.file, &doc, err);

    if (rc == RC_OK)
        rc = xml_set_attr(doc, at.node, name, value, e->arena, &text, err);
    return rc == RC_OK ? took(e, at, rc, text) : rc;
}

enum rc edit_drop_attr(struct edit *e, struct edit_at at, struct str name,
                       struct err *err)
{
    struct xml_doc *doc = NULL;
    struct str text = STR_NONE;
    enum rc rc = edit_doc(e, at.file, &doc, err);

    if (rc == RC_OK)
        rc = xml_remove_attr(doc, at.node, name, e->arena, &text, err);
    return rc == RC_OK ? took(e, at, rc, text) : rc;
}

enum rc edit_set_text(struct edit *e, struct edit_at at, struct str text,
                      struct err *err)
{
    struct xml_doc *doc = NULL;
    struct str now = STR_NONE;
    enum rc rc = edit_doc(e, at.file, &doc, err);

    if (rc == RC_OK)
        rc = xml_set_text(doc, at.node, text, e->arena, &now, err);
    return rc == RC_OK ? took(e, at, rc, now) : rc;
}

/* Without this child, does the element still say something? A definition does;
   what only leads to others does not, unless somebody commented on it. */
static bool says_more(const struct xml_node *el, const struct xml_node *without)
{
    const struct xml_node *n;
    bool is_way = str_is(el->name, "extend") || str_is(el->name, "bundle") ||
                  str_is(el->name, "i18n") || str_is(el->name, "menus") ||
                  xml_attr(el, STR("ref")) != NULL;

    if (!is_way)
        return true;
    if (!str_is(el->name, "i18n") && el->n_attrs > 1)
        return true;
    for (n = el->first; n; n = n->next)
        if (n != without && (n->kind != XML_TEXT || str_trim(n->text).n > 0))
            return true;
    return false;
}

enum rc edit_remove(struct edit *e, struct edit_at at, struct err *err)
{
    struct xml_doc *doc = NULL;
    struct str text = STR_NONE;
    enum rc rc;

    while (at.node->parent && !says_more(at.node->parent, at.node))
        at.node = at.node->parent;
    if (!at.node->parent) { /* the file said nothing else */
        e->files.v[at.file].text = STR_NONE;
        e->files.v[at.file].doc = NULL;
        return RC_OK;
    }
    rc = edit_doc(e, at.file, &doc, err);
    if (rc == RC_OK)
        rc = xml_remove(doc, at.node, e->arena, &text, err);
    return rc == RC_OK ? took(e, at, rc, text) : rc;
}
