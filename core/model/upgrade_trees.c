/* upgrade_trees - looking into the files of a package. See upgrade.h. */
#include "model/upgrade.h"

#include "base/vec.h"

enum rc upgrade_parse(const struct package_src *src, struct arena *a,
                      struct upgrade_tree *out)
{
    VEC(struct xml_doc *) docs = {0};
    size_t i;

    for (i = 0; i < src->n; i++) {
        struct xml_doc *doc = NULL;
        enum rc rc;

        if (!str_ends(src->files[i].path, STR(".xml")) ||
            str_is(src->files[i].path, "package.xml"))
            continue;
        rc = xml_parse(src->files[i].path, src->files[i].text, a, &doc, NULL);
        if (rc == RC_NOMEM || (rc == RC_OK && !VEC_PUSH(a, &docs, doc)))
            return RC_NOMEM;
    }
    *out = (struct upgrade_tree){src->id, docs.v, docs.n};
    return RC_OK;
}

void upgrade_each(const struct upgrade_tree *t,
                  bool (*visit)(void *arg, const struct xml_doc *doc,
                                const struct xml_node *el),
                  void *arg)
{
    const struct xml_node *el;
    size_t i;

    for (i = 0; i < t->n; i++) {
        if (!str_is(t->docs[i]->root->name, "bundle")) {
            if (!visit(arg, t->docs[i], t->docs[i]->root))
                return;
            continue;
        }
        for (el = xml_first_element(t->docs[i]->root); el;
             el = xml_next_element(el))
            if (!visit(arg, t->docs[i], el))
                return;
    }
}

/* "deal" in crm is "crm:deal". */
static bool names(struct str id, struct str name, struct str qname)
{
    ptrdiff_t colon = str_chr(qname, ':');

    if (str_chr(name, ':') >= 0)
        return str_eq(name, qname);
    return colon >= 0 && str_eq(str_sub(qname, 0, (size_t)colon), id) &&
           str_eq(str_sub(qname, (size_t)colon + 1, qname.n), name);
}

struct str upgrade_key(const struct xml_node *el)
{
    static const char *const KEYS[] = {"name", "code", "field", "collection",
                                       NULL};
    size_t i;

    for (i = 0; KEYS[i]; i++)
        if (xml_attr(el, str_c(KEYS[i])))
            return xml_value(el, str_c(KEYS[i]), STR(""));
    return STR("");
}

static bool is_kind(const struct xml_node *el, struct str kind)
{
    return str_eq(el->name, kind) ||
           (str_is(kind, "field") && str_is(el->name, "status")) ||
           (str_is(kind, "status") && str_is(el->name, "field"));
}

const struct xml_node *upgrade_child(const struct xml_node *el, struct str kind,
                                     struct str key)
{
    const struct xml_node *c;

    for (c = el ? xml_first_element(el) : NULL; c; c = xml_next_element(c))
        if (is_kind(c, kind) && str_eq(upgrade_key(c), key))
            return c;
    return NULL;
}

/* --- fields of an entity ------------------------------------------------------ */

struct search {
    const struct upgrade_tree *t;
    struct str qname, name;
    const char *attr; /* "name" or "was" */
    const struct xml_node *found;
    const struct xml_doc *doc;
};

static bool of_entity(const struct search *s, const struct xml_node *el)
{
    if (str_is(el->name, "entity") || str_is(el->name, "link"))
        return names(s->t->id, xml_value(el, STR("name"), STR("")), s->qname);
    return str_is(el->name, "extend") &&
           names(s->t->id, xml_value(el, STR("entity"), STR("")), s->qname);
}

static bool look_for_field(void *arg, const struct xml_doc *doc,
                           const struct xml_node *el)
{
    struct search *s = arg;
    const struct xml_node *c;

    if (!of_entity(s, el))
        return true;
    for (c = xml_first_element(el); c; c = xml_next_element(c)) {
        if (!is_kind(c, STR("field")) || xml_attr(c, STR("ref")) ||
            !str_eq(xml_value(c, str_c(s->attr), STR("")), s->name))
            continue;
        s->found = c;
        s->doc = doc;
        return false;
    }
    return true;
}

