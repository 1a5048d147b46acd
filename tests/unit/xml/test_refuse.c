/*
 * What is refused: with which code, where, and what the sentence names.
 */
#include "fixture.h"

#include "base/buf.h"

struct refusal {
    struct str source;
    const char *code;
    uint32_t line, column, length;
    const char *says; /* part of the message */
};

static void check_refused(const struct refusal *r, enum rc want)
{
    struct fixture f;
    enum rc rc = parse_into(&f, r->source);

    if (rc != want || strcmp(f.fault.code, r->code) != 0 ||
        f.fault.pos.line != r->line || f.fault.pos.column != r->column ||
        f.fault.length != r->length)
        test_fail(__FILE__, __LINE__, "\"%.*s\": %s %s at %u:%u, %u bytes: %s",
                  STR_ARG(str_sub(r->source, 0, 60)), rc_name(rc),
                  f.fault.code ? f.fault.code : "-", f.fault.pos.line,
                  f.fault.pos.column, f.fault.length, f.fault.text);
    CHECK_HAS(f.fault.text, r->says);
    CHECK(f.fault.text[strlen(f.fault.text) - 1] == '.');
    CHECK(!f.doc);
    release(&f);
    CHECK_RC(xml_parse(STR("a"), r->source, &f.arena, &f.doc, NULL), want);
    release(&f);
}

#define CHECK_REFUSED(table, want)                                             \
    for (size_t i_ = 0; i_ < sizeof(table) / sizeof *(table); i_++)            \
    check_refused(&(table)[i_], (want))

TEST(xml, refuses_what_is_not_utf8)
{
    /* clang-format off */
    static const struct refusal BAD[] = {
        {STR_INIT("\xFF\xFE<\0a\0/\0>\0"),           "M003", 1, 1,  0, "UTF-16"},
        {STR_INIT("\xFE\xFF\0<\0a\0/\0>"),           "M003", 1, 1,  0, "UTF-16"},
        {STR_INIT("<\0a\0/\0>\0"),                   "M003", 1, 1,  0, "UTF-16"},
        {STR_INIT("\0<\0a\0/\0>"),                   "M003", 1, 1,  0, "UTF-16"},
        {STR_INIT("\xFF\xFE\0\0<\0\0\0"),            "M003", 1, 1,  0, "UTF-32"},
        {STR_INIT("\0\0\xFE\xFF\0\0\0<"),            "M003", 1, 1,  0, "UTF-32"},
        {STR_INIT("<\0\0\0a\0\0\0"),                 "M003", 1, 1,  0, "UTF-32"},
        {STR_INIT("\0\0\0<\0\0\0a"),                 "M003", 1, 1,  0, "UTF-32"},
        {STR_INIT("\x4C\x6F\xA7\x94\x93"),           "M003", 1, 1,  0, "EBCDIC"},
        {STR_INIT("<?xml version='1.0' encoding='ISO-8859-1'?><a/>"),
                                                     "M003", 1, 31, 10, "\"ISO-8859-1\""},
        {STR_INIT("<?xml version='1.0' encoding='UTF-16'?><a/>"),
                                                     "M003", 1, 31, 6, "UTF-16"},
        {STR_INIT("<?xml version='1.0' encoding='UTF_8'?><a/>"),
                                                     "M003", 1, 31, 5, "UTF_8"},
        {STR_INIT("<?xml version='1.0' encoding='UTF\r8'?><a/>"),
                                                     "M003", 1, 31, 5, "UTF"},
        {STR_INIT("<?xml version='1.0' encoding=''?><a/>"),
                                                     "M003", 1, 31, 0, "encoding"},
        {STR_INIT("<a>\n\xC3\xA4\xE4</a>"),          "M003", 2, 2,  1, "E4"},
        {STR_INIT("<a>\xC0\x80</a>"),                "M003", 1, 4,  1, "C0"},
        {STR_INIT("<a>\xED\xA0\x80</a>"),            "M003", 1, 4,  1, "ED"},
        {STR_INIT("<a>\xF4\x90\x80\x80</a>"),        "M003", 1, 4,  1, "F4"},
        {STR_INIT("<a>\xE2\x82"),                    "M003", 1, 4,  1, "E2"},
        {STR_INIT("<a b='\0'/>"),                    "M003", 1, 7,  1, "NUL"},
        {STR_INIT("\0"),                             "M003", 1, 1,  1, "NUL"},
    };
    /* clang-format on */

    CHECK_REFUSED(BAD, RC_SYNTAX);
}

