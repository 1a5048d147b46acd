/*
 * packages - manifests, and the order of the layers: sys, packages after what
 * they depend on (else by id), local.
 *
 * K701 another version is installed   K702 a package is missing
 * K703 packages depend in a circle    K704 an id twice, or not the folder's
 * K705 a conflict
 */
#include "model/build.h"

#include <stdlib.h>

#include "model/spec_values.h"

struct candidate {
    struct package *package;
    const struct package_src *src;
    struct def *manifest; /* or NULL                       */
    enum { NEW, OPEN, DONE } state;
};

struct order {
    struct build *b;
    struct candidate *v;
    size_t n;
    VEC(struct package *) out;
};

static const struct xml_doc *manifest_of(const struct package_src *src)
{
    size_t i;

    for (i = 0; i < src->n; i++)
        if (src->files[i].doc &&
            str_is(src->files[i].doc->root->name, "package"))
            return src->files[i].doc;
    return NULL;
}

static struct candidate *find(struct order *o, struct str id)
{
    size_t i;

    for (i = 0; i < o->n; i++)
        if (str_eq(o->v[i].package->id, id))
            return &o->v[i];
    return NULL;
}

/* What the model keeps: the bytes, without the trees. */
static const struct package_src *keep_source(struct build *b,
                                             const struct package_src *src)
{
    struct package_src *s = BUILD_NEW(b, struct package_src);
    size_t i;

    if (!s)
        return NULL;
    s->id = build_copy(b, src->id);
    s->files = BUILD_ARRAY(b, struct package_file, src->n);
    if (!s->files)
        return NULL;
    s->n = src->n;
    s->is_archived = src->is_archived;
    for (i = 0; i < src->n; i++) {
        s->files[i].path = build_copy(b, src->files[i].path);
        s->files[i].text = build_copy(b, src->files[i].text);
    }
    return s;
}

static void read_manifest(struct build *b, struct package *p, struct def *d)
{
    VEC(struct str) depends = {0};
    struct def *summary = def_first(d, "summary");

    p->version = build_copy(b, def_value(d, "version"));
    p->icon = build_copy(b, def_value(d, "icon"));
    p->vendor = build_copy(b, def_value(d, "vendor"));
    p->url = build_copy(b, def_value(d, "url"));
    p->license = build_copy(b, def_value(d, "license"));
    build_label(b, d, "label", p->label.base, &p->label, NULL, "package.label");
    if (summary) {
        p->summary.base = build_copy(b, def_text(b, summary));
        build_text(b, &p->summary, p->id, STR("package.summary"));
    }
    DEF_EACH (c, d, "depends")
        BUILD_PUSH(b, &depends, build_copy(b, def_value(c, "on")));
    p->depends = BUILD_KEEP(b, &depends);
    p->n_depends = p->depends ? depends.n : 0;
    if (def_value(d, "id").n && !str_eq(def_value(d, "id"), p->id))
        build_error(b, d, "id", "K704",
                    "the manifest says \"%.*s\" where the package is \"%.*s\"",
                    STR_ARG(def_value(d, "id")), STR_ARG(p->id));
}

static void read_package(struct order *o, const struct package_src *src)
{
    struct build *b = o->b;
    struct package *p = BUILD_NEW(b, struct package);
    const struct xml_doc *doc = manifest_of(src);
    struct candidate *c = &o->v[o->n];

    if (!p)
        return;
    p->id = build_copy(b, src->id);
    p->version = STR("");
    p->is_archived = src->is_archived;
    p->sources = keep_source(b, src);
    p->label.base = build_humanise(b, src->id);
    *c = (struct candidate){p, src, NULL, NEW};
    if (doc)
        c->manifest = build_def(b, doc->root, doc, p);
    if (c->manifest)
        read_manifest(b, p, c->manifest);
    if (find(o, src->id)) {
        messages_file(b->ms, STR("package.xml"), SEVERITY_ERROR, "K704",
                      "package \"%.*s\" is there twice", STR_ARG(src->id));
        return;
    }
    o->n++;
}

