/*
 * scan - our own reader: from bytes that passed the gate to the tree, with the
 * span of every tag, attribute name and value.
 *
 * It knows the part of XML 1.0 that the language uses, and refuses the rest
 * by name: DOCTYPE, entities, processing instructions, namespaces. It does not
 * recurse; `open` is the innermost element that waits for its end tag. Every
 * function returns RC_OK with `at` moved past what it read, or refuses.
 *
 * Cost: one pass. The only quadratic step, duplicate attributes, is bounded by
 * LIMIT_XML_ATTRS an element.
 */
#include "base/limits.h"
#include "base/utf8.h"
#include "xml/scan.h"

struct scan {
    struct str src;
    size_t at;
    struct arena *arena;
    struct xml_node *root, *open;
    int depth, n_nodes;
    struct xml_fault *fault;
};

enum { SHOWN_BYTES = 40 }; /* of a name: a sentence has room for three */

#define REFUSE(s, ...) XML_REFUSE((s)->fault, (s)->src, RC_SYNTAX, __VA_ARGS__)
#define PAST_LIMIT(s, ...)                                                     \
    XML_REFUSE((s)->fault, (s)->src, RC_LIMIT, __VA_ARGS__)

static struct str shown(struct str name)
{
    if (name.n > SHOWN_BYTES) {
        name.n = SHOWN_BYTES;
        while (name.n && ((unsigned char)name.p[name.n] & 0xC0) == 0x80)
            name.n--; /* not inside a character */
    }
    return name;
}

static struct str text_of(const struct scan *s, struct xml_span span)
{
    return str_of(s->src.p + span.from, span.to - span.from);
}

static struct xml_span span_of(size_t from, size_t to)
{
    return (struct xml_span){(uint32_t)from, (uint32_t)to};
}

static bool looking_at(const struct scan *s, struct str what)
{
    return str_starts(str_of(s->src.p + s->at, s->src.n - s->at), what);
}

static bool at_char(const struct scan *s, char c)
{
    return s->at < s->src.n && s->src.p[s->at] == c;
}

/* True when there was at least one space. */
static bool skip_space(struct scan *s)
{
    size_t from = s->at;

    while (s->at < s->src.n && xml_is_space(s->src.p[s->at]))
        s->at++;
    return s->at > from;
}

/* Where `what` begins at or after `from`, or the end of the file. */
static size_t find(const struct scan *s, size_t from, struct str what)
{
    ptrdiff_t at = str_find(str_of(s->src.p + from, s->src.n - from), what);

    return at < 0 ? s->src.n : from + (size_t)at;
}

/* --- nodes ---------------------------------------------------------------- */

static void append(struct scan *s, struct xml_node *node)
{
    struct xml_node *parent = s->open;

    node->parent = parent;
    if (!parent) {
        s->root = node;
        return;
    }
    node->prev = parent->last;
    if (parent->last)
        parent->last->next = node;
    else
        parent->first = node;
    parent->last = node;
}

/* A node from `from` on, hung in; its spans are the caller's to fill. */
static enum rc add_node(struct scan *s, enum xml_kind kind, size_t from,
                        struct xml_node **out)
{
    struct xml_node *node;

    if (s->n_nodes == LIMIT_XML_NODES)
        return PAST_LIMIT(s, "M007", from, 1,
                          "The file has more than %d elements, texts and "
                          "comments. Split it into several files.",
                          (int)LIMIT_XML_NODES);
    node = ARENA_NEW(s->arena, struct xml_node);
    if (!node)
        return RC_NOMEM;
    s->n_nodes++;
    node->kind = kind;
    node->span = span_of(from, from);
    node->tag = node->inner = node->span;
    append(s, node);
    *out = node;
    return RC_OK;
}

/* The value that written bytes mean; the bytes themselves when they do. */
static enum rc resolve(struct scan *s, struct str raw, enum xml_mode mode,
                       struct str *out)
{
    bool is_same = str_chr(raw, '\r') < 0;
    char *p;
    size_t at = 0, n = 0;