TEST(xml, refuses_doctype_entities_instructions_and_namespaces)
{
    /* clang-format off */
    static const struct refusal BAD[] = {
        {STR_INIT("<!DOCTYPE a><a/>"), "M004", 1, 1, 9, "DOCTYPE"},
        {STR_INIT("<?xml version='1.0'?>\n <!DOCTYPE a SYSTEM 'file:///x'><a/>"),
                                       "M004", 2, 2, 9, "DOCTYPE"},
        {STR_INIT("<!DOCTYPE a [<!ENTITY x 'lol'><!ENTITY y '&x;&x;'>]>"
                  "<a>&y;</a>"),       "M004", 1, 1, 9, "DOCTYPE"},
        {STR_INIT("<a><!DOCTYPE a></a>"), "M004", 1, 4, 9, "DOCTYPE"},
        {STR_INIT("<!ENTITY x 'y'><a/>"), "M004", 1, 1, 8, "Entities"},
        {STR_INIT("<a>\n&nbsp;</a>"),  "M004", 2, 1, 6, "&nbsp;"},
        {STR_INIT("<a b='x &copy;'/>"), "M004", 1, 9, 6, "&copy;"},
        {STR_INIT("<?xml-stylesheet href='a'?><a/>"), "M005", 1, 1, 25, "instructions"},
        {STR_INIT("<a><?php x?></a>"), "M005", 1, 4, 7, "instructions"},
        {STR_INIT("<a/><?x?>"),        "M005", 1, 5, 3, "instructions"},
        {STR_INIT(" <?xml version='1.0'?><a/>"), "M005", 1, 2, 19, "first"},
        {STR_INIT("<x:a/>"),           "M008", 1, 2, 3, "\"x:a\""},
        {STR_INIT("<a xml:lang='de'/>"), "M008", 1, 4, 8, "xml:lang"},
        {STR_INIT("<a xmlns='urn:x'/>"), "M008", 1, 4, 5, "xmlns"},
        {STR_INIT("<a xmlns:b='urn:x'/>"), "M008", 1, 4, 7, "xmlns:b"},
        {STR_INIT("<:/>"),             "M008", 1, 2, 1, "\":\""},
    };
    /* clang-format on */

    CHECK_REFUSED(BAD, RC_SYNTAX);
}