const struct xml_node *upgrade_field(const struct upgrade_tree *t,
                                     struct str qname, struct str name,
                                     const struct xml_doc **doc)
{
    struct search s = {t, qname, name, "name", NULL, NULL};

    if (name.n)
        upgrade_each(t, look_for_field, &s);
    if (doc && s.found)
        *doc = s.doc;
    return s.found;
}

const struct xml_node *upgrade_renamed(const struct upgrade_tree *t,
                                       struct str qname, struct str name)
{
    struct search s = {t, qname, name, "was", NULL, NULL};

    if (name.n)
        upgrade_each(t, look_for_field, &s);
    return s.found;
}

/* --- screens -------------------------------------------------------------------- */

static bool look_for_screen(void *arg, const struct xml_doc *doc,
                            const struct xml_node *el)
{
    struct search *s = arg;
    ptrdiff_t colon = str_chr(s->qname, ':'), dot;

    (void)doc;
    if (!str_eq(el->name, str_c(s->attr)) || colon < 0)
        return true;
    /* a package's id may have dots: the one behind the colon counts */
    dot = str_chr(str_sub(s->qname, (size_t)colon + 1, s->qname.n), '.');
    if (dot < 0)
        return true;
    dot += colon + 1;
    if (!names(s->t->id, xml_value(el, STR("entity"), STR("")),
               str_sub(s->qname, 0, (size_t)dot)) ||
        !str_eq(xml_value(el, STR("name"), STR("")),
                str_sub(s->qname, (size_t)dot + 1, s->qname.n)))
        return true;
    s->found = el;
    return false;
}

const struct xml_node *upgrade_screen(const struct upgrade_tree *t,
                                      const char *kind, struct str qname)
{
    struct search s = {t, qname, STR_NONE, kind, NULL, NULL};

    upgrade_each(t, look_for_screen, &s);
    return s.found;
}

const struct xml_node *upgrade_anchor(const struct xml_node *el, struct str key)
{
    const struct xml_node *c, *found;

    for (c = el ? xml_first_element(el) : NULL; c; c = xml_next_element(c)) {
        if (str_eq(upgrade_key(c), key) && !xml_attr(c, STR("ref")) && key.n)
            return c;
        found = upgrade_anchor(c, key);
        if (found)
            return found;
    }
    return NULL;
}

/* --- words ------------------------------------------------------------------------ */

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_';
}

/* The next place of `word` in s from `at` as a whole word; -1: none. */
static ptrdiff_t find_word(struct str s, size_t at, struct str word)
{
    while (at + word.n <= s.n) {
        ptrdiff_t k = str_find(str_sub(s, at, s.n), word);
        size_t from, to;

        if (k < 0)
            return -1;
        from = at + (size_t)k;
        to = from + word.n;
        if ((from == 0 || !is_word(s.p[from - 1])) &&
            (to == s.n || !is_word(s.p[to])))
            return (ptrdiff_t)from;
        at = from + 1;
    }
    return -1;
}

static bool speaks(const struct xml_node *el, struct str word)
{
    const struct xml_node *c;
    size_t i;

    for (i = 0; i < el->n_attrs; i++)
        if (find_word(el->attrs[i].value, 0, word) >= 0)
            return true;
    for (c = el->first; c; c = c->next) {
        if (c->kind == XML_TEXT && find_word(c->text, 0, word) >= 0)
            return true;
        if (c->kind == XML_ELEMENT && speaks(c, word))
            return true;
    }
    return false;
}

bool upgrade_speaks(const struct upgrade_tree *t, struct str word)
{
    size_t i;

    for (i = 0; i < t->n; i++)
        if (speaks(t->docs[i]->root, word))
            return true;
    return false;
}

struct str upgrade_reword(struct str text, struct str from, struct str to,
                          struct arena *a)
{
    struct str out = text;
    size_t at = 0, i;

    for (;;) {
        ptrdiff_t k = find_word(out, at, from);
        bool quoted = false;

        if (k < 0)
            return out;
        for (i = 0; i < (size_t)k; i++)
            quoted ^= out.p[i] == '\'';
        at = (size_t)k + from.n;
        if (quoted || (k > 0 && out.p[k - 1] == '.'))
            continue;
        out = str_fmt(a, "%.*s%.*s%.*s", (int)k, out.p, STR_ARG(to),
                      STR_ARG(str_sub(out, (size_t)k + from.n, out.n)));
        if (!out.p)
            return STR_NONE;
        at = (size_t)k + to.n;
    }
}
