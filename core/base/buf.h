/*
 * buf - bytes that grow up to a ceiling given at birth.
 *
 * Sticky: after the first failure (ceiling, memory) every append does nothing
 * and _finish reports it, so code reads straight and one check is enough.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/str.h"

struct buf {
    char *p;
    size_t n, cap, ceiling;
    enum rc failed; /* RC_OK, RC_NOMEM, RC_LIMIT */
};

void buf_init(struct buf *b, size_t ceiling_bytes); /* allocates nothing */
void buf_release(struct buf *b);
void buf_reset(struct buf *b); /* keeps the storage, clears failure */
void buf_add(struct buf *b, struct str s);
void buf_addc(struct buf *b, char c);
void buf_adds(struct buf *b, const char *cstr);
void buf_add_i64(struct buf *b, int64_t v);
void buf_addf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Room for n more bytes to be written at b->p + b->n; false when failed. */
bool buf_reserve(struct buf *b, size_t n);
struct str buf_view(const struct buf *b); /* until the next buf_* call */
/* Copy to the arena. RC_LIMIT names the ceiling; *out untouched on failure. */
enum rc buf_finish(struct buf *b, struct arena *a, struct str *out,
                   struct err *err) MUST_CHECK;

#endif
