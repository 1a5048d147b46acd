/*
 * Splices, case by case: the whole file after each, to the byte.
 */
#include "fixture.h"

#include "base/buf.h"

enum op { SET, UNSET, TEXT, REMOVE, LAST, FIRST, AFTER, BEFORE };

/* The first element or comment of that name ("#" for a comment) in document
   order. */
static struct xml_node *find(struct xml_node *el, const char *name)
{
    for (struct xml_node *n = el; n;) {
        if (n->kind == XML_ELEMENT ? str_eq(n->name, str_c(name))
                                   : n->kind == XML_COMMENT && *name == '#')
            return n;
        if (n->first) {
            n = n->first;
            continue;
        }
        while (n && !n->next)
            n = n->parent;
        n = n ? n->next : NULL;
    }
    return NULL;
}

static enum rc run(struct fixture *f, enum op op, const struct xml_node *at,
                   struct str name, struct str value, struct str *out,
                   struct err *err)
{
    static const enum xml_place PLACES[] = {[LAST] = XML_LAST_CHILD,
                                            [FIRST] = XML_FIRST_CHILD,
                                            [AFTER] = XML_AFTER,
                                            [BEFORE] = XML_BEFORE};

    switch (op) {
    case SET:
        return xml_set_attr(f->doc, at, name, value, &f->arena, out, err);
    case UNSET:
        return xml_remove_attr(f->doc, at, name, &f->arena, out, err);
    case TEXT:
        return xml_set_text(f->doc, at, value, &f->arena, out, err);
    case REMOVE:
        return xml_remove(f->doc, at, &f->arena, out, err);
    case LAST:
    case FIRST:
    case AFTER:
    case BEFORE:
        break;
    }
    return xml_insert(f->doc, at, PLACES[op], value, &f->arena, out, err);
}

struct splice {
    enum op op;
    const char *source, *at, *name, *value, *want;
};

static void check_splice(const struct splice *s)
{
    struct fixture f = parsed(str_c(s->source));
    struct xml_node *at = find(f.doc->root, s->at);
    struct err err = ERR_INIT;
    struct str out = STR_NONE;
    enum rc rc;

    CHECK(at != NULL);
    rc = run(&f, s->op, at, str_c(s->name), str_c(s->value), &out, &err);
    if (rc != RC_OK)
        test_fail(__FILE__, __LINE__, "%s: %s", s->source, err.text);
    if (!str_eq(out, str_c(s->want)))
        test_fail(__FILE__, __LINE__, "\n%s\nbecame\n%.*s\nnot\n%s", s->source,
                  STR_ARG(out), s->want);
    CHECK_STR(f.doc->source, s->source);
    release(&f);
}

#define CHECK_SPLICES(table)                                                   \
    for (size_t i_ = 0; i_ < sizeof(table) / sizeof *(table); i_++)            \
    check_splice(&(table)[i_])

