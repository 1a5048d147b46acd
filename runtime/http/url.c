/* url - see the header. */
#include "http/url.h"

#include "base/utf8.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The byte of the escape that starts at s.p[i], or -1. */
static int escaped_byte(struct str s, size_t i)
{
    int high, low;

    if (s.n - i < 3)
        return -1;
    high = hex_digit(s.p[i + 1]);
    low = hex_digit(s.p[i + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static bool has_byte(struct str s, char c)
{
    return s.n > 0 && memchr(s.p, c, s.n) != NULL;
}

/*
 * Undo the escapes of s. Every byte of the result passes UTF-8 later; which
 * bytes may not come out of an escape is the caller's question.
 */
static int unescape(struct str s, bool plus_is_space, struct arena *a,
                    struct str *out, const char **why)
{
    char *to;
    size_t n = 0;

    if (!has_byte(s, '%') && !(plus_is_space && has_byte(s, '+'))) {
        *out = s;
        return 0;
    }
    to = arena_alloc(a, s.n);
    if (!to) {
        *why = "The server is out of memory; try again.";
        return 503;
    }
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (c == '%') {
            int byte = escaped_byte(s, i);

            if (byte <= 0) {
                *why = "The address holds a broken escape; write % as %25.";
                return 400;
            }
            c = (char)byte;
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        to[n++] = c;
    }
    *out = str_of(to, n);
    return 0;
}

static bool has_control(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
            return true;
    return false;
}

/* One decoded piece of a path. */
static const char *segment_fault(struct str raw, struct str s)
{
    if (s.n == 0)
        return "The address has an empty part between two slashes.";
    if (str_is(s, ".") || str_is(s, ".."))
        return "The address has a dot part; write the path it stands for.";
    /* A slash can only have come out of an escape. */
    if (has_byte(s, '/') || has_byte(s, '\\'))
        return "The address has a slash inside a part.";
    if (has_control(s))
        return "The address has a control character.";
    if (s.p != raw.p && utf8_invalid(s) >= 0)
        return "The address is not UTF-8.";
    return NULL;
}

int http_path_decode(struct str raw, struct arena *a, struct str *out,
                     size_t max, size_t *n, const char **why)
{
    size_t at = 1, count = 0;

    if (raw.n == 0 || raw.p[0] != '/') {
        *why = "The address must begin with a slash.";
        return 400;
    }
    /* Whole at once for what is not escaped; decoded pieces on their own. */
    if (utf8_invalid(raw) >= 0) {
        *why = "The address is not UTF-8.";
        return 400;
    }
    while (at < raw.n) {
        const char *slash = memchr(raw.p + at, '/', raw.n - at);
        size_t end = slash ? (size_t)(slash - raw.p) : raw.n;
        struct str piece = str_of(raw.p + at, end - at), decoded;
        int status = unescape(piece, false, a, &decoded, why);

        if (status != 0)
            return status;
        *why = segment_fault(piece, decoded);
        if (!*why && count == max)
            *why = "The address has too many parts.";
        if (*why)
            return 400;
        out[count++] = decoded;
        at = end + 1;
    }
    *n = count;
    return 0;
}

static int decode_pair(struct str piece, struct arena *a,
                       struct http_pair *pair, const char **why)
{
    ptrdiff_t equals = str_chr(piece, '=');
    struct str name = piece, value = STR("");
    int status;

    if (equals >= 0) {
        name = str_of(piece.p, (size_t)equals);
        value = str_sub(piece, (size_t)equals + 1, piece.n);
    }
    status = unescape(name, true, a, &pair->name, why);
    if (status == 0)
        status = unescape(value, true, a, &pair->value, why);
    if (status != 0)
        return status;
    if (pair->name.n == 0) {
        *why = "A parameter of the address has no name.";
        return 400;
    }
    if (utf8_invalid(pair->name) >= 0 || utf8_invalid(pair->value) >= 0) {
        *why = "A parameter of the address is not UTF-8.";
        return 400;
    }
    return 0;
}

int http_query_decode(struct str raw, struct arena *a, struct http_pair *out,
                      size_t max, size_t *n, const char **why)
{
    struct str rest = raw, piece;
    size_t count = 0;

    while (str_split(&rest, '&', &piece)) {
        int status;

        if (piece.n == 0)
            continue;
        if (count == max) {
            *why = "The address has too many parameters.";
            return 400;
        }
        status = decode_pair(piece, a, &out[count], why);
        if (status != 0)
            return status;
        for (size_t i = 0; i < count; i++)
            if (str_eq(out[i].name, out[count].name)) {
                *why = "A parameter of the address occurs twice.";
                return 400;
            }
        count++;
    }
    *n = count;
    return 0;
}

struct str http_cookie_find(struct str header, struct str name)
{
    struct str rest = header, piece, found = STR_NONE;

    while (str_split(&rest, ';', &piece)) {
        ptrdiff_t equals;

        piece = str_trim(piece);
        equals = str_chr(piece, '=');
        if (equals < 0 || !str_eq(str_of(piece.p, (size_t)equals), name))
            continue;
        if (found.p)
            return STR_NONE;
        found = str_sub(piece, (size_t)equals + 1, piece.n);
    }
    return found;
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
           c == '~';
}

void http_url_encode(struct buf *b, struct str s)
{
    static const char hex[] = "0123456789ABCDEF";

    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (is_unreserved(s.p[i])) {
            buf_addc(b, s.p[i]);
        } else {
            buf_addc(b, '%');
            buf_addc(b, hex[c >> 4]);
            buf_addc(b, hex[c & 15]);
        }
    }
}