    if (is_same && mode != XML_MODE_RAW)
        is_same = str_chr(raw, '&') < 0;
    if (is_same && mode == XML_MODE_VALUE)
        is_same = str_chr(raw, '\n') < 0 && str_chr(raw, '\t') < 0;
    if (is_same) {
        *out = raw;
        return RC_OK;
    }
    p = (char *)arena_alloc(s->arena, raw.n); /* values never grow */
    if (!p)
        return RC_NOMEM;
    while (at < raw.n) {
        char unit[4];
        size_t k = xml_unit(raw, &at, mode, unit);

        memcpy(p + n, unit, k);
        n += k;
    }
    *out = str_of(p, n);
    return RC_OK;
}

/* --- names and references ------------------------------------------------- */

static enum rc read_name(struct scan *s, const char *whose,
                         struct xml_span *out)
{
    size_t from = s->at;
    struct str name = str_of(s->src.p + from, xml_name_at(s->src, from));

    if (name.n == 0)
        return REFUSE(s, "M001", from, from < s->src.n ? 1 : 0,
                      "The name of an %s is expected here. Write \"<\" in text "
                      "as \"&lt;\".",
                      whose);
    if (name.n > LIMIT_XML_NAME)
        return PAST_LIMIT(s, "M007", from, name.n,
                          "This name has %zu bytes; a name may have %d. "
                          "Shorten it.",
                          name.n, (int)LIMIT_XML_NAME);
    if (str_chr(name, ':') >= 0 || str_is(name, "xmlns"))
        return REFUSE(s, "M008", from, name.n,
                      "\"%.*s\" belongs to XML namespaces, which definitions "
                      "do not use. Write plain names without a prefix.",
                      STR_ARG(shown(name)));
    s->at = from + name.n;
    *out = span_of(from, s->at);
    return RC_OK;
}

static enum rc check_reference(struct scan *s, size_t at, size_t end,
                               size_t *next)
{
    struct xml_ref ref = xml_ref_at(str_of(s->src.p, end), at);
    struct str text = str_of(s->src.p + at, ref.n);

    switch (ref.kind) {
    case XML_REF_OK:
        *next = at + ref.n;
        return RC_OK;
    case XML_REF_BAD:
        return REFUSE(s, "M001", at, ref.n,
                      "\"&\" begins a reference that does not end with \";\". "
                      "Write the character itself as \"&amp;\".");
    case XML_REF_ENTITY:
        return REFUSE(s, "M004", at, ref.n,
                      "The entity \"%.*s\" does not exist. Only &amp; &lt; "
                      "&gt; &quot; and &apos; do; write any other character "
                      "itself.",
                      STR_ARG(shown(text)));
    case XML_REF_CHAR:
        break;
    }
    return REFUSE(s, "M001", at, ref.n,
                  "\"%.*s\" is not a character that XML allows. Remove it.",
                  STR_ARG(shown(text)));
}

static enum rc check_references(struct scan *s, size_t from, size_t to)
{
    enum rc rc = RC_OK;

    while (rc == RC_OK && from < to) {
        if (s->src.p[from] == '&')
            rc = check_reference(s, from, to, &from);
        else
            from++;
    }
    return rc;
}

/* --- attributes ----------------------------------------------------------- */

static enum rc check_new(struct scan *s, const struct xml_attr *attrs, size_t n,
                         struct xml_span span)
{
    struct str name = text_of(s, span);

    if (n == LIMIT_XML_ATTRS)
        return PAST_LIMIT(s, "M007", span.from, name.n,
                          "This element has more than %d attributes. Remove "
                          "some.",
                          (int)LIMIT_XML_ATTRS);
    for (size_t i = 0; i < n; i++)
        if (str_eq(attrs[i].name, name))
            return REFUSE(s, "M001", span.from, name.n,
                          "The attribute \"%.*s\" is written twice on this "
                          "element. Remove one.",
                          STR_ARG(shown(name)));
    return RC_OK;
}

