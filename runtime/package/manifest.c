/* See manifest.h: the manifest itself. What a package brings: brings.c. */
#include "package/manifest.h"

#include "model/spec_values.h"
#include "xml/xml.h"

enum { TREE_BYTES = 64 << 20 };

struct reading {
    struct arena *a;
    struct manifest *m;
    bool nomem;
};

static struct str copy(struct reading *r, struct str s)
{
    struct str out = str_copy(r->a, s);

    r->nomem |= !out.p;
    return out.p ? out : STR("");
}

static struct str value(struct reading *r, const struct xml_node *el,
                        const char *name)
{
    return copy(r, xml_value(el, str_c(name), STR("")));
}

/* --- permissions ---------------------------------------------------------------- */

/* "read update" as "read and update". */
static struct str and_list(struct reading *r, struct str parts)
{
    struct str rest = parts, word, next, out = STR("");

    if (!str_word(&rest, &word))
        return out;
    out = word;
    while (str_word(&rest, &word)) {
        struct str look = rest;
        bool is_last = !str_word(&look, &next);

        out = str_fmt(r->a, "%.*s%s%.*s", STR_ARG(out),
                      is_last ? " and " : ", ", STR_ARG(word));
        if (!out.p) {
            r->nomem = true;
            return STR("");
        }
    }
    return out;
}

static struct str words_of(struct reading *r, const struct manifest_ask *ask,
                           struct str label)
{
    struct str parts = and_list(r, ask->parts), s;

    if (str_is(ask->kind, "data"))
        s = str_fmt(r->a, "may %.*s records of %.*s", STR_ARG(parts),
                    STR_ARG(ask->subject));
    else if (str_is(ask->kind, "http"))
        s = str_fmt(r->a, "may talk to %.*s (%.*s)", STR_ARG(ask->subject),
                    STR_ARG(parts));
    else if (str_is(ask->kind, "secret"))
        s = str_fmt(r->a, "asks for a secret: %.*s",
                    STR_ARG(label.n ? label : ask->subject));
    else if (str_is(ask->kind, "mail"))
        s = str_fmt(r->a, "may send up to %lld mails a day",
                    (long long)ask->amount);
    else if (str_is(ask->kind, "schedule"))
        s = STR("may run by the clock");
    else
        s = STR("may show pages to the public");
    r->nomem |= !s.p;
    return s.p ? s : STR("");
}

static void read_ask(struct reading *r, const struct xml_node *el)
{
    static const struct {
        const char *kind, *subject, *parts;
    } KINDS[] = {{"data", "entity", "access"}, {"http", "host", "methods"},
                 {"secret", "name", NULL},     {"mail", NULL, NULL},
                 {"schedule", NULL, NULL},     {"portal", NULL, NULL}};
    struct manifest_ask ask = {0};

    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++) {
        if (!str_eq(el->name, str_c(KINDS[i].kind)))
            continue;
        ask.kind = str_c(KINDS[i].kind);
        ask.subject =
            KINDS[i].subject ? value(r, el, KINDS[i].subject) : STR("");
        ask.parts = KINDS[i].parts ? value(r, el, KINDS[i].parts) : STR("");
    }
    if (!ask.kind.n)
        return;
    if (str_is(ask.kind, "http") && !ask.parts.n)
        ask.parts = STR("GET");
    if (!str_to_i64(xml_value(el, STR("daily"), STR("0")), &ask.amount))
        ask.amount = 0;
    ask.words = words_of(r, &ask, value(r, el, "label"));
    r->nomem |= !VEC_PUSH(r->a, &r->m->asks, ask);
}

static bool has_part(const struct manifest *had, const struct manifest_ask *ask,
                     struct str part)
{
    for (size_t i = 0; i < had->asks.n; i++) {
        const struct manifest_ask *h = &had->asks.v[i];
        struct str rest = h->parts, word;

        if (!str_eq(h->kind, ask->kind) || !str_eq(h->subject, ask->subject))
            continue;
        if (h->amount < ask->amount)
            continue;
        if (!part.n)
            return true;
        while (str_word(&rest, &word)) {
            if (str_eq(word, part))
                return true;
        }
    }
    return false;
}

