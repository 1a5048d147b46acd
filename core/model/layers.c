/*
 * layers - definitions as trees, and what later packages change in them.
 *
 * Each package brings first what it defines, then what it extends; both in the
 * order of its files. An <extend> names elements of the tree by ref="" (their
 * key: a field's name, an option's code, a place's field) and overrides single
 * attributes; an element with a key of its own is new and may say after="" or
 * before="" which sibling it stands. Nothing goes by position.
 *
 * A customisation never makes an upgrade fail: what `local` names and is gone,
 * or has too, is a review message (U0xx) instead of an error.
 *
 * R302 the same name twice    R307 nothing of that name to change
 * R308 what an extension may not change   U001 to U004 reviews
 */
#include "model/build.h"

/* --- extensions ---------------------------------------------------------- */

static bool is_local(const struct def *d)
{
    return str_is(d->package->id, "local");
}

/* Its records were kept, what it changed is gone: of an extension only what
   holds data stays, and nobody writes that. */
static bool is_archive(const struct def *d)
{
    return d->package->is_archived;
}

static bool is_steering(struct str name)
{
    return str_is(name, "ref") || str_is(name, "after") ||
           str_is(name, "before");
}

static bool is_fixed(const struct def *target, struct str name)
{
    return str_is(name, "name") || str_is(name, "code") ||
           str_is(name, "was") || str_is(name, "uid") ||
           ((str_is(name, "type") || str_is(name, "to")) &&
            str_is(target->name, "field"));
}

/* An upgrade and a customisation that changed the same thing differently. */
static void review(struct build *b, const struct def *target,
                   const struct def *ext, const struct def_attr *a)
{
    struct str name = a->attr->name, was, is;

    if (!target->previous || !is_local(ext))
        return;
    was = build_meant(target->previous, name);
    (void)build_lock_seen(b, target, name, &was); /* maybe earlier than that */
    is = build_meant(target, name);
    if (str_eq(was, is) || str_eq(is, a->value))
        return;
    build_say(b, ext, str_cstr(b->scratch, name), SEVERITY_REVIEW, "U004",
              STR_NONE,
              "%.*s of <%.*s> was \"%.*s\", the new version says \"%.*s\"; "
              "yours, \"%.*s\", stays",
              STR_ARG(name), STR_ARG(target->name), STR_ARG(was), STR_ARG(is),
              STR_ARG(a->value));
}

static void lay_over(struct build *b, struct def *target, const struct def *ext,
                     const struct def_attr *a)
{
    review(b, target, ext, a);
    build_lock_value(b, target, ext, a->attr->name);
    def_set(b, target, a);
}

static void override(struct build *b, struct def *target, const struct def *ext)
{
    size_t i;

    if (is_archive(ext))
        return;
    for (i = 0; i < ext->n_attrs; i++) {
        const struct xml_attr *attr = ext->attrs[i].attr;

        if (is_steering(attr->name))
            continue;
        if (!is_fixed(target, attr->name))
            lay_over(b, target, ext, &ext->attrs[i]);
        else if (def_attr(ext, "ref")) /* else its own key */
            build_error(b, ext, NULL, "R308",
                        "an extension cannot change \"%.*s\" of <%.*s>; leave "
                        "the attribute out",
                        STR_ARG(attr->name), STR_ARG(target->name));
    }
    if (xml_text_of(ext->node, b->scratch).n) {
        build_lock_text(b, target, ext);
        target->node = ext->node;
        target->doc = ext->doc;
    }
}

static void merge(struct build *b, struct def *target, struct def *ext);

static void say_missing(struct build *b, const struct def *ext,
                        const char *attr, struct def *target)
{
    struct str key = def_value(ext, attr);

    if (is_local(ext)) {
        build_say(b, ext, attr, SEVERITY_REVIEW, "U002", STR_NONE,
                  "there is no <%.*s> \"%.*s\" any more; this change of it has "
                  "no effect",
                  STR_ARG(ext->name), STR_ARG(key));
        return;
    }
    build_error_hint(b, ext, attr, "R307",
                     def_nearest(b, target, ext->name, key),
                     "there is no <%.*s> \"%.*s\" to extend",
                     STR_ARG(ext->name), STR_ARG(key));
}

