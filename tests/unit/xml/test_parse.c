/*
 * What a well-formed file becomes, and where everything in it stands.
 */
#include "fixture.h"

#include <pthread.h>
#include <stdio.h>

static const char RENTAL[] =
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
    "<!-- rentals -->\n"
    "<entity name=\"rental\" label='Ger\xC3\xA4t \xF0\x9F\x9A\x9A' "
    "icon=\"x\">\n"
    "\t<field\tname=\"daily_rate\"\r\n"
    "\t\ttype = \"mony\" />\n"
    "  <help>a &lt; b<![CDATA[ & <c> ]]>&#x20AC;</help><!--\r\nnote-->\n"
    "</entity>\n";

TEST(xml, builds_the_tree_of_a_file)
{
    struct fixture f = parsed(STR(RENTAL));
    struct xml_node *root = f.doc->root, *field = xml_first_element(root);
    struct xml_node *help = xml_next_element(field);

    CHECK_STR(f.doc->file, "entities/rental.xml");
    CHECK_STR(f.doc->source, RENTAL);
    CHECK(f.doc->source.p != RENTAL);
    CHECK(root->kind == XML_ELEMENT && !root->parent && !root->next);
    CHECK_STR(root->name, "entity");
    CHECK_STR(field->name, "field");
    CHECK(field->parent == root && field->self_closing && !field->first);
    CHECK_STR(help->name, "help");
    CHECK(!xml_next_element(help));
    CHECK(help->next->kind == XML_COMMENT);
    CHECK_STR(help->next->text, "\nnote");
    CHECK(help->next->prev == help);
    CHECK(xml_child(root, STR("help")) == help);
    CHECK(!xml_child(root, STR("hel")));
    CHECK(!xml_first_element(help));
    CHECK_STR(xml_value(root, STR("name"), STR("")), "rental");
    CHECK_STR(xml_value(root, STR("nam"), STR("none")), "none");
    CHECK(!xml_attr(field, STR("icon")));
    release(&f);
}

TEST(xml, keeps_text_and_cdata_apart_and_joins_them_on_request)
{
    struct fixture f = parsed(STR(RENTAL));
    struct xml_node *help = xml_child(f.doc->root, STR("help"));
    struct xml_node *one = help->first, *two = one->next, *three = two->next;

    CHECK_STR(one->text, "a < b");
    CHECK(!one->is_cdata && two->is_cdata && !three->is_cdata);
    CHECK_STR(two->text, " & <c> ");
    CHECK_STR(spanned(f.doc, two->span), "<![CDATA[ & <c> ]]>");
    CHECK_STR(spanned(f.doc, two->inner), " & <c> ");
    CHECK_STR(three->text, "\xE2\x82\xAC");
    CHECK(!three->next && help->last == three);
    CHECK_STR(xml_text_of(help, &f.arena), "a < b & <c> \xE2\x82\xAC");
    CHECK_STR(xml_text_of(f.doc->root->first->next, &f.arena), "");
    release(&f);
}

TEST(xml, spans_are_the_bytes_as_written)
{
    struct fixture f = parsed(STR(RENTAL));
    struct xml_node *root = f.doc->root, *field = xml_first_element(root);
    struct xml_node *help = xml_next_element(field);

    CHECK_STR(spanned(f.doc, field->span),
              "<field\tname=\"daily_rate\"\r\n\t\ttype = \"mony\" />");
    CHECK(field->tag.from == field->span.from &&
          field->tag.to == field->span.to);
    CHECK(field->inner.from == field->tag.to &&
          field->inner.to == field->tag.to);
    CHECK_STR(spanned(f.doc, help->tag), "<help>");
    CHECK_STR(spanned(f.doc, help->inner),
              "a &lt; b<![CDATA[ & <c> ]]>&#x20AC;");
    CHECK(root->span.to == sizeof RENTAL - 2);
    CHECK_STR(spanned(f.doc, field->attrs[1].name_span), "type");
    CHECK_STR(spanned(f.doc, field->attrs[1].value_span), "mony");
    release(&f);
}

