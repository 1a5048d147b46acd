/*
 * head - see the header.
 *
 * The rules are those of RFC 9112 with every "may" that has ever been used to
 * smuggle answered with no: no folding, no bare LF, no space before a colon,
 * no Transfer-Encoding at all, one Content-Length of plain digits, one Host.
 */
#include "http/head.h"

#include <strings.h>

#include "base/utf8.h"
#include "http/url.h"

enum {
    METHOD_BYTES = 16, /* longest word taken for a method  */
    HOST_BYTES = 260,  /* 253 of a name, colon, port       */
    LENGTH_DIGITS = 12 /* of Content-Length: a terabyte    */
};

static const char *const METHOD_NAMES[HTTP_METHODS] = {
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

const char *http_method_name(enum http_method m)
{
    return METHOD_NAMES[m];
}

bool http_method_is_safe(enum http_method m)
{
    return m == HTTP_GET || m == HTTP_HEAD || m == HTTP_OPTIONS;
}

enum http_head_found http_head_end(struct str bytes, size_t *scanned,
                                   size_t *line, size_t *end)
{
    while (*scanned < bytes.n) {
        const char *lf = memchr(bytes.p + *scanned, '\n', bytes.n - *scanned);
        size_t at;

        if (!lf) {
            *scanned = bytes.n;
            return HTTP_HEAD_MORE;
        }
        at = (size_t)(lf - bytes.p);
        if (at == 0 || bytes.p[at - 1] != '\r')
            return HTTP_HEAD_BARE_LF;
        *scanned = at + 1;
        if (at - *line == 1) {
            *end = at + 1;
            return HTTP_HEAD_WHOLE;
        }
        *line = at + 1;
    }
    return HTTP_HEAD_MORE;
}

/* --- bytes ----------------------------------------------------------- */

/* tchar of RFC 9110 5.6.2. */
static bool is_token_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_token(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_token_byte(s.p[i]))
            return false;
    return s.n > 0;
}

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

static bool has_control(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (is_control(s.p[i]))
            return true;
    return false;
}

static bool equals_nocase(struct str s, const char *lower, size_t n)
{
    return s.n == n && strncasecmp(s.p, lower, n) == 0;
}
#define IS_NOCASE(s, lit) equals_nocase((s), (lit), sizeof(lit) - 1)

/* The line at the front of *rest, without its CRLF. */
static struct str take_line(struct str *rest)
{
    const char *lf = memchr(rest->p, '\n', rest->n);
    size_t n = lf ? (size_t)(lf - rest->p) : rest->n;
    struct str line = str_of(rest->p, n > 0 ? n - 1 : 0);

    *rest = str_sub(*rest, n + 1, rest->n);
    return line;
}

/* Is one of the comma-separated words of `list` this? */
static bool has_word(struct str list, const char *lower)
{
    struct str word;

    while (str_split(&list, ',', &word))
        if (equals_nocase(str_trim(word), lower, strlen(lower)))
            return true;
    return false;
}

/* --- request line ---------------------------------------------------- */

static int parse_method(struct str word, struct http_request *req,
                        const char **why)
{
    for (int m = 0; m < HTTP_METHODS; m++)
        if (str_eq(word, str_c(METHOD_NAMES[m]))) {
            req->method = (enum http_method)m;
            return 0;
        }
    if (str_is(word, "TRACE") || str_is(word, "CONNECT")) {
        *why = "This method is not served here.";
        return 405;
    }
    if (word.n > METHOD_BYTES || !is_token(word)) {
        *why = "The first word of the request is no method.";
        return 400;
    }
    *why = "This method is not known here.";
    return 501;
}

static int parse_version(struct str word, struct http_frame *frame,
                         const char **why)
{
    if (str_is(word, "HTTP/1.1")) {
        frame->minor = 1;
        return 0;
    }
    if (str_is(word, "HTTP/1.0")) {
        frame->minor = 0;
        return 0;
    }
    if (word.n == 8 && str_starts(word, STR("HTTP/"))) {
        *why = "This server speaks HTTP/1.1.";
        return 505;
    }
    *why = "The request line does not end with the HTTP version.";
    return 400;
}

/* Host of "http://host/path" in *host; *target becomes "/path". */
static int take_authority(struct str *target, struct str *host,
                          const char **why)
{
    struct str rest;
    size_t skip = 0, end = 0;

    if (target->n > 7 && strncasecmp(target->p, "http://", 7) == 0)
        skip = 7;
    else if (target->n > 8 && strncasecmp(target->p, "https://", 8) == 0)
        skip = 8;
    if (skip == 0) {
        *why = "The address must begin with a slash.";
        return 400;
    }
    rest = str_sub(*target, skip, target->n);
    while (end < rest.n && rest.p[end] != '/' && rest.p[end] != '?')
        end++;
    *host = str_sub(rest, 0, end);
    *target = str_sub(rest, end, rest.n);
    if (target->n == 0 || target->p[0] != '/') {
        *why = "The address must name a path after the host.";
        return 400;
    }
    return 0;
}

