/*
 * gate - what is refused before a single tag is looked at: size, encodings
 * other than UTF-8 by byte order mark or declaration, bytes that are no UTF-8,
 * characters that XML forbids. What comes after may decode without checking.
 */
#include "base/limits.h"
#include "base/utf8.h"
#include "xml/scan.h"

/*
 * Byte order marks, and how "<?" or "<x" looks without one. The longer ones
 * first: UTF-32's mark begins with UTF-16's.
 */
static const struct {
    struct str start;
    const char *name;
} ENCODINGS[] = {
    {STR_INIT("\x00\x00\xFE\xFF"), "UTF-32"},
    {STR_INIT("\xFF\xFE\x00\x00"), "UTF-32"},
    {STR_INIT("\x00\x00\x00<"), "UTF-32"},
    {STR_INIT("<\x00\x00\x00"), "UTF-32"},
    {STR_INIT("\xFE\xFF"), "UTF-16"},
    {STR_INIT("\xFF\xFE"), "UTF-16"},
    {STR_INIT("\x00<"), "UTF-16"},
    {STR_INIT("<\x00"), "UTF-16"},
    {STR_INIT("\x4C\x6F\xA7\x94"), "EBCDIC"},
};

/* U+FFFE and U+FFFF are the only valid UTF-8 above the controls that XML
   refuses. */
static bool is_noncharacter(struct str s, size_t at)
{
    return at + 2 < s.n && (unsigned char)s.p[at] == 0xEF &&
           (unsigned char)s.p[at + 1] == 0xBF &&
           (unsigned char)s.p[at + 2] >= 0xBE;
}

static enum rc characters(struct str s, struct xml_fault *fault)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c == 0)
            return XML_REFUSE(fault, s, RC_SYNTAX, "M003", i, 1,
                              "There is a NUL byte here. Save the file as "
                              "UTF-8 text.");
        if (c < 0x20 && !xml_is_char(c))
            return XML_REFUSE(fault, s, RC_SYNTAX, "M001", i, 1,
                              "The control character U+%04X is not allowed "
                              "in XML. Remove it.",
                              (unsigned)c);
        if (c == 0xEF && is_noncharacter(s, i))
            return XML_REFUSE(fault, s, RC_SYNTAX, "M001", i, 3,
                              "The character U+FF%02X is not allowed in XML. "
                              "Remove it.",
                              (unsigned)((unsigned char)s.p[i + 2] | 0x40u));
    }
    return RC_OK;
}

/* --- <?xml ?> ------------------------------------------------------------- */

struct declaration {
    struct str src;
    size_t from, at;
    struct xml_span version, encoding, standalone;
    struct xml_fault *fault;
};

#define REFUSE(d, ...) XML_REFUSE((d)->fault, (d)->src, RC_SYNTAX, __VA_ARGS__)

static bool looking_at(const struct declaration *d, struct str what)
{
    return str_starts(str_sub(d->src, d->at, d->src.n), what);
}

static struct str spanned(const struct declaration *d, struct xml_span span)
{
    return str_sub(d->src, span.from, span.to - span.from);
}

static void skip_space(struct declaration *d)
{
    while (d->at < d->src.n && xml_is_space(d->src.p[d->at]))
        d->at++;
}

/* Past = and the quotes of a value that is on this side of "?". */
static bool read_quoted(struct declaration *d, struct xml_span *out)
{
    size_t from, to;
    char quote;

    skip_space(d);
    if (!looking_at(d, STR("=")))
        return false;
    d->at++;
    skip_space(d);
    if (!looking_at(d, STR("\"")) && !looking_at(d, STR("'")))
        return false;
    quote = d->src.p[d->at];
    from = to = d->at + 1;
    while (to < d->src.n && d->src.p[to] != quote && d->src.p[to] != '?')
        to++;
    if (to == d->src.n || d->src.p[to] != quote)
        return false;
    d->at = to + 1;
    *out = (struct xml_span){(uint32_t)from, (uint32_t)to};
    return true;
}

/* name="value", if it is next; else out->to stays 0. */
static enum rc pseudo_attr(struct declaration *d, struct str name,
                           struct xml_span *out)
{
    size_t begin = d->at;

