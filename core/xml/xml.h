/*
 * xml - definitions as a tree of our own, with exact positions, and splices
 * that leave every other byte alone. The only user of libxml2.
 *
 * Two readers must agree. Ours (scan.c) walks the bytes, refuses what the
 * language does not have and records where everything stands; libxml2
 * (check.c) then reads the same bytes, and each event of it must be the next
 * node of ours, values included. Where they differ the file is refused.
 * Nothing is loaded from anywhere. No libxml2 object outlives xml_parse.
 *
 * Names are plain: a prefix ("x:entity") and xmlns are refused, since the
 * language has no namespaces. A UTF-8 byte order mark is accepted and kept.
 *
 * Lines and columns count from 1; a column is a code point of the line (a tab
 * is one). LF, CR LF and a lone CR end a line. Offsets are bytes of the file.
 *
 * Every refusal has one of these codes and a position:
 *     M001  not well-formed
 *     M002  more than LIMIT_XML_BYTES                           RC_LIMIT
 *     M003  not UTF-8: by its bytes, its byte order mark, NUL, or declaration
 *     M004  DOCTYPE, ENTITY, or an entity that XML does not predefine
 *     M005  a processing instruction; a declaration that is not first
 *     M006  deeper than LIMIT_XML_DEPTH                         RC_LIMIT
 *     M007  more attributes, nodes or bytes of a name than
 *           LIMIT_XML_ATTRS, LIMIT_XML_NODES, LIMIT_XML_NAME    RC_LIMIT
 *     M008  a namespace prefix or xmlns
 *
 * Threads: any number, each with its own arena. Cost: 12 ms and 7 MiB of arena
 * for a MiB of ordinary definitions; at worst 40 ms and 20 MiB.
 */
#ifndef XML_XML_H
#define XML_XML_H

#include "base/arena.h"
#include "base/str.h"

struct xml_pos {
    uint32_t offset, line, column;
};
struct xml_span {
    uint32_t from, to; /* bytes, half open */
};

struct xml_attr {
    struct str name;
    struct str value; /* references resolved, normalised            */
    struct xml_span name_span;
    struct xml_span value_span; /* between the quotes, as written             */
};

/* A run of text and each CDATA section is an XML_TEXT of its own, spaces
   between elements are XML_TEXT too; comments outside the root are no nodes. */
enum xml_kind { XML_ELEMENT, XML_TEXT, XML_COMMENT };

struct xml_node {
    enum xml_kind kind;
    struct str name;       /* element                                    */
    struct str text;       /* text (CDATA too), comment                  */
    struct xml_span span;  /* from < of the start tag to > of the end tag */
    struct xml_span tag;   /* the start tag; empty for text and comment  */
    struct xml_span inner; /* between the tags, empty at tag.to for <x/>;
                                   inside <!-- --> and <![CDATA[ ]]>          */
    bool is_cdata;         /* XML_TEXT                                   */
    bool self_closing;
    struct xml_attr *attrs;
    size_t n_attrs;
    struct xml_node *parent, *first, *last, *next, *prev;
};

struct xml_doc {
    struct str file;   /* for messages: "entities/rental.xml"           */
    struct str source; /* the bytes as they were; copied                */
    struct xml_node *root;
    const uint32_t *lines; /* offset at which each line begins */
    size_t n_lines;
};

/* Where and why a file was refused. `code` is of the catalogue (M001 ..). */
struct xml_fault {
    struct xml_pos pos;
    uint32_t length;  /* bytes to underline, 0: a point */
    const char *code; /* static */
    char text[256];
};

/*
 * Parse one file.
 * Owns:   everything lives in `a`; `source` and `file` are copied.
 * Errors: RC_SYNTAX, RC_LIMIT fill *fault (which may be NULL); RC_NOMEM.
 *         On failure *out is untouched and `a` may hold remains.
 */
