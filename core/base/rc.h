/*
 * rc - what a call answers, and how it says why.
 *
 * `enum rc` is a closed set; docs/errors.md maps each to HTTP and Lua.
 * `struct err` is the caller's storage with fixed-size text, so that reporting
 * works when memory is gone. It is filled once, closest to the cause.
 * `struct issues` collects what a user got wrong, all of it at once.
 *
 * Threads: an err or issues belongs to one thread.
 */
#ifndef BASE_RC_H
#define BASE_RC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUST_CHECK        __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

enum rc {
    RC_OK = 0,
    RC_NOMEM,    /* memory or an arena's ceiling                    503 */
    RC_LIMIT,    /* a named limit, an overflow, a deadline  413 422 429 */
    RC_INVALID,  /* well-formed but wrong; issues say where         422 */
    RC_SYNTAX,   /* not well-formed                                 400 */
    RC_DENIED,   /* no right                                    403 404 */
    RC_NOTFOUND, /* no such thing                                   404 */
    RC_CONFLICT, /* unique, revision, lock                          409 */
    RC_BUSY,     /* try again                                       503 */
    RC_SCRIPT,   /* a handler refused or failed                     422 */
    RC_IO,       /* disk, network; 507 when full                    503 */
    RC_BUG       /* ours                                            500 */
};
enum { RC_COUNT = RC_BUG + 1 };

/* A call that returns the `rc` it is given, which clang's analyzer cannot see
   from another file; macros like FAIL are made with it. */
#ifdef __clang_analyzer__
#define RC_SAID(call, rc) ((void)(call), (rc))
#else
#define RC_SAID(call, rc) (call)
#endif

const char *rc_name(enum rc rc); /* "OK", "NOMEM" ...; static */

enum { ERR_TEXT_BYTES = 512, ERR_CODE_BYTES = 24 };

struct err {
    enum rc rc;
    char code[ERR_CODE_BYTES]; /* outside code ("E_FULL") when it is
                                         not the rc's usual one; else ""  */
    char text[ERR_TEXT_BYTES]; /* whole sentences, NUL-terminated  */
    const char *file;          /* static; where it was raised      */
    int line;
};

/* An err that says nothing yet. */
#define ERR_INIT                                                               \
    {                                                                          \
        RC_OK, "", "", NULL, 0                                                 \
    }
void err_clear(struct err *err);

/*
 * Fill *err (may be NULL) and return rc: `return FAIL(err, RC_LIMIT, "..", x)`.
 * Text past ERR_TEXT_BYTES is cut at a UTF-8 boundary. No allocation.
 */
#define FAIL(err, rc, ...) FAIL_CODE(err, rc, "", __VA_ARGS__)
/* As FAIL, with the outside's code, e.g. "E_DUPLICATE". */
#define FAIL_CODE(err, rc, code, ...)                                          \
    RC_SAID(err_set((err), (rc), (code), __FILE__, __LINE__, __VA_ARGS__), rc)
enum rc err_set(struct err *err, enum rc rc, const char *code, const char *file,
                int line, const char *fmt, ...) PRINTF_LIKE(6, 7);

#endif
