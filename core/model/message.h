/*
 * message - what a check says of definitions: file:line:column, severity,
 * code, sentence, suggestion, and the line itself.
 */
#ifndef MODEL_MESSAGE_H
#define MODEL_MESSAGE_H

#include "base/arena.h"
#include "base/str.h"
#include "xml/xml.h"

enum severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_REVIEW };

struct message {
    struct str file;
    uint32_t line, column; /* from 1; 0: the file as a whole */
    uint32_t length;       /* code points to underline       */
    enum severity severity;
    const char *code; /* static: "M104"                 */
    struct str text;
    struct str hint;    /* "money" after did you mean; or empty */
    struct str excerpt; /* the line; or empty             */
};

struct messages {
    struct arena *arena;
    struct message *v; /* at most LIMIT_MESSAGES         */
    size_t n, cap;
    size_t errors, warnings; /* all, also past the limit */
    size_t mended; /* of the errors: read as suggested, so that what follows
                      can be checked as well */
};

void messages_init(struct messages *ms, struct arena *a);
/* At bytes [from, to) of the file of doc. Without memory it still counts. */
void messages_at(struct messages *ms, const struct xml_doc *doc, uint32_t from,
                 uint32_t to, enum severity sev, const char *code,
                 struct str hint, const char *fmt, ...) PRINTF_LIKE(8, 9);
void messages_file(struct messages *ms, struct str file, enum severity sev,
                   const char *code, const char *fmt, ...) PRINTF_LIKE(5, 6);
void messages_sort(struct messages *ms); /* by file, line, column, code */

struct buf;
struct json_w;
/* "file:17:46: error M104: ...\n   17 | ...\n      |   ^~~~\n" */
void messages_text(const struct messages *ms, struct buf *out);
/* The array of contract.md: file line column severity code message hint */
void messages_json(const struct messages *ms, struct json_w *w);

#endif
