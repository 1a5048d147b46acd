/*
 * edit - change what an element says: its attributes and its text. Escaping.
 *
 * What already has the wanted value is left as it was written, with the
 * author's quotes, references and spaces.
 */
#include "base/limits.h"
#include "base/utf8.h"
#include "xml/splice.h"

/* --- escaping ------------------------------------------------------------- */

static void add_value(struct buf *b, struct str s, char quote)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (c == '&')
            buf_adds(b, "&amp;");
        else if (c == '<')
            buf_adds(b, "&lt;");
        else if (c == quote)
            buf_adds(b, c == '"' ? "&quot;" : "&apos;");
        else if (c == '\t' || c == '\n' || c == '\r')
            buf_addf(b, "&#%d;", c); /* as they are they would be spaces */
        else
            buf_addc(b, c);
    }
}

void xml_escape_attr(struct buf *b, struct str s)
{
    add_value(b, s, '"');
}

/* ">" only where "]]" may stand before it: prose stays readable. */
static void add_text(struct buf *b, struct str s, struct str eol)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (c == '&')
            buf_adds(b, "&amp;");
        else if (c == '<')
            buf_adds(b, "&lt;");
        else if (c == '>' && (i == 0 || s.p[i - 1] == ']'))
            buf_adds(b, "&gt;");
        else if (c == '\r')
            buf_adds(b, "&#13;");
        else if (c == '\n')
            buf_add(b, eol);
        else
            buf_addc(b, c);
    }
}

void xml_escape_text(struct buf *b, struct str s)
{
    add_text(b, s, STR("\n"));
}

/* What no file could hold, whatever its escaping. */
static enum rc check_chars(struct str s, const char *what, struct err *err)
{
    size_t at = 0;
    int32_t point;

    if (utf8_invalid(s) >= 0)
        return FAIL(err, RC_INVALID, "The %s is not valid UTF-8.", what);
    while ((point = utf8_next(s, &at)) >= 0)
        if (!xml_is_char((uint32_t)point))
            return FAIL(err, RC_INVALID,
                        "The %s contains the character U+%04X, which XML does "
                        "not allow. Remove it.",
                        what, (unsigned)point);
    return RC_OK;
}

static enum rc unchanged(const struct xml_doc *doc, struct arena *a,
                         struct str *out, struct err *err)
{
    struct str copy = str_copy(a, doc->source);

    if (!copy.p)
        return FAIL(err, RC_NOMEM, "There is no memory to copy %.*s.",
                    STR_ARG(doc->file));
    *out = copy;
    return RC_OK;
}

/* --- attributes ----------------------------------------------------------- */

static size_t attr_end(const struct xml_attr *attr)
{
    return attr->value_span.to + 1; /* its quote */
}

static size_t name_end(const struct xml_node *el)
{
    return el->tag.from + 1 + el->name.n;
}

/* Where the last attribute, or else the name, of a tag ends. */
static size_t attrs_end(const struct xml_node *el)
{
    return el->n_attrs ? attr_end(&el->attrs[el->n_attrs - 1]) : name_end(el);
}

/*
 * The space before a new attribute: a line of its own where each but the
 * first has one, which may follow the name.
 */
static struct str gap_for_attr(const struct xml_doc *doc,
                               const struct xml_node *el)
{
    size_t end = name_end(el);
    struct str gap = STR(" ");

    for (size_t i = 0; i < el->n_attrs; i++) {
        struct str here = xml_bytes(doc, end, el->attrs[i].name_span.from);

        if (xml_has_break(here))
            gap = here;
        else if (i > 0)
            return STR(" ");
        end = attr_end(&el->attrs[i]);
    }
    return gap;
}

static enum rc check_name(struct str name, struct err *err)
{
    if (name.n == 0 || utf8_invalid(name) >= 0 ||
        xml_name_at(name, 0) != name.n)
        return FAIL(err, RC_INVALID,
                    "\"%.*s\" cannot be the name of an attribute. Use "
                    "letters, digits and hyphens.",
                    STR_ARG(str_sub(name, 0, LIMIT_XML_NAME)));
    return RC_OK;
}

enum rc xml_set_attr(const struct xml_doc *doc, const struct xml_node *el,
                     struct str name, struct str value, struct arena *a,
                     struct str *out, struct err *err)
{
    const struct xml_attr *attr = xml_attr(el, name);
    struct buf text;
    enum rc rc = check_name(name, err);

    if (rc == RC_OK)
        rc = check_chars(value, "value", err);
    if (rc != RC_OK)
        return rc;
    if (attr && str_eq(attr->value, value))
        return unchanged(doc, a, out, err);
    buf_init(&text, XML_SPLICE_BYTES);
    if (attr) {
        add_value(&text, value, doc->source.p[attr->value_span.from - 1]);
        rc = xml_splice(doc, attr->value_span.from, attr->value_span.to, &text,
                        a, out, err);
    } else {
        buf_add(&text, gap_for_attr(doc, el));
        buf_add(&text, name);
        buf_adds(&text, "=\"");
        xml_escape_attr(&text, value);
        buf_addc(&text, '"');
        rc = xml_splice(doc, attrs_end(el), attrs_end(el), &text, a, out, err);
    }
    buf_release(&text);
    return rc;
}

