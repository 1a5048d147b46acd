/* See upgrade.h: the driver, and what concerns fields. */
#include "model/upgrade_edit.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/buf.h"
#include "model/field/field.h"
#include "model/spec.h"

enum { TREES_BYTES = 256 << 20, EDITS_MAX = 2000, TEXT_BYTES = 1 << 20 };

/* --- the files of local --------------------------------------------------------- */

void upgrade_say(struct upgrade_work *u, const struct xml_doc *doc,
                 const struct xml_node *el, const char *code, const char *fmt,
                 ...)
{
    char text[600];
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (n < 0)
        text[0] = '\0';
    if (el)
        messages_at(u->ms, doc, el->tag.from, el->tag.to, SEVERITY_REVIEW, code,
                    STR_NONE, "%s", text);
    else
        messages_file(u->ms, STR(UPGRADE_DETACHED), SEVERITY_REVIEW, code, "%s",
                      text);
}

static void read_local(struct upgrade_work *u)
{
    struct package_src src = {
        .id = STR("local"), .files = u->files, .n = u->n_files};

    u->nomem |= upgrade_parse(&src, &u->trees, &u->local) != RC_OK;
}

void upgrade_put(struct upgrade_work *u, const struct xml_doc *doc,
                 struct str text)
{
    for (size_t i = 0; i < u->n_files; i++)
        if (str_eq(u->files[i].path, doc->file))
            u->files[i].text = text;
    u->changed = true;
    read_local(u);
}

static bool spliced(struct upgrade_work *u, const struct xml_doc *doc,
                    enum rc rc, struct str text)
{
    u->nomem |= rc == RC_NOMEM;
    u->stuck |= rc != RC_OK || str_eq(text, doc->source);
    if (u->nomem || u->stuck)
        return false;
    upgrade_put(u, doc, text);
    return true;
}

bool upgrade_set(struct upgrade_work *u, const struct xml_doc *doc,
                 const struct xml_node *el, const char *attr, struct str value)
{
    struct str text = STR_NONE;
    enum rc rc = xml_set_attr(doc, el, str_c(attr), value, u->a, &text, NULL);

    return spliced(u, doc, rc, text);
}

bool upgrade_unset(struct upgrade_work *u, const struct xml_doc *doc,
                   const struct xml_node *el, struct str attr)
{
    struct str text = STR_NONE;
    enum rc rc = xml_remove_attr(doc, el, attr, u->a, &text, NULL);

    return spliced(u, doc, rc, text);
}

bool upgrade_take_out(struct upgrade_work *u, const struct xml_doc *doc,
                      const struct xml_node *el)
{
    struct str text = STR_NONE;
    enum rc rc = xml_remove(doc, el, u->a, &text, NULL);

    return spliced(u, doc, rc, text);
}

/* --- a changed field ------------------------------------------------------------- */

static struct str type_name(const struct xml_node *f)
{
    return str_is(f->name, "status") ? STR("status")
                                     : xml_value(f, STR("type"), STR("text"));
}

static bool is_number(struct str type)
{
    return str_is(type, "int") || str_is(type, "dec") ||
           str_is(type, "money") || str_is(type, "percent");
}

/* Values of the old type, or what only it has. */
static bool still_fits(struct str attr, struct str was, struct str is)
{
    char name[64];
    const struct field_type *type;

    if (is.n >= sizeof name)
        return true;
    memcpy(name, is.p, is.n);
    name[is.n] = '\0';
    type = field_type_find(str_c(name));
    if (!type)
        return true;
    if (str_is(attr, "default"))
        return false;
    if ((str_is(attr, "min") || str_is(attr, "max")) &&
        !(is_number(was) && is_number(is)))
        return false;
    return spec_fits_type(type, attr);
}

static bool is_steering(struct str attr)
{
    return str_is(attr, "ref") || str_is(attr, "after") ||
           str_is(attr, "before");
}

struct pair {
    struct str qname;
    const struct xml_node *was, *is;
};

/* One attribute that local overrides: true when it went. */
static bool settle_attr(struct upgrade_work *u, const struct xml_doc *doc,
                        const struct xml_node *el, const struct xml_attr *attr,
                        const struct pair *p)
{
    struct str was = xml_value(p->was, attr->name, STR(""));
    struct str is = xml_value(p->is, attr->name, STR(""));
    struct str t0 = type_name(p->was), t1 = type_name(p->is);

    if (is_steering(attr->name))
        return false;
    if (str_eq(is, attr->value) && !str_eq(was, is))
        return upgrade_unset(u, doc, el, attr->name);
    if (!str_is(el->name, "field") || str_eq(t0, t1) ||
        still_fits(attr->name, t0, t1))
        return false;
    upgrade_say(u, doc, el, "U007",
                "%.*s.%.*s was %.*s and is %.*s now; your %.*s \"%.*s\" does "
                "not fit that and was taken out",
                STR_ARG(p->qname), STR_ARG(upgrade_key(p->is)), STR_ARG(t0),
                STR_ARG(t1), STR_ARG(attr->name), STR_ARG(attr->value));
    return upgrade_unset(u, doc, el, attr->name);
}