    skip_space(d);
    if (d->at == begin || !looking_at(d, name)) {
        d->at = begin;
        return RC_OK;
    }
    d->at += name.n;
    if (read_quoted(d, out))
        return RC_OK;
    return REFUSE(d, "M001", begin, 0,
                  "%.*s needs a value in quotes in the XML declaration.",
                  STR_ARG(name));
}

static bool is_utf8_name(struct str name)
{
    static const struct str UTF8 = STR_INIT("utf-8");

    for (size_t i = 0; i < name.n && i < UTF8.n; i++)
        if ((i < 3 ? name.p[i] | 0x20 : name.p[i]) != UTF8.p[i])
            return false;
    return name.n == UTF8.n;
}

static enum rc check_values(const struct declaration *d)
{
    struct str encoding = spanned(d, d->encoding);
    struct str standalone = spanned(d, d->standalone);

    if (d->version.to == 0 || !str_is(spanned(d, d->version), "1.0"))
        return REFUSE(d, "M001", d->version.to ? d->version.from : d->at,
                      d->version.to - d->version.from,
                      "The declaration must say version=\"1.0\".");
    if (d->encoding.to != 0 && !is_utf8_name(encoding))
        return REFUSE(d, "M003", d->encoding.from, encoding.n,
                      "The declaration says the encoding \"%.*s\". Save the "
                      "file as UTF-8 and write encoding=\"UTF-8\".",
                      STR_ARG(utf8_head(encoding, 40)));
    if (d->standalone.to != 0 && !str_is(standalone, "yes") &&
        !str_is(standalone, "no"))
        return REFUSE(d, "M001", d->standalone.from, standalone.n,
                      "standalone is \"yes\" or \"no\". Leave it out.");
    return RC_OK;
}

/* The declaration at the very beginning, if it is there. */
static enum rc declaration(struct declaration *d)
{
    enum rc rc;

    d->at += 5;
    if (!str_starts(str_sub(d->src, d->from, 5), STR("<?xml")) ||
        d->at >= d->src.n || !xml_is_space(d->src.p[d->at])) {
        d->at = d->from;
        return RC_OK;
    }
    rc = pseudo_attr(d, STR("version"), &d->version);
    if (rc == RC_OK)
        rc = pseudo_attr(d, STR("encoding"), &d->encoding);
    if (rc == RC_OK)
        rc = pseudo_attr(d, STR("standalone"), &d->standalone);
    if (rc == RC_OK)
        rc = check_values(d);
    if (rc != RC_OK)
        return rc;
    skip_space(d);
    if (!looking_at(d, STR("?>")))
        return REFUSE(d, "M001", d->from, d->at - d->from,
                      "The XML declaration is wrong here. Write <?xml "
                      "version=\"1.0\" encoding=\"UTF-8\"?> or leave it out.");
    d->at += 2;
    return RC_OK;
}

/* --- the gate ------------------------------------------------------------- */

static enum rc encoding(struct str source, struct xml_fault *fault)
{
    ptrdiff_t bad;

    for (size_t i = 0; i < sizeof ENCODINGS / sizeof *ENCODINGS; i++)
        if (str_starts(source, ENCODINGS[i].start))
            return XML_REFUSE(fault, source, RC_SYNTAX, "M003", 0, 0,
                              "The file is encoded as %s. Save it as UTF-8.",
                              ENCODINGS[i].name);
    bad = utf8_invalid(source);
    if (bad >= 0)
        return XML_REFUSE(fault, source, RC_SYNTAX, "M003", (size_t)bad, 1,
                          "The byte %02X here is not UTF-8. Save the file as "
                          "UTF-8.",
                          (unsigned)(unsigned char)source.p[bad]);
    return RC_OK;
}

enum rc xml_gate(struct str source, size_t *body, struct xml_fault *fault)
{
    struct declaration d = {.src = source, .fault = fault};
    enum rc rc;

    if (source.n > LIMIT_XML_BYTES)
        return XML_REFUSE(fault, source, RC_LIMIT, "M002", LIMIT_XML_BYTES, 0,
                          "The file has %zu bytes; a definition file may have "
                          "%d. Split it into several files.",
                          source.n, (int)LIMIT_XML_BYTES);
    d.from = d.at = xml_bom(source);
    rc = encoding(source, fault);
    if (rc == RC_OK)
        rc = characters(source, fault);
    if (rc == RC_OK)
        rc = declaration(&d);
    if (rc == RC_OK)
        *body = d.at;
    return rc;
}
