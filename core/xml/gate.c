/*
 * gate - what is refused before a single tag is looked at: size, encodings
 * other than UTF-8, bytes that are no UTF-8, characters that XML forbids.
 * What comes after it may decode without checking.
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
            return xml_refuse(fault, s, RC_SYNTAX, "M003", i, 1,
                              "There is a NUL byte here. Save the file as "
                              "UTF-8 text.");
        if (c < 0x20 && !xml_is_char(c))
            return xml_refuse(fault, s, RC_SYNTAX, "M001", i, 1,
                              "The control character U+%04X is not allowed "
                              "in XML. Remove it.",
                              (unsigned)c);
        if (c == 0xEF && is_noncharacter(s, i))
            return xml_refuse(fault, s, RC_SYNTAX, "M001", i, 3,
                              "The character U+FF%02X is not allowed in XML. "
                              "Remove it.",
                              (unsigned)((unsigned char)s.p[i + 2] | 0x40u));
    }
    return RC_OK;
}

enum rc xml_gate(struct str source, struct xml_fault *fault)
{
    ptrdiff_t bad;

    if (source.n > LIMIT_XML_BYTES)
        return xml_refuse(fault, source, RC_LIMIT, "M002", LIMIT_XML_BYTES, 0,
                          "The file has %zu bytes; a definition file may have "
                          "%d. Split it into several files.",
                          source.n, (int)LIMIT_XML_BYTES);
    for (size_t i = 0; i < sizeof ENCODINGS / sizeof *ENCODINGS; i++)
        if (str_starts(source, ENCODINGS[i].start))
            return xml_refuse(fault, source, RC_SYNTAX, "M003", 0, 0,
                              "The file is encoded as %s. Save it as UTF-8.",
                              ENCODINGS[i].name);
    bad = utf8_invalid(source);
    if (bad >= 0)
        return xml_refuse(fault, source, RC_SYNTAX, "M003", (size_t)bad, 1,
                          "The byte %02X here is not UTF-8. Save the file as "
                          "UTF-8.",
                          (unsigned)(unsigned char)source.p[bad]);
    return characters(source, fault);
}
