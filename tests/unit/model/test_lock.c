/* local.lock: what stood below what `local` changes, when it was changed. */
#include "support/test.h"
#include "support/workspace_fixture.h"

#define VENDOR(version, label, more)                                           \
    {                                                                          \
        {"entities/deal.xml",                                                  \
         "<bundle><entity name=\"deal\"><help>Ours.</help><field "             \
         "name=\"amount\" type=\"int\" label=\"" label "\"/><field "           \
         "name=\"note\"/>" more "</entity><form name=\"main\" "                \
         "entity=\"deal\"><tab name=\"t\"><section name=\"money\"><place "     \
         "field=\"amount\"/></section></tab></form><view name=\"open\" "       \
         "entity=\"deal\"><filter>amount gt 1</filter></view></bundle>"},      \
            {"package.xml",                                                    \
             "<package format=\"1\" id=\"v\" version=\"" version               \
             "\" label=\"V\"/>"},                                              \
        {                                                                      \
            NULL, NULL                                                         \
        }                                                                      \
    }

static const struct fixture_file FIRST[] = VENDOR("1.2.0", "Amount", "");
static const struct fixture_file SECOND[] =
    VENDOR("1.3.0", "Deal value", "<field name=\"extra\"/>");

static const struct fixture_file LOCAL[] = {
    {"extend/v.deal.xml",
     "<bundle><extend entity=\"v:deal\" icon=\"star\"><field ref=\"amount\" "
     "label=\"Contract\" required=\"true\"/><field name=\"x_region\"/>"
     "</extend><extend form=\"v:deal.main\"><section ref=\"money\"><place "
     "field=\"x_region\" after=\"amount\"/></section></extend></bundle>"},
    {NULL, NULL}};

static const char LINES[] =
    "v:deal/@icon                                base \"\"  v1.2.0\n"
    "v:deal/field[amount]/@label                 base \"Amount\"  v1.2.0\n"
    "v:deal/field[amount]/@required              base \"false\"  v1.2.0\n"
    "v:deal/form[main]/money/place[x_region]     anchor after amount\n";

static void put(struct workspace *w, const char *id,
                const struct fixture_file *files)
{
    if (workspace_put(w, fixture_texts(&w->arena, id, files)) != RC_OK)
        CHECK_CSTR(w->err.text, "");
}

static struct str stored(struct workspace *w)
{
    return workspace_query(w, "SELECT CAST(data AS TEXT) FROM sys_pkg_file "
                              "WHERE package = 'local' AND path = "
                              "'local.lock'");
}

TEST(lock, says_what_stood_there_when_it_was_changed)
{
    struct workspace w;

    workspace_open(&w);
    put(&w, "v", FIRST);
    put(&w, "local", LOCAL);
    CHECK_STR(stored(&w), LINES);
    /* an upgrade below changes nothing of what was seen, nor does another
       publish of the same changes */
    put(&w, "v", SECOND);
    CHECK_STR(stored(&w), LINES);
    put(&w, "local", LOCAL);
    CHECK_STR(stored(&w), LINES);
    workspace_close(&w);
}

TEST(lock, of_a_new_change_says_what_stands_there_now)
{
    static const struct fixture_file MORE[] = {
        {"extend/v.deal.xml",
         "<bundle><extend entity=\"v:deal\" label=\"Job\"><field "
         "ref=\"amount\" label=\"Contract\" help=\"Mine\"/></extend><extend "
         "view=\"v:deal.open\"><filter>amount gt 2</filter></extend>"
         "</bundle>"},
        {NULL, NULL}};
    struct workspace w;

    workspace_open(&w);
    put(&w, "v", FIRST);
    put(&w, "local", LOCAL);
    put(&w, "v", SECOND);
    put(&w, "local", MORE);
    CHECK_STR(stored(&w),
              "v:deal/@label                               base \"\"  v1.3.0\n"
              "v:deal/field[amount]/@help                  base \"\"  v1.3.0\n"
              "v:deal/field[amount]/@label                 base \"Amount\"  "
              "v1.2.0\n"
              "v:deal/view[open]/filter/text()             base \"amount gt "
              "1\"  v1.3.0\n");
    workspace_close(&w);
}

TEST(lock, that_a_folder_brings_is_believed_line_by_line)
{
    struct fixture_file files[] = {
        LOCAL[0],
        {"local.lock",
         "garbage\n\nv:deal/field[gone]/@label  base \"x\"  v0.1\n"
         "v:deal/field[amount]/@label  base \"Sum\"  v1.0.0  2026-11-02 maria\n"
         "v:deal/@icon\nv:deal/field[amount]/@required base \"no\"\n"},
        {NULL, NULL}};
    struct workspace w;

    workspace_open(&w);
    put(&w, "v", FIRST);
    put(&w, "local", files);
    CHECK_STR(stored(&w),
              "v:deal/@icon                                base \"\"  v1.2.0\n"
              "v:deal/field[amount]/@label  base \"Sum\"  v1.0.0  2026-11-02 "
              "maria\n"
              "v:deal/field[amount]/@required              base \"false\"  "
              "v1.2.0\n"
              "v:deal/form[main]/money/place[x_region]     anchor after "
              "amount\n");
    workspace_close(&w);
}

TEST(lock, is_not_there_when_nothing_below_is_changed)
{
    static const struct fixture_file NONE[] = {
        {"entities/own.xml",
         "<entity name=\"own\"><field name=\"a\"/></entity>"},
        {"extend/own.xml",
         "<extend entity=\"own\"><field ref=\"a\" label=\"A\"/></extend>"},
        {NULL, NULL}};
    struct workspace w;

    workspace_open(&w);
    put(&w, "v", FIRST);
    put(&w, "local", LOCAL);
    put(&w, "local", NONE);
    CHECK_STR(stored(&w), "");
    workspace_close(&w);
}

static struct str reviews(struct workspace *w)
{
    struct str out = STR("");
    size_t i;

    for (i = 0; i < w->messages.n; i++)
        if (w->messages.v[i].severity == SEVERITY_REVIEW)
            out =
                str_fmt(&w->arena, "%.*s%s: %.*s\n", STR_ARG(out),
                        w->messages.v[i].code, STR_ARG(w->messages.v[i].text));
    return out;
}

TEST(lock, is_what_an_upgrade_is_compared_with)
{
    static const struct fixture_file THIRD[] =
        VENDOR("1.4.0", "Deal value", "<field name=\"more\"/>");
    static const char REVIEW[] =
        "U004: label of <field> was \"Amount\", the new version says \"Deal "
        "value\"; yours, \"Contract\", stays\n";
    struct workspace w;

    workspace_open(&w);
    put(&w, "v", FIRST);
    put(&w, "local", LOCAL);
    CHECK_STR(reviews(&w), "");
    put(&w, "v", SECOND);
    CHECK_STR(reviews(&w), REVIEW);
    put(&w, "v", THIRD); /* says what 1.3 said, which nobody has agreed to */
    CHECK_STR(reviews(&w), REVIEW);
    put(&w, "v", FIRST); /* what was seen: nothing to review */
    CHECK_STR(reviews(&w), "");
    workspace_close(&w);
}