TEST(xml, sets_an_attribute_and_nothing_else)
{
    /* clang-format off */
    static const struct splice CASES[] = {
        {SET, "<a  b='1'\tc = \"2\" />", "a", "c", "3",
         "<a  b='1'\tc = \"3\" />"},
        {SET, "<a b='1' c=\"2\"/>", "a", "b", "it's \"x\" <&>",
         "<a b='it&apos;s \"x\" &lt;&amp;>' c=\"2\"/>"},
        {SET, "<a b='1' c=\"2\"/>", "a", "c", "it's \"x\" <&>",
         "<a b='1' c=\"it's &quot;x&quot; &lt;&amp;>\"/>"},
        {SET, "<a b=''/>", "a", "b", "\t\n\r ", "<a b='&#9;&#10;&#13; '/>"},
        {SET, "<a b='x'/>", "a", "b", "", "<a b=''/>"},
        {SET, "<a b='&#x41;&lt;'/>", "a", "b", "A<", "<a b='&#x41;&lt;'/>"},
        {SET, "<a/>", "a", "b", "1", "<a b=\"1\"/>"},
        {SET, "<a />", "a", "b", "1", "<a b=\"1\" />"},
        {SET, "<a></a>", "a", "b", "1", "<a b=\"1\"></a>"},
        {SET, "<a b='1' >x</a>", "a", "c", "2", "<a b='1' c=\"2\" >x</a>"},
        {SET, "<a b='1'\n   c='2'\n/>", "a", "d", "3",
         "<a b='1'\n   c='2'\n   d=\"3\"\n/>"},
        {SET, "<a\r\n\tb='1'>\r\n</a>", "a", "c", "2",
         "<a\r\n\tb='1'\r\n\tc=\"2\">\r\n</a>"},
        {SET, "<a b='1' c='2'\n   d='3'/>", "a", "e", "4",
         "<a b='1' c='2'\n   d='3' e=\"4\"/>"},
        {SET, "\xEF\xBB\xBF<a><\xC3\xA4/></a>", "\xC3\xA4", "\xC3\xB6", "\xE2\x82\xAC",
         "\xEF\xBB\xBF<a><\xC3\xA4 \xC3\xB6=\"\xE2\x82\xAC\"/></a>"},
    };
    /* clang-format on */

    CHECK_SPLICES(CASES);
}

TEST(xml, removes_an_attribute_with_its_space)
{
    /* clang-format off */
    static const struct splice CASES[] = {
        {UNSET, "<a b='1' c='2' d='3'/>", "a", "b", "", "<a c='2' d='3'/>"},
        {UNSET, "<a b='1' c='2' d='3'/>", "a", "c", "", "<a b='1' d='3'/>"},
        {UNSET, "<a b='1' c='2' d='3' />", "a", "d", "", "<a b='1' c='2' />"},
        {UNSET, "<a b='1'/>", "a", "b", "", "<a/>"},
        {UNSET, "<a\n  b='1'\n>x</a>", "a", "b", "", "<a\n>x</a>"},
        {UNSET, "<a b='1'\n   c='2'/>", "a", "b", "", "<a c='2'/>"},
        {UNSET, "<a b='1'\n   c='2'/>", "a", "c", "", "<a b='1'/>"},
    };
    /* clang-format on */

    CHECK_SPLICES(CASES);
}

