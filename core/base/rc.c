/*
 * rc - see the header. Nothing here allocates, so an error can be told when
 * memory is gone.
 */
#include "base/rc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *rc_name(enum rc rc)
{
    switch (rc) {
    case RC_OK:
        return "OK";
    case RC_NOMEM:
        return "NOMEM";
    case RC_LIMIT:
        return "LIMIT";
    case RC_INVALID:
        return "INVALID";
    case RC_SYNTAX:
        return "SYNTAX";
    case RC_DENIED:
        return "DENIED";
    case RC_NOTFOUND:
        return "NOTFOUND";
    case RC_CONFLICT:
        return "CONFLICT";
    case RC_BUSY:
        return "BUSY";
    case RC_SCRIPT:
        return "SCRIPT";
    case RC_IO:
        return "IO";
    case RC_BUG:
        return "BUG";
    }
    return "?";
}

void err_clear(struct err *err)
{
    *err = (struct err)ERR_INIT;
}

/* Where text of n bytes ends when a sequence that was cut is left out. */
static size_t whole_points(const char *text, size_t n)
{
    size_t tail = 0, need;
    unsigned char lead;

    while (tail < n && tail < 3 &&
           ((unsigned char)text[n - 1 - tail] & 0xC0) == 0x80)
        tail++;
    if (tail == n)
        return n;
    lead = (unsigned char)text[n - 1 - tail];
    need = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
    return need > tail ? n - 1 - tail : n;
}

enum rc err_set(struct err *err, enum rc rc, const char *code, const char *file,
                int line, const char *fmt, ...)
{
    char text[ERR_TEXT_BYTES];
    va_list args;
    int n;

    if (!err)
        return rc;
    /* By way of a local: an argument may point into *err, as where a module
       puts its context in front of what the one below said. */
    va_start(args, fmt);
    n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (n < 0)
        text[0] = '\0';
    else if ((size_t)n >= sizeof text)
        text[whole_points(text, sizeof text - 1)] = '\0';

    err->rc = rc;
    snprintf(err->code, sizeof err->code, "%s", code);
    memcpy(err->text, text, strlen(text) + 1);
    err->file = file;
    err->line = line;
    return rc;
}