TEST(xml, positions_count_lines_and_code_points)
{
    struct fixture f = parsed(STR(RENTAL));
    struct xml_node *root = f.doc->root, *field = xml_first_element(root);
    const struct xml_attr *icon = xml_attr(root, STR("icon"));
    const struct xml_attr *type = xml_attr(field, STR("type"));

    CHECK_AT(xml_pos_at(f.doc, 0), 1, 1);
    CHECK_AT(xml_pos_at(f.doc, root->span.from), 3, 1);
    CHECK_AT(xml_pos_at(f.doc, root->attrs[0].name_span.from), 3, 9);
    CHECK_AT(xml_pos_at(f.doc, root->attrs[1].value_span.from), 3, 30);
    CHECK_AT(xml_pos_at(f.doc, icon->name_span.from), 3, 39);
    CHECK_AT(xml_pos_at(f.doc, field->span.from), 4, 2);
    CHECK_AT(xml_pos_at(f.doc, type->name_span.from), 5, 3);
    CHECK_AT(xml_pos_at(f.doc, type->value_span.from), 5, 11);
    CHECK_STR(xml_line_at(f.doc, type->value_span.from),
              "\t\ttype = \"mony\" />");
    CHECK_STR(xml_line_at(f.doc, field->span.from),
              "\t<field\tname=\"daily_rate\"");
    CHECK_AT(xml_pos_at(f.doc, UINT32_MAX), 9, 1);
    CHECK_STR(xml_line_at(f.doc, UINT32_MAX), "");
    release(&f);
}

TEST(xml, a_lone_carriage_return_ends_a_line)
{
    struct fixture f = parsed(STR("<a>\r<b/>\r\r\n<c/>\n\r<d/></a>"));
    struct xml_node *b = xml_first_element(f.doc->root);
    struct xml_node *c = xml_next_element(b), *d = xml_next_element(c);

    CHECK_AT(xml_pos_at(f.doc, b->span.from), 2, 1);
    CHECK_AT(xml_pos_at(f.doc, c->span.from), 4, 1);
    CHECK_AT(xml_pos_at(f.doc, d->span.from), 6, 1);
    CHECK_STR(f.doc->root->first->text, "\n");
    CHECK_STR(b->next->text, "\n\n");
    release(&f);
}

TEST(xml, a_byte_order_mark_takes_no_column)
{
    struct fixture f = parsed(STR("\xEF\xBB\xBF<a b=\"1\"/>"));

    CHECK_I64(f.doc->root->span.from, 3);
    CHECK_AT(xml_pos_at(f.doc, f.doc->root->span.from), 1, 1);
    CHECK_AT(xml_pos_at(f.doc, f.doc->root->attrs[0].name_span.from), 1, 4);
    CHECK_STR(xml_line_at(f.doc, 5), "<a b=\"1\"/>");
    release(&f);
}

TEST(xml, values_are_normalised_and_references_resolved)
{
    struct fixture f =
        parsed(STR("<a b='x\ty\r\nz\rw\n'  c=\"&#9;&#xA;&#13;\" d=''"
                   " e=\"&lt;&gt;&amp;&quot;&apos;\" f='\"' "
                   "g=\"&#38;#38;&#x1F69A;&#xe4;&#0065;\"/>"));
    struct xml_node *a = f.doc->root;

    CHECK_STR(a->attrs[0].value, "x y z w ");
    CHECK_STR(a->attrs[1].value, "\t\n\r");
    CHECK_STR(a->attrs[2].value, "");
    CHECK_STR(a->attrs[3].value, "<>&\"'");
    CHECK_STR(a->attrs[4].value, "\"");
    CHECK_STR(a->attrs[5].value, "&#38;\xF0\x9F\x9A\x9A\xC3\xA4"
                                 "A");
    release(&f);
}

/* The byte of the file in which byte `at` of the value begins. */
static struct str written_at(const struct fixture *f, uint32_t at)
{
    const struct xml_attr *attr = &f->doc->root->attrs[0];
    uint32_t from = xml_attr_offset(f->doc, attr, at);