TEST(xml, inserts_as_the_author_lays_out)
{
    /* clang-format off */
    static const struct splice CASES[] = {
        {LAST, "<a>\n  <b/>\n</a>\n", "a", "", "<c/>",
         "<a>\n  <b/>\n  <c/>\n</a>\n"},
        {LAST, "<a>\r\n\t<b/>\r\n</a>", "a", "", "<c>\n  <d/>\n</c>",
         "<a>\r\n\t<b/>\r\n\t<c>\r\n\t  <d/>\r\n\t</c>\r\n</a>"},
        {LAST, "<a>\n  <b/> <!-- b -->\n\n</a>", "a", "", "<c/>",
         "<a>\n  <b/> <!-- b -->\n  <c/>\n\n</a>"},
        {LAST, "<a>\n  <b/><b/>\n</a>", "a", "", "<c/>",
         "<a>\n  <b/><b/>\n  <c/>\n</a>"},
        {LAST, "<a><b/>\n</a>", "a", "", "<c/>", "<a><b/>\n  <c/>\n</a>"},
        {LAST, "<a><b/></a>", "a", "", "<c/>", "<a><b/><c/></a>"},
        {LAST, "<a>text</a>", "a", "", "<c/>", "<a>text<c/></a>"},
        {LAST, "<a>\n text\n</a>", "a", "", "<c/>", "<a>\n text\n<c/></a>"},
        {LAST, "<a x='1' />\n", "a", "", "<c/>", "<a x='1'>\n  <c/>\n</a>\n"},
        {LAST, "<a></a>", "a", "", "<c/>", "<a>\n  <c/>\n</a>"},
        {LAST, "<a>\n</a>", "a", "", "<c/>", "<a>\n  <c/>\n</a>"},
        {LAST, "<a> </a>", "a", "", "<c/>", "<a>\n  <c/>\n</a>"},
        {LAST, "<a>\n    <b/>\n</a>", "b", "", "<c/>",
         "<a>\n    <b>\n        <c/>\n    </b>\n</a>"},
        {LAST, "<a>\n    <b>\n    </b>\n</a>", "b", "", "<c/>",
         "<a>\n    <b>\n        <c/>\n    </b>\n</a>"},
        {LAST, "<a><b/></a>", "b", "", "<c/>", "<a><b><c/></b></a>"},
        {LAST, "<a>\n  <!-- c -->\n</a>", "a", "", "<c/>",
         "<a>\n  <!-- c -->\n  <c/>\n</a>"},
        {FIRST, "<a>\n  <b/>\n</a>", "a", "", "<c/>",
         "<a>\n  <c/>\n  <b/>\n</a>"},
        {FIRST, "<a><b/></a>", "a", "", "<c/>", "<a><c/><b/></a>"},
        {FIRST, "<a/>", "a", "", "<c/>", "<a>\n  <c/>\n</a>"},
        {FIRST, "<a>text</a>", "a", "", "<c/>", "<a><c/>text</a>"},
        {AFTER, "<a>\n  <b/>\n  <d/>\n</a>", "b", "", "<c/>",
         "<a>\n  <b/>\n  <c/>\n  <d/>\n</a>"},
        {AFTER, "<a>\n  <b/> <!-- b -->\n</a>", "b", "", "<c/>",
         "<a>\n  <b/> <!-- b -->\n  <c/>\n</a>"},
        {AFTER, "<a>\n  <b/> <!-- d --><d/>\n</a>", "b", "", "<c/>",
         "<a>\n  <b/>\n  <c/> <!-- d --><d/>\n</a>"},
        {AFTER, "<a>\n  <b/> <!-- d\n --><d/>\n</a>", "b", "", "<c/>",
         "<a>\n  <b/>\n  <c/> <!-- d\n --><d/>\n</a>"},
        {AFTER, "<a><b/><d/></a>", "b", "", "<c/>", "<a><b/><c/><d/></a>"},
        {AFTER, "<a>x <b/> y</a>", "b", "", "<c/>", "<a>x <b/><c/> y</a>"},
        {AFTER, "<a>\n  <b>\n  </b>\n</a>", "b", "", "<c/>",
         "<a>\n  <b>\n  </b>\n  <c/>\n</a>"},
        {AFTER, "<a>\n  <!--x-->\n  <b/>\n</a>", "#", "", "<c/>",
         "<a>\n  <!--x-->\n  <c/>\n  <b/>\n</a>"},
        {BEFORE, "<a>\n  <b/>\n</a>", "b", "", " <c/>\n",
         "<a>\n  <c/>\n  <b/>\n</a>"},
        {BEFORE, "<a><b/></a>", "b", "", "<c/>", "<a><c/><b/></a>"},
        {BEFORE, "<a>\n x <b/></a>", "b", "", "<c/>",
         "<a>\n x <c/><b/></a>"},
    };
    /* clang-format on */

    CHECK_SPLICES(CASES);
}

TEST(xml, indents_a_fragment_but_not_its_texts_and_values)
{
    static const struct splice CASE = {
        LAST,
        "<a>\n  <b/>\n</a>",
        "a",
        "",
        "<c x='1\n2'\n   y='3'>\n  <d>\n    text\n  </d>\n\n"
        "  <e><![CDATA[\n-]]></e>\n  <!-- f\n g -->\n</c>",
        "<a>\n  <b/>\n  <c x='1\n2'\n     y='3'>\n    <d>\n    text\n  </d>\n\n"
        "    <e><![CDATA[\n-]]></e>\n    <!-- f\n g -->\n  </c>\n</a>"};

    check_splice(&CASE);
}