static int check_target(struct str target, const char **why)
{
    if (target.n > LIMIT_URL_BYTES) {
        *why = "The address is longer than 8192 bytes.";
        return 414;
    }
    if (target.n == 0 || memchr(target.p, '#', target.n)) {
        *why = "The address holds a '#' or is empty.";
        return 400;
    }
    return 0;
}

/* METHOD SP target SP version, single spaces and no other control. */
static int parse_line(struct str line, struct http_frame *frame,
                      struct str *authority, const char **why)
{
    struct http_request *req = &frame->req;
    struct str method, target;
    ptrdiff_t question;
    int status;

    if (has_control(line) || !str_split(&line, ' ', &method) ||
        !str_split(&line, ' ', &target)) {
        *why = "The request line is not \"METHOD address HTTP/1.1\".";
        return 400;
    }
    status = parse_version(line, frame, why);
    if (status == 0)
        status = parse_method(method, req, why);
    if (status == 0)
        status = check_target(target, why);
    if (status == 0 && target.p[0] != '/')
        status = take_authority(&target, authority, why);
    if (status != 0)
        return status;
    question = str_chr(target, '?');
    req->raw_path = target;
    req->raw_query = STR("");
    if (question >= 0) {
        req->raw_path = str_sub(target, 0, (size_t)question);
        req->raw_query = str_sub(target, (size_t)question + 1, target.n);
    }
    return 0;
}

/* --- headers --------------------------------------------------------- */

/* Names of which a second one could mean something else to somebody. */
static bool must_be_single(struct str name)
{
    static const char *const names[] = {"authorization",
                                        "content-encoding",
                                        "content-length",
                                        "content-type",
                                        "expect",
                                        "host",
                                        "idempotency-key",
                                        "if-match",
                                        "last-event-id",
                                        "origin",
                                        "range",
                                        "sec-fetch-site",
                                        "transfer-encoding",
                                        "x-csrf",
                                        "x-forwarded-proto"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (equals_nocase(name, names[i], strlen(names[i])))
            return true;
    return false;
}

static const struct http_pair *find(const struct http_request *req,
                                    struct str name)
{
    for (size_t i = 0; i < req->n_headers; i++)
        if (req->headers[i].name.n == name.n &&
            strncasecmp(req->headers[i].name.p, name.p, name.n) == 0)
            return &req->headers[i];
    return NULL;
}

struct str http_header_get(const struct http_request *req, const char *name)
{
    const struct http_pair *pair = find(req, str_c(name));

    return pair ? pair->value : STR_NONE;
}

/* Spaces and tabs only: any other control inside is refused, not cut off. */
static struct str trim_blank(struct str s)
{
    while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
        s = str_sub(s, 1, s.n);
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

static int parse_header(struct str line, struct http_frame *frame,
                        const char **why)
{
    struct http_request *req = &frame->req;
    ptrdiff_t colon = str_chr(line, ':');
    struct str name, value;

    if (line.n > 0 && (line.p[0] == ' ' || line.p[0] == '\t')) {
        *why = "A header is folded over two lines.";
        return 400;
    }
    name = str_sub(line, 0, colon > 0 ? (size_t)colon : 0);
    if (!is_token(name)) {
        *why = "A header line is not \"Name: value\".";
        return 400;
    }
    value = trim_blank(str_sub(line, (size_t)colon + 1, line.n));
    if (has_control(value)) {
        *why = "A header holds a control character.";
        return 400;
    }
    if (must_be_single(name) && find(req, name)) {
        *why = "A header that may occur once occurs twice.";
        return 400;
    }
    if (req->n_headers == HTTP_MAX_HEADERS) {
        *why = "The request has more than 64 headers.";
        return 431;
    }
    /* Nothing above need ask again whether a value is text. */
    if (utf8_invalid(value) >= 0) {
        *why = "A header is not UTF-8.";
        return must_be_single(name) ? 400 : 0;
    }
    frame->headers[req->n_headers++] = (struct http_pair){name, value};
    return 0;
}

/* host[:port] of letters, digits, dots, hyphens; [v6] too. */
static bool is_host(struct str s)
{
    if (s.n == 0 || s.n > HOST_BYTES)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              (c >= '0' && c <= '9') || strchr(".-_:[]", c)))
            return false;
    }
    return true;
}

