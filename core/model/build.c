/*
 * build - what the passes share: memory, messages, attributes of definitions.
 */
#include "model/build.h"

#include <stdarg.h>
#include <stdio.h>

/* --- memory -------------------------------------------------------------- */

void *build_alloc(struct build *b, size_t n, size_t size)
{
    void *p = arena_array(b->a, n ? n : 1, size);

    if (!p)
        b->nomem = true;
    return p;
}

void *build_keep(struct build *b, const void *v, size_t n, size_t size)
{
    void *p = build_alloc(b, n, size);

    if (p && n)
        memcpy(p, v, n * size);
    return p;
}

struct str build_copy(struct build *b, struct str s)
{
    struct str c = str_copy(b->a, s);

    if (!c.p)
        b->nomem = true;
    return c;
}

struct str build_fmt(struct build *b, const char *fmt, ...)
{
    char text[1024];
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (n < 0)
        return STR("");
    return build_copy(
        b, str_of(text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1));
}

bool build_map_put(struct build *b, struct map *m, struct str key, void *v)
{
    if (map_put(m, key, v))
        return true;
    b->nomem = true;
    return false;
}

/* --- messages ------------------------------------------------------------ */

PRINTF_LIKE(8, 0)
static void say_at(struct build *b, const struct xml_doc *doc, uint32_t from,
                   uint32_t to, enum severity sev, const char *code,
                   struct str hint, const char *fmt, va_list args)
    PRINTF_LIKE(8, 0);
static void say_at(struct build *b, const struct xml_doc *doc, uint32_t from,
                   uint32_t to, enum severity sev, const char *code,
                   struct str hint, const char *fmt, va_list args)
{
    char text[480];

    if (vsnprintf(text, sizeof text, fmt, args) < 0)
        text[0] = '\0';
    if (hint.n)
        messages_at(b->ms, doc, from, to, sev, code, hint,
                    "%s; did you mean \"%.*s\"?", text, STR_ARG(hint));
    else
        messages_at(b->ms, doc, from, to, sev, code, hint, "%s", text);
}

static void place_of(const struct def *d, const char *attr,
                     const struct xml_doc **doc, struct xml_span *span)
{
    const struct def_attr *a = attr ? def_attr(d, attr) : NULL;

    *doc = a ? a->doc : d->doc;
    *span = a ? a->attr->value_span : d->node->tag;
}

void build_say(struct build *b, const struct def *d, const char *attr,
               enum severity sev, const char *code, struct str hint,
               const char *fmt, ...)
{
    const struct xml_doc *doc;
    struct xml_span span;
    va_list args;

    place_of(d, attr, &doc, &span);
    va_start(args, fmt);
    say_at(b, doc, span.from, span.to, sev, code, hint, fmt, args);
    va_end(args);
}

void build_say_word(struct build *b, const struct def *d, const char *attr,
                    struct str w, const char *code, struct str hint,
                    const char *fmt, ...)
{
    const struct def_attr *at = def_attr(d, attr);
    const struct xml_doc *doc;
    struct xml_span span;
    va_list args;

    place_of(d, attr, &doc, &span);
    if (at && w.p >= at->value.p && w.p + w.n <= at->value.p + at->value.n) {
        uint32_t from = (uint32_t)(w.p - at->value.p);

        span.from = xml_attr_offset(at->doc, at->attr, from);
        span.to = xml_attr_offset(at->doc, at->attr, from + (uint32_t)w.n);
    }
    va_start(args, fmt);
    say_at(b, doc, span.from, span.to, SEVERITY_ERROR, code, hint, fmt, args);
    va_end(args);
}

/* --- definitions --------------------------------------------------------- */

const struct def_attr *def_attr(const struct def *d, const char *name)
{
    struct str key = str_c(name);
    size_t i;

    for (i = 0; i < d->n_attrs; i++)
        if (str_eq(d->attrs[i].attr->name, key))
            return &d->attrs[i];
    return NULL;
}

struct str def_value(const struct def *d, const char *name)
{
    const struct def_attr *a = def_attr(d, name);

    return a ? a->value : STR_NONE;
}

bool def_bool(const struct def *d, const char *name, bool fallback)
{
    struct str v = def_value(d, name);

    return v.n ? str_is(v, "true") : fallback;
}

static struct def *from_here(struct def *c, struct str name)
{
    while (c && !str_eq(c->name, name))
        c = c->next;
    return c;
}

struct def *def_first(const struct def *d, const char *name)
{
    return from_here(d->first, str_c(name));
}

struct def *def_next(const struct def *d)
{
    return from_here(d->next, d->name);
}

size_t def_count(const struct def *d, const char *name)
{
    size_t n = 0;

    DEF_EACH (c, d, name)
        n++;
    return n;
}

