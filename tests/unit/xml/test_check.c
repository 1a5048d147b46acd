/*
 * The second wall: libxml2 reads something else than our scanner did. No file
 * known to us does that, so the tree of one text is held against another.
 */
#include "fixture.h"

#include "base/utf8.h"
#include "xml/scan.h"

struct pair {
    const char *ours, *theirs;
};

static void check_differs(const char *ours, const char *theirs)
{
    struct fixture f = parsed(str_c(ours));
    enum rc rc;

    f.doc->source = str_c(theirs);
    rc = xml_check(f.doc, &f.fault);
    if (rc != RC_SYNTAX)
        test_fail(__FILE__, __LINE__, "%s passed for %s: %s", theirs, ours,
                  rc_name(rc));
    CHECK_CSTR(f.fault.code, "M001");
    CHECK(f.fault.pos.offset <= strlen(theirs));
    CHECK(f.fault.text[0] && utf8_invalid(str_c(f.fault.text)) < 0);
    CHECK_RC(xml_check(f.doc, NULL), RC_SYNTAX);
    release(&f);
}

TEST(xml, any_difference_between_the_readers_is_a_refusal)
{
    static const struct pair PAIRS[] = {
        {"<a/>", "<b/>"},
        {"<a/>", "<ab/>"},
        {"<a/>", "<a><b/></a>"},
        {"<a><b/></a>", "<a/>"},
        {"<a><b/><c/></a>", "<a><b/></a>"},
        {"<a><b/></a>", "<a><b/><b/></a>"},
        {"<a><b><c/></b></a>", "<a><b/><c/></a>"},
        {"<a b='1'/>", "<a/>"},
        {"<a/>", "<a b='1'/>"},
        {"<a b='1'/>", "<a b='2'/>"},
        {"<a b='1'/>", "<a b='12'/>"},
        {"<a b='12'/>", "<a b='1'/>"},
        {"<a b='1'/>", "<a c='1'/>"},
        {"<a b='&amp;'/>", "<a b='&lt;'/>"},
        {"<a b='&amp;#38;'/>", "<a b='&amp;'/>"},
        {"<a b='1' c='2'/>", "<a c='2' b='1'/>"},
        {"<a b='1'/>", "<a xmlns:x='u' x:b='1'/>"},
        {"<a b='1'/>", "<a xml:b='1'/>"},
        {"<a/>", "<a xmlns='u'/>"},
        {"<a/>", "<x:a xmlns:x='u'/>"},
        {"<a>x</a>", "<a>y</a>"},
        {"<a>x</a>", "<a>xy</a>"},
        {"<a>xy</a>", "<a>x</a>"},
        {"<a>x</a>", "<a/>"},
        {"<a/>", "<a>x</a>"},
        {"<a>x<b/></a>", "<a><b/></a>"},
        {"<a>xy<b/></a>", "<a>x<b/></a>"},
        {"<a>xy<!--c--></a>", "<a>x<!--c--></a>"},
        {"<a><b/></a>", "<a>x</a>"},
        {"<a><![CDATA[x]]></a>", "<a><![CDATA[y]]></a>"},
        {"<a><!--c--></a>", "<a><!--d--></a>"},
        {"<a><!--c--></a>", "<a/>"},
        {"<a/>", "<a><!--c--></a>"},
        {"<a><b/></a>", "<a><!--c--></a>"},
        {"<a/>", "<!DOCTYPE a><a/>"},
        {"<a/>", "<!DOCTYPE a [<!ENTITY x 'y'>]><a/>"},
        {"<a>y</a>", "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>"},
        {"<a/>", "<!DOCTYPE a SYSTEM 'file:///etc/hostname'><a/>"},
        {"<a/>", "<a>&x;</a>"},
        {"<a/>", "<a><?b?></a>"},
        {"<a/>", "<?b?><a/>"},
        {"<a/>", "<a/><?b?>"},
        {"<a/>", "<a>"},
        {"<a/>", "<a/><a/>"},
        {"<a/>", "<a/>x"},
        {"<a/>", "\n\n\n  <a"},
        {"<a/>", " "},
        {"<a/>", ""},
        {"<a/>", "<a b='1' b='2'/>"},
        {"<a>\xC3\xA4</a>", "<a>\xE4</a>"},
        {"<a/>", "<?xml version='1.0' encoding='no-such'?><a/>"},
    };

    for (size_t i = 0; i < sizeof PAIRS / sizeof *PAIRS; i++)
        check_differs(PAIRS[i].ours, PAIRS[i].theirs);
}

/* Sentences of the library can be long, and its places are guesses. */
TEST(xml, a_long_refusal_is_cut_between_characters_and_stays_in_the_file)
{
    struct xml_fault fault;

    for (size_t lead = 0; lead < 4; lead++) {
        char text[400];

        memset(text, 'x', lead);
        for (size_t i = 0; i < 99; i++)
            memcpy(text + lead + 4 * i, "\xF0\x9F\x9A\x9A", 4);
        text[lead + 4 * 99] = '\0';
        CHECK_RC(xml_refuse(&fault, STR("a\nb"), RC_SYNTAX, "M001", 99, 0, "%s",
                            text),
                 RC_SYNTAX);
        CHECK(utf8_invalid(str_c(fault.text)) < 0);
        CHECK(strlen(fault.text) > sizeof fault.text - 5);
        CHECK_AT(fault.pos, 2, 2);
        CHECK_I64(fault.pos.offset, 3);
    }
}

TEST(xml, the_second_reader_agrees_with_the_first)
{
    static const char *const SAME[] = {
        "<a/>",
        "<!--x--><a><!----></a><!--y-->",
        "<a>x<![CDATA[]]>y<![CDATA[z]]><b/><![CDATA[]]></a>",
        "<a b='&amp;&#38;&amp;#38;&lt;' c=\"\r\n\t\">&amp;amp;\r</a>",
    };

    for (size_t i = 0; i < sizeof SAME / sizeof *SAME; i++) {
        struct fixture f = parsed(str_c(SAME[i]));

        CHECK_RC(xml_check(f.doc, NULL), RC_OK);
        release(&f);
    }
}
