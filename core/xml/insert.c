/*
 * insert - put an element into a file, or take a node out, as its author
 * would: on a line of its own where its neighbours have one, indented as they
 * are, with their line breaks. Where spaces are part of a text nothing but the
 * element itself is written or removed.
 */
#include "base/limits.h"
#include "xml/splice.h"

/* Where an element goes and what is written around it. */
struct spot {
    size_t from, to; /* bytes that make way: spaces, or the / of <x/>     */
    bool break_before, break_after;
    bool opens;        /* <x/> becomes <x> ... </x>                       */
    struct str indent; /* of the element's lines                          */
    struct str unit;   /* one step more than `indent`; "" for none        */
    struct str after;  /* indentation past break_after                    */
};

/* --- how the author indents ----------------------------------------------- */

/* One step: what the first child of the root has more than the root. */
static struct str unit_of(const struct xml_doc *doc)
{
    struct str base = xml_indent_at(doc, doc->root->span.from);

    for (const struct xml_node *n = xml_first_element(doc->root); n;
         n = xml_next_element(n)) {
        struct str indent = xml_indent_at(doc, n->span.from);

        if (xml_starts_line(doc, n->span.from) && indent.n > base.n &&
            str_starts(indent, base))
            return str_sub(indent, base.n, indent.n);
    }
    return STR("  ");
}

/* Indent as the children of `parent` are, seen from one that is on a line. */
static void indent_like(const struct xml_doc *doc,
                        const struct xml_node *parent, size_t child_from,
                        struct spot *s)
{
    bool is_below = xml_line_from(doc, child_from) >= parent->tag.to;

    s->indent = xml_indent_at(doc, is_below ? child_from : parent->tag.from);
    s->unit = is_below ? STR("") : unit_of(doc);
}

static const struct xml_node *first_content(const struct xml_doc *doc,
                                            const struct xml_node *el)
{
    const struct xml_node *n = el->first;

    while (n && xml_is_layout(doc, n))
        n = n->next;
    return n;
}

static const struct xml_node *last_content(const struct xml_doc *doc,
                                           const struct xml_node *el)
{
    const struct xml_node *n = el->last;

    while (n && xml_is_layout(doc, n))
        n = n->prev;
    return n;
}

/* --- where ---------------------------------------------------------------- */

/*
 * The end of what belongs to a node on its line: comments that follow it there
 * with nothing but a line break after them.
 */
static size_t end_with_comments(const struct xml_doc *doc,
                                const struct xml_node *node)
{
    size_t line_end = xml_line_end(doc->source, node->span.to);
    size_t end = node->span.to;

    for (const struct xml_node *n = node->next; n && n->span.from < line_end;
         n = n->next) {
        if (n->kind == XML_COMMENT && n->span.to <= line_end)
            end = n->span.to;
        else if (!xml_is_layout(doc, n))
            return node->span.to;
    }
    return xml_is_blank(xml_bytes(doc, end, line_end)) ? end : node->span.to;
}

static struct spot beside(const struct xml_doc *doc,
                          const struct xml_node *node, bool is_after)
{
    bool is_block = !xml_is_mixed(doc, node->parent) &&
                    xml_starts_line(doc, node->span.from);
    struct spot s = {0};

    s.from = s.to = is_after ? node->span.to : node->span.from;
    if (!is_block)
        return s;
    s.indent = s.after = xml_indent_at(doc, node->span.from);
    s.break_before = is_after;
    s.break_after = !is_after;
    if (is_after)
        s.from = s.to = end_with_comments(doc, node);
    return s;
}

/* Inside an element that contains nothing, or only spaces. */
static struct spot into_empty(const struct xml_doc *doc,
                              const struct xml_node *el)
{
    bool is_block = xml_starts_line(doc, el->tag.from);
    bool closes_below =
        xml_has_break(xml_bytes(doc, el->inner.from, el->inner.to));
    struct spot s = {.from = el->inner.from, .to = el->inner.to};

    if (el->self_closing) {
        s.opens = true;
        s.from = s.to - 2;
        while (xml_is_space(doc->source.p[s.from - 1]))
            s.from--;
    }
    if (is_block) {
        s.indent = s.after = xml_indent_at(doc, el->tag.from);
        s.unit = unit_of(doc);
        s.break_before = true;
        s.break_after = !closes_below;
    }
    if (closes_below)
        s.to = s.from;
    return s;
}

static struct spot last_child(const struct xml_doc *doc,
                              const struct xml_node *el)
{
    const struct xml_node *last = last_content(doc, el);
    struct spot s = {.from = el->inner.to, .to = el->inner.to};

    if (!last)
        return into_empty(doc, el);
    if (xml_is_mixed(doc, el))
        return s;
    s.from = s.to = last->span.to;
    if (!xml_has_break(xml_bytes(doc, last->span.to, el->inner.to)))
        return s;
    indent_like(doc, el, last->span.from, &s);
    s.break_before = true;
    return s;
}

static struct spot first_child(const struct xml_doc *doc,
                               const struct xml_node *el)
{
    const struct xml_node *first = first_content(doc, el);
    struct spot s = {.from = el->inner.from, .to = el->inner.from};

    if (!first)
        return into_empty(doc, el);
    if (xml_is_mixed(doc, el))
        return s;
    return beside(doc, first, false);
}

/* --- what ----------------------------------------------------------------- */

static void add_tag(struct buf *b, const struct xml_doc *fragment,
                    const struct xml_node *el, struct str eol,
                    struct str indent)
{
    size_t at = el->tag.from;

