/*
 * defs - trees of definitions: an author's elements, each attribute with the
 * file it stands in, so that others may change them and still be found.
 */
#include "model/build.h"

struct keyed {
    const char *element, *attr;
};
/* What identifies an element among its siblings. Others stand alone. */
static const struct keyed KEYS[] = {
    {"app", "name"},        {"check", "name"},   {"collection", "name"},
    {"column", "field"},    {"fact", "field"},   {"field", "name"},
    {"grid", "collection"}, {"index", "fields"}, {"move", "name"},
    {"option", "code"},     {"place", "field"},  {"quick", "label"},
    {"section", "name"},    {"sort", "by"},      {"state", "code"},
    {"status", "name"},     {"tab", "name"},     {"unique", "fields"},
};

const char *def_key_attr(struct str element)
{
    size_t i;

    for (i = 0; i < sizeof KEYS / sizeof KEYS[0]; i++)
        if (str_eq(element, str_c(KEYS[i].element)))
            return KEYS[i].attr;
    return NULL;
}

/* --- trees --------------------------------------------------------------- */

void def_set(struct build *b, struct def *d, const struct def_attr *a)
{
    size_t i;

    for (i = 0; i < d->n_attrs; i++)
        if (str_eq(d->attrs[i].attr->name, a->attr->name)) {
            d->attrs[i] = *a;
            return;
        }
    if (d->n_attrs == d->cap_attrs &&
        !vec_grow(b->scratch, (void **)&d->attrs, &d->cap_attrs,
                  sizeof *d->attrs)) {
        b->nomem = true;
        return;
    }
    d->attrs[d->n_attrs++] = *a;
}

/* Put d below parent after `prev`; at the front when prev is NULL. */
void def_link(struct def *parent, struct def *prev, struct def *d)
{
    d->parent = parent;
    d->prev = prev;
    d->next = prev ? prev->next : parent->first;
    if (d->next)
        d->next->prev = d;
    else
        parent->last = d;
    if (prev)
        prev->next = d;
    else
        parent->first = d;
}

struct def *build_def(struct build *b, const struct xml_node *node,
                      const struct xml_doc *doc, const struct package *p)
{
    struct def *d = ARENA_NEW(b->scratch, struct def), *child;
    const struct xml_node *c;
    size_t i;

    if (!d) {
        b->nomem = true;
        return NULL;
    }
    *d = (struct def){
        .name = node->name, .node = node, .doc = doc, .package = p};
    for (i = 0; i < node->n_attrs; i++)
        def_set(
            b, d,
            &(struct def_attr){node->attrs[i].value, &node->attrs[i], doc, p});
    for (c = xml_first_element(node); c; c = xml_next_element(c)) {
        child = build_def(b, c, doc, p);
        if (child)
            def_link(d, d->last, child);
    }
    return d;
}

bool build_is_left(const struct entity *e, const struct def *d)
{
    return d->package->is_archived && !str_eq(e->package, d->package->id);
}

struct str build_move_name(struct build *b, const struct def *d)
{
    struct str name = def_value(d, "name"), rest = def_value(d, "from"), word;

    if (name.n)
        return name;
    name = STR("");
    while (str_word(&rest, &word))
        name = str_fmt(b->scratch, "%.*s%.*s-", STR_ARG(name),
                       STR_ARG(str_is(word, "*") ? STR("any") : word));
    return str_fmt(b->scratch, "%.*s%.*s", STR_ARG(name),
                   STR_ARG(def_value(d, "to")));
}

struct str def_key(struct build *b, const struct def *d)
{
    const char *attr = def_key_attr(d->name);

    if (str_is(d->name, "move"))
        return build_move_name(b, d);
    return attr ? def_value(d, attr) : STR_NONE;
}

/* A status is a field too: ref="" and after="" may call it so. */
static bool is_kind(const struct def *d, struct str element)
{
    return str_eq(d->name, element) ||
           (str_is(element, "field") && str_is(d->name, "status"));
}

struct def *def_child(struct build *b, struct def *parent, struct str element,
                      struct str key)
{
    struct def *c;

    for (c = parent->first; c; c = c->next)
        if (is_kind(c, element) && str_eq(def_key(b, c), key))
            return c;
    return NULL;
}

/* Below tabs and sections as well; entities have no second level to confuse. */
struct def *def_below(struct build *b, struct def *parent, struct str element,
                      struct str key)
{
    struct def *c = def_child(b, parent, element, key), *found = NULL;

    if (c)
        return c;
    for (c = parent->first; c && !found; c = c->next)
        if (str_is(c->name, "tab") || str_is(c->name, "section") ||
            str_is(c->name, "header"))
            found = def_below(b, c, element, key);
    return found;
}

static void collect_keys(struct build *b, struct def *parent,
                         struct str element, struct str *out, size_t max,
                         size_t *n)
{
    struct def *c;

    for (c = parent->first; c && *n < max; c = c->next) {
        if (is_kind(c, element))
            out[(*n)++] = def_key(b, c);
        if (str_is(c->name, "tab") || str_is(c->name, "section"))
            collect_keys(b, c, element, out, max, n);
    }
}

struct str def_nearest(struct build *b, struct def *parent, struct str element,
                       struct str wrong)
{
    struct str keys[256];
    size_t n = 0;

    collect_keys(b, parent, element, keys, 256, &n);
    return str_nearest(wrong, keys, n);
}

struct def *def_only(struct def *target, struct str element)
{
    struct def *c = target->first;

    while (c && !str_eq(c->name, element))
        c = c->next;
    return c;
}