TEST(xml, refuses_what_is_not_well_formed)
{
    /* clang-format off */
    static const struct refusal BAD[] = {
        {STR_INIT(""),                    "M001", 1, 1,  0, "no element"},
        {STR_INIT(" \n"),                 "M001", 2, 1,  0, "no element"},
        {STR_INIT("<!-- -->"),            "M001", 1, 9,  0, "no element"},
        {STR_INIT("<?xml version='1.0'?>"), "M001", 1, 22, 0, "no element"},
        {STR_INIT("<?xml version='1.1'?><a/>"), "M001", 1, 16, 3, "1.0"},
        {STR_INIT("<?xml encoding='UTF-8'?><a/>"), "M001", 1, 23, 0, "1.0"},
        {STR_INIT("<?xml version '1.0'?><a/>"), "M001", 1, 6, 0, "version"},
        {STR_INIT("<?xml version='1.0\"?><a/>"), "M001", 1, 6, 0, "version"},
        {STR_INIT("<?xml version='1.0' standalone='1'?><a/>"),
                                          "M001", 1, 33, 1, "standalone"},
        {STR_INIT("<?xml version='1.0' x='1'?><a/>"), "M001", 1, 1, 20, "declaration"},
        {STR_INIT("<?xml version='1.0'"), "M001", 1, 1,  19, "declaration"},
        {STR_INIT("hello"),               "M001", 1, 1,  0, "outside"},
        {STR_INIT("<a/>\n x"),            "M001", 2, 2,  0, "outside"},
        {STR_INIT("<a/><![CDATA[]]>"),    "M001", 1, 5,  9, "outside"},
        {STR_INIT("<a/>&amp;"),           "M001", 1, 5,  0, "outside"},
        {STR_INIT("<a/>\n<b/>"),          "M001", 2, 1,  2, "<b> stands after"},
        {STR_INIT("<a/></a>"),            "M001", 1, 5,  3, "</a> closes nothing"},
        {STR_INIT("<a>\n <b>\n</a>"),     "M001", 3, 1,  3, "open since line 2"},
        {STR_INIT("<a>\n <b x='1'>\n"),   "M001", 2, 2,  9, "<b> is never closed"},
        {STR_INIT("<a>text"),             "M001", 1, 1,  3, "<a> is never closed"},
        {STR_INIT("<a"),                  "M001", 1, 1,  2, "never closed"},
        {STR_INIT("<a b='1'"),            "M001", 1, 1,  8, "never closed"},
        {STR_INIT("<a></a"),              "M001", 1, 4,  3, "never closed"},
        {STR_INIT("<"),                   "M001", 1, 2,  0, "name of an element"},
        {STR_INIT("<a>< b/></a>"),        "M001", 1, 5,  1, "&lt;"},
        {STR_INIT("<a></ a>"),            "M001", 1, 6,  1, "name of an element"},
        {STR_INIT("<\xE2\x86\x90/>"),      "M001", 1, 2,  1, "name of an element"},
        {STR_INIT("<a\xE2\x86\x90/>"),     "M001", 1, 3,  0, "space is missing"},
        {STR_INIT("<1a/>"),               "M001", 1, 2,  1, "name of an element"},
        {STR_INIT("<a -b='1'/>"),         "M001", 1, 4,  1, "name of an attribute"},
        {STR_INIT("<a b/>"),              "M001", 1, 5,  0, "\"b\" has no value"},
        {STR_INIT("<a b=1/>"),            "M001", 1, 6,  0, "\"b\" must stand in quotes"},
        {STR_INIT("<a b='1/>"),           "M001", 1, 6,  1, "never closed"},
        {STR_INIT("<a b='1><c d='2'/></a>"), "M001", 1, 9, 1, "&lt;"},
        {STR_INIT("<a b='1'c='2'/>"),     "M001", 1, 9,  0, "space is missing"},
        {STR_INIT("<a b='1' c='' b='2'/>"), "M001", 1, 15, 1, "\"b\" is written twice"},
        {STR_INIT("<a / >"),              "M001", 1, 4,  1, "followed by"},
        {STR_INIT("<a/"),                 "M001", 1, 3,  1, "followed by"},
        {STR_INIT("<a>x & y</a>"),        "M001", 1, 6,  1, "&amp;"},
        {STR_INIT("<a>x &amp y</a>"),     "M001", 1, 6,  4, "&amp;"},
        {STR_INIT("<a b='&#;'/>"),        "M001", 1, 7,  2, "reference"},
        {STR_INIT("<a b='&#xg;'/>"),      "M001", 1, 7,  3, "reference"},
        {STR_INIT("<a b='&#X41;'/>"),     "M001", 1, 7,  2, "reference"},
        {STR_INIT("<a b='&#0;'/>"),       "M001", 1, 7,  4, "&#0;"},
        {STR_INIT("<a b='&#x1F;'/>"),     "M001", 1, 7,  6, "&#x1F;"},
        {STR_INIT("<a b='&#xD800;'/>"),   "M001", 1, 7,  8, "&#xD800;"},
        {STR_INIT("<a b='&#xFFFE;'/>"),   "M001", 1, 7,  8, "&#xFFFE;"},
        {STR_INIT("<a b='&#x110000;'/>"), "M001", 1, 7,  10, "&#x110000;"},
        {STR_INIT("<a b='&#4294967361;'/>"), "M001", 1, 7, 13, "&#4294967361;"},
        {STR_INIT("<a>]]></a>"),          "M001", 1, 4,  3, "]]&gt;"},
        {STR_INIT("<a><![CDATA[x]]</a>"), "M001", 1, 4,  9, "CDATA"},
        {STR_INIT("<a><![cdata[x]]></a>"), "M001", 1, 4, 12, "CDATA"},
        {STR_INIT("<a><!-- x</a>"),       "M001", 1, 4,  4, "comment"},
        {STR_INIT("<a><!-- x -- y --></a>"), "M001", 1, 11, 2, "- -"},
        {STR_INIT("<a><!-- x ---></a>"),  "M001", 1, 11, 2, "- -"},
        {STR_INIT("<!--"),                "M001", 1, 1,  4, "comment"},
        {STR_INIT("<a>\x01</a>"),         "M001", 1, 4,  1, "U+0001"},
        {STR_INIT("<a b='\x1F'/>"),       "M001", 1, 7,  1, "U+001F"},
        {STR_INIT("<a>\xEF\xBF\xBF</a>"), "M001", 1, 4,  3, "U+FFFF"},
        {STR_INIT("<a>\xEF\xBF\xBE</a>"), "M001", 1, 4,  3, "U+FFFE"},
        {STR_INIT("\xEF\xBB\xBF\xEF\xBB\xBF<a/>"), "M001", 1, 1, 0, "outside"},
    };
    /* clang-format on */

    CHECK_REFUSED(BAD, RC_SYNTAX);
}