TEST(xml, removes_a_node_with_its_line_where_it_stood_alone)
{
    /* clang-format off */
    static const struct splice CASES[] = {
        {REMOVE, "<a>\n  <b/>\n  <c/>\n</a>", "b", "", "", "<a>\n  <c/>\n</a>"},
        {REMOVE, "<a>\r\n  <b>\r\n  </b> \r\n  <c/>\r\n</a>", "b", "", "",
         "<a>\r\n  <c/>\r\n</a>"},
        {REMOVE, "<a>\n  <b/> <c/>\n</a>", "b", "", "", "<a>\n   <c/>\n</a>"},
        {REMOVE, "<a><b/></a>", "b", "", "", "<a></a>"},
        {REMOVE, "<a>x\n<b/>\ny</a>", "b", "", "", "<a>x\n\ny</a>"},
        {REMOVE, "<a>\n  <!-- x\n y -->\n</a>", "#", "", "", "<a>\n</a>"},
        {REMOVE, "<a>\n  <b/></a>", "b", "", "", "<a>\n  </a>"},
    };
    /* clang-format on */

    CHECK_SPLICES(CASES);
}

TEST(xml, sets_a_text_and_keeps_what_is_around_it)
{
    /* clang-format off */
    static const struct splice CASES[] = {
        {TEXT, "<a>x</a>", "a", "", "y < z & ]]> w > v",
         "<a>y &lt; z &amp; ]]&gt; w > v</a>"},
        {TEXT, "<a>x</a>", "a", "", "", "<a></a>"},
        {TEXT, "<a>x</a>", "a", "", ">\r", "<a>&gt;&#13;</a>"},
        {TEXT, "<a/>", "a", "", "x", "<a>x</a>"},
        {TEXT, "<a b='1' />", "a", "", "x", "<a b='1'>x</a>"},
        {TEXT, "<a/>", "a", "", "", "<a/>"},
        {TEXT, "<a></a>", "a", "", "x", "<a>x</a>"},
        {TEXT, "<a>\n</a>", "a", "", "x", "<a>x</a>"},
        {TEXT, "<a>\n  x\n</a>", "a", "", "y", "<a>\n  y\n</a>"},
        {TEXT, "<a>\n  x\n</a>", "a", "", "x", "<a>\n  x\n</a>"},
        {TEXT, "<a> x </a>", "a", "", "y", "<a>y</a>"},
        {TEXT, "<a>\n  x\n</a>", "a", "", " y", "<a> y\n</a>"},
        {TEXT, "<a>\r\nx</a>", "a", "", "y\nz", "<a>\r\ny\r\nz</a>"},
        {TEXT, "<a><![CDATA[\nx < y\n]]></a>", "a", "", "y & z\n w",
         "<a><![CDATA[\ny & z\n w\n]]></a>"},
        {TEXT, "<a><![CDATA[x]]></a>", "a", "", "]]>", "<a>]]&gt;</a>"},
        {TEXT, "<a><![CDATA[]]></a>", "a", "", "&", "<a><![CDATA[&]]></a>"},
        {TEXT, "<a>\n  <!-- c -->\n  x\n</a>", "a", "", "y",
         "<a>\n  <!-- c -->\n  y\n</a>"},
        {TEXT, "<a>x<!-- c -->z<![CDATA[w]]></a>", "a", "", "y",
         "<a>y<!-- c --></a>"},
        {TEXT, "<a><!-- c --></a>", "a", "", "y", "<a>y<!-- c --></a>"},
    };
    /* clang-format on */

    CHECK_SPLICES(CASES);
}

struct wrong {
    enum op op;
    const char *source, *at, *name, *value;
    enum rc want;
    const char *says;
};

