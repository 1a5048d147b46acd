/*
 * chars - what single characters, names and references of XML are, and where
 * lines end.
 *
 * One function (xml_unit) knows how written bytes become a value. Resolving
 * and mapping an offset back both step with it, so they cannot disagree.
 */
#include <stdarg.h>
#include <stdio.h>

#include "base/utf8.h"
#include "xml/scan.h"

struct range {
    uint32_t from, to;
};

/* NameStartChar of XML 1.0, fifth edition, past ASCII; sorted. */
static const struct range NAME_START[] = {
    {0xC0, 0xD6},     {0xD8, 0xF6},     {0xF8, 0x2FF},    {0x370, 0x37D},
    {0x37F, 0x1FFF},  {0x200C, 0x200D}, {0x2070, 0x218F}, {0x2C00, 0x2FEF},
    {0x3001, 0xD7FF}, {0xF900, 0xFDCF}, {0xFDF0, 0xFFFD}, {0x10000, 0xEFFFF},
};

/* What NameChar adds to it. */
static const struct range NAME_MORE[] = {
    {0xB7, 0xB7},
    {0x300, 0x36F},
    {0x203F, 0x2040},
};

static bool in_ranges(const struct range *r, size_t n, uint32_t point)
{
    for (size_t i = 0; i < n; i++)
        if (point >= r[i].from && point <= r[i].to)
            return true;
    return false;
}

static bool is_name_start(uint32_t c)
{
    if (c < 0x80)
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
               c == ':';
    return in_ranges(NAME_START, sizeof NAME_START / sizeof *NAME_START, c);
}

static bool is_name_char(uint32_t c)
{
    if (is_name_start(c))
        return true;
    if (c < 0x80)
        return (c >= '0' && c <= '9') || c == '-' || c == '.';
    return in_ranges(NAME_MORE, sizeof NAME_MORE / sizeof *NAME_MORE, c);
}

size_t xml_name_at(struct str s, size_t at)
{
    size_t end = at, next = at;

    while (next < s.n) {
        int32_t point = utf8_next(s, &next);

        if (point < 0 || !(end == at ? is_name_start((uint32_t)point)
                                     : is_name_char((uint32_t)point)))
            break;
        end = next;
    }
    return end - at;
}

bool xml_is_char(uint32_t c)
{
    if (c < 0x20)
        return c == '\t' || c == '\n' || c == '\r';
    return c <= 0xD7FF || (c >= 0xE000 && c <= 0xFFFD) ||
           (c >= 0x10000 && c <= 0x10FFFF);
}

/* --- references ----------------------------------------------------------- */