static int by_id(const void *x, const void *y)
{
    const struct candidate *a = x, *b = y;
    int sa = str_is(a->package->id, "sys"), sb = str_is(b->package->id, "sys");
    int la = str_is(a->package->id, "local"),
        lb = str_is(b->package->id, "local");

    if (sa != sb)
        return sb - sa;
    if (la != lb)
        return la - lb;
    return str_cmp(a->package->id, b->package->id);
}

static struct str nearest_package(struct order *o, struct str id)
{
    struct str *names = ARENA_ARRAY(o->b->scratch, struct str, o->n + 1);
    size_t i;

    for (i = 0; names && i < o->n; i++)
        names[i] = o->v[i].package->id;
    return names ? str_nearest(id, names, o->n) : STR_NONE;
}

static void visit(struct order *o, struct candidate *c);

/* The shape of both is the spec's to judge. */
static bool fits(struct str version, struct str range)
{
    int have[3];
    bool ok = false;

    if (!range.n)
        return true;
    return spec_version(version, have) && spec_range_has(range, have, &ok) &&
           ok;
}

static bool is_live(const struct candidate *c)
{
    return c && !c->package->is_archived;
}

static void visit_dependency(struct order *o, struct candidate *from,
                             struct def *d)
{
    struct build *b = o->b;
    struct str on = def_value(d, "on"), range = def_value(d, "version");
    struct candidate *to = find(o, on);

    if (to && !fits(to->package->version, range))
        build_error(b, d, "version", "K701",
                    "\"%.*s\" %.*s is installed; this package needs %.*s",
                    STR_ARG(on), STR_ARG(to->package->version), STR_ARG(range));
    if (!is_live(to) && !from->package->is_archived &&
        !def_bool(d, "optional", false))
        build_error_hint(b, d, "on", "K702",
                         to ? STR_NONE : nearest_package(o, on),
                         "package \"%.*s\" is not installed; install it "
                         "before \"%.*s\"",
                         STR_ARG(on), STR_ARG(from->package->id));
    if (!to)
        return;
    if (to->state == OPEN)
        build_error(b, d, "on", "K703",
                    "\"%.*s\" and \"%.*s\" depend on each other in a circle; "
                    "take one <depends> out",
                    STR_ARG(from->package->id), STR_ARG(on));
    else
        visit(o, to);
}

static void visit(struct order *o, struct candidate *c)
{
    if (c->state != NEW)
        return;
    c->state = OPEN;
    if (c->manifest) {
        DEF_EACH (d, c->manifest, "depends")
            visit_dependency(o, c, d);
        DEF_EACH (d, c->manifest, "conflicts")
            if (is_live(find(o, def_value(d, "with"))))
                build_error(o->b, d, "with", "K705",
                            "\"%.*s\" is installed and conflicts with "
                            "\"%.*s\"; remove one of them",
                            STR_ARG(def_value(d, "with")),
                            STR_ARG(c->package->id));
    }
    c->state = DONE;
    c->package->layer = (int)o->out.n;
    BUILD_PUSH(o->b, &o->out, c->package);
    build_add_sources(o->b, c->src, c->package);
}

void build_packages(struct build *b)
{
    struct order o = {.b = b};
    size_t i;

    o.v = ARENA_ARRAY(b->scratch, struct candidate, b->n_src + 1);
    if (!o.v) {
        b->nomem = true;
        return;
    }
    for (i = 0; i < b->n_src; i++)
        read_package(&o, b->src[i]);
    if (o.n)
        qsort(o.v, o.n, sizeof *o.v, by_id);
    for (i = 0; i < o.n; i++)
        visit(&o, &o.v[i]);
    b->m->packages = BUILD_KEEP(b, &o.out);
    b->m->n_packages = b->m->packages ? o.out.n : 0;
}