    return str_of(f->doc->source.p + from, attr->value_span.to - from);
}

TEST(xml, an_offset_of_a_value_is_found_in_the_file)
{
    struct fixture f =
        parsed(STR("<a b=\"p &lt;&#x20AC;\r\n&amp;&amp; \xC3\xA4!\"/>"));

    CHECK_STR(f.doc->root->attrs[0].value, "p <\xE2\x82\xAC && \xC3\xA4!");
    CHECK_STR(written_at(&f, 0), "p &lt;&#x20AC;\r\n&amp;&amp; \xC3\xA4!");
    CHECK_STR(written_at(&f, 2), "&lt;&#x20AC;\r\n&amp;&amp; \xC3\xA4!");
    CHECK_STR(written_at(&f, 3), "&#x20AC;\r\n&amp;&amp; \xC3\xA4!");
    CHECK_STR(written_at(&f, 5), "&#x20AC;\r\n&amp;&amp; \xC3\xA4!");
    CHECK_STR(written_at(&f, 6), "\r\n&amp;&amp; \xC3\xA4!");
    CHECK_STR(written_at(&f, 7), "&amp;&amp; \xC3\xA4!");
    CHECK_STR(written_at(&f, 8), "&amp; \xC3\xA4!");
    CHECK_STR(written_at(&f, 9), " \xC3\xA4!");
    CHECK_STR(written_at(&f, 10), "\xC3\xA4!");
    CHECK_STR(written_at(&f, 12), "!");
    CHECK_STR(written_at(&f, 13), "");
    CHECK_STR(written_at(&f, UINT32_MAX), "");
    release(&f);
}

TEST(xml, an_offset_of_text_cdata_and_comment_is_found_in_the_file)
{
    struct fixture f =
        parsed(STR("<a>x&gt;y<![CDATA[\r\n&gt;]]><!--\r\n-&gt;--></a>"));
    struct xml_node *text = f.doc->root->first, *cdata = text->next;
    struct xml_node *comment = cdata->next;

    CHECK_STR(text->text, "x>y");
    CHECK_I64(xml_text_offset(f.doc, text, 1), 4);
    CHECK_I64(xml_text_offset(f.doc, text, 2), 8);
    CHECK_I64(xml_text_offset(f.doc, text, 3), 9);
    CHECK_STR(cdata->text, "\n&gt;");
    CHECK_I64(xml_text_offset(f.doc, cdata, 0), 18);
    CHECK_I64(xml_text_offset(f.doc, cdata, 1), 20);
    CHECK_I64(xml_text_offset(f.doc, cdata, 2), 21);
    CHECK_STR(comment->text, "\n-&gt;");
    CHECK_I64(xml_text_offset(f.doc, comment, 1), 33);
    CHECK_I64(xml_text_offset(f.doc, comment, 3), 35);
    release(&f);
}

TEST(xml, accepts_what_xml_allows_around_the_root)
{
    static const char *const GOOD[] = {
        "<a/>",
        "\n\t <a/>\r\n ",
        "<?xml version='1.0'?><a/>",
        "<?xml version = \"1.0\"  encoding = 'UTF-8' ?>\n<a></a >",
        "<?xml version=\"1.0\" encoding=\"Utf-8\" standalone='yes'?><a/>",
        "<!----><!-- - --><a/>",
        "<!-- before --><a/><!-- after -->",
        "<a><![CDATA[]]></a>",
        "<a>]]<![CDATA[]]]]>></a>",
        "<a><![CDATA[<!DOCTYPE x><?pi?>]]></a>",
        "<_ a.b-c='1'/>",
        "<a\xCC\x81 b\xC2\xB7='1'/>",
        "<\xC3\xA4 \xE3\x83\x86='1'/>",
        "<a b=\"&#x9;]]>\">\xF4\x8F\xBF\xBF\x7F</a>",
    };

    for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++) {
        struct fixture f = parsed(str_c(GOOD[i]));

        CHECK(f.doc->root->kind == XML_ELEMENT);
        release(&f);
    }
}