static bool has_options(struct str type)
{
    return str_is(type, "choice") || str_is(type, "multichoice") ||
           str_is(type, "status");
}

/* What is below: options and states by ref, each an override of its own. */
static bool settle_options(struct upgrade_work *u, const struct xml_doc *doc,
                           const struct xml_node *el, const struct pair *p);

static bool settle(struct upgrade_work *u, const struct xml_doc *doc,
                   const struct xml_node *el, const struct pair *p)
{
    size_t i, left = 0;

    for (i = 0; i < el->n_attrs; i++) {
        if (settle_attr(u, doc, el, &el->attrs[i], p))
            return true;
        left += !str_is(el->attrs[i].name, "ref");
    }
    if (settle_options(u, doc, el, p))
        return true;
    return left == 0 && !xml_first_element(el) && u->changed &&
           upgrade_take_out(u, doc, el);
}

static bool settle_options(struct upgrade_work *u, const struct xml_doc *doc,
                           const struct xml_node *el, const struct pair *p)
{
    const struct xml_node *c;

    for (c = xml_first_element(el); c; c = xml_next_element(c)) {
        struct pair o = {p->qname, NULL, NULL};
        struct str ref = xml_value(c, STR("ref"), STR(""));

        if (!str_is(c->name, "option") && !str_is(c->name, "state"))
            continue;
        if (!has_options(type_name(p->is))) {
            upgrade_say(u, doc, c, "U007",
                        "%.*s.%.*s is %.*s now and has no options; yours were "
                        "taken out",
                        STR_ARG(p->qname), STR_ARG(upgrade_key(p->is)),
                        STR_ARG(type_name(p->is)));
            return upgrade_take_out(u, doc, c);
        }
        o.was = upgrade_child(p->was, c->name, ref);
        o.is = upgrade_child(p->is, c->name, ref);
        if (o.was && o.is && settle(u, doc, c, &o))
            return true;
    }
    return false;
}

/* --- names ------------------------------------------------------------------------ */

static void remember(struct upgrade_work *u, struct str qname, struct str from,
                     struct str to)
{
    struct upgrade_rename r = {
        str_fmt(u->a, "%.*s.%.*s", STR_ARG(qname), STR_ARG(from)),
        str_fmt(u->a, "%.*s.%.*s", STR_ARG(qname), STR_ARG(to))};

    u->nomem |= !r.from.p || !r.to.p || !VEC_PUSH(u->a, &u->renames, r);
}

static struct str free_name(struct upgrade_work *u, struct str qname,
                            struct str name)
{
    struct str s = str_fmt(&u->trees, "x_%.*s", STR_ARG(str_sub(name, 0, 40)));
    int i;

    for (i = 2; s.p && i < 100 &&
                (upgrade_field(&u->after, qname, s, NULL) ||
                 upgrade_field(&u->local, qname, s, NULL));
         i++)
        s = str_fmt(&u->trees, "x_%.*s_%d", STR_ARG(str_sub(name, 0, 40)), i);
    u->nomem |= !s.p;
    return s.p ? s : STR("");
}

/* The vendor's gets the plain name; values and mentions of local's follow. */
static bool give_way(struct upgrade_work *u, const struct xml_doc *doc,
                     const struct xml_node *el, struct str qname)
{
    struct str name = str_copy(&u->trees, xml_value(el, STR("name"), STR("")));
    struct str to = free_name(u, qname, name);

    if (!to.n)
        return false;
    upgrade_say(u, doc, el, "U006",
                "the new version brings a field \"%.*s\" of %.*s; yours is "
                "called \"%.*s\" now, with its values",
                STR_ARG(name), STR_ARG(qname), STR_ARG(to));
    if (!upgrade_set(u, doc, el, "name", to))
        return false;
    remember(u, qname, name, to);
    upgrade_reword_all(u, qname, name, to);
    return true;
}