    for (size_t i = 0; i < el->n_attrs; i++) {
        struct xml_span value = el->attrs[i].value_span;

        xml_add_lines(b, xml_bytes(fragment, at, value.from), eol, indent);
        xml_add_lines(b, xml_bytes(fragment, value.from, value.to), eol,
                      STR(""));
        at = value.to;
    }
    xml_add_lines(b, xml_bytes(fragment, at, el->tag.to), eol, indent);
}

/*
 * An element with its lines indented, where a line break is layout: between
 * tags and attributes, not in texts and values. As deep as a file may be.
 */
static void add_element(struct buf *b, const struct xml_doc *fragment,
                        const struct xml_node *el, struct str eol,
                        struct str indent)
{
    bool is_mixed = xml_is_mixed(fragment, el);

    add_tag(b, fragment, el, eol, indent);
    for (const struct xml_node *n = el->first; n; n = n->next) {
        bool moves = !is_mixed && xml_is_layout(fragment, n);

        if (n->kind == XML_ELEMENT)
            add_element(b, fragment, n, eol, indent);
        else
            xml_add_lines(b, xml_bytes(fragment, n->span.from, n->span.to), eol,
                          moves ? indent : STR(""));
    }
    xml_add_lines(b, xml_bytes(fragment, el->inner.to, el->span.to), eol,
                  indent);
}

static void add_indented(struct buf *b, const struct xml_doc *fragment,
                         const struct spot *s, struct str eol)
{
    struct buf indent; /* `indent` and `unit` as one */

    buf_init(&indent, LIMIT_XML_BYTES);
    buf_add(&indent, s->indent);
    buf_add(&indent, s->unit);
    if (indent.failed && b->failed == RC_OK)
        b->failed = indent.failed;
    if (s->break_before) {
        buf_add(b, eol);
        buf_add(b, buf_view(&indent));
    }
    add_element(b, fragment, fragment->root, eol, buf_view(&indent));
    if (s->break_after) {
        buf_add(b, eol);
        buf_add(b, s->after);
    }
    buf_release(&indent);
}

static enum rc parse_fragment(struct str fragment, struct arena *a,
                              struct xml_doc **out, struct err *err)
{
    struct xml_fault fault;
    struct xml_doc *doc;
    struct xml_span root;
    enum rc rc = xml_parse(STR("fragment"), fragment, a, &doc, &fault);

    if (rc == RC_NOMEM)
        return FAIL(err, rc, "There is no memory to read the new element.");
    if (rc != RC_OK)
        return FAIL(err, rc == RC_LIMIT ? RC_LIMIT : RC_INVALID,
                    "The new element is wrong at %u:%u. %s",
                    (unsigned)fault.pos.line, (unsigned)fault.pos.column,
                    fault.text);
    root = doc->root->span;
    if (!xml_is_blank(xml_bytes(doc, 0, root.from)) ||
        !xml_is_blank(xml_bytes(doc, root.to, doc->source.n)))
        return FAIL(err, RC_INVALID,
                    "What is inserted must be one element, with nothing "
                    "before or after it.");
    *out = doc;
    return RC_OK;
}

static enum rc find_spot(const struct xml_doc *doc, const struct xml_node *at,
                         enum xml_place place, struct spot *out,
                         struct err *err)
{
    bool is_child = place == XML_LAST_CHILD || place == XML_FIRST_CHILD;

    if (is_child && at->kind != XML_ELEMENT)
        return FAIL(err, RC_INVALID,
                    "Only an element can contain another element.");
    if (!is_child && !at->parent)
        return FAIL(err, RC_INVALID,
                    "Nothing can stand beside <%.*s>: a file has one "
                    "outermost element.",
                    STR_ARG(at->name));
    switch (place) {
    case XML_LAST_CHILD:
        *out = last_child(doc, at);
        break;
    case XML_FIRST_CHILD:
        *out = first_child(doc, at);
        break;
    case XML_AFTER:
        *out = beside(doc, at, true);
        break;
    case XML_BEFORE:
        *out = beside(doc, at, false);
        break;
    }
    return RC_OK;
}

enum rc xml_insert(const struct xml_doc *doc, const struct xml_node *at,
                   enum xml_place place, struct str fragment, struct arena *a,
                   struct str *out, struct err *err)
{
    struct xml_doc *what;
    struct spot s = {0};
    struct buf text;
    enum rc rc = find_spot(doc, at, place, &s, err);

    if (rc == RC_OK)
        rc = parse_fragment(fragment, a, &what, err);
    if (rc != RC_OK)
        return rc;
    buf_init(&text, XML_SPLICE_BYTES);
    if (s.opens)
        buf_addc(&text, '>');
    add_indented(&text, what, &s, xml_eol(doc));
    if (s.opens)
        buf_addf(&text, "</%.*s>", STR_ARG(at->name));
    rc = xml_splice(doc, s.from, s.to, &text, a, out, err);
    buf_release(&text);
    return rc;
}

/* --- taking out ----------------------------------------------------------- */

enum rc xml_remove(const struct xml_doc *doc, const struct xml_node *node,
                   struct arena *a, struct str *out, struct err *err)
{
    size_t from = node->span.from, to = node->span.to;
    size_t line_end = xml_line_end(doc->source, to);
    struct buf nothing;

    if (!node->parent)
        return FAIL(err, RC_INVALID,
                    "<%.*s> is the whole file. Remove the file instead.",
                    STR_ARG(node->name));
    if (node->kind != XML_TEXT && !xml_is_mixed(doc, node->parent) &&
        xml_starts_line(doc, from) &&
        xml_is_blank(xml_bytes(doc, to, line_end))) {
        from = xml_line_from(doc, from);
        to = line_end + xml_break_at(doc->source, line_end);
    }
    buf_init(&nothing, 0);
    return xml_splice(doc, from, to, &nothing, a, out, err);
}
