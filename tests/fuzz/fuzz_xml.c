/*
 * fuzz_xml - xml_parse and the splices on any bytes.
 *
 * Oracle, for what is accepted: the nodes tile the inside of their parent, tags
 * tile their attributes, an offset of a value leads to the bytes it came from;
 * the tree written out and read again is written the same; an attribute set to
 * its own value leaves every byte; after any splice the file parses and holds
 * what was asked. For what is refused: a code, a place in the file, a sentence
 * in UTF-8, nothing given out, and it was our scanner that refused it: libxml2
 * must never be the only one to see a mistake, nor see another tree.
 */
#include "xml/xml.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM_BYTES = 64 << 20, MOST_SPLICES = 6 };

#define MUST(x)                                                                \
    do {                                                                       \
        if (!(x))                                                              \
            abort();                                                           \
    } while (0)

/* --- where everything stands ---------------------------------------------- */

static bool starts_at(const struct xml_doc *doc, uint32_t at, struct str what)
{
    return str_starts(str_sub(doc->source, at, doc->source.n), what);
}

static void check_offsets(const struct xml_doc *doc,
                          const struct xml_attr *attr)
{
    uint32_t before = attr->value_span.from;

    for (uint32_t i = 0; i < attr->value.n && i < 64; i++) {
        uint32_t at = xml_attr_offset(doc, attr, i);
        char c = doc->source.p[at];

        MUST(at >= before && at < attr->value_span.to);
        MUST(c == attr->value.p[i] || c == '&' || attr->value.p[i] == ' ');
        before = at;
    }
    MUST(xml_attr_offset(doc, attr, (uint32_t)attr->value.n) ==
         attr->value_span.to);
}

static void check_tag(const struct xml_doc *doc, const struct xml_node *el)
{
    uint32_t at = el->tag.from + 1 + (uint32_t)el->name.n;

    MUST(starts_at(doc, el->tag.from, STR("<")));
    MUST(starts_at(doc, el->tag.from + 1, el->name));
    for (size_t i = 0; i < el->n_attrs; i++) {
        const struct xml_attr *attr = &el->attrs[i];

        MUST(attr->name_span.from > at);
        MUST(attr->value_span.from > attr->name_span.to + 1);
        MUST(starts_at(doc, attr->name_span.from, attr->name));
        MUST(doc->source.p[attr->value_span.from - 1] ==
             doc->source.p[attr->value_span.to]);
        MUST(xml_attr(el, attr->name) == attr);
        check_offsets(doc, attr);
        at = attr->value_span.to + 1;
    }
    MUST(at < el->tag.to && doc->source.p[el->tag.to - 1] == '>');
}

static void check_node(const struct xml_doc *doc, const struct xml_node *node)
{
    struct xml_pos pos = xml_pos_at(doc, node->span.from);
    uint32_t at = node->inner.from;

    MUST(pos.offset == node->span.from && pos.line >= 1 && pos.column >= 1);
    MUST(pos.line <= doc->n_lines);
    MUST(node->inner.from <= node->inner.to && node->inner.to <= node->span.to);
    if (node->kind != XML_ELEMENT) {
        MUST(!node->first && node->span.from < node->span.to);
        MUST(xml_text_offset(doc, node, (uint32_t)node->text.n) ==
             node->inner.to);
        return;
    }
    MUST(node->tag.from == node->span.from && node->tag.to == at);
    check_tag(doc, node);
    for (const struct xml_node *n = node->first; n; n = n->next) {
        MUST(n->parent == node && n->span.from == at);
        MUST(n->next ? n->next->prev == n : node->last == n);
        check_node(doc, n);
        at = n->span.to;
    }
    MUST(at == node->inner.to);
}

/* --- writing it out ------------------------------------------------------- */