TEST(xml, refuses_a_splice_that_would_break_the_file)
{
    /* clang-format off */
    static const struct wrong CASES[] = {
        {SET, "<a/>", "a", "", "x", RC_INVALID, "name of an attribute"},
        {SET, "<a/>", "a", "b='1' c", "x", RC_INVALID, "name of an attribute"},
        {SET, "<a/>", "a", "b\xFF", "x", RC_INVALID, "name of an attribute"},
        {SET, "<a/>", "a", "b:c", "x", RC_INVALID, "namespaces"},
        {SET, "<a/>", "a", "xmlns", "x", RC_INVALID, "namespaces"},
        {SET, "<a/>", "a", "b", "\x01", RC_INVALID, "U+0001"},
        {SET, "<a/>", "a", "b", "\xC3", RC_INVALID, "UTF-8"},
        {UNSET, "<a/>", "a", "b", "", RC_NOTFOUND, "\"b\""},
        {TEXT, "<a><b/></a>", "a", "", "x", RC_INVALID, "contains elements"},
        {TEXT, "<a/>", "a", "", "\xEF\xBF\xBF", RC_INVALID, "U+FFFF"},
        {REMOVE, "<a/>", "a", "", "", RC_INVALID, "whole file"},
        {REMOVE, "<a>]]<!--x-->></a>", "#", "", "", RC_INVALID, "]]&gt;"},
        {AFTER, "<a/>", "a", "", "<b/>", RC_INVALID, "outermost"},
        {BEFORE, "<a/>", "a", "", "<b/>", RC_INVALID, "outermost"},
        {LAST, "<a><!--x--></a>", "#", "", "<b/>", RC_INVALID, "Only an element"},
        {LAST, "<a/>", "a", "", "", RC_INVALID, "no element"},
        {LAST, "<a/>", "a", "", "text", RC_INVALID, "1:1"},
        {LAST, "<a/>", "a", "", "<b/><c/>", RC_INVALID, "1:5"},
        {LAST, "<a/>", "a", "", "</a><a>", RC_INVALID, "closes nothing"},
        {LAST, "<a/>", "a", "", "<!--x--><b/>", RC_INVALID, "one element"},
        {LAST, "<a/>", "a", "", "<?xml version='1.0'?><b/>", RC_INVALID,
         "one element"},
        {LAST, "<a/>", "a", "", "<!DOCTYPE b><b/>", RC_INVALID, "DOCTYPE"},
    };
    /* clang-format on */

    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const struct wrong *w = &CASES[i];
        struct fixture f = parsed(str_c(w->source));
        struct str out = STR_NONE;
        struct err err = ERR_INIT;
        enum rc rc = run(&f, w->op, find(f.doc->root, w->at), str_c(w->name),
                         str_c(w->value), &out, &err);

        if (rc != w->want)
            test_fail(__FILE__, __LINE__, "%s %s: %s %s", w->source, w->value,
                      rc_name(rc), err.text);
        CHECK_HAS(err.text, w->says);
        CHECK(!out.p);
        CHECK_RC(run(&f, w->op, find(f.doc->root, w->at), str_c(w->name),
                     str_c(w->value), &out, NULL),
                 w->want);
        release(&f);
    }
}

TEST(xml, a_splice_keeps_the_limits)
{
    struct fixture f = parsed(STR("<a b='1'/>"));
    struct str out = STR_NONE;
    struct err err = ERR_INIT;
    char *long_text = (char *)malloc(3 << 20);

    memset(long_text, 'x', 3 << 20);
    CHECK_RC(xml_set_attr(f.doc, f.doc->root, STR("b"),
                          str_of(long_text, LIMIT_XML_BYTES), &f.arena, &out,
                          &err),
             RC_LIMIT);
    CHECK_HAS(err.text, "1048576 bytes");
    CHECK_RC(xml_set_text(f.doc, f.doc->root, str_of(long_text, 3 << 20),
                          &f.arena, &out, &err),
             RC_LIMIT);
    CHECK_RC(xml_set_attr(f.doc, f.doc->root,
                          str_of(long_text, LIMIT_XML_NAME + 1), STR("x"),
                          &f.arena, &out, &err),
             RC_LIMIT);
    CHECK(!out.p);
    CHECK_RC(xml_set_attr(f.doc, f.doc->root, STR("b"),
                          str_of(long_text, LIMIT_XML_BYTES - 9), &f.arena,
                          &out, &err),
             RC_OK);
    CHECK_I64(out.n, LIMIT_XML_BYTES);
    free(long_text);
    release(&f);
}