static int digit_of(char c, bool is_hex)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (is_hex && c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (is_hex && c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static struct xml_ref char_ref(struct str s, size_t at)
{
    struct xml_ref ref = {XML_REF_BAD, 2, 0};
    size_t i = at + 2;
    bool is_hex = i < s.n && s.p[i] == 'x';
    size_t digits;

    if (is_hex)
        i++;
    digits = i;
    for (; i < s.n && digit_of(s.p[i], is_hex) >= 0; i++)
        if (ref.point <= 0x10FFFF) /* past it only the end matters */
            ref.point = ref.point * (is_hex ? 16 : 10) +
                        (uint32_t)digit_of(s.p[i], is_hex);
    ref.n = i - at;
    if (i == digits || i == s.n || s.p[i] != ';')
        return ref;
    ref.n++;
    ref.kind = xml_is_char(ref.point) ? XML_REF_OK : XML_REF_CHAR;
    return ref;
}

struct xml_ref xml_ref_at(struct str s, size_t at)
{
    static const struct {
        struct str name;
        char point;
    } KNOWN[] = {
        {STR_INIT("amp"), '&'}, {STR_INIT("apos"), '\''}, {STR_INIT("gt"), '>'},
        {STR_INIT("lt"), '<'},  {STR_INIT("quot"), '"'},
    };
    struct xml_ref ref = {XML_REF_BAD, 1, 0};
    struct str name;

    if (at + 1 < s.n && s.p[at + 1] == '#')
        return char_ref(s, at);
    name = str_of(s.p + at + 1, xml_name_at(s, at + 1));
    ref.n = name.n + 1;
    if (name.n == 0 || at + ref.n >= s.n || s.p[at + ref.n] != ';')
        return ref;
    ref.n++;
    ref.kind = XML_REF_ENTITY;
    for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++)
        if (str_eq(name, KNOWN[i].name)) {
            ref.kind = XML_REF_OK;
            ref.point = (uint32_t)KNOWN[i].point;
        }
    return ref;
}

static size_t encode(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | (c >> 6));
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | (c >> 12));
        out[1] = (char)(0x80 | ((c >> 6) & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | (c >> 18));
    out[1] = (char)(0x80 | ((c >> 12) & 0x3F));
    out[2] = (char)(0x80 | ((c >> 6) & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

size_t xml_unit(struct str s, size_t *at, enum xml_mode mode, char out[4])
{
    char c = s.p[*at];

    if (c == '&' && mode != XML_MODE_RAW) {
        struct xml_ref ref = xml_ref_at(s, *at);

        if (ref.kind == XML_REF_OK) {
            *at += ref.n;
            return encode(ref.point, out);
        }
    }
    if (c == '\r' || c == '\n') {
        *at += xml_break_at(s, *at);
        c = '\n';
    } else {
        *at += 1;
    }
    if (mode == XML_MODE_VALUE && (c == '\n' || c == '\t'))
        c = ' ';
    out[0] = c;
    return 1;
}

/* --- lines ---------------------------------------------------------------- */

size_t xml_bom(struct str source)
{
    return str_starts(source, STR("\xEF\xBB\xBF")) ? 3 : 0;
}

size_t xml_break_at(struct str source, size_t at)
{
    if (at >= source.n)
        return 0;
    if (source.p[at] == '\n')
        return 1;
    if (source.p[at] != '\r')
        return 0;
    return at + 1 < source.n && source.p[at + 1] == '\n' ? 2 : 1;
}

size_t xml_line_end(struct str source, size_t from)
{
    while (from < source.n && source.p[from] != '\n' && source.p[from] != '\r')
        from++;
    return from;
}

/* Characters of source[from, to): every byte that continues none. */
static uint32_t points_between(struct str source, size_t from, size_t to)
{
    uint32_t n = 0;

    if (from == 0)
        from = xml_bom(source);
    for (; from < to; from++)
        if (((unsigned char)source.p[from] & 0xC0) != 0x80)
            n++;
    return n;
}

struct xml_pos xml_pos_in(struct str source, size_t offset)
{
    uint32_t line = 1;
    size_t from = 0;

    if (offset > source.n)
        offset = source.n;
    for (;;) {
        size_t end = xml_line_end(source, from);
        size_t next = end + xml_break_at(source, end);

        if (next == end || next > offset)
            break;
        from = next;
        line++;
    }
    return (struct xml_pos){(uint32_t)offset, line,
                            points_between(source, from, offset) + 1};
}

/* The last line that begins at or before `offset`. */
static size_t line_index(const struct xml_doc *doc, uint32_t offset)
{
    size_t low = 0, high = doc->n_lines;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (doc->lines[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

struct xml_pos xml_pos_at(const struct xml_doc *doc, uint32_t offset)
{
    size_t line;

    if (offset > doc->source.n)
        offset = (uint32_t)doc->source.n;
    line = line_index(doc, offset);
    return (struct xml_pos){
        offset, (uint32_t)line + 1,
        points_between(doc->source, doc->lines[line], offset) + 1};
}

struct str xml_line_at(const struct xml_doc *doc, uint32_t offset)
{
    size_t from = doc->lines[line_index(doc, offset)];
    size_t to = xml_line_end(doc->source, from);

    if (from == 0)
        from = xml_bom(doc->source);
    return str_of(doc->source.p + from, to - from);
}

/* --- refusals ------------------------------------------------------------- */

enum rc xml_refuse(struct xml_fault *fault, struct str source, enum rc rc,
                   const char *code, size_t offset, size_t length,
                   const char *fmt, ...)
{
    va_list args;
    struct str text;
    ptrdiff_t cut;

    if (!fault)
        return rc;
    fault->pos = xml_pos_in(source, offset);
    fault->length = (uint32_t)length;
    fault->code = code;
    va_start(args, fmt);
    vsnprintf(fault->text, sizeof fault->text, fmt, args);
    va_end(args);
    text = str_c(fault->text);
    cut = utf8_invalid(text); /* half a character at the end */
    if (cut >= 0)
        fault->text[cut] = '\0';
    return rc;
}
