/* Cells of CSV files as they come, and cells no spreadsheet runs. */
#include "base/limits.h"
#include "exchange/csv.h"
#include "support/test.h"

static struct arena a;

/* Rows as "cell|cell/cell|cell"; "!RC line" when it does not parse. */
static const char *rows(const char *text, char separator)
{
    static char out[2000];
    struct csv c;
    struct str *cells = NULL;
    struct err err = ERR_INIT;
    size_t n = 0, k = 0, i;
    int64_t line = 0;
    bool end = false;
    enum rc rc;

    out[0] = '\0';
    arena_reset(&a);
    csv_init(&c, str_c(text), separator, &a);
    for (;;) {
        rc = csv_next(&c, &cells, &k, &line, &end, &err);
        if (rc != RC_OK) {
            snprintf(out, sizeof out, "!%s %s", rc_name(rc), err.text);
            return out;
        }
        if (end)
            return out;
        for (i = 0; i < k; i++)
            n += (size_t)snprintf(out + n, sizeof out - n, "%s%.*s",
                                  i > 0 ? "|" : (n > 0 ? "/" : ""),
                                  STR_ARG(cells[i]));
    }
}

TEST(csv, lines_end_in_any_of_three_ways)
{
    arena_init(&a, 1 << 24);
    CHECK_CSTR(rows("a,b\nc,d\n", ','), "a|b/c|d");
    CHECK_CSTR(rows("a,b\r\nc,d\r\n", ','), "a|b/c|d");
    CHECK_CSTR(rows("a,b\rc,d", ','), "a|b/c|d");
    CHECK_CSTR(rows("\n\na,b\n\n\nc,d\n\n", ','), "a|b/c|d");
    CHECK_CSTR(rows("\xEF\xBB\xBF"
                    "a;b\n",
                    ';'),
               "a|b");
    CHECK_CSTR(rows("", ','), "");
    arena_release(&a);
}

TEST(csv, quotes_hold_separators_breaks_and_doubled_quotes)
{
    arena_init(&a, 1 << 24);
    CHECK_CSTR(rows("\"a,b\",c\n", ','), "a,b|c");
    CHECK_CSTR(rows("\"a\nb\",\"\"\n", ','), "a\nb|");
    CHECK_CSTR(rows("\"say \"\"hi\"\"\",c", ','), "say \"hi\"|c");
    CHECK_CSTR(rows("a\"b,c", ','), "a\"b|c");
    CHECK_CSTR(rows("\"a\"b,c", ','), "ab|c");
    CHECK_CSTR(rows("\"\"\"\"", ','), "\"");
    CHECK_CSTR(rows(",,\n", ','), "||");
    CHECK_CSTR(rows("a,", ','), "a|");
    arena_release(&a);
}

TEST(csv, a_quote_that_never_closes_names_its_line)
{
    arena_init(&a, 1 << 24);
    CHECK_CSTR(rows("a,b\nc,\"d\ne,f\n", ','),
               "!SYNTAX The quote that opens in line 2 never closes.");
    arena_release(&a);
}

TEST(csv, lines_are_counted_as_an_editor_does)
{
    struct csv c;
    struct str *cells;
    size_t n;
    int64_t line;
    bool end;
    struct err err = ERR_INIT;

    arena_init(&a, 1 << 24);
    csv_init(&c, STR("h\n\"two\nlines\"\n\nlast\n"), ',', &a);
    CHECK_RC(csv_next(&c, &cells, &n, &line, &end, &err), RC_OK);
    CHECK_I64(line, 1);
    CHECK_RC(csv_next(&c, &cells, &n, &line, &end, &err), RC_OK);
    CHECK_I64(line, 2);
    CHECK_RC(csv_next(&c, &cells, &n, &line, &end, &err), RC_OK);
    CHECK_I64(line, 5);
    CHECK_RC(csv_next(&c, &cells, &n, &line, &end, &err), RC_OK);
    CHECK(end);
    arena_release(&a);
}

TEST(csv, too_many_columns_are_refused)
{
    static char text[2 * LIMIT_CSV_COLUMNS + 10];
    size_t i;

    arena_init(&a, 1 << 24);
    for (i = 0; i < 2 * LIMIT_CSV_COLUMNS; i += 2) {
        text[i] = 'x';
        text[i + 1] = ',';
    }
    CHECK_CSTR(rows(text, ','), "!LIMIT Line 1 has more than 500 columns.");
    arena_release(&a);
}

TEST(csv, the_separator_is_the_one_that_occurs_most)
{
    CHECK(csv_guess_separator(STR("a;b;c,d\n1,2,3,4,5\n")) == ';');
    CHECK(csv_guess_separator(STR("a\tb\n")) == '\t');
    CHECK(csv_guess_separator(STR("\"a;b;c\",d\n")) == ',');
    CHECK(csv_guess_separator(STR("")) == ',');
}

/* Written, then read: byte for byte, and no cell that starts a formula. */
TEST(csv, no_written_cell_runs_and_every_one_comes_back)
{
    static const char *const TEXTS[] = {"=1+1",   "+43 1 555",
                                        "-2",     "@sum",
                                        " =1+1",  "  @x",
                                        "'=1",    "''=1",
                                        "'plain", "a=b",
                                        "\"=1\"", "x\n=1",
                                        "\t=1",   "=cmd|' /C calc'!A0",
                                        "",       " ",
                                        "a,b;c",  "\r=1",
                                        "' =1",   "\n=1"};
    size_t i;

    arena_init(&a, 1 << 24);
    for (i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        struct buf b;
        struct csv c;
        struct str *cells = NULL, cell;
        size_t n = 0, at = 0;
        int64_t line;
        bool end;
        struct err err = ERR_INIT;

        buf_init(&b, 1000);
        csv_cell(&b, STR("first"), true);
        csv_safe_cell(&b, str_c(TEXTS[i]), &a, false);
        buf_addc(&b, '\n');
        csv_init(&c, buf_view(&b), ',', &a);
        CHECK_RC(csv_next(&c, &cells, &n, &line, &end, &err), RC_OK);
        CHECK_I64(n, 2);
        cell = n == 2 ? cells[1] : STR_NONE;
        while (at < cell.n && (cell.p[at] == ' ' || cell.p[at] == '\n'))
            at++;
        CHECK(at == cell.n || strchr("=+-@\t\r", cell.p[at]) == NULL);
        CHECK(str_eq(csv_unsafe(cell), str_c(TEXTS[i])));
        buf_release(&b);
    }
    arena_release(&a);
}