/* A run of texts as the one text that it is read back as. */
static const struct xml_node *write_texts(struct buf *b,
                                          const struct xml_node *node)
{
    struct buf run;

    buf_init(&run, LIMIT_XML_BYTES);
    for (;; node = node->next) {
        buf_add(&run, node->text);
        if (!node->next || node->next->kind != XML_TEXT)
            break;
    }
    xml_escape_text(b, buf_view(&run));
    buf_release(&run);
    return node;
}

static void write_node(struct buf *b, const struct xml_node *node)
{
    if (node->kind == XML_COMMENT) {
        buf_adds(b, "<!--");
        buf_add(b, node->text);
        buf_adds(b, "-->");
        return;
    }
    buf_addf(b, "<%.*s", STR_ARG(node->name));
    for (size_t i = 0; i < node->n_attrs; i++) {
        buf_addf(b, " %.*s=\"", STR_ARG(node->attrs[i].name));
        xml_escape_attr(b, node->attrs[i].value);
        buf_addc(b, '"');
    }
    buf_addc(b, '>');
    for (const struct xml_node *n = node->first; n; n = n->next) {
        if (n->kind == XML_TEXT)
            n = write_texts(b, n);
        else
            write_node(b, n);
    }
    buf_addf(b, "</%.*s>", STR_ARG(node->name));
}

static void check_round_trip(const struct xml_doc *doc, struct arena *a)
{
    struct buf once, twice;
    struct xml_doc *again;

    buf_init(&once, 8 * LIMIT_XML_BYTES);
    buf_init(&twice, 8 * LIMIT_XML_BYTES);
    write_node(&once, doc->root);
    MUST(once.failed == RC_OK);
    if (once.n <= LIMIT_XML_BYTES) { /* escaping may have passed it */
        MUST(xml_parse(doc->file, buf_view(&once), a, &again, NULL) == RC_OK);
        write_node(&twice, again->root);
        MUST(str_eq(buf_view(&once), buf_view(&twice)));
    }
    buf_release(&once);
    buf_release(&twice);
}

/* --- splices -------------------------------------------------------------- */

/* The nth element in document order, as often as its children allow. */
static const struct xml_node *nth_element(const struct xml_doc *doc, size_t n)
{
    const struct xml_node *el = doc->root, *next;

    while (n-- > 0) {
        next = xml_first_element(el);
        if (!next)
            next = xml_next_element(el);
        if (!next)
            return el;
        el = next;
    }
    return el;
}

/* The element of `after` at the place that `el` has in its own tree. */
static const struct xml_node *same_place(const struct xml_doc *after,
                                         const struct xml_node *el)
{
    const struct xml_node *parent, *n;

    if (!el->parent)
        return after->root;
    parent = same_place(after, el->parent);
    n = xml_first_element(parent);
    for (const struct xml_node *m = xml_first_element(el->parent); m != el;
         m = xml_next_element(m))
        n = xml_next_element(n);
    return n;
}

static const struct xml_doc *reread(const struct xml_doc *doc, struct str text,
                                    struct arena *a)
{
    struct xml_doc *after;

    MUST(xml_parse(doc->file, text, a, &after, NULL) == RC_OK);
    return after;
}

static void check_attr_splices(const struct xml_doc *doc,
                               const struct xml_node *el, struct str value,
                               struct arena *a)
{
    struct str out;

    for (size_t i = 0; i < el->n_attrs && i < 3; i++) {
        const struct xml_attr *attr = &el->attrs[i];
        const struct xml_node *then;

        MUST(xml_set_attr(doc, el, attr->name, attr->value, a, &out, NULL) ==
             RC_OK);
        MUST(str_eq(out, doc->source));
        if (xml_set_attr(doc, el, attr->name, value, a, &out, NULL) == RC_OK) {
            then = same_place(reread(doc, out, a), el);
            MUST(str_eq(xml_value(then, attr->name, STR("")), value));
            MUST(then->n_attrs == el->n_attrs);
        }
        MUST(xml_remove_attr(doc, el, attr->name, a, &out, NULL) == RC_OK);
        then = same_place(reread(doc, out, a), el);
        MUST(!xml_attr(then, attr->name) && then->n_attrs == el->n_attrs - 1);
    }
}

