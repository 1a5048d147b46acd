/*
 * issues - see the header.
 */
#include "base/issues.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/vec.h"

/* A message is a sentence or two; what is longer is cut. */
enum { MESSAGE_BYTES = 1024 };

void issues_init(struct issues *is, struct arena *a)
{
    *is = (struct issues){.arena = a, .prefix = STR_INIT("")};
}

static struct str full_path(const struct issues *is, struct str path)
{
    char *p;

    if (is->prefix.n == 0)
        return str_copy(is->arena, path);
    p = arena_alloc(is->arena, is->prefix.n + path.n);
    if (!p)
        return STR_NONE;
    memcpy(p, is->prefix.p, is->prefix.n);
    if (path.n)
        memcpy(p + is->prefix.n, path.p, path.n);
    return str_of(p, is->prefix.n + path.n);
}

static void keep(struct issues *is, struct str path, const char *code,
                 struct str message, bool is_warning)
{
    struct issue one = {.is_warning = is_warning};

    if (!is_warning)
        is->errors++;
    if (is->n >= ISSUES_MAX)
        return;
    one.path = full_path(is, path);
    one.code = str_copy(is->arena, str_c(code));
    one.message = str_copy(is->arena, message);
    if (!one.path.p || !one.code.p || !one.message.p)
        return;
    (void)VEC_PUSH(is->arena, is, one);
}

/* Formats into `text`; cut before a UTF-8 sequence that does not fit. */
static struct str PRINTF_LIKE(2, 0)
    format(char text[MESSAGE_BYTES], const char *fmt, va_list args)
{
    int n = vsnprintf(text, MESSAGE_BYTES, fmt, args);
    size_t len;

    if (n < 0)
        return STR("");
    if (n < MESSAGE_BYTES)
        return str_of(text, (size_t)n);
    len = MESSAGE_BYTES - 4; /* the longest sequence has four bytes */
    while (len && ((unsigned char)text[len] & 0xC0) == 0x80)
        len--;
    return str_of(text, len);
}

void issues_add(struct issues *is, struct str path, const char *code,
                const char *fmt, ...)
{
    char text[MESSAGE_BYTES];
    struct str message;
    va_list args;

    va_start(args, fmt);
    message = format(text, fmt, args);
    va_end(args);
    keep(is, path, code, message, false);
}

void issues_warn(struct issues *is, struct str path, const char *code,
                 const char *fmt, ...)
{
    char text[MESSAGE_BYTES];
    struct str message;
    va_list args;

    va_start(args, fmt);
    message = format(text, fmt, args);
    va_end(args);
    keep(is, path, code, message, true);
}
