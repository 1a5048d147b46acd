/*
 * A pasted spreadsheet: names, types, what is nearly one, and rows that the
 * import reads as they were meant.
 */
#include "exchange/infer.h"

#include <string.h>

#include "support/test.h"

static struct infer_sheet infer(struct arena *a, const char *text)
{
    struct infer_sheet s = {.n = 0};
    struct err err = ERR_INIT;

    arena_init(a, 64 << 20);
    if (infer_sheet(str_c(text), STR("Visits"), a, &s, &err) != RC_OK)
        CHECK_CSTR(err.text, "");
    return s;
}

static void check_type(const char *cells, const char *type)
{
    struct arena a;
    struct infer_sheet s = infer(&a, cells);

    CHECK_I64(s.n, 1);
    CHECK_CSTR(s.columns[0].type, type);
    arena_release(&a);
}

TEST(infer, finds_the_type_that_fits_every_cell)
{
    check_type("A\n1\n20\n-3\n", "int");
    check_type("A\n1\n20.5\n", "dec");
    check_type("A\n1.234,50\n2,5\n", "dec");
    check_type("A\n\"1,234.50\"\n2.5\n", "dec");
    check_type("A\n00123\n00124\n", "text"); /* a code, not a number */
    check_type("A\n12345678901234567890\n", "text");
    check_type("A\n12 €\n3,50 €\n", "money");
    check_type("A\nEUR 12\nEUR 3.5\n", "money");
    check_type("Price\n12\n3.50\n", "money");
    check_type("A\n12 %\n3.5%\n", "percent");
    check_type("A\nyes\nno\n", "bool");
    check_type("A\nja\nnein\nja\nja\n", "bool");
    check_type("A\n2026-03-01\n", "date");
    check_type("A\n1.3.2026\n24.12.2025\n", "date");
    check_type("A\n3/24/2026\n", "date");
    check_type("A\n31.2.2026\n", "text");
    check_type("A\nann@example.org\nbob@example.org\n", "email");
    check_type("A\nann@example.org\nbob\n", "text");
    check_type("A\nhttps://example.org/a\nwww.example.org\n", "url");
    check_type("A\n+43 1 5550101\n0043 664 5550102\n", "phone");
    check_type("A\n01 5550101\n", "text"); /* of which country? */
    check_type("A\nred\ngreen\nred\nred\n", "choice");
    check_type("A\nred\ngreen\nblue\nwhite\n", "text");
    check_type("A\n\"two\nlines\"\n", "longtext");
}

TEST(infer, names_columns_as_the_language_wants_them)
{
    struct arena a;
    struct infer_sheet s =
        infer(&a, "Fällig am\tName\tName \tid\tand\t\t3rd  value!\tПриклад\n"
                  "1.2.2026\ta\tb\tc\td\te\tf\tg\n");

    CHECK_STR(s.name, "visits");
    CHECK_I64(s.n, 8);
    CHECK_STR(s.columns[0].name, "faellig_am");
    CHECK_STR(s.columns[0].label, "Fällig am");
    CHECK_STR(s.columns[1].name, "name");
    CHECK_STR(s.columns[3].name, "id_2");
    CHECK_STR(s.columns[4].name, "and_value");
    CHECK_STR(s.columns[5].name, "column_6");
    CHECK_STR(s.columns[6].name, "rd_value");
    CHECK_STR(s.columns[7].name, "column_8");
    arena_release(&a);
}

TEST(infer, says_what_nearly_fits_and_how_sure_it_is)
{
    struct arena a;
    struct infer_sheet s =
        infer(&a, "N;When\n1;1/2/2026\n2;2/3/2026\n3;\n4;\n5;\n6;\n7;\n8;\n9;\n"
                  "n/a;\n");

    CHECK_CSTR(s.columns[0].type, "text");
    CHECK_CSTR(s.columns[0].nearly, "int");
    CHECK_I64(s.columns[0].misses, 1);
    CHECK_CSTR(s.columns[1].type, "date");
    CHECK(s.columns[1].confidence < 50); /* of February or of January? */
    CHECK_I64(s.columns[1].filled, 2);
    CHECK_STR(s.columns[0].examples[0], "1");
    arena_release(&a);
}