static void check_node_splices(const struct xml_doc *doc,
                               const struct xml_node *el, struct str value,
                               struct arena *a)
{
    static const struct str FRAGMENT = STR_INIT("<i j='k'>\n <l/>\n</i>");
    struct str out;
    const struct xml_node *then;

    if (xml_set_text(doc, el, value, a, &out, NULL) == RC_OK) {
        then = same_place(reread(doc, out, a), el);
        MUST(str_eq(xml_text_of(then, a), str_trim(value)));
    }
    if (xml_insert(doc, el, XML_FIRST_CHILD, FRAGMENT, a, &out, NULL) ==
        RC_OK) {
        then = same_place(reread(doc, out, a), el);
        MUST(str_is(xml_first_element(then)->name, "i"));
    }
    if (xml_insert(doc, el, XML_BEFORE, FRAGMENT, a, &out, NULL) == RC_OK) {
        then = same_place(reread(doc, out, a), el);
        MUST(str_is(then->name, "i"));
        MUST(str_eq(xml_next_element(then)->name, el->name));
    }
    if (xml_insert(doc, el, XML_AFTER, FRAGMENT, a, &out, NULL) == RC_OK) {
        then = same_place(reread(doc, out, a), el);
        MUST(str_is(xml_next_element(then)->name, "i"));
    }
    if (xml_insert(doc, el, XML_LAST_CHILD, FRAGMENT, a, &out, NULL) == RC_OK) {
        then = xml_first_element(same_place(reread(doc, out, a), el));
        while (xml_next_element(then))
            then = xml_next_element(then);
        MUST(str_is(then->name, "i"));
    }
    if (xml_remove(doc, el, a, &out, NULL) == RC_OK)
        MUST(out.n < doc->source.n && reread(doc, out, a));
}

static void check_splices(const struct xml_doc *doc, struct arena *a)
{
    struct str value = utf8_head(doc->source, 40); /* as good as any */

    for (size_t i = 0; i < MOST_SPLICES; i++) {
        const struct xml_node *el = nth_element(doc, i);

        if (i > 0 && el == nth_element(doc, i - 1))
            return;
        check_attr_splices(doc, el, value, a);
        check_node_splices(doc, el, value, a);
    }
}

/* --- the target ----------------------------------------------------------- */

static void check_refusal(const struct xml_fault *fault, enum rc rc,
                          size_t size)
{
    MUST(rc == RC_SYNTAX || rc == RC_LIMIT);
    MUST(fault->code && strlen(fault->code) == 4);
    MUST(fault->pos.offset + fault->length <= size);
    MUST(fault->pos.line >= 1 && fault->pos.column >= 1);
    MUST(fault->text[0] && utf8_invalid(str_c(fault->text)) < 0);
    MUST(!str_starts(str_c(fault->text), STR("The two readers")));
    MUST(!str_starts(str_c(fault->text), STR("This is not well-formed")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str source = str_of((const char *)data, size);
    struct xml_doc *doc = NULL;
    struct xml_fault fault = {0};
    struct arena a;
    enum rc rc;

    arena_init(&a, ROOM_BYTES);
    rc = xml_parse(STR("fuzz.xml"), source, &a, &doc, &fault);
    MUST((rc == RC_OK) == (doc != NULL));
    if (doc) {
        MUST(str_eq(doc->source, source));
        MUST(doc->root->kind == XML_ELEMENT && !doc->root->parent);
        check_node(doc, doc->root);
        check_round_trip(doc, &a);
        if (size < 8192)
            check_splices(doc, &a);
    } else {
        check_refusal(&fault, rc, size);
    }
    arena_release(&a);
    return 0;
}