/* Past = and the quotes. */
static enum rc read_value(struct scan *s, struct str name, struct xml_span *out)
{
    size_t from, to;
    char quote;

    skip_space(s);
    if (!at_char(s, '='))
        return REFUSE(s, "M001", s->at, 0,
                      "The attribute \"%.*s\" has no value. Write "
                      "%.*s=\"...\".",
                      STR_ARG(shown(name)), STR_ARG(shown(name)));
    s->at++;
    skip_space(s);
    quote = s->at < s->src.n ? s->src.p[s->at] : ' ';
    if (quote != '"' && quote != '\'')
        return REFUSE(s, "M001", s->at, 0,
                      "The value of \"%.*s\" must stand in quotes.",
                      STR_ARG(shown(name)));
    from = to = s->at + 1;
    while (to < s->src.n && s->src.p[to] != quote && s->src.p[to] != '<')
        to++;
    if (to == s->src.n)
        return REFUSE(s, "M001", s->at, 1,
                      "The quote that opens the value of \"%.*s\" is never "
                      "closed.",
                      STR_ARG(shown(name)));
    if (s->src.p[to] == '<')
        return REFUSE(s, "M001", to, 1,
                      "\"<\" cannot stand in the value of \"%.*s\". Write "
                      "\"&lt;\", or close the quote before it.",
                      STR_ARG(shown(name)));
    s->at = to + 1;
    *out = span_of(from, to);
    return check_references(s, from, to);
}

static enum rc read_attr(struct scan *s, struct xml_attr *attrs, size_t *n)
{
    struct xml_attr attr = {0};
    enum rc rc = read_name(s, "attribute", &attr.name_span);

    if (rc == RC_OK)
        rc = check_new(s, attrs, *n, attr.name_span);
    if (rc != RC_OK)
        return rc;
    attr.name = text_of(s, attr.name_span);
    rc = read_value(s, attr.name, &attr.value_span);
    if (rc == RC_OK)
        rc = resolve(s, text_of(s, attr.value_span), XML_MODE_VALUE,
                     &attr.value);
    if (rc == RC_OK)
        attrs[(*n)++] = attr;
    return rc;
}

/* Up to the > or the / of the start tag. */
static enum rc read_attrs(struct scan *s, struct xml_node *el)
{
    struct xml_attr attrs[LIMIT_XML_ATTRS];
    size_t n = 0;

    for (;;) {
        bool spaced = skip_space(s);
        enum rc rc;

        if (s->at == s->src.n)
            return REFUSE(s, "M001", el->span.from, s->at - el->span.from,
                          "The tag <%.*s is never closed with \">\".",
                          STR_ARG(shown(el->name)));
        if (at_char(s, '>') || at_char(s, '/'))
            break;
        if (!spaced)
            return REFUSE(s, "M001", s->at, 0,
                          "A space is missing here in the tag <%.*s>.",
                          STR_ARG(shown(el->name)));
        rc = read_attr(s, attrs, &n);
        if (rc != RC_OK)
            return rc;
    }
    if (n > 0) {
        el->attrs =
            (struct xml_attr *)arena_dup(s->arena, attrs, n * sizeof *attrs);
        if (!el->attrs)
            return RC_NOMEM;
        el->n_attrs = n;
    }
    return RC_OK;
}

/* --- tags ----------------------------------------------------------------- */

static enum rc may_start(struct scan *s, struct xml_span name)
{
    if (!s->open && s->root)
        return REFUSE(s, "M001", name.from - 1, name.to - name.from + 1,
                      "<%.*s> stands after the end of <%.*s>. A file has one "
                      "outermost element; put several in a <bundle>.",
                      STR_ARG(shown(text_of(s, name))),
                      STR_ARG(shown(s->root->name)));
    if (s->depth == LIMIT_XML_DEPTH)
        return PAST_LIMIT(s, "M006", name.from - 1, name.to - name.from + 1,
                          "<%.*s> is nested deeper than %d elements. Flatten "
                          "the definition.",
                          STR_ARG(shown(text_of(s, name))),
                          (int)LIMIT_XML_DEPTH);
    return RC_OK;
}