struct str def_text(struct build *b, const struct def *d)
{
    struct str s = xml_text_of(d->node, b->a);

    if (!s.p) {
        b->nomem = true;
        return STR("");
    }
    return s;
}

/* --- words for people ---------------------------------------------------- */

struct str build_humanise(struct build *b, struct str name)
{
    struct str s = build_copy(b, name);
    char *p;
    size_t i;

    if (!s.p || !s.n)
        return STR("");
    p = arena_dup(b->a, s.p, s.n);
    if (!p) {
        b->nomem = true;
        return STR("");
    }
    for (i = 0; i < s.n; i++)
        if (p[i] == '_')
            p[i] = ' ';
    if (p[0] >= 'a' && p[0] <= 'z')
        p[0] = (char)(p[0] - 'a' + 'A');
    return str_of(p, s.n);
}

void build_label(struct build *b, const struct def *d, const char *attr,
                 struct str fallback, struct text *out, const struct entity *e,
                 const char *key_fmt, ...)
{
    struct str written = def_value(d, attr), key;
    char text[512];
    va_list args;
    int n;

    out->base = build_copy(b, written.n ? written : fallback);
    va_start(args, key_fmt);
    n = vsnprintf(text, sizeof text, key_fmt, args);
    va_end(args);
    if (n <= 0 || (size_t)n >= sizeof text)
        return;
    key = str_of(text, (size_t)n);
    build_text_by(b, out, e ? e->qname : d->package->id, key,
                  written.n ? def_attr(d, attr)->package : NULL);
}

/* --- names that refer ---------------------------------------------------- */

struct built *build_find(const struct build *b, const struct entity *e)
{
    return map_find(&b->built, e->qname);
}

/* All known entity names, as the author would write them in `package`. */
static struct str nearest_entity(struct build *b, struct str word,
                                 struct str package)
{
    struct str *names = ARENA_ARRAY(b->scratch, struct str, b->entities.n + 1);
    bool qualified = str_chr(word, ':') >= 0;
    size_t i;

    if (!names)
        return STR_NONE;
    for (i = 0; i < b->entities.n; i++) {
        const struct entity *e = b->entities.v[i]->entity;

        names[i] =
            !qualified && str_eq(e->package, package) ? e->name : e->qname;
    }
    return str_nearest(word, names, i);
}

struct built *build_entity_ref(struct build *b, const struct def *d,
                               const char *attr, struct str word)
{
    struct str package = d->package->id, qname = word;
    struct built *e;

    if (str_chr(word, ':') < 0)
        qname =
            str_fmt(b->scratch, "%.*s:%.*s", STR_ARG(package), STR_ARG(word));
    e = qname.p ? map_find(&b->built, qname) : NULL;
    if (!e) {
        build_say_word(b, d, attr, word, "R301",
                       nearest_entity(b, word, package),
                       "unknown entity \"%.*s\"", STR_ARG(word));
        return NULL;
    }
    if (!build_sees(d->package, e->entity->package)) {
        struct str other = e->entity->package;

        build_say_word(b, d, attr, word, "R305", STR_NONE,
                       "package \"%.*s\" does not depend on \"%.*s\"; add "
                       "<depends on=\"%.*s\"/> to its package.xml",
                       STR_ARG(package), STR_ARG(other), STR_ARG(other));
    }
    return e;
}

const struct field *build_field_ref(struct build *b, const struct def *d,
                                    const char *attr, struct str word,
                                    const struct entity *e, const char *code)
{
    const struct field *f = entity_field(e, word);

    if (!f)
        build_say_word(b, d, attr, word, code, entity_suggest(e, word),
                       "unknown field \"%.*s\" on %.*s", STR_ARG(word),
                       STR_ARG(e->name));
    return f;
}

void build_field_list(struct build *b, const struct def *d, const char *attr,
                      const struct entity *e, const char *code,
                      const struct field ***out, size_t *n)
{
    struct str rest = def_value(d, attr), word;
    VEC(const struct field *) v = {0};
    const struct field *f;

    while (str_word(&rest, &word)) {
        f = build_field_ref(b, d, attr, word, e, code);
        if (f)
            BUILD_PUSH(b, &v, f);
    }
    *out = BUILD_KEEP(b, &v);
    *n = *out ? v.n : 0;
}

const struct option *build_option_ref(struct build *b, const struct def *d,
                                      const char *attr, struct str word,
                                      const struct field *f)
{
    const struct option *o = field_option(f, word);
    struct str list = STR("");
    size_t i;

    if (o)
        return o;
    for (i = 0; i < f->n_options && i < 12; i++)
        list = str_fmt(b->scratch, "%.*s%s%.*s", STR_ARG(list), i ? ", " : "",
                       STR_ARG(f->options[i]->code));
    build_say_word(b, d, attr, word, "R310",
                   str_nearest(word, f->codes, f->n_options),
                   "option \"%.*s\" does not exist on %.*s.%.*s (%.*s%s)",
                   STR_ARG(word), STR_ARG(f->entity->name), STR_ARG(f->name),
                   STR_ARG(list), f->n_options > 12 ? ", ..." : "");
    return NULL;
}

