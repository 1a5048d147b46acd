/*
 * parse - a file from bytes to a tree that both readers agree on; and the
 * questions one asks of the tree.
 *
 * Attributes are looked up in order: an element has a handful.
 */
#include <assert.h>

#include "xml/scan.h"

static enum rc index_lines(struct xml_doc *doc, struct arena *a)
{
    struct str src = doc->source;
    size_t n = 1, i = 0;
    uint32_t *lines;

    for (size_t at = xml_line_end(src, 0); at < src.n;
         at = xml_line_end(src, at + xml_break_at(src, at)))
        n++;
    lines = ARENA_ARRAY(a, uint32_t, n);
    if (!lines)
        return RC_NOMEM;
    lines[i++] = 0;
    for (size_t at = xml_line_end(src, 0); at < src.n;
         at = xml_line_end(src, lines[i - 1]))
        lines[i++] = (uint32_t)(at + xml_break_at(src, at));
    doc->lines = lines;
    doc->n_lines = n;
    return RC_OK;
}

enum rc xml_parse(struct str file, struct str source, struct arena *a,
                  struct xml_doc **out, struct xml_fault *fault)
{
    struct xml_doc *doc;
    size_t body;
    enum rc rc = xml_gate(source, &body, fault);

    if (rc != RC_OK)
        return rc;
    doc = ARENA_NEW(a, struct xml_doc);
    if (!doc)
        return RC_NOMEM;
    doc->file = str_copy(a, file);
    doc->source = source.n ? str_copy(a, source) : STR("");
    if ((file.n && !doc->file.p) || (source.n && !doc->source.p))
        return RC_NOMEM;
    rc = xml_scan(doc->source, body, a, &doc->root, fault);
    if (rc == RC_OK)
        rc = index_lines(doc, a);
    if (rc == RC_OK)
        rc = xml_check(doc, fault);
    if (rc == RC_OK)
        *out = doc;
    return rc;
}

/* --- from values back to bytes -------------------------------------------- */

static uint32_t offset_in(const struct xml_doc *doc, struct xml_span span,
                          enum xml_mode mode, uint32_t at)
{
    struct str raw = str_of(doc->source.p + span.from, span.to - span.from);
    size_t i = 0, n = 0;

    while (i < raw.n) {
        char unit[4];
        size_t begin = i;

        n += xml_unit(raw, &i, mode, unit);
        if (n > at)
            return span.from + (uint32_t)begin;
    }
    return span.to;
}

uint32_t xml_attr_offset(const struct xml_doc *doc, const struct xml_attr *attr,
                         uint32_t at)
{
    return offset_in(doc, attr->value_span, XML_MODE_VALUE, at);
}

uint32_t xml_text_offset(const struct xml_doc *doc, const struct xml_node *text,
                         uint32_t at)
{
    bool is_raw = text->is_cdata || text->kind == XML_COMMENT;

    assert(text->kind != XML_ELEMENT);
    return offset_in(doc, text->inner, is_raw ? XML_MODE_RAW : XML_MODE_TEXT,
                     at);
}

/* --- the tree ------------------------------------------------------------- */

const struct xml_attr *xml_attr(const struct xml_node *el, struct str name)
{
    for (size_t i = 0; i < el->n_attrs; i++)
        if (str_eq(el->attrs[i].name, name))
            return &el->attrs[i];
    return NULL;
}

struct str xml_value(const struct xml_node *el, struct str name,
                     struct str fallback)
{
    const struct xml_attr *attr = xml_attr(el, name);

    return attr ? attr->value : fallback;
}

struct str xml_text_of(const struct xml_node *el, struct arena *a)
{
    const struct xml_node *only = NULL;
    size_t n = 0, pieces = 0;
    char *p;

    for (const struct xml_node *c = el->first; c; c = c->next)
        if (c->kind == XML_TEXT) {
            n += c->text.n;
            pieces++;
            only = c;
        }
    if (pieces == 0)
        return STR("");
    if (pieces == 1)
        return str_trim(only->text);
    p = (char *)arena_alloc(a, n + 1);
    if (!p)
        return STR_NONE;
    n = 0;
    for (const struct xml_node *c = el->first; c; c = c->next)
        if (c->kind == XML_TEXT && c->text.n) {
            memcpy(p + n, c->text.p, c->text.n);
            n += c->text.n;
        }
    return str_trim(str_of(p, n));
}

struct xml_node *xml_first_element(const struct xml_node *el)
{
    struct xml_node *n = el->first;

    return !n || n->kind == XML_ELEMENT ? n : xml_next_element(n);
}

struct xml_node *xml_next_element(const struct xml_node *node)
{
    struct xml_node *n = node->next;

    while (n && n->kind != XML_ELEMENT)
        n = n->next;
    return n;
}

struct xml_node *xml_child(const struct xml_node *el, struct str name)
{
    struct xml_node *n = xml_first_element(el);

    while (n && !str_eq(n->name, name))
        n = xml_next_element(n);
    return n;
}