static enum rc start_tag(struct scan *s)
{
    size_t from = s->at++;
    struct xml_span name;
    struct xml_node *el;
    enum rc rc = read_name(s, "element", &name);

    if (rc == RC_OK)
        rc = may_start(s, name);
    if (rc == RC_OK)
        rc = add_node(s, XML_ELEMENT, from, &el);
    if (rc != RC_OK)
        return rc;
    el->name = text_of(s, name);
    rc = read_attrs(s, el);
    if (rc != RC_OK)
        return rc;
    el->self_closing = at_char(s, '/');
    if (el->self_closing) {
        s->at++;
        if (!at_char(s, '>'))
            return REFUSE(s, "M001", s->at - 1, 1,
                          "\"/\" in the tag <%.*s> must be followed by "
                          "\">\".",
                          STR_ARG(shown(el->name)));
    }
    s->at++;
    el->span = el->tag = span_of(from, s->at);
    el->inner = span_of(s->at, s->at);
    if (!el->self_closing) {
        s->open = el;
        s->depth++;
    }
    return RC_OK;
}

static enum rc end_tag(struct scan *s)
{
    size_t from = s->at;
    struct xml_node *el = s->open;
    struct xml_span span;
    struct str name;
    enum rc rc;

    s->at += 2;
    rc = read_name(s, "element", &span);
    if (rc != RC_OK)
        return rc;
    name = text_of(s, span);
    if (!el)
        return REFUSE(s, "M001", from, s->at - from,
                      "</%.*s> closes nothing: no element is open here.",
                      STR_ARG(shown(name)));
    if (!str_eq(name, el->name)) {
        struct xml_pos open = xml_pos_in(s->src, el->span.from);

        return REFUSE(s, "M001", from, s->at - from,
                      "</%.*s> does not close <%.*s>, which is open since "
                      "line %u. Write </%.*s> first.",
                      STR_ARG(shown(name)), STR_ARG(shown(el->name)),
                      (unsigned)open.line, STR_ARG(shown(el->name)));
    }
    skip_space(s);
    if (!at_char(s, '>'))
        return REFUSE(s, "M001", from, s->at - from,
                      "The tag </%.*s is never closed with \">\".",
                      STR_ARG(shown(name)));
    s->at++;
    el->inner.to = (uint32_t)from;
    el->span.to = (uint32_t)s->at;
    s->open = el->parent;
    s->depth--;
    return RC_OK;
}

/* --- what stands between tags --------------------------------------------- */

/* <!-- --> or <![CDATA[ ]]>: a node, its inner span between `from`, `to`. */
static enum rc section(struct scan *s, enum xml_kind kind, size_t inner_from,
                       size_t inner_to, size_t end)
{
    struct xml_node *node;
    enum rc rc = add_node(s, kind, s->at, &node);

    if (rc != RC_OK)
        return rc;
    node->span.to = (uint32_t)end;
    node->inner = span_of(inner_from, inner_to);
    node->is_cdata = kind == XML_TEXT;
    s->at = end;
    return resolve(s, text_of(s, node->inner), XML_MODE_RAW, &node->text);
}

static enum rc comment(struct scan *s)
{
    size_t from = s->at + 4, to = find(s, from, STR("--"));

    if (to == s->src.n)
        return REFUSE(s, "M001", s->at, 4,
                      "This comment is never closed with \"-->\".");
    if (to + 2 >= s->src.n || s->src.p[to + 2] != '>')
        return REFUSE(s, "M001", to, 2,
                      "\"--\" cannot stand inside a comment. Write \"- -\", "
                      "or close the comment with \"-->\".");
    if (!s->open) { /* around the root: read, but no node */
        s->at = to + 3;
        return RC_OK;
    }
    return section(s, XML_COMMENT, from, to, to + 3);
}