/* --- expressions --------------------------------------------------------- */

/* The one text child of an element and where its trimmed text begins. */
static const struct xml_node *text_child(const struct def *d, uint32_t *skip)
{
    const struct xml_node *c;

    for (c = d->node->first; c; c = c->next)
        if (c->kind == XML_TEXT && str_trim(c->text).n) {
            *skip = (uint32_t)(str_trim(c->text).p - c->text.p);
            return c;
        }
    return NULL;
}

void build_say_fx(struct build *b, const struct def *d, const char *attr,
                  uint32_t at, uint32_t length, enum severity sev,
                  const char *code, struct str text)
{
    const struct def_attr *a = attr ? def_attr(d, attr) : NULL;
    uint32_t from = d->node->tag.from, to = d->node->tag.to, skip = 0;
    uint32_t end = at + (length ? length : 1);
    const struct xml_node *child;

    if (a) {
        from = xml_attr_offset(a->doc, a->attr, at);
        to = xml_attr_offset(a->doc, a->attr, end);
    } else if (!attr && (child = text_child(d, &skip)) != NULL) {
        from = xml_text_offset(d->doc, child, skip + at);
        to = xml_text_offset(d->doc, child, skip + end);
    }
    messages_at(b->ms, a ? a->doc : d->doc, from, to, sev, code, STR_NONE,
                "%.*s", STR_ARG(text));
}

static void say_fault(struct build *b, const struct def *d, const char *attr,
                      const struct fx_fault *fault)
{
    build_say_fx(b, d, attr, fault->at, fault->length, SEVERITY_ERROR,
                 fault->code, str_c(fault->text));
}

const struct fx_expr *build_fx_source(struct build *b, const struct def *d,
                                      const char *attr, struct str source,
                                      const struct fx_opts *opts)
{
    const struct fx_expr *x = NULL;
    struct fx_fault fault = {0};
    enum rc rc = fx_compile(source, opts, b->a, &x, &fault);

    if (rc == RC_OK)
        return x;
    if (rc == RC_NOMEM)
        b->nomem = true;
    else
        say_fault(b, d, attr, &fault);
    return NULL;
}

const struct fx_expr *build_fx(struct build *b, const struct def *d,
                               const char *attr, const struct entity *e,
                               unsigned use, const struct fx_type *want)
{
    struct fx_opts opts = {
        .schema = &b->m->schema, .entity = e, .use = use, .want = want};
    struct str source = attr ? def_value(d, attr) : def_text(b, d);

    return source.n ? build_fx_source(b, d, attr, source, &opts) : NULL;
}

const struct fx_expr *build_condition(struct build *b, const struct def *d,
                                      const char *attr, const struct entity *e)
{
    static const struct fx_type BOOL = {.kind = FX_BOOL};

    return build_fx(b, d, attr, e, FX_USE_CONDITION, &BOOL);
}

const struct fx_expr *build_fx_of(struct build *b, struct str source,
                                  const struct entity *e)
{
    struct fx_opts opts = {
        .schema = &b->m->schema, .entity = e, .use = FX_USE_VALUE};
    const struct fx_expr *x = NULL;
    struct fx_fault fault = {0};
    enum rc rc = fx_compile(source, &opts, b->a, &x, &fault);

    if (rc == RC_NOMEM)
        b->nomem = true;
    return rc == RC_OK ? x : NULL;
}

const struct fx_expr *build_visible(struct build *b, const struct def *d,
                                    const struct entity *e)
{
    static const struct fx_type BOOL = {.kind = FX_BOOL};
    const char *show_attr =
        def_attr(d, "show-when") ? "show-when" : "visible-when";
    const struct fx_expr *show = build_condition(b, d, show_attr, e);
    const struct fx_expr *hide = build_condition(b, d, "hide-when", e);
    struct fx_opts opts = {.schema = &b->m->schema,
                           .entity = e,
                           .use = FX_USE_CONDITION,
                           .want = &BOOL};
    struct str s;

    if (!hide)
        return show;
    s = show ? str_fmt(b->scratch, "(%.*s) and not (%.*s)",
                       STR_ARG(fx_source(show)), STR_ARG(fx_source(hide)))
             : str_fmt(b->scratch, "not (%.*s)", STR_ARG(fx_source(hide)));
    if (!s.p) {
        b->nomem = true;
        return NULL;
    }
    return build_fx_source(b, d, "hide-when", s, &opts);
}