TEST(infer, gives_the_rows_back_as_the_import_reads_them)
{
    struct arena a;
    struct infer_sheet s = infer(
        &a, "Name\tDay\tSum\tKind\tDone\tPhone\n"
            "=A\t24.12.2025\t1.234,50 €\tFirst visit\tja\t0043 1 5550101\n"
            "\"B, C\"\t1.1.2026\t3 €\tAgain\tnein\t+4315550102\n"
            "D\t\t-2,50 €\tAgain\t\t\n"
            "E\t1.1.2026\t0 €\tFirst visit\tja\t\n");

    CHECK_STR(s.csv, "name,day,sum,kind,done,phone\n"
                     "'=A,2025-12-24,1234.50 EUR,first_visit,true,"
                     "+43 1 5550101\n"
                     "\"B, C\",2026-01-01,3 EUR,again,false,+4315550102\n"
                     "D,,-2.50 EUR,again,,\n"
                     "E,2026-01-01,0 EUR,first_visit,true,\n");
    CHECK_CSTR(s.columns[1].format, "D.M.YYYY");
    CHECK_CSTR(s.columns[2].currency, "EUR");
    CHECK(s.columns[0].required);
    arena_release(&a);
}

TEST(infer, takes_a_sheet_without_a_header)
{
    struct arena a;
    struct infer_sheet s = infer(&a, "Ann\t12\nBob\t13\n");

    CHECK(!s.has_header);
    CHECK_I64(s.rows, 2);
    CHECK_STR(s.columns[1].name, "column_2");
    CHECK_CSTR(s.columns[1].type, "int");
    arena_release(&a);
}

static enum rc refused(struct str text)
{
    struct infer_sheet s = {.n = 7};
    struct err err = ERR_INIT;
    struct arena a;
    enum rc rc;

    arena_init(&a, 64 << 20);
    rc = infer_sheet(text, STR(""), &a, &s, &err);
    CHECK_I64(s.n, 7); /* untouched */
    CHECK(err.text[0] != 0);
    arena_release(&a);
    return rc;
}

TEST(infer, says_why_it_takes_no_such_sheet)
{
    struct buf b;
    int i;

    CHECK_RC(refused(STR("")), RC_INVALID);
    CHECK_RC(refused(STR("\n\t\n  \n")), RC_INVALID);
    CHECK_RC(refused(STR("a\xff\n")), RC_INVALID);
    CHECK_RC(refused(STR("a\tb\n\"never closed")), RC_SYNTAX);
    buf_init(&b, 4 << 20);
    for (i = 0; i <= INFER_MAX_COLUMNS; i++)
        buf_adds(&b, "x\t");
    buf_adds(&b, "y\n");
    CHECK_RC(refused(buf_view(&b)), RC_LIMIT);
    while (b.n <= INFER_MAX_BYTES)
        buf_adds(&b, "some more of the same\n");
    CHECK_RC(refused(buf_view(&b)), RC_LIMIT);
    buf_release(&b);
}

TEST(infer, survives_any_failed_allocation)
{
    WITH_EACH_ALLOC_FAILING (i) {
        struct infer_sheet s = {.n = 0};
        struct err err = ERR_INIT;
        struct arena a;
        enum rc rc;

        arena_init(&a, 1 << 20);
        rc = infer_sheet(STR("Name,Day\nA,1.2.2026\nB,2.2.2026\n"), STR("S"),
                         &a, &s, &err);
        CHECK(rc == RC_OK || (rc == RC_NOMEM && s.n == 0));
        arena_release(&a);
    }
}