TEST(xml, the_deepest_and_the_widest_that_is_allowed)
{
    static char text[LIMIT_XML_DEPTH * 8 + LIMIT_XML_ATTRS * 8 + 512];
    char *p = text;
    struct fixture f;
    int depth = 0;

    for (int i = 1; i < LIMIT_XML_DEPTH; i++, p += 3)
        memcpy(p, "<a>", 3);
    memcpy(p, "<b ", 3);
    p += 3;
    memset(p, 'n', LIMIT_XML_NAME);
    p += LIMIT_XML_NAME;
    memcpy(p, "=''", 3);
    p += 3;
    for (int i = 1; i < LIMIT_XML_ATTRS; i++)
        p += snprintf(p, 8, " a%d=''", i);
    memcpy(p, "/>", 2);
    p += 2;
    for (int i = 1; i < LIMIT_XML_DEPTH; i++, p += 4)
        memcpy(p, "</a>", 4);
    f = parsed(str_of(text, (size_t)(p - text)));
    for (struct xml_node *n = f.doc->root; n; n = n->first) {
        depth++;
        if (!n->first)
            CHECK_I64(n->n_attrs, LIMIT_XML_ATTRS);
    }
    CHECK_I64(depth, LIMIT_XML_DEPTH);
    release(&f);
}

TEST(xml, a_file_of_the_greatest_size_is_read)
{
    char *text = (char *)malloc(LIMIT_XML_BYTES);
    struct fixture f;

    memset(text, ' ', LIMIT_XML_BYTES);
    memcpy(text, "<a>", 3);
    memcpy(text + LIMIT_XML_BYTES - 4, "</a>", 4);
    f = parsed(str_of(text, LIMIT_XML_BYTES));
    CHECK_I64(f.doc->root->first->text.n, LIMIT_XML_BYTES - 7);
    release(&f);
    free(text);
}

TEST(xml, parses_or_says_no_memory_at_every_failed_allocation)
{
    WITH_EACH_ALLOC_FAILING (i) {
        struct fixture f;
        enum rc rc = parse_into(&f, STR(RENTAL));

        CHECK(rc == RC_OK || rc == RC_NOMEM);
        CHECK((rc == RC_OK) == (f.doc != NULL));
        if (f.doc)
            CHECK_STR(xml_child(f.doc->root, STR("help"))->first->text,
                      "a < b");
        release(&f);
    }
}

TEST(xml, stays_within_the_ceiling_of_its_arena)
{
    struct xml_doc *doc = NULL;
    struct xml_fault fault;
    struct arena a;

    for (size_t ceiling = 0; ceiling < 2048; ceiling += 16) {
        enum rc rc;

        arena_init(&a, ceiling);
        rc = xml_parse(STR("a.xml"), STR("<a b='&lt;'>x\r<c/></a>"), &a, &doc,
                       &fault);
        CHECK(rc == RC_OK || rc == RC_NOMEM);
        CHECK((rc == RC_OK) == (doc != NULL));
        doc = NULL;
        arena_release(&a);
    }
}

enum { THREADS = 4, PARSES = 25 };

static void *parse_many(void *arg)
{
    bool *is_right = (bool *)arg;

    *is_right = true;
    for (int i = 0; i < PARSES; i++) {
        struct fixture f;
        bool is_bad = i % 2 == 1;
        enum rc rc = parse_into(&f, is_bad ? STR("<a>&x;</a>") : STR(RENTAL));

        *is_right &= rc == (is_bad ? RC_SYNTAX : RC_OK);
        release(&f);
    }
    return NULL;
}

TEST(xml, threads_parse_side_by_side)
{
    pthread_t threads[THREADS];
    bool is_right[THREADS];

    for (int i = 0; i < THREADS; i++)
        CHECK_I64(pthread_create(&threads[i], NULL, parse_many, &is_right[i]),
                  0);
    for (int i = 0; i < THREADS; i++) {
        CHECK_I64(pthread_join(threads[i], NULL), 0);
        CHECK(is_right[i]);
    }
}