static bool look_at_field(struct upgrade_work *u, const struct xml_doc *doc,
                          const struct xml_node *el, struct str qname)
{
    struct str ref = xml_value(el, STR("ref"), STR(""));
    struct pair p = {qname, upgrade_field(&u->before, qname, ref, NULL),
                     upgrade_field(&u->after, qname, ref, NULL)};
    const struct xml_node *renamed;

    if (!ref.n)
        ref = xml_value(el, STR("name"), STR(""));
    if (!xml_attr(el, STR("ref")))
        return !upgrade_field(&u->before, qname, ref, NULL) &&
               upgrade_field(&u->after, qname, ref, NULL) &&
               give_way(u, doc, el, qname);
    if (!p.was)
        return false;
    if (p.is)
        return settle(u, doc, el, &p);
    renamed = upgrade_renamed(&u->after, qname, ref);
    if (!renamed)
        return false;
    ref = str_copy(&u->trees, ref);
    upgrade_reword_all(u, qname, ref, upgrade_key(renamed));
    return u->changed && !u->nomem && !u->stuck;
}

/* --- one change at a time ------------------------------------------------------------- */

struct pass {
    struct upgrade_work *u;
    bool again;
};

static bool look(void *arg, const struct xml_doc *doc,
                 const struct xml_node *ext)
{
    struct pass *pass = arg;
    struct upgrade_work *u = pass->u;
    struct str qname = xml_value(ext, STR("entity"), STR(""));
    const struct xml_node *c;

    if (!str_is(ext->name, "extend"))
        return true;
    pass->again = upgrade_place(u, doc, ext);
    for (c = xml_first_element(ext); c && qname.n && !pass->again;
         c = xml_next_element(c))
        if (str_is(c->name, "field") || str_is(c->name, "status"))
            pass->again = look_at_field(u, doc, c, qname);
    return !pass->again;
}

/* --- what is gone ------------------------------------------------------------------ */

/* Put an <extend> of one element into the file of detached ones. */
static void detach(struct upgrade_work *u, struct str qname, struct str inner)
{
    struct str old = STR("<bundle>\n</bundle>\n"), text;
    size_t i, at = u->n_files;

    for (i = 0; i < u->n_files; i++)
        if (str_is(u->files[i].path, UPGRADE_DETACHED))
            at = i;
    if (at < u->n_files)
        old = u->files[at].text;
    text = str_fmt(u->a,
                   "%.*s  <extend entity=\"%.*s\">\n    %.*s\n  </extend>\n"
                   "</bundle>\n",
                   (int)str_find(old, STR("</bundle>")), old.p, STR_ARG(qname),
                   STR_ARG(inner));
    if (!text.p) {
        u->nomem = true;
        return;
    }
    u->files[at] = (struct package_file){STR(UPGRADE_DETACHED), text, NULL};
    u->n_files += at == u->n_files;
    u->changed = true;
    read_local(u);
}

static bool has_entity(const struct upgrade_tree *t, struct str name)
{
    size_t i;

    for (i = 0; i < t->n; i++) {
        const struct xml_node *root = t->docs[i]->root, *c;

        for (c = str_is(root->name, "bundle") ? xml_first_element(root) : root;
             c; c = c == root ? NULL : xml_next_element(c))
            if ((str_is(c->name, "entity") || str_is(c->name, "link")) &&
                str_eq(xml_value(c, STR("name"), STR("")), name))
                return true;
    }
    return false;
}

static bool lost_option(struct upgrade_work *u, const struct xml_node *was,
                        const struct xml_node *is, struct str qname,
                        const struct xml_doc *doc)
{
    const struct xml_node *c;
    struct str key = upgrade_key(is), inner;

    for (c = xml_first_element(was); c; c = xml_next_element(c)) {
        const struct xml_node *ours;

        if ((!str_is(c->name, "option") && !str_is(c->name, "state")) ||
            upgrade_child(is, c->name, upgrade_key(c)) ||
            !has_options(type_name(is)))
            continue;
        ours = upgrade_field(&u->local, qname, key, NULL);
        if (ours || !upgrade_speaks(&u->local, upgrade_key(c)))
            continue;
        inner = str_fmt(&u->trees, "<%.*s ref=\"%.*s\">%.*s</%.*s>",
                        STR_ARG(is->name), STR_ARG(key),
                        STR_ARG(str_sub(doc->source, c->span.from,
                                        c->span.to - c->span.from)),
                        STR_ARG(is->name));
        u->nomem |= !inner.p;
        /* twice would be for ever: it is there once it was put there */
        for (size_t i = 0; inner.p && i < u->n_files; i++)
            if (str_is(u->files[i].path, UPGRADE_DETACHED) &&
                str_find(u->files[i].text, inner) >= 0)
                inner = STR_NONE;
        if (!inner.p)
            continue;
        upgrade_say(u, NULL, NULL, "U005",
                    "\"%.*s\" of %.*s.%.*s is gone in the new version; what "
                    "you built speaks of it, so it is yours now",
                    STR_ARG(upgrade_key(c)), STR_ARG(qname), STR_ARG(key));
        detach(u, qname, inner);
        return true;
    }
    return false;
}