/* Where a new element goes that no anchor places. */
static struct def *home_of(struct def *target, const struct def *ext)
{
    struct def *tab = def_first(target, "tab");

    if (str_is(target->name, "form") && tab &&
        (str_is(ext->name, "section") || str_is(ext->name, "grid")))
        return tab;
    return target;
}

static void insert(struct build *b, struct def *target, struct def *ext)
{
    const char *way = def_attr(ext, "before") ? "before" : "after";
    struct str anchor = def_value(ext, way);
    struct def *at = NULL, *home = home_of(target, ext);

    if (anchor.n) {
        at = def_below(b, target, ext->name, anchor);
        if (!at && str_is(ext->name, "section"))
            at = def_below(b, target, STR("grid"), anchor);
        if (!at)
            at = def_child(b, target, STR("field"), anchor);
        if (!at && is_local(ext))
            build_say(b, ext, way, SEVERITY_REVIEW, "U003", STR_NONE,
                      "\"%.*s\" is gone; the element stands at the end now",
                      STR_ARG(anchor));
        else if (!at)
            build_error_hint(
                b, ext, way, "R307", def_nearest(b, target, ext->name, anchor),
                "there is no \"%.*s\" to stand %s", STR_ARG(anchor), way);
    }
    if (at)
        def_link(at->parent, str_is(str_c(way), "before") ? at->prev : at, ext);
    else
        def_link(home, home->last, ext);
    if (anchor.n)
        build_lock_place(b, ext, way, anchor);
}

static bool holds_data(const struct def *d)
{
    return str_is(d->name, "field") || str_is(d->name, "status") ||
           str_is(d->name, "option") || str_is(d->name, "state");
}

static void add_or_merge(struct build *b, struct def *target, struct def *ext)
{
    struct str key = def_key(b, ext);
    struct def *there = def_key_attr(ext->name)
                            ? def_child(b, target, ext->name, key)
                            : def_only(target, ext->name);

    if (is_archive(ext) && (there || !holds_data(ext)))
        return;
    if (!there) {
        insert(b, target, ext);
        return;
    }
    if (def_key_attr(ext->name) && !is_local(ext)) {
        build_error(b, ext, def_key_attr(ext->name), "R302",
                    "<%.*s> \"%.*s\" is there already; write ref=\"%.*s\" to "
                    "change it",
                    STR_ARG(ext->name), STR_ARG(key), STR_ARG(key));
        return;
    }
    if (def_key_attr(ext->name))
        build_say(b, ext, def_key_attr(ext->name), SEVERITY_REVIEW, "U001",
                  STR_NONE,
                  "<%.*s> \"%.*s\" came with an upgrade too; yours is laid "
                  "over it",
                  STR_ARG(ext->name), STR_ARG(key));
    merge(b, there, ext);
}

static void merge_child(struct build *b, struct def *target, struct def *ext)
{
    struct def *there;

    if (!def_attr(ext, "ref")) {
        add_or_merge(b, target, ext);
        return;
    }
    there = def_below(b, target, ext->name, def_value(ext, "ref"));
    if (there)
        merge(b, there, ext);
    else if (!is_archive(ext))
        say_missing(b, ext, "ref", target);
}

static void merge_children(struct build *b, struct def *target, struct def *ext)
{
    struct def *c, *next;

    for (c = ext->first; c; c = next) {
        next = c->next; /* c may move to the target */
        merge_child(b, target, c);
    }
}

static void merge(struct build *b, struct def *target, struct def *ext)
{
    override(b, target, ext);
    merge_children(b, target, ext);
}

/* --- the files of a package ---------------------------------------------- */