bool manifest_covers(const struct manifest *had, const struct manifest_ask *ask)
{
    struct str rest = ask->parts, part;

    if (!had || !has_part(had, ask, STR("")))
        return false;
    while (str_word(&rest, &part)) {
        if (!has_part(had, ask, part))
            return false;
    }
    return true;
}

/* --- the whole ------------------------------------------------------------------ */

static void read_need(struct reading *r, const struct xml_node *el)
{
    struct manifest_need need = {
        value(r, el, "on"), value(r, el, "version"),
        str_is(xml_value(el, STR("optional"), STR("")), "true")};

    r->nomem |= !VEC_PUSH(r->a, &r->m->needs, need);
}

static void read_below(struct reading *r, const struct xml_node *el,
                       void (*read)(struct reading *r,
                                    const struct xml_node *el))
{
    for (el = xml_first_element(el); el; el = xml_next_element(el))
        read(r, el);
}

static void read_image(struct reading *r, const struct xml_node *el)
{
    struct manifest_image image = {value(r, el, "file"),
                                   value(r, el, "caption")};

    if (str_is(el->name, "image") && image.file.n)
        r->nomem |= !VEC_PUSH(r->a, &r->m->images, image);
}

static void read_child(struct reading *r, const struct xml_node *el)
{
    if (str_is(el->name, "summary")) {
        struct str s = xml_text_of(el, r->a);

        r->nomem |= !s.p && arena_failed(r->a);
        r->m->summary = copy(r, s);
    } else if (str_is(el->name, "depends")) {
        read_need(r, el);
    } else if (str_is(el->name, "conflicts")) {
        r->nomem |= !VEC_PUSH(r->a, &r->m->conflicts, value(r, el, "with"));
    } else if (str_is(el->name, "permissions")) {
        read_below(r, el, read_ask);
    } else if (str_is(el->name, "screens")) {
        read_below(r, el, read_image);
    }
}

enum rc manifest_read(const struct package_src *src, struct arena *a,
                      struct manifest *out, struct err *err)
{
    struct manifest m = {.id = src->id,
                         .version = STR(""),
                         .label = STR(""),
                         .summary = STR(""),
                         .icon = STR(""),
                         .vendor = STR(""),
                         .url = STR(""),
                         .license = STR(""),
                         .min_runtime = STR("")};
    struct reading r = {.a = a, .m = &m};
    struct xml_doc *doc = NULL;
    struct arena tree;
    enum rc rc = RC_OK;

    arena_init(&tree, TREE_BYTES);
    for (size_t i = 0; i < src->n; i++) {
        if (str_is(src->files[i].path, "package.xml"))
            rc = xml_parse(src->files[i].path, src->files[i].text, &tree, &doc,
                           NULL);
    }
    if (rc == RC_OK && doc && str_is(doc->root->name, "package")) {
        m.is_there = true;
        m.id = value(&r, doc->root, "id");
        m.version = value(&r, doc->root, "version");
        m.label = value(&r, doc->root, "label");
        m.icon = value(&r, doc->root, "icon");
        m.vendor = value(&r, doc->root, "vendor");
        m.url = value(&r, doc->root, "url");
        m.license = value(&r, doc->root, "license");
        m.min_runtime = value(&r, doc->root, "min-runtime");
        read_below(&r, doc->root, read_child);
    }
    arena_release(&tree);
    if (r.nomem || rc == RC_NOMEM || arena_failed(a))
        return FAIL(err, RC_NOMEM, "There is no memory for a manifest.");
    *out = m;
    return RC_OK;
}

int manifest_compare(struct str version, struct str other)
{
    int a[3], b[3];

    (void)spec_version(version, a); /* zeroes when it is none */
    (void)spec_version(other, b);
    for (int i = 0; i < 3; i++) {
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    }
    return 0;
}