enum rc xml_parse(struct str file, struct str source, struct arena *a,
                  struct xml_doc **out, struct xml_fault *fault) MUST_CHECK;

/* Offsets past the end are the end. */
struct xml_pos xml_pos_at(const struct xml_doc *doc, uint32_t offset);
/* The line of `offset` without its break. */
struct str xml_line_at(const struct xml_doc *doc, uint32_t offset);
/* Offset in the file of byte `at` of an attribute's *resolved* value (fx errors
   count there; references are longer in the file than in the value). Inside
   a reference it is where the reference begins; past the end the end. */
uint32_t xml_attr_offset(const struct xml_doc *doc, const struct xml_attr *attr,
                         uint32_t at);
/* The same for a text or a comment. */
uint32_t xml_text_offset(const struct xml_doc *doc, const struct xml_node *text,
                         uint32_t at);

const struct xml_attr *xml_attr(const struct xml_node *el,
                                struct str name); /* or NULL */
struct str xml_value(const struct xml_node *el, struct str name,
                     struct str fallback);
/* Concatenated text of the children, trimmed, in the arena; STR_NONE without
   memory (arena_failed tells it from an element without text). */
struct str xml_text_of(const struct xml_node *el, struct arena *a);
struct xml_node *xml_child(const struct xml_node *el,
                           struct str name); /* first or NULL */
struct xml_node *xml_next_element(
    const struct xml_node *node); /* sibling or NULL */
struct xml_node *xml_first_element(const struct xml_node *el);

/*
 * Splices: the new bytes of the file; the doc stays as it was. Bytes outside
 * the place of the change are the old ones, and the result has been parsed:
 * what would not be a definition file is refused. What already is as asked is
 * left as it is written.
 *
 * Before:  the node is one of `doc`.
 * Owns:    *out lives in `a`, which may hold remains.
 * Errors:  RC_INVALID   no file could hold this name, value or place
 *          RC_NOTFOUND  no such attribute to remove
 *          RC_LIMIT     past one of the limits above
 *          RC_NOMEM
 */
/* In the quotes it has; a new one after the last, on a line of its own where
   the others have one. */
enum rc xml_set_attr(const struct xml_doc *doc, const struct xml_node *el,
                     struct str name, struct str value, struct arena *a,
                     struct str *out, struct err *err) MUST_CHECK;
enum rc xml_remove_attr(const struct xml_doc *doc, const struct xml_node *el,
                        struct str name, struct arena *a, struct str *out,
                        struct err *err) MUST_CHECK;
/*
 * Put `fragment` (one element, its first line not indented) as the last or
 * first child of `at`, or after or before it. Takes over the indentation and
 * line breaks around it, for all its lines except those of texts and values;
 * beside text it goes in as it is. <x/> is opened when needed. A comment that
 * ends the line of the node it goes after stays there.
 */
enum xml_place { XML_LAST_CHILD, XML_FIRST_CHILD, XML_AFTER, XML_BEFORE };
enum rc xml_insert(const struct xml_doc *doc, const struct xml_node *at,
                   enum xml_place place, struct str fragment, struct arena *a,
                   struct str *out, struct err *err) MUST_CHECK;
/* With its line when it stood alone on it. */
enum rc xml_remove(const struct xml_doc *doc, const struct xml_node *node,
                   struct arena *a, struct str *out,
                   struct err *err) MUST_CHECK;
/*
 * xml_text_of is then `text`, trimmed. Comments, CDATA and the line breaks
 * around the old text stay. Not for an element that contains elements.
 */
enum rc xml_set_text(const struct xml_doc *doc, const struct xml_node *el,
                     struct str text, struct arena *a, struct str *out,
                     struct err *err) MUST_CHECK;

/* Of the library that reads along, "2.9.14"; static. */
const char *xml_version(void);

struct buf;
void xml_escape_attr(struct buf *b, struct str s); /* for "..." */
void xml_escape_text(struct buf *b, struct str s);

#endif