bool build_sees(const struct package *p, struct str other)
{
    size_t i;

    if (str_eq(p->id, other) || str_is(other, "sys") || str_is(p->id, "local"))
        return true;
    for (i = 0; i < p->n_depends; i++)
        if (str_eq(p->depends[i], other))
            return true;
    return false;
}

/* "deal" in crm is "crm:deal"; "crm:deal.main" stays. */
static struct str qualify(struct build *b, const struct package *p,
                          struct str name)
{
    struct str s =
        str_chr(name, ':') >= 0
            ? name
            : str_fmt(b->scratch, "%.*s:%.*s", STR_ARG(p->id), STR_ARG(name));

    if (!s.p)
        b->nomem = true;
    return s.p ? s : STR("");
}

static struct str nearest_in(struct build *b, const struct map *m,
                             struct str wrong)
{
    struct str *keys = ARENA_ARRAY(b->scratch, struct str, m->n + 1);
    size_t i;

    for (i = 0; keys && i < m->n; i++)
        keys[i] = m->entries[i].key;
    return keys ? str_nearest(wrong, keys, m->n) : STR_NONE;
}

static bool is_installed(struct build *b, struct str qname)
{
    ptrdiff_t colon = str_chr(qname, ':');
    size_t i;

    for (i = 0; i < b->n_src; i++)
        if (str_eq(b->src[i]->id, str_sub(qname, 0, (size_t)colon)))
            return true;
    return false;
}

static void extend(struct build *b, struct def *ext, const char *attr,
                   struct map *defs)
{
    struct str name = qualify(b, ext->package, def_value(ext, attr));
    struct def *target = map_find(defs, name);
    size_t i;

    if (!target && str_chr(name, ':') > 0 && !is_installed(b, name) &&
        !is_local(ext) &&
        build_sees(ext->package, str_sub(name, 0, (size_t)str_chr(name, ':'))))
        return; /* of an optional package that is not there */
    if (is_archive(ext) && (!target || !str_is(str_c(attr), "entity")))
        return;
    if (!target && is_local(ext)) {
        build_say(b, ext, attr, SEVERITY_REVIEW, "U002", STR_NONE,
                  "there is no %s \"%.*s\" any more; what was changed of it "
                  "has no effect",
                  attr, STR_ARG(name));
        return;
    }
    if (!target) {
        build_error_hint(b, ext, attr, "R301", nearest_in(b, defs, name),
                         "unknown %s \"%.*s\"", attr, STR_ARG(name));
        return;
    }
    if (!build_sees(ext->package, target->package->id))
        build_error(b, ext, attr, "R305",
                    "package \"%.*s\" does not depend on \"%.*s\"; add "
                    "<depends on=\"%.*s\"/> to its package.xml",
                    STR_ARG(ext->package->id), STR_ARG(target->package->id),
                    STR_ARG(target->package->id));
    for (i = 0; i < ext->n_attrs && !is_archive(ext); i++)
        if (!str_eq(ext->attrs[i].attr->name, str_c(attr)) &&
            !is_fixed(target, ext->attrs[i].attr->name))
            lay_over(b, target, ext, &ext->attrs[i]);
    merge_children(b, target, ext);
}

static void define(struct build *b, struct map *defs, struct str key,
                   struct def *d)
{
    struct def *there = map_find(defs, key);

    if (there && !is_local(d)) {
        build_error(b, d, "name", "R302",
                    "<%.*s> \"%.*s\" is defined twice (also in %.*s)",
                    STR_ARG(d->name), STR_ARG(key), STR_ARG(there->doc->file));
        return;
    }
    if (there)
        build_say(b, d, "name", SEVERITY_REVIEW, "U001", STR_NONE,
                  "<%.*s> \"%.*s\" came with an upgrade too; yours stands in "
                  "its place",
                  STR_ARG(d->name), STR_ARG(key));
    build_map_put(b, defs, key, d);
}

static void define_of_entity(struct build *b, struct map *defs, struct def *d)
{
    struct str e = qualify(b, d->package, def_value(d, "entity"));
    struct str key = str_fmt(b->scratch, "%.*s.%.*s", STR_ARG(e),
                             STR_ARG(def_value(d, "name")));

    if (key.p)
        define(b, defs, key, d);
    else
        b->nomem = true;
}