static int take_host(struct http_frame *frame, struct str authority,
                     struct arena *a, const char **why)
{
    struct http_request *req = &frame->req;
    const struct http_pair *host = find(req, STR("host"));

    req->host = STR("");
    if (!host) {
        if (frame->minor == 0 && !authority.p)
            return 0;
        *why = "The request has no Host header.";
        return 400;
    }
    if (!is_host(host->value)) {
        *why = "The Host header is no host.";
        return 400;
    }
    if (authority.p &&
        (authority.n != host->value.n ||
         strncasecmp(authority.p, host->value.p, authority.n) != 0)) {
        *why = "The address names another host than the Host header.";
        return 400;
    }
    req->host = str_lower_ascii(a, host->value);
    if (req->host.p)
        return 0;
    *why = "The server is out of memory; try again.";
    return 503;
}

/* How long the body is: the one place that decides. */
static int take_length(struct http_request *req, const char **why)
{
    const struct http_pair *coding = find(req, STR("transfer-encoding"));
    const struct http_pair *length = find(req, STR("content-length"));
    int64_t n = 0;

    req->content_length = 0;
    if (coding && length) {
        *why = "The request has both Transfer-Encoding and Content-Length.";
        return 400;
    }
    if (coding) {
        *why = "Send the body with a Content-Length, not in chunks.";
        return 411;
    }
    if (!length)
        return 0;
    if (length->value.n == 0 || length->value.n > LENGTH_DIGITS) {
        *why = "Content-Length is not 1 to 12 digits.";
        return 400;
    }
    for (size_t i = 0; i < length->value.n; i++) {
        char c = length->value.p[i];

        if (c < '0' || c > '9') {
            *why = "Content-Length is not 1 to 12 digits.";
            return 400;
        }
        n = n * 10 + (c - '0');
    }
    req->content_length = n;
    return 0;
}

static int take_expect(struct http_frame *frame, const char **why)
{
    const struct http_pair *expect = find(&frame->req, STR("expect"));

    frame->expects_continue = false;
    if (!expect)
        return 0;
    if (!IS_NOCASE(expect->value, "100-continue")) {
        *why = "The server meets no expectation but 100-continue.";
        return 417;
    }
    frame->expects_continue = frame->minor > 0;
    return 0;
}

/* The media type without parameters, lower case; "" when absent. */
static int take_type(struct http_request *req, struct arena *a,
                     const char **why)
{
    const struct http_pair *type = find(req, STR("content-type"));
    struct str rest, media;

    req->content_type = STR("");
    if (!type || type->value.n == 0)
        return 0;
    rest = type->value;
    if (!str_split(&rest, ';', &media))
        return 0;
    req->content_type = str_lower_ascii(a, str_trim(media));
    if (req->content_type.p)
        return 0;
    *why = "The server is out of memory; try again.";
    return 503;
}

static void take_connection(struct http_frame *frame)
{
    const struct http_pair *wish = find(&frame->req, STR("connection"));

    frame->keep_alive = frame->minor > 0;
    if (!wish)
        return;
    if (has_word(wish->value, "close"))
        frame->keep_alive = false;
    else if (has_word(wish->value, "keep-alive"))
        frame->keep_alive = true;
}

static int take_meaning(struct http_frame *frame, struct str authority,
                        struct arena *a, const char **why)
{
    struct http_request *req = &frame->req;
    int status = take_length(req, why);

    if (status == 0)
        status = take_host(frame, authority, a, why);
    if (status == 0)
        status = take_expect(frame, why);
    if (status == 0)
        status = take_type(req, a, why);
    if (status == 0)
        status = http_path_decode(req->raw_path, a, frame->segments,
                                  HTTP_MAX_SEGMENTS, &req->n_segments, why);
    if (status == 0)
        status = http_query_decode(req->raw_query, a, frame->query,
                                   HTTP_MAX_QUERY, &req->n_query, why);
    take_connection(frame);
    return status;
}

int http_head_parse(struct str bytes, struct arena *a, struct http_frame *frame,
                    const char **why)
{
    struct http_request *req = &frame->req;
    struct str authority = STR_NONE, line;
    int status;

    *req = (struct http_request){.segments = frame->segments,
                                 .query = frame->query,
                                 .headers = frame->headers,
                                 .arena = a};
    frame->keep_alive = false;
    *why = NULL;
    status = parse_line(take_line(&bytes), frame, &authority, why);
    if (status != 0)
        return status;
    while ((line = take_line(&bytes)).n > 0) {
        status = parse_header(line, frame, why);
        if (status != 0)
            return status;
    }
    return take_meaning(frame, authority, a, why);
}