enum rc xml_remove_attr(const struct xml_doc *doc, const struct xml_node *el,
                        struct str name, struct arena *a, struct str *out,
                        struct err *err)
{
    const struct xml_attr *attr = xml_attr(el, name);
    struct buf nothing;
    size_t from, to;

    if (!attr)
        return FAIL(err, RC_NOTFOUND,
                    "<%.*s> has no attribute \"%.*s\" to remove.",
                    STR_ARG(el->name), STR_ARG(name));
    if (attr == el->attrs && el->n_attrs > 1) {
        from = attr->name_span.from; /* the next moves up to the name */
        to = attr[1].name_span.from;
    } else {
        from = attr == el->attrs ? name_end(el) : attr_end(attr - 1);
        to = attr_end(attr);
    }
    buf_init(&nothing, 0);
    return xml_splice(doc, from, to, &nothing, a, out, err);
}

/* --- text ----------------------------------------------------------------- */

/* The text child that a new text replaces: the first that says something. */
static const struct xml_node *main_text(const struct xml_node *el)
{
    const struct xml_node *first = NULL;

    for (const struct xml_node *n = el->first; n; n = n->next) {
        if (n->kind != XML_TEXT)
            continue;
        if (!xml_is_blank(n->text))
            return n;
        if (!first || n->is_cdata)
            first = n;
    }
    return first;
}

/*
 * The spaces around a text as written, when they put it on lines of its own
 * and the new text does not bring its own.
 */
static void margins(const struct xml_doc *doc, const struct xml_node *node,
                    struct str text, struct str *lead, struct str *trail)
{
    struct str raw = xml_bytes(doc, node->inner.from, node->inner.to);
    struct str core = str_trim(raw);
    size_t before = (size_t)(core.p - raw.p);

    if (core.n == 0)
        before = raw.n = 0;
    *lead = str_sub(raw, 0, before);
    *trail = str_sub(raw, before + core.n, raw.n);
    if (!xml_has_break(*lead) || text.n == 0 || xml_is_space(text.p[0]))
        *lead = STR("");
    if (!xml_has_break(*trail) || text.n == 0 ||
        xml_is_space(text.p[text.n - 1]))
        *trail = STR("");
}

static void add_main_text(struct buf *b, const struct xml_doc *doc,
                          const struct xml_node *node, struct str text)
{
    bool is_cdata = node->is_cdata && str_find(text, STR("]]>")) < 0 &&
                    str_chr(text, '\r') < 0;
    struct str lead, trail;

    margins(doc, node, text, &lead, &trail);
    if (is_cdata)
        buf_adds(b, "<![CDATA[");
    buf_add(b, lead);
    if (is_cdata)
        xml_add_lines(b, text, xml_eol(doc), STR(""));
    else
        add_text(b, text, xml_eol(doc));
    buf_add(b, trail);
    if (is_cdata)
        buf_adds(b, "]]>");
}

/* The new inside of an element: comments and layout stay where they are. */
static void add_inner(struct buf *b, const struct xml_doc *doc,
                      const struct xml_node *el, struct str text)
{
    const struct xml_node *target = main_text(el);

    if (!target)
        add_text(b, text, xml_eol(doc));
    for (const struct xml_node *n = el->first; n; n = n->next) {
        if (n == target)
            add_main_text(b, doc, n, text);
        else if (n->kind == XML_COMMENT || xml_is_layout(doc, n))
            buf_add(b, xml_bytes(doc, n->span.from, n->span.to));
    }
}

enum rc xml_set_text(const struct xml_doc *doc, const struct xml_node *el,
                     struct str text, struct arena *a, struct str *out,
                     struct err *err)
{
    size_t from = el->inner.from, to = el->inner.to;
    struct str now;
    struct buf inner;
    enum rc rc = check_chars(text, "text", err);

    if (rc != RC_OK)
        return rc;
    if (xml_first_element(el))
        return FAIL(err, RC_INVALID,
                    "<%.*s> contains elements, so its text cannot be "
                    "replaced. Change the elements instead.",
                    STR_ARG(el->name));
    now = xml_text_of(el, a);
    if (!now.p)
        return FAIL(err, RC_NOMEM, "There is no memory to read <%.*s>.",
                    STR_ARG(el->name));
    if (str_eq(now, str_trim(text)))
        return unchanged(doc, a, out, err);
    buf_init(&inner, XML_SPLICE_BYTES);
    if (el->self_closing) {
        from = attrs_end(el);
        buf_addc(&inner, '>');
        add_text(&inner, text, xml_eol(doc));
        buf_addf(&inner, "</%.*s>", STR_ARG(el->name));
    } else {
        add_inner(&inner, doc, el, text);
    }
    rc = xml_splice(doc, from, to, &inner, a, out, err);
    buf_release(&inner);
    return rc;
}
