/*
 * scan - inside xml/ only: what its files share.
 */
#ifndef XML_SCAN_H
#define XML_SCAN_H

#include "base/buf.h"
#include "xml/xml.h"

#define XML_NO_OFFSET UINT32_MAX

/* How the bytes of a span become a value. */
enum xml_mode {
    XML_MODE_RAW,  /* comment, CDATA: line breaks become LF              */
    XML_MODE_TEXT, /* and references are resolved                        */
    XML_MODE_VALUE /* and a tab or line break as written becomes a space */
};

enum xml_ref_kind {
    XML_REF_OK,
    XML_REF_BAD,    /* not a reference at all, or without its ";"        */
    XML_REF_ENTITY, /* a name that XML does not predefine                */
    XML_REF_CHAR    /* a number that is no character                     */
};

struct xml_ref {
    enum xml_ref_kind kind;
    size_t n;       /* bytes to underline; all of it when OK */
    uint32_t point; /* when OK */
};

/* The reference whose "&" is at s.p[at]. */
struct xml_ref xml_ref_at(struct str s, size_t at);

/*
 * One unit of a well-formed span: a reference, a line break or one byte.
 * Moves *at past it, writes its 1..4 bytes to out and returns how many.
 */
size_t xml_unit(struct str s, size_t *at, enum xml_mode mode, char out[4]);

/* Bytes of the name that begins at s.p[at], a colon included; 0 for none. */
size_t xml_name_at(struct str s, size_t at);
bool xml_is_char(uint32_t point); /* production [2] of XML 1.0 */
static inline bool xml_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Position of an offset in bytes that need not be valid; linear. */
struct xml_pos xml_pos_in(struct str source, size_t offset);
/* Where the line that begins at `from` ends, its break not counted. */
size_t xml_line_end(struct str source, size_t from);
/* Bytes of the line break at `at`: 2, 1, or 0 when there is none. */
size_t xml_break_at(struct str source, size_t at);
/* Bytes of the UTF-8 byte order mark: 3 or 0. */
size_t xml_bom(struct str source);

/* Fill *fault (may be NULL) and return rc. Cut at a character. */
enum rc xml_refuse(struct xml_fault *fault, struct str source, enum rc rc,
                   const char *code, size_t offset, size_t length,
                   const char *fmt, ...) PRINTF_LIKE(7, 8);

/* As xml_refuse, so that an analyzer sees that the answer is `rc`. */
#define XML_REFUSE(fault, source, rc, ...)                                     \
    RC_SAID(xml_refuse((fault), (source), (rc), __VA_ARGS__), rc)

/* Size, encoding, characters, declaration; nothing after it meets bad UTF-8.
   *body is where the declaration ends. */
enum rc xml_gate(struct str source, size_t *body,
                 struct xml_fault *fault) MUST_CHECK;

/* The tree, its text borrowed from `source` where nothing needs resolving. */
enum rc xml_scan(struct str source, size_t from, struct arena *a,
                 struct xml_node **root, struct xml_fault *fault) MUST_CHECK;

/* libxml2 reads the same and must agree with the tree, node by node. */
enum rc xml_check(const struct xml_doc *doc,
                  struct xml_fault *fault) MUST_CHECK;

#endif
