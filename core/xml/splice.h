/*
 * splice - inside xml/ only: what the splices share.
 */
#ifndef XML_SPLICE_H
#define XML_SPLICE_H

#include "xml/scan.h"

/* Room for what one splice writes before the result is measured. */
enum { XML_SPLICE_BYTES = 2 << 20 };

/*
 * The source with its bytes from..to replaced by `by` (whose failure is
 * reported), parsed once more: what is returned is a file that parses.
 */
enum rc xml_splice(const struct xml_doc *doc, size_t from, size_t to,
                   const struct buf *by, struct arena *a, struct str *out,
                   struct err *err) MUST_CHECK;

/* --- layout --------------------------------------------------------------- */

struct str xml_bytes(const struct xml_doc *doc, size_t from, size_t to);
bool xml_is_blank(struct str s); /* spaces and line breaks only */
bool xml_has_break(struct str s);
/* Text between elements that only lays them out. A written "&#32;" is text
   that somebody wants. */
bool xml_is_layout(const struct xml_doc *doc, const struct xml_node *node);
/* Has text of its own among its children: spaces mean something there. */
bool xml_is_mixed(const struct xml_doc *doc, const struct xml_node *el);
/* Where the line of `offset` begins, past a byte order mark. */
size_t xml_line_from(const struct xml_doc *doc, size_t offset);
/* Only spaces stand before `offset` on its line. */
bool xml_starts_line(const struct xml_doc *doc, size_t offset);
/* The spaces that the line of `offset` begins with. */
struct str xml_indent_at(const struct xml_doc *doc, size_t offset);
/* The line break that the file uses. */
struct str xml_eol(const struct xml_doc *doc);
/* Append s with every line break as `eol`, and `indent` after it. */
void xml_add_lines(struct buf *b, struct str s, struct str eol,
                   struct str indent);

#endif