static void add_definition(struct build *b, struct def *d)
{
    if (str_is(d->name, "entity") || str_is(d->name, "link"))
        define(b, &b->entity_defs, qualify(b, d->package, def_value(d, "name")),
               d);
    else if (str_is(d->name, "form"))
        define_of_entity(b, &b->form_defs, d);
    else if (str_is(d->name, "view"))
        define_of_entity(b, &b->view_defs, d);
    else if (d->package->is_archived && !str_is(d->name, "i18n"))
        return; /* no menu leads there, nothing is planted */
    else if (str_is(d->name, "menus"))
        BUILD_PUSH(b, &b->defs_menus, d);
    else if (str_is(d->name, "i18n"))
        BUILD_PUSH(b, &b->defs_i18n, d);
    else if (str_is(d->name, "seed"))
        BUILD_PUSH(b, &b->defs_seed, d);
}

static void add_extension(struct build *b, struct def *d)
{
    if (!str_is(d->name, "extend"))
        return;
    if (def_attr(d, "entity"))
        extend(b, d, "entity", &b->entity_defs);
    else if (def_attr(d, "form"))
        extend(b, d, "form", &b->form_defs);
    else if (def_attr(d, "view"))
        extend(b, d, "view", &b->view_defs);
}

static void each_definition(struct build *b, struct def *root,
                            void (*f)(struct build *b, struct def *d))
{
    struct def *c, *next;

    if (!str_is(root->name, "bundle")) {
        f(b, root);
        return;
    }
    for (c = root->first; c; c = next) {
        next = c->next;
        f(b, c);
    }
}

/* --- the version before --------------------------------------------------- */

static void link_previous(struct build *b, struct def *now, struct def *before)
{
    struct def *c, *was;

    now->previous = before;
    for (c = now->first; c; c = c->next) {
        was = def_key_attr(c->name)
                  ? def_child(b, before, c->name, def_key(b, c))
                  : def_only(before, c->name);
        if (was)
            link_previous(b, c, was);
    }
}

static void find_previous(struct build *b, struct def *d)
{
    struct map *defs = str_is(d->name, "form")   ? &b->form_defs
                       : str_is(d->name, "view") ? &b->view_defs
                                                 : &b->entity_defs;
    struct str key = qualify(b, d->package, def_value(d, "name"));
    struct def *now;

    if (!str_is(d->name, "entity") && !str_is(d->name, "link") &&
        defs == &b->entity_defs)
        return;
    if (defs != &b->entity_defs)
        key = str_fmt(b->scratch, "%.*s.%.*s",
                      STR_ARG(qualify(b, d->package, def_value(d, "entity"))),
                      STR_ARG(def_value(d, "name")));
    now = key.p ? map_find(defs, key) : NULL;
    if (now && now->package == d->package)
        link_previous(b, now, d);
}

void build_add_sources(struct build *b, const struct package_src *src,
                       const struct package *p)
{
    struct def **roots = ARENA_ARRAY(b->scratch, struct def *, src->n + 1);
    size_t i, n = 0;

    if (!roots) {
        b->nomem = true;
        return;
    }
    for (i = 0; i < src->n; i++)
        if (src->files[i].doc &&
            !str_is(src->files[i].doc->root->name, "package")) {
            roots[n] =
                build_def(b, src->files[i].doc->root, src->files[i].doc, p);
            n += roots[n] != NULL;
        }
    for (i = 0; i < n; i++)
        each_definition(b, roots[i], add_definition);
    for (i = 0; src->previous && i < src->previous->n; i++) {
        const struct xml_doc *doc = src->previous->files[i].doc;
        struct def *root = doc ? build_def(b, doc->root, doc, p) : NULL;

        if (root)
            each_definition(b, root, find_previous);
    }
    for (i = 0; i < n; i++)
        each_definition(b, roots[i], add_extension);
}
