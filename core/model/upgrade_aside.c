/*
 * upgrade_aside - what of local does not compile with a new version beneath it:
 * set aside, one thing at a time, so that the upgrade goes on. See upgrade.h.
 *
 * The smallest thing that can go goes: an attribute nobody needs, else its
 * element. What it was stays in the file as a comment.
 */
#include "model/spec.h"
#include "model/upgrade.h"

enum { TREES_BYTES = 64 << 20 };

struct aside {
    struct arena *a;
    const struct message *error;
    const struct xml_doc *doc;
    const struct xml_node *el;
    const struct xml_attr *attr; /* or NULL: the whole element */
};

static const struct package_file *file_of(const struct package_src *local,
                                          struct str path)
{
    size_t i;

    for (i = 0; i < local->n; i++)
        if (str_eq(local->files[i].path, path))
            return &local->files[i];
    return NULL;
}

/* Other packages have files of the same name: the line must be the same too
   (an excerpt is its beginning). */
static bool is_of_local(const struct xml_doc *doc, const struct message *m)
{
    if (m->line == 0 || m->line > doc->n_lines)
        return false;
    return str_starts(xml_line_at(doc, doc->lines[m->line - 1]), m->excerpt);
}

static uint32_t offset_of(const struct xml_doc *doc, const struct message *m)
{
    uint32_t at = doc->lines[m->line - 1], column = 1;

    while (column < m->column && at < doc->source.n) {
        at++;
        while (at < doc->source.n &&
               ((unsigned char)doc->source.p[at] & 0xc0) == 0x80)
            at++; /* a column is a code point */
        column++;
    }
    return at;
}

static const struct xml_node *deepest(const struct xml_node *el, uint32_t at)
{
    const struct xml_node *c;

    for (c = xml_first_element(el); c; c = xml_next_element(c))
        if (at >= c->span.from && at < c->span.to)
            return deepest(c, at);
    return el;
}

static bool can_go(const struct xml_node *el, const struct xml_attr *attr)
{
    const struct spec_element *spec = spec_of(el);
    const struct spec_attr *a = spec ? spec_attr_find(spec, attr->name) : NULL;

    return a && !a->required &&
           !(spec->key && str_eq(attr->name, str_c(spec->key))) &&
           !str_is(attr->name, "ref") && !str_is(attr->name, "type") &&
           !str_is(attr->name, "to");
}

static void find_what(struct aside *s)
{
    uint32_t at = offset_of(s->doc, s->error);
    size_t i;

    s->el = deepest(s->doc->root, at);
    for (i = 0; i < s->el->n_attrs; i++) {
        const struct xml_attr *attr = &s->el->attrs[i];

        if (at >= attr->name_span.from && at <= attr->value_span.to &&
            can_go(s->el, attr))
            s->attr = attr;
    }
}

/* Two hyphens would end a comment. */
static struct str as_comment(struct str s, struct arena *a)
{
    char *p = arena_dup(a, s.p, s.n);
    size_t i;

    for (i = 1; p && i < s.n; i++)
        if (p[i] == '-' && p[i - 1] == '-')
            p[i] = '=';
    if (p && s.n && p[s.n - 1] == '-')
        p[s.n - 1] = '=';
    return p ? str_of(p, s.n) : STR_NONE;
}

static enum rc splice(struct aside *s, struct str *out, struct err *err)
{
    struct xml_span span = s->el->span;
    struct str was = str_sub(s->doc->source, span.from, span.to - span.from);

    if (s->attr)
        return xml_remove_attr(s->doc, s->el, s->attr->name, s->a, out, err);
    was = as_comment(was, s->a);
    *out = was.p ? str_fmt(s->a, "%.*s<!-- set aside: %.*s -->%.*s",
                           (int)span.from, s->doc->source.p, STR_ARG(was),
                           STR_ARG(str_sub(s->doc->source, span.to,
                                           s->doc->source.n)))
                 : STR_NONE;
    return out->p ? RC_OK
                  : FAIL(err, RC_NOMEM, "There is no memory for the upgrade.");
}

static void say(struct aside *s, struct messages *ms)
{
    if (s->attr)
        messages_at(ms, s->doc, s->attr->name_span.from, s->attr->value_span.to,
                    SEVERITY_REVIEW, "U009", STR_NONE,
                    "%.*s=\"%.*s\" of your <%.*s> does not go with the new "
                    "version and was taken out: %.*s",
                    STR_ARG(s->attr->name), STR_ARG(s->attr->value),
                    STR_ARG(s->el->name), STR_ARG(s->error->text));
    else
        messages_at(ms, s->doc, s->el->tag.from, s->el->tag.to, SEVERITY_REVIEW,
                    "U009", STR_NONE,
                    "your <%.*s> does not go with the new version and was set "
                    "aside: %.*s",
                    STR_ARG(s->el->name), STR_ARG(s->error->text));
}

/* A copy of local with one file other. */
static struct package_src *with(const struct package_src *local,
                                struct str path, struct str text,
                                struct arena *a)
{
    struct package_src *src = ARENA_NEW(a, struct package_src);
    size_t i;

    if (!src)
        return NULL;
    *src = (struct package_src){.id = STR("local"), .n = local->n};
    src->files = ARENA_ARRAY(a, struct package_file, local->n + 1);
    for (i = 0; src->files && i < local->n; i++) {
        src->files[i] = local->files[i];
        src->files[i].doc = NULL;
        if (str_eq(local->files[i].path, path))
            src->files[i].text = text;
    }
    return src->files ? src : NULL;
}

static enum rc aside_one(const struct package_src *local,
                         const struct message *m, struct arena *a,
                         struct messages *ms, struct upgrade *up,
                         struct err *err)
{
    const struct package_file *f = file_of(local, m->file);
    struct aside s = {.a = a, .error = m};
    struct xml_doc *doc = NULL;
    struct arena trees;
    struct str text;
    enum rc rc;

    if (!f)
        return RC_NOTFOUND;
    arena_init(&trees, TREES_BYTES);
    rc = xml_parse(f->path, f->text, &trees, &doc, NULL);
    if (rc == RC_OK && !is_of_local(doc, m))
        rc = RC_NOTFOUND;
    if (rc == RC_OK) {
        s.doc = doc;
        find_what(&s);
        rc = s.attr || s.el != doc->root ? splice(&s, &text, err) : RC_NOTFOUND;
    }
    if (rc == RC_OK) {
        up->local = with(local, f->path, text, a);
        rc = up->local
                 ? RC_OK
                 : FAIL(err, RC_NOMEM, "There is no memory for the upgrade.");
    }
    if (rc == RC_OK)
        say(&s, ms);
    arena_release(&trees);
    return rc;
}

enum rc upgrade_set_aside(const struct package_src *local,
                          const struct messages *errors, struct arena *a,
                          struct messages *ms, struct upgrade *up,
                          struct err *err)
{
    enum rc rc = RC_NOTFOUND;
    size_t i;

    for (i = 0; rc != RC_OK && rc != RC_NOMEM && i < errors->n; i++)
        if (errors->v[i].severity == SEVERITY_ERROR)
            rc = aside_one(local, &errors->v[i], a, ms, up, err);
    return rc;
}