static bool lost_field(struct upgrade_work *u, const struct xml_doc *doc,
                       const struct xml_node *f, struct str qname)
{
    struct str name = upgrade_key(f);
    const struct xml_node *is = upgrade_field(&u->after, qname, name, NULL);

    if (is)
        return lost_option(u, f, is, qname, doc);
    if (upgrade_renamed(&u->after, qname, name) ||
        upgrade_field(&u->local, qname, name, NULL) ||
        !upgrade_speaks(&u->local, name))
        return false;
    upgrade_say(u, NULL, NULL, "U005",
                "field \"%.*s\" of %.*s is gone in the new version; what you "
                "built speaks of it, so it is yours now, with its values",
                STR_ARG(name), STR_ARG(qname));
    detach(u, qname,
           str_sub(doc->source, f->span.from, f->span.to - f->span.from));
    return true;
}

static bool look_for_lost(void *arg, const struct xml_doc *doc,
                          const struct xml_node *el)
{
    struct pass *pass = arg;
    struct upgrade_work *u = pass->u;
    bool own = str_is(el->name, "entity") || str_is(el->name, "link");
    struct str name = xml_value(el, own ? STR("name") : STR("entity"), STR(""));
    struct str qname = own ? str_fmt(&u->trees, "%.*s:%.*s",
                                     STR_ARG(u->before.id), STR_ARG(name))
                           : name;
    const struct xml_node *c;

    u->nomem |= !qname.p;
    if (!qname.p || (!own && !str_is(el->name, "extend")) || !name.n ||
        (own && !has_entity(&u->after, name)))
        return true;
    for (c = xml_first_element(el); c && !pass->again; c = xml_next_element(c))
        if ((str_is(c->name, "field") || str_is(c->name, "status")) &&
            !xml_attr(c, STR("ref")))
            pass->again = lost_field(u, doc, c, qname);
    return !pass->again;
}

/* --- all together -------------------------------------------------------------------- */

static int by_path(const void *x, const void *y)
{
    const struct package_file *a = x, *b = y;

    return str_cmp(a->path, b->path);
}

static void work(struct upgrade_work *u)
{
    struct pass pass = {u, true};
    int i;

    for (i = 0; pass.again && i < EDITS_MAX && !u->nomem && !u->stuck; i++) {
        pass.again = false;
        upgrade_each(&u->local, look, &pass);
    }
    pass.again = !u->nomem;
    for (i = 0; pass.again && i < EDITS_MAX && !u->nomem; i++) {
        pass.again = false;
        upgrade_each(&u->before, look_for_lost, &pass);
    }
}

static enum rc keep(struct upgrade_work *u, struct upgrade *out)
{
    struct package_src *src = ARENA_NEW(u->a, struct package_src);

    if (!src)
        return RC_NOMEM;
    qsort(u->files, u->n_files, sizeof *u->files, by_path);
    *src = (struct package_src){
        .id = STR("local"), .files = u->files, .n = u->n_files};
    out->local = src;
    out->renames = u->renames.v;
    out->n_renames = u->renames.n;
    return RC_OK;
}

enum rc upgrade_local(const struct package_src *before,
                      const struct package_src *after,
                      const struct package_src *local, struct arena *a,
                      struct messages *ms, struct upgrade *out, struct err *err)
{
    struct upgrade_work u = {.a = a, .ms = ms, .n_files = local->n};
    enum rc rc;

    *out = (struct upgrade){0};
    arena_init(&u.trees, TREES_BYTES);
    u.files = ARENA_ARRAY(a, struct package_file, local->n + 2);
    if (u.files && local->n)
        memcpy(u.files, local->files, local->n * sizeof *u.files);
    rc = u.files ? upgrade_parse(before, &u.trees, &u.before) : RC_NOMEM;
    if (rc == RC_OK)
        rc = upgrade_parse(after, &u.trees, &u.after);
    if (rc == RC_OK) {
        read_local(&u);
        work(&u);
        rc = u.nomem ? RC_NOMEM : u.changed ? keep(&u, out) : RC_OK;
    }
    arena_release(&u.trees);
    if (rc != RC_OK)
        return FAIL(err, RC_NOMEM, "There is no memory for the upgrade.");
    return RC_OK;
}
