/*
 * url - the address of a request, decoded once and strictly.
 *
 * What cannot be told apart safely is refused, not repaired: a second decoder
 * somewhere must never see something else than we did. Pieces without an
 * escape point into `raw`; the others live in the arena.
 *
 * Answers are 0 or the HTTP status to refuse with; then *why is a static
 * sentence.
 */
#ifndef HTTP_URL_H
#define HTTP_URL_H

#include "http/http.h"

/*
 * "/api/v1/crm" to its pieces. 400 for: no slash in front, "//", "." and ".."
 * (escaped too), %2f, %5c, a backslash, control bytes (escaped too), a broken
 * escape, invalid UTF-8, more than `max` pieces. 503 without memory.
 */
int http_path_decode(struct str raw, struct arena *a, struct str *out,
                     size_t max, size_t *n, const char **why);
/*
 * "a=1&b=x+y" to pairs; '+' is a space. 400 for: a name twice, a name without
 * a letter, %00, a broken escape, invalid UTF-8, more than `max`.
 */
int http_query_decode(struct str raw, struct arena *a, struct http_pair *out,
                      size_t max, size_t *n, const char **why);
/* The value of `name` in a Cookie header; STR_NONE if absent or twice. */
struct str http_cookie_find(struct str header, struct str name);
/* Append s so that http_path_decode and http_query_decode give it back. */
void http_url_encode(struct buf *b, struct str s);

#endif