/* n times the text, between a head and a tail; free() its p. */
static struct str repeated(const char *head, const char *text, size_t n,
                           const char *tail)
{
    size_t h = strlen(head), k = strlen(text), t = strlen(tail);
    char *p = (char *)malloc(h + n * k + t + 1);

    memcpy(p, head, h);
    for (size_t i = 0; i < n; i++)
        memcpy(p + h + i * k, text, k);
    memcpy(p + h + n * k, tail, t + 1);
    return str_of(p, h + n * k + t);
}

static void check_limit(struct str source, const char *code, uint32_t column,
                        uint32_t length, const char *says)
{
    struct refusal r = {source, code, 1, column, length, says};

    check_refused(&r, RC_LIMIT);
    free((void *)(uintptr_t)source.p);
}

TEST(xml, refuses_one_more_than_a_limit)
{
    static const char HEAD[] = "<a>";

    check_limit(repeated(HEAD, " ", LIMIT_XML_BYTES + 1 - 7, "</a>"), "M002",
                LIMIT_XML_BYTES + 1, 0, "1048577 bytes");
    check_limit(repeated("", "<a>", LIMIT_XML_DEPTH + 1, ""), "M006",
                3 * LIMIT_XML_DEPTH + 1, 2, "64");
    check_limit(repeated("", "<a>", LIMIT_XML_DEPTH, "<b/>"), "M006",
                3 * LIMIT_XML_DEPTH + 1, 2, "<b>");
    check_limit(repeated("<", "n", LIMIT_XML_NAME + 1, "/>"), "M007", 2,
                LIMIT_XML_NAME + 1, "129 bytes");
    check_limit(repeated("<a ", "n", LIMIT_XML_NAME + 1, "=''/>"), "M007", 4,
                LIMIT_XML_NAME + 1, "129 bytes");
    check_limit(repeated(HEAD, "<b/>", LIMIT_XML_NODES, "</a>"), "M007",
                4 + 4 * (LIMIT_XML_NODES - 1), 1, "100000");
}