static enum rc cdata(struct scan *s)
{
    size_t from = s->at + 9, to = find(s, from, STR("]]>"));

    if (!s->open)
        return REFUSE(s, "M001", s->at, 9,
                      "Text cannot stand outside the outermost element.");
    if (to == s->src.n)
        return REFUSE(s, "M001", s->at, 9,
                      "This CDATA section is never closed with \"]]>\".");
    return section(s, XML_TEXT, from, to, to + 3);
}

static enum rc text(struct scan *s)
{
    size_t from = s->at, to = find(s, from, STR("<"));
    ptrdiff_t bad = str_find(str_of(s->src.p + from, to - from), STR("]]>"));
    struct xml_node *node;
    enum rc rc;

    if (!s->open) {
        skip_space(s);
        if (s->at == to)
            return RC_OK;
        return REFUSE(s, "M001", s->at, 0,
                      "Text cannot stand outside the outermost element.");
    }
    if (bad >= 0)
        return REFUSE(s, "M001", from + (size_t)bad, 3,
                      "\"]]>\" cannot stand in text. Write \"]]&gt;\".");
    rc = check_references(s, from, to);
    if (rc == RC_OK)
        rc = add_node(s, XML_TEXT, from, &node);
    if (rc != RC_OK)
        return rc;
    node->span = node->inner = span_of(from, to);
    s->at = to;
    return resolve(s, text_of(s, node->span), XML_MODE_TEXT, &node->text);
}

static enum rc instruction(struct scan *s)
{
    size_t n = find(s, s->at, STR("?>")) - s->at;

    if (looking_at(s, STR("<?xml ")))
        return REFUSE(s, "M005", s->at, n,
                      "The XML declaration must be the very first thing in "
                      "the file. Remove what stands before it.");
    return REFUSE(s, "M005", s->at, n,
                  "Processing instructions are not allowed in definitions. "
                  "Remove this one.");
}

static enum rc markup(struct scan *s)
{
    size_t n = find(s, s->at, STR(">")) - s->at;

    if (looking_at(s, STR("<!DOCTYPE")))
        return REFUSE(s, "M004", s->at, 9,
                      "DOCTYPE is not allowed in definitions. Remove it.");
    if (looking_at(s, STR("<!ENTITY")))
        return REFUSE(s, "M004", s->at, 8,
                      "Entities cannot be declared in definitions. Remove "
                      "this.");
    return REFUSE(s, "M001", s->at, n,
                  "\"<!\" begins neither a comment nor CDATA here. Write "
                  "\"&lt;!\" in text, or <!-- for a comment.");
}

static enum rc item(struct scan *s)
{
    if (!at_char(s, '<'))
        return text(s);
    if (looking_at(s, STR("</")))
        return end_tag(s);
    if (looking_at(s, STR("<?")))
        return instruction(s);
    if (looking_at(s, STR("<!--")))
        return comment(s);
    if (looking_at(s, STR("<![CDATA[")))
        return cdata(s);
    if (looking_at(s, STR("<!")))
        return markup(s);
    return start_tag(s);
}

enum rc xml_scan(struct str source, size_t from, struct arena *a,
                 struct xml_node **root, struct xml_fault *fault)
{
    struct scan s = {.src = source, .at = from, .arena = a, .fault = fault};
    enum rc rc = RC_OK;

    while (rc == RC_OK && s.at < source.n)
        rc = item(&s);
    if (rc != RC_OK)
        return rc;
    if (s.open)
        return REFUSE(
            &s, "M001", s.open->tag.from, s.open->tag.to - s.open->tag.from,
            "<%.*s> is never closed. Write </%.*s> at its end.",
            STR_ARG(shown(s.open->name)), STR_ARG(shown(s.open->name)));
    if (!s.root)
        return REFUSE(&s, "M001", source.n, 0,
                      "The file holds no element. Write one, such as "
                      "<entity name=\"...\">.");
    *root = s.root;
    return RC_OK;
}
