/*
 * upgrade_screens - where local's elements stand once their neighbours are gone
 * or elsewhere, and what they are called once a name is taken. See upgrade.h.
 */
#include "model/upgrade_edit.h"

/* --- anchors --------------------------------------------------------------------- */

static struct str home_of(const struct xml_node *el)
{
    return el && el->parent ? upgrade_key(el->parent) : STR("");
}

/* The nearest earlier sibling of the anchor that is still in the same place. */
static struct str fallback(const struct xml_node *anchor,
                           const struct xml_node *now)
{
    const struct xml_node *c, *there;

    for (c = anchor->prev; c; c = c->prev) {
        if (c->kind != XML_ELEMENT || !upgrade_key(c).n)
            continue;
        there = upgrade_anchor(now, upgrade_key(c));
        if (there && str_eq(home_of(there), home_of(c)))
            return upgrade_key(c);
    }
    return STR("");
}

/* One element with after= or before=. */
static bool stand(struct upgrade_work *u, const struct xml_doc *doc,
                  const struct xml_node *el, const struct xml_node *was,
                  const struct xml_node *now)
{
    const char *way = xml_attr(el, STR("before")) ? "before" : "after";
    struct str anchor = xml_value(el, str_c(way), STR("")), other;
    const struct xml_node *had = upgrade_anchor(was, anchor);
    const struct xml_node *has = upgrade_anchor(now, anchor);

    if (!anchor.n || !had || (has && str_eq(home_of(has), home_of(had))))
        return false;
    other = fallback(had, now);
    upgrade_say(u, doc, el, "U008",
                "\"%.*s\" is %s in the new version; <%.*s> \"%.*s\" stands "
                "%s%.*s%s now",
                STR_ARG(anchor), has ? "elsewhere" : "gone", STR_ARG(el->name),
                STR_ARG(upgrade_key(el)), other.n ? "behind \"" : "at the end",
                STR_ARG(other), other.n ? "\"" : "");
    if (!other.n)
        return upgrade_unset(u, doc, el, str_c(way));
    if (str_is(str_c(way), "before"))
        return upgrade_unset(u, doc, el, STR("before"));
    return upgrade_set(u, doc, el, "after", other);
}

/* A section that local put something into and that is gone: its own now. */
static bool own_section(struct upgrade_work *u, const struct xml_doc *doc,
                        const struct xml_node *el, const struct xml_node *was,
                        const struct xml_node *now)
{
    struct str ref = xml_value(el, STR("ref"), STR("")), text;
    const struct xml_node *c;
    bool adds = false;

    for (c = xml_first_element(el); c; c = xml_next_element(c))
        adds = adds || xml_attr(c, STR("field"));
    if (!str_is(el->name, "section") || !ref.n || !adds ||
        !upgrade_anchor(was, ref) || upgrade_anchor(now, ref))
        return false;
    upgrade_say(u, doc, el, "U008",
                "section \"%.*s\" is gone in the new version; what you put "
                "there stands in \"Other fields\" now",
                STR_ARG(ref));
    /* one splice, so that no reader sees a section without a name */
    text = str_fmt(&u->trees,
                   "<section name=\"x_other\" label=\"Other "
                   "fields\">%.*s</section>",
                   STR_ARG(str_sub(doc->source, el->inner.from,
                                   el->inner.to - el->inner.from)));
    if (!text.p) {
        u->nomem = true;
        return false;
    }
    text = str_fmt(u->a, "%.*s%.*s%.*s", (int)el->span.from, doc->source.p,
                   STR_ARG(text),
                   STR_ARG(str_sub(doc->source, el->span.to, doc->source.n)));
    if (!text.p)
        u->nomem = true;
    else
        upgrade_put(u, doc, text);
    return !u->nomem;
}

static bool below(struct upgrade_work *u, const struct xml_doc *doc,
                  const struct xml_node *el, const struct xml_node *was,
                  const struct xml_node *now)
{
    const struct xml_node *c;

    for (c = xml_first_element(el); c; c = xml_next_element(c))
        if (stand(u, doc, c, was, now) || own_section(u, doc, c, was, now) ||
            below(u, doc, c, was, now))
            return true;
    return false;
}

bool upgrade_place(struct upgrade_work *u, const struct xml_doc *doc,
                   const struct xml_node *ext)
{
    const char *kind = xml_attr(ext, STR("form"))   ? "form"
                       : xml_attr(ext, STR("view")) ? "view"
                                                    : NULL;
    struct str qname = kind ? xml_value(ext, str_c(kind), STR("")) : STR("");
    const struct xml_node *was, *now;

    if (!kind)
        return false;
    was = upgrade_screen(&u->before, kind, qname);
    now = upgrade_screen(&u->after, kind, qname);
    return was && now && below(u, doc, ext, was, now);
}

/* --- names ------------------------------------------------------------------------- */

/* Attributes that hold words for people, or names of other things. */
static bool is_free(struct str attr)
{
    static const char *const FREE[] = {"name",   "label",   "plural", "help",
                                       "icon",   "color",   "code",   "message",
                                       "entity", "form",    "view",   "uid",
                                       "was",    "caption", NULL};
    size_t i;

    for (i = 0; FREE[i]; i++)
        if (str_eq(attr, str_c(FREE[i])))
            return true;
    return false;
}

static bool in_scope(const struct xml_node *el, struct str qname)
{
    static const char *const ATTRS[] = {"entity", "form", "view", NULL};
    size_t i;

    for (i = 0; ATTRS[i]; i++) {
        struct str v = xml_value(el, str_c(ATTRS[i]), STR(""));

        if (str_starts(v, qname) && (v.n == qname.n || v.p[qname.n] == '.'))
            return true;
    }
    return false;
}

struct reword {
    struct upgrade_work *u;
    struct str qname, from, to;
    bool again;
};

static bool reword_below(struct reword *r, const struct xml_doc *doc,
                         const struct xml_node *el)
{
    const struct xml_node *c;
    size_t i;

    for (i = 0; i < el->n_attrs; i++) {
        struct str v = el->attrs[i].value, w;

        if (is_free(el->attrs[i].name))
            continue;
        w = upgrade_reword(v, r->from, r->to, &r->u->trees);
        r->u->nomem |= !w.p;
        if (w.p && !str_eq(v, w)) {
            const char *attr = str_cstr(&r->u->trees, el->attrs[i].name);

            return attr && upgrade_set(r->u, doc, el, attr, w);
        }
    }
    for (c = xml_first_element(el); c; c = xml_next_element(c))
        if (reword_below(r, doc, c))
            return true;
    return false;
}

static bool reword_one(void *arg, const struct xml_doc *doc,
                       const struct xml_node *el)
{
    struct reword *r = arg;

    if (!in_scope(el, r->qname))
        return true;
    r->again = reword_below(r, doc, el);
    return !r->again;
}

void upgrade_reword_all(struct upgrade_work *u, struct str qname,
                        struct str from, struct str to)
{
    struct reword r = {u, qname, from, to, true};

    while (r.again && !u->nomem && !u->stuck) {
        r.again = false;
        upgrade_each(&u->local, reword_one, &r);
    }
}