/* 60,000 attributes cost libxml2 seconds; they must not reach it. */
TEST(xml, refuses_sixty_thousand_attributes_at_the_sixty_fifth)
{
    struct buf b;
    struct xml_fault fault;
    struct fixture f;

    buf_init(&b, LIMIT_XML_BYTES);
    buf_adds(&b, "<a");
    for (int i = 100000; i < 160000; i++)
        buf_addf(&b, " a%d=''", i);
    buf_adds(&b, "/>");
    CHECK_RC(b.failed, RC_OK);
    CHECK_RC(parse_into(&f, buf_view(&b)), RC_LIMIT);
    fault = f.fault;
    CHECK_CSTR(fault.code, "M007");
    CHECK_AT(fault.pos, 1, 4 + 11 * LIMIT_XML_ATTRS);
    CHECK(arena_bytes(&f.arena) < 2 * LIMIT_XML_BYTES);
    release(&f);
    buf_release(&b);
}

/* Names are cut, between two characters, and the remedy stays. */
TEST(xml, a_message_is_whole_and_valid_text_whatever_the_names)
{
    static const char *const POINTS[] = {"n", "\xC3\xA4", "\xE3\x83\x86",
                                         "\xF0\x90\x8A\x80"};

    for (size_t i = 0; i < 4; i++) {
        size_t n = LIMIT_XML_NAME / strlen(POINTS[i]);
        struct str open = repeated("<", POINTS[i], n, ">");
        struct str both = repeated(open.p, POINTS[i], 0, "</");
        struct str source = repeated(both.p, POINTS[i], n - 1, ">");
        struct fixture f;

        CHECK_RC(parse_into(&f, source), RC_SYNTAX);
        CHECK_HAS(f.fault.text, "does not close <");
        CHECK_HAS(f.fault.text, "> first.");
        CHECK(utf8_invalid(str_c(f.fault.text)) < 0);
        release(&f);
        free((void *)(uintptr_t)open.p);
        free((void *)(uintptr_t)both.p);
        free((void *)(uintptr_t)source.p);
    }
}

TEST(xml, every_prefix_of_a_file_is_refused_with_a_position_inside_it)
{
    static const char WHOLE[] =
        "<?xml version='1.0' encoding='UTF-8'?><!--c-->\n<a b='&lt;1'>"
        "x&#65;<c/><!-- d --><![CDATA[e]]><f g=\"h\"></f></a>";

    for (size_t n = 0; n + 1 < sizeof WHOLE; n++) {
        struct fixture f;

        if (parse_into(&f, str_of(WHOLE, n)) != RC_SYNTAX)
            test_fail(__FILE__, __LINE__, "%zu bytes were accepted", n);
        CHECK(f.fault.pos.offset <= n);
        CHECK(f.fault.pos.offset + f.fault.length <= n);
        CHECK(f.fault.code && f.fault.text[0]);
        release(&f);
    }
}

/* Nothing may crash, and what is accepted must be what both readers say. */
TEST(xml, survives_every_byte_replaced)
{
    static const char WHOLE[] =
        "<?xml version='1.0'?><a b='&lt;1'>x&#65;<c/><!--d--><![CDATA[e]]></a>";
    static const char BYTES[] = "<>&'\"/!?-[]; \n\r\x01\x80\xC3=#x:";
    char text[sizeof WHOLE];

    for (size_t at = 0; at + 1 < sizeof WHOLE; at++)
        for (size_t k = 0; k < sizeof BYTES; k++) {
            struct fixture f;

            memcpy(text, WHOLE, sizeof WHOLE);
            text[at] = BYTES[k];
            if (parse_into(&f, str_of(text, sizeof WHOLE - 1)) != RC_OK) {
                CHECK(f.fault.code != NULL);
                if (strstr(f.fault.text, "readers") ||
                    strstr(f.fault.text, "This is not well-formed"))
                    test_fail(__FILE__, __LINE__,
                              "only libxml2 refuses \"%s\": %s", text,
                              f.fault.text);
            }
            release(&f);
        }
}
