/*
 * fx_fn - see the header.
 */
#include "fx/fx_fn.h"

#define FN(NAME, name, group, where, shape, min, max, call, about, example,    \
           result)                                                             \
    [FX_F_##NAME] = {name, FX_F_##NAME, group, where,   shape, min,            \
                     max,  call,        about, example, result}
enum { S = FX_W_SQL, E = 0 };

/* clang-format off */
static const struct fx_fn FUNCTIONS[FX_F_COUNT_OF] = {
    FN(ABS, "abs", FX_G_NUMBER, S, "N>1", 1, 1, "abs(x)",
       "The number without its sign.", "abs(-12.5)", "12.5"),
    FN(ADD_WORKDAYS, "add_workdays", FX_G_DATE, FX_W_LATER, "", 2, 3, "add_workdays(d, n)",
       "The date n working days later.", NULL, NULL),
    FN(ANY, "any", FX_G_SEED, FX_W_LATER, "", 0, 0, "any()",
       "Any record that fits the field.", NULL, NULL),
    FN(AVG, "avg", FX_G_RELATIONS, S, "", 1, 1, "avg(lines.x where ...)",
       "The average over the records of a collection, to 6 places (money: to its own); records without a value do not count; null when none has one.",
       NULL, NULL),
    FN(CEIL, "ceil", FX_G_NUMBER, S, "", 1, 1, "ceil(x)",
       "The next whole number that is not smaller.", "ceil(2.1)", "3"),
    FN(CHANGED, "changed", FX_G_CHANGE, FX_W_CONDITION, "", 1, 1, "changed(f)",
       "Whether this save changes field f. On create: whether f has a value.", NULL, NULL),
    FN(CHANGED_FROM, "changed_from", FX_G_CHANGE, FX_W_CONDITION, "", 2, 2, "changed_from(f, v)",
       "Whether this save changes field f, and it was v before.", NULL, NULL),
    FN(CHANGED_TO, "changed_to", FX_G_CHANGE, FX_W_CONDITION, "", 2, 2, "changed_to(f, v)",
       "Whether this save changes field f, and it is v now.", NULL, NULL),
    FN(CLAMP, "clamp", FX_G_NUMBER, S, "", 3, 3, "clamp(x, lo, hi)",
       "x, but not under lo and not over hi.", "clamp(12, 0, 10)", "10"),
    FN(COALESCE, "coalesce", FX_G_LOGIC, S, "", 1, -1, "coalesce(a, b, ...)",
       "The first that is not null.", "coalesce(null, 'none')", "none"),
    FN(CONTAINS, "contains", FX_G_TEXT, S, "", 2, 2, "contains(text, part)",
       "Whether the part occurs in the text; case, accents and width do not count. With a list: whether it has the member.",
       "contains('Müller & Co', 'muller')", "true"),
    FN(CONVERT, "convert", FX_G_NUMBER, FX_W_LATER, "", 2, 2, "convert(m, 'EUR')",
       "The money in another currency.", NULL, NULL),
    FN(COUNT, "count", FX_G_RELATIONS, S, "", 1, 1, "count(lines where ...)",
       "How many records a collection has; how many members a list has.", NULL, NULL),
    FN(DATE, "date", FX_G_DATE, S, "", 1, 3, "date(y, m, d)",
       "The date of a year, month and day; null when there is none such. With one argument: the local day of a point in time.",
       "date(2026, 3, 1)", "2026-03-01"),
    FN(DATE_ADD, "date_add", FX_G_DATE, S, "", 2, 3, "date_add(d, 2 months)",
       "The date a number of units later, as + does; with a computed number: date_add(d, n, months). Months end where the month ends.",
       "date_add('2026-01-31', 1 months)", "2026-02-28"),
    FN(DAY, "day", FX_G_DATE, S, "D>I", 1, 1, "day(d)",
       "The day of the month.", "day('2026-03-14')", "14"),
    FN(DAYS_BETWEEN, "days_between", FX_G_DATE, S, "DD>I", 2, 2, "days_between(a, b)",
       "Days from a to b; negative when b is before a.", "days_between('2026-03-01', '2026-03-14')", "13"),
    FN(DIGITS, "digits", FX_G_TEXT, E, "T>T", 1, 1, "digits(text)",
       "Only the digits of the text.", "digits('+43 1 234')", "431234"),
    FN(DISTANCE_KM, "distance_km", FX_G_NUMBER, FX_W_LATER, "", 2, 2, "distance_km(a, b)",
       "The distance of two places.", NULL, NULL),
    FN(END_OF, "end_of", FX_G_DATE, S, "", 2, 2, "end_of(d, month)",
       "The last day of the week, month, quarter or year.", "end_of('2026-02-03', month)", "2026-02-28"),
    FN(ENDS, "ends", FX_G_TEXT, S, "TT>B", 2, 2, "ends(text, part)",
       "Whether the text ends with the part; case, accents and width do not count.", "ends('report.PDF', '.pdf')", "true"),
    FN(EXISTS, "exists", FX_G_RELATIONS, S, "", 1, 1, "exists(lines where ...)",
       "Whether a collection has such a record.", NULL, NULL),
    FN(FIRST, "first", FX_G_RELATIONS, S, "", 1, 1, "first(lines.x where ...)",
       "The value of the record that was created first; null when there is none.", NULL, NULL),
    FN(FLOOR, "floor", FX_G_NUMBER, S, "", 1, 1, "floor(x)",
       "The next whole number that is not larger.", "floor(-2.1)", "-3"),
    FN(FORMAT, "format", FX_G_OUTPUT, E, "", 1, 2, "format(x, pattern)",
       "The value as text. Numbers: 0, 0.00, #,##0.00 (places and groups). Dates: YYYY YY MM M DD D hh mm and whatever stands between. Without a pattern: as stored.",
       "format(1234.5, '#,##0.00')", "1,234.50"),
    FN(HAS_ROLE, "has_role", FX_G_PEOPLE, FX_W_LATER, "", 1, 1, "has_role('x')",
       "Whether the user has the role.", NULL, NULL),
    FN(HOUR, "hour", FX_G_DATE, S, "M>I", 1, 1, "hour(t)",
       "The hour of a time, or of a point in time in the workspace's zone.", NULL, NULL),
    FN(IF, "if", FX_G_LOGIC, S, "", 3, 3, "if(c, a, b)",
       "a when the condition holds, else b.", "if(1 lt 2, 'yes', 'no')", "yes"),
    FN(IN_TEAM, "in_team", FX_G_PEOPLE, FX_W_LATER, "", 1, 1, "in_team(t)",
       "Whether the user is in the team.", NULL, NULL),
    FN(INITIALS, "initials", FX_G_TEXT, E, "T>T", 1, 1, "initials(text)",
       "The first letters of the first two words, in capitals.", "initials('ada lovelace')", "AL"),
    FN(IS, "is", FX_G_RELATIONS, S, "", 2, 2, "is(regarding, 'crm:deal')",
       "Whether a reference to any entity points to that entity.", NULL, NULL),
    FN(IS_BLANK, "is_blank", FX_G_LOGIC, S, "", 1, 1, "is_blank(x)",
       "Whether x is null, an empty text or a list without members; the same as x is empty.", "is_blank('')", "true"),
    FN(IS_NEW, "is_new", FX_G_CHANGE, FX_W_CONDITION, "", 0, 0, "is_new()",
       "Whether this save creates the record.", NULL, NULL),
    FN(IS_WORKDAY, "is_workday", FX_G_DATE, FX_W_LATER, "", 1, 2, "is_workday(d)",
       "Whether the day is a working day.", NULL, NULL),
    FN(ISO_WEEK, "iso_week", FX_G_DATE, S, "D>I", 1, 1, "iso_week(d)",
       "The number of the week by ISO 8601.", "iso_week('2026-01-01')", "1"),
    FN(LABEL, "label", FX_G_OUTPUT, E, "", 1, 1, "label(choice)",
       "What people call the option.", NULL, NULL),
    FN(LAST, "last", FX_G_RELATIONS, S, "", 1, 1, "last(lines.x where ...)",
       "The value of the record that was created last; null when there is none.", NULL, NULL),
    FN(LEFT, "left", FX_G_TEXT, S, "TI>T", 2, 2, "left(text, n)",
       "The first n characters.", "left('Vienna', 3)", "Vie"),
    FN(LEN, "len", FX_G_TEXT, S, "", 1, 1, "len(text)",
       "How many characters the text has; how many members a list has.", "len('Straße')", "6"),
    FN(LINK, "link", FX_G_OUTPUT, FX_W_LATER, "", 1, 1, "link(record)",
       "The address of the record's page.", NULL, NULL),
    FN(LIST, "list", FX_G_RELATIONS, S, "", 1, 1, "list(lines.x where ...)",
       "The values of a collection, as a list: x in list(...).", NULL, NULL),
    FN(LOWER, "lower", FX_G_TEXT, S, "T>T", 1, 1, "lower(text)",
       "With small letters; only A to Z change.", "lower('ABC')", "abc"),
    FN(MAX, "max", FX_G_NUMBER, S, "", 1, -1, "max(a, b, ...)",
       "The largest, nulls skipped. With one argument: over a collection, max(lines.x where ...).", "max(3, null, 7)", "7"),
    FN(MID, "mid", FX_G_TEXT, S, "TII>T", 3, 3, "mid(text, from, n)",
       "n characters, the first being number 1.", "mid('Vienna', 2, 3)", "ien"),
    FN(MIN, "min", FX_G_NUMBER, S, "", 1, -1, "min(a, b, ...)",
       "The smallest, nulls skipped. With one argument: over a collection, min(lines.x where ...).", "min(3, null, 7)", "3"),
    FN(MINUTE, "minute", FX_G_DATE, S, "M>I", 1, 1, "minute(t)",
       "The minute of a time, or of a point in time in the workspace's zone.", NULL, NULL),
    FN(MOD, "mod", FX_G_NUMBER, S, "", 2, 2, "mod(a, b)",
       "What is left of a when it is divided by b; null when b is 0. The same as a % b.", "mod(17, 5)", "2"),
    FN(MONEY, "money", FX_G_NUMBER, FX_W_LATER, "", 2, 2, "money(n, 'EUR')",
       "An amount in a currency.", NULL, NULL),
    FN(MONTH, "month", FX_G_DATE, S, "D>I", 1, 1, "month(d)",
       "The month, 1 to 12.", "month('2026-03-14')", "3"),
    FN(MONTHS_BETWEEN, "months_between", FX_G_DATE, S, "DD>I", 2, 2, "months_between(a, b)",
       "Whole months from a to b; negative when b is before a.", "months_between('2026-01-31', '2026-03-30')", "1"),
    FN(NOW, "now", FX_G_DATE, S, "", 0, 0, "now()",
       "The point in time of the request.", NULL, NULL),
    FN(NULLIF, "nullif", FX_G_LOGIC, S, "", 2, 2, "nullif(a, b)",
       "null when a equals b, else a.", "nullif('-', '-')", "null"),
    FN(PAD_LEFT, "pad_left", FX_G_TEXT, S, "TI?T>T", 2, 3, "pad_left(text, n, fill)",
       "The text, filled from the left to n characters (at most 255), with spaces if nothing else is said.", "pad_left('7', 3, '0')", "007"),
    FN(PICK, "pick", FX_G_SEED, FX_W_SEED, "", 1, -1, "pick(a, b, ...)",
       "One of them, by chance.", NULL, NULL),
    FN(POWER, "power", FX_G_NUMBER, E, "NN>F", 2, 2, "power(x, y)",
       "x to the power of y, as a float.", "power(2, 10)", "1024.0"),
    FN(QUARTER, "quarter", FX_G_DATE, S, "D>I", 1, 1, "quarter(d)",
       "The quarter of the year, 1 to 4.", "quarter('2026-08-01')", "3"),
    FN(RANDOM, "random", FX_G_SEED, FX_W_SEED, "II>I", 2, 2, "random(lo, hi)",
       "A whole number between the two, by chance.", NULL, NULL),
    FN(REPEAT, "repeat", FX_G_TEXT, S, "TI>T", 2, 2, "repeat(text, n)",
       "The text n times (at most 255).", "repeat('ab', 3)", "ababab"),
    FN(REPLACE, "replace", FX_G_TEXT, S, "TTT>T", 3, 3, "replace(text, what, by)",
       "The text with each occurrence replaced.", "replace('1-2-3', '-', '.')", "1.2.3"),
    FN(RIGHT, "right", FX_G_TEXT, S, "TI>T", 2, 2, "right(text, n)",
       "The last n characters.", "right('Vienna', 2)", "na"),
    FN(ROUND, "round", FX_G_NUMBER, S, "", 1, 2, "round(x, n)",
       "Rounded to n places (0 if not said), half away from zero.", "round(-2.345, 2)", "-2.35"),
    FN(SIMILAR, "similar", FX_G_TEXT, E, "TT?N>B", 2, 3, "similar(a, b, least)",
       "Whether two texts look alike: of their groups of three letters at least this part (0.6 if not said) is common. Case, accents and width do not count.",
       "similar('Meyer GmbH', 'Meier GmbH', 0.5)", "true"),
    FN(SLUG, "slug", FX_G_TEXT, E, "T>T", 1, 1, "slug(text)",
       "The text as it may stand in an address.", "slug('Anna Snelling')", "anna-snelling"),
    FN(SPLIT_PART, "split_part", FX_G_TEXT, E, "TTI>T", 3, 3, "split_part(text, by, n)",
       "The n-th piece (from 1) between separators; null when there are fewer.", "split_part('a/b/c', '/', 2)", "b"),
    FN(SQRT, "sqrt", FX_G_NUMBER, E, "N>F", 1, 1, "sqrt(x)",
       "The square root, as a float; null under 0.", "sqrt(16)", "4.0"),
    FN(START_OF, "start_of", FX_G_DATE, S, "", 2, 2, "start_of(d, month)",
       "The first day of the week, month, quarter or year.", "start_of('2026-08-19', quarter)", "2026-07-01"),
    FN(STARTS, "starts", FX_G_TEXT, S, "TT>B", 2, 2, "starts(text, part)",
       "Whether the text starts with the part; case, accents and width do not count.", "starts('Österreich', 'oster')", "true"),
    FN(SUM, "sum", FX_G_RELATIONS, S, "", 1, 1, "sum(lines.x where ...)",
       "The sum over the records of a collection; 0 when there are none.", NULL, NULL),
    FN(SWITCH, "switch", FX_G_LOGIC, S, "", 3, -1, "switch(x, v1, r1, ..., else)",
       "The result behind the first value that equals x; else null, or the last argument when it stands alone.",
       "switch(2, 1, 'one', 2, 'two', 'many')", "two"),
    FN(TODAY, "today", FX_G_DATE, S, "", 0, 0, "today()",
       "The date of the request in the workspace's zone.", NULL, NULL),
    FN(TRIM, "trim", FX_G_TEXT, S, "T>T", 1, 1, "trim(text)",
       "Without spaces at both ends.", "trim('  a b ')", "a b"),
    FN(TRUNC, "trunc", FX_G_NUMBER, S, "", 1, 1, "trunc(x)",
       "The whole part, towards 0.", "trunc(-2.9)", "-2"),
    FN(UPPER, "upper", FX_G_TEXT, S, "T>T", 1, 1, "upper(text)",
       "With capitals; only a to z change.", "upper('abc')", "ABC"),
    FN(WEEKDAY, "weekday", FX_G_DATE, S, "D>I", 1, 1, "weekday(d)",
       "The day of the week, 1 Monday to 7 Sunday.", "weekday('2026-03-01')", "7"),
    FN(WORKDAYS_BETWEEN, "workdays_between", FX_G_DATE, FX_W_LATER, "", 2, 3, "workdays_between(a, b)",
       "Working days from a to b.", NULL, NULL),
    FN(YEAR, "year", FX_G_DATE, S, "D>I", 1, 1, "year(d)",
       "The year.", "year('2026-03-14')", "2026"),
};
/* clang-format on */

const struct fx_fn *fx_fn_all(void)
{
    return FUNCTIONS;
}

const struct fx_fn *fx_fn_find(struct str name)
{
    size_t lo = 0, hi = FX_F_COUNT_OF;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int c = str_cmp(str_c(FUNCTIONS[mid].name), name);

        if (c == 0)
            return &FUNCTIONS[mid];
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

const char *fx_fn_group_name(enum fx_fn_group group)
{
    static const char *const NAMES[FX_G_COUNT] = {
        [FX_G_LOGIC] = "Logic",         [FX_G_NUMBER] = "Numbers",
        [FX_G_TEXT] = "Text",           [FX_G_DATE] = "Dates and times",
        [FX_G_PEOPLE] = "People",       [FX_G_CHANGE] = "Change",
        [FX_G_RELATIONS] = "Relations", [FX_G_OUTPUT] = "Output",
        [FX_G_SEED] = "Seeds only"};

    return NAMES[group];
}