TEST(xml, escapes_what_each_place_needs)
{
    struct buf b;

    buf_init(&b, 1024);
    xml_escape_attr(&b, STR("<a b=\"c\">&'\t\n\r\xC3\xA4"));
    CHECK_STR(buf_view(&b),
              "&lt;a b=&quot;c&quot;>&amp;'&#9;&#10;&#13;\xC3\xA4");
    buf_reset(&b);
    xml_escape_text(&b, STR("<a b=\"c\">&'\t\n\r]]>"));
    CHECK_STR(buf_view(&b), "&lt;a b=\"c\">&amp;'\t\n&#13;]]&gt;");
    buf_reset(&b);
    xml_escape_attr(&b, STR_NONE);
    xml_escape_text(&b, STR_NONE);
    CHECK_I64(b.n, 0);
    buf_release(&b);
}

static const struct splice ONE_OF_EACH[] = {
    {SET, "<a>\n <b x='1'/>\n</a>", "b", "y", "2", ""},
    {SET, "<a>\n <b x='1'/>\n</a>", "b", "x", "1", ""},
    {UNSET, "<a>\n <b x='1'/>\n</a>", "b", "x", "", ""},
    {TEXT, "<a>\n <b x='1'>p<!--q-->r</b>\n</a>", "b", "", "s", ""},
    {REMOVE, "<a>\n <b x='1'/>\n</a>", "b", "", "", ""},
    {LAST, "<a>\n <b x='1'/>\n</a>", "b", "", "<c>\n<d/></c>", ""},
};

/* RC_OK, or RC_NOMEM with a sentence and nothing given out. */
static enum rc run_without_memory(struct fixture *f, const struct splice *s)
{
    struct str out = STR_NONE;
    struct err err = ERR_INIT;
    enum rc rc = run(f, s->op, find(f->doc->root, s->at), str_c(s->name),
                     str_c(s->value), &out, &err);

    CHECK(rc == RC_OK || rc == RC_NOMEM);
    CHECK((rc == RC_OK) == (out.p != NULL));
    CHECK(rc == RC_OK || strlen(err.text) > 0);
    return rc;
}

TEST(xml, a_splice_survives_every_failed_allocation)
{
    for (size_t i = 0; i < sizeof ONE_OF_EACH / sizeof *ONE_OF_EACH; i++)
        WITH_EACH_ALLOC_FAILING (n) {
            struct fixture f;

            WITHOUT_FAULTS
            {
                f = parsed(str_c(ONE_OF_EACH[i].source));
            }
            run_without_memory(&f, &ONE_OF_EACH[i]);
            release(&f);
        }
}

TEST(xml, a_splice_survives_the_ceiling_of_its_arena)
{
    for (size_t i = 0; i < sizeof ONE_OF_EACH / sizeof *ONE_OF_EACH; i++) {
        struct fixture f = parsed(str_c(ONE_OF_EACH[i].source));
        struct arena_mark mark = arena_mark(&f.arena);
        enum rc rc = RC_NOMEM;
        int runs = 0;

        for (f.arena.ceiling = f.arena.used; rc == RC_NOMEM; runs++) {
            rc = run_without_memory(&f, &ONE_OF_EACH[i]);
            arena_rewind(&f.arena, mark);
            f.arena.ceiling += 16;
            CHECK(runs < 1000);
        }
        CHECK(runs > 1);
        release(&f);
    }
}
