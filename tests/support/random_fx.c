#include "random_fx.h"

enum scope { OF_DEAL, OF_LINE };

static void number(struct fx_dice *d, struct buf *b, enum scope s, int depth);
static void text(struct fx_dice *d, struct buf *b, enum scope s, int depth);
static void date(struct fx_dice *d, struct buf *b, enum scope s, int depth);
static void condition(struct fx_dice *d, struct buf *b, enum scope s,
                      int depth);

uint64_t fx_dice_next(struct fx_dice *d)
{
    uint64_t z = d->state += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

int fx_dice_roll(struct fx_dice *d, int n)
{
    return (int)(fx_dice_next(d) % (uint64_t)n);
}

static const char *one_of(struct fx_dice *d, const char *const *list, size_t n)
{
    return list[fx_dice_next(d) % n];
}
#define ONE_OF(d, ...)                                                         \
    one_of((d), (const char *const[]){__VA_ARGS__},                            \
           sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

typedef void part(struct fx_dice *d, struct buf *b, enum scope s, int depth);

/* Each % is a number, $ a text, @ a date, ? a condition. */
static void fill(struct fx_dice *d, struct buf *b, enum scope s, int depth,
                 const char *pattern)
{
    for (; *pattern; pattern++) {
        part *p = *pattern == '#'   ? number
                  : *pattern == '$' ? text
                  : *pattern == '@' ? date
                  : *pattern == '?' ? condition
                                    : NULL;

        if (p)
            p(d, b, s, depth - 1);
        else
            buf_addc(b, *pattern);
    }
}

static void number(struct fx_dice *d, struct buf *b, enum scope s, int depth)
{
    if (depth <= 0) {
        if (s == OF_LINE)
            buf_adds(b, ONE_OF(d, "qty", "price", "3", "0.5", "this.qty",
                               "supplier.score", "this.account.credit"));
        else
            buf_adds(b, ONE_OF(d, "qty", "price", "rate", "amount", "big", "7",
                               "0", "2.5", "1000000", "0.0001", "-3", ":n",
                               ":min_price", "account.credit",
                               "account.parent.credit", "account.score",
                               "owner.level", "user.level",
                               "user.manager.level", "null", "19.99"));
        return;
    }
    if (s == OF_DEAL && fx_dice_roll(d, 6) == 0) {
        buf_adds(b, ONE_OF(d, "count(", "sum(lines.qty * ",
                           "avg(lines.price + ", "min(lines.qty - ",
                           "max(lines.price * ", "first(lines.qty * ",
                           "last(lines.price - ", "sum(lines.price % "));
        if (b->p[b->n - 1] == '(')
            buf_adds(b, ONE_OF(d, "lines", "account.deals", "visits"));
        else
            number(d, b, OF_LINE, depth - 2);
        if (fx_dice_roll(d, 2)) {
            buf_adds(b, " where ");
            condition(d, b, OF_LINE, depth - 2);
        }
        buf_addc(b, ')');
        return;
    }
    fill(d, b, s, depth,
         ONE_OF(d, "(# + #)", "(# - #)", "# * #", "(# / #)", "# % #", "-(#)",
                "abs(#)", "round(#, 1)", "round(#)", "round(#, 3)", "floor(#)",
                "ceil(#)", "trunc(#)", "min(#, #)", "max(#, #, #)",
                "if(?, #, #)", "coalesce(#, #)", "clamp(#, #, #)", "mod(#, #)",
                "nullif(#, #)", "len($)", "year(@)", "month(@)", "day(@)",
                "weekday(@)", "quarter(@)", "iso_week(@)", "days_between(@, @)",
                "months_between(@, @)", "switch(#, #, #, #, #, #)", "(# * #)",
                "(#)"));
}

static void text(struct fx_dice *d, struct buf *b, enum scope s, int depth)
{
    if (depth <= 0) {
        if (s == OF_LINE)
            buf_adds(b, ONE_OF(d, "product", "this.name", "'b'", "''"));
        else
            buf_adds(b, ONE_OF(d, "name", "note", "account.name",
                               "account.city", "account.parent.name", "'Abc'",
                               "'\303\244\303\237'", "''", "'a b'", ":who",
                               "owner.manager.name", "user.name",
                               "user.manager.name", "null"));
        return;
    }
    fill(d, b, s, depth,
         ONE_OF(d, "($ .. $)", "lower($)", "upper($)", "trim($)", "left($, 2)",
                "right($, qty)", "mid($, 2, 3)", "left($, qty)",
                "mid($, qty, 2)", "replace($, 'a', $)", "repeat($, 2)",
                "repeat($, qty)", "pad_left($, 6, 'xy')", "pad_left($, qty)",
                "if(?, $, $)", "coalesce($, $)", "$ .. ', ' .. $"));
}

static void date(struct fx_dice *d, struct buf *b, enum scope s, int depth)
{
    if (depth <= 0 || s == OF_LINE) {
        if (s == OF_LINE)
            buf_adds(b, ONE_OF(d, "this.due_on", "today()"));
        else
            buf_adds(b, ONE_OF(d, "due_on", "start_on", "today()",
                               "date(opened_at)", "date(2026, 2, 28)"));
        return;
    }
    fill(d, b, s, depth,
         ONE_OF(d, "(@ + 3 days)", "(@ - 2 weeks)", "(@ + 1 months)",
                "(@ - 13 months)", "(@ + 1 years)", "date_add(@, qty, days)",
                "date_add(@, qty, months)", "start_of(@, week)",
                "start_of(@, month)", "start_of(@, quarter)",
                "start_of(@, year)", "end_of(@, week)", "end_of(@, month)",
                "end_of(@, quarter)", "end_of(@, year)", "if(?, @, @)",
                "coalesce(@, @)", "min(@, @)", "max(@, @, @)",
                "date(year(@), month(@), qty)", "(@ + :n days)"));
}

static void condition(struct fx_dice *d, struct buf *b, enum scope s, int depth)
{
    if (depth <= 0) {
        if (s == OF_LINE)
            buf_adds(b,
                     ONE_OF(d, "done", "kind = 'rent'", "qty gt 2",
                            "product ne 'b'", "id ne null", "supplier is empty",
                            "this.active", "contains(product, 'A')",
                            "price lt this.price", "supplier = this.account"));
        else
            buf_adds(
                b,
                ONE_OF(
                    d, "active", "stage = 'won'", "stage <> 'lost'",
                    "stage in ('won', 'new')", "stage not in ('new', null)",
                    "'a' in tags", "'vip' in tags", "tags is empty",
                    "tags is not empty", "contains(tags, 'b')", "len(tags) = 2",
                    "account is empty", "account.active",
                    "account = account.parent", "owner = user.id",
                    "owner = user", "owner = user.manager",
                    "regarding = account", "regarding is empty",
                    "is(regarding, 'crm:account')", "is(regarding, 'crm:deal')",
                    "contains(name, 'AB')", "contains(note, name)",
                    "starts(name, 'a')", "starts(name, note)",
                    "ends(name, 'C')", "ends(note, name)", "name lt note",
                    "name ge 'b'", "note is empty", "active = false",
                    "active is empty", "id in :ids", "stage in :codes",
                    "account in :ids", "exists(lines)",
                    "exists(lines where done)",
                    "exists(account.deals where id ne this.id and stage = "
                    "this.stage)",
                    "qty in list(lines.qty)", "opened_at lt now()",
                    "opened_at ge today()", "opened_at = '2026-03-29'",
                    "opened_at le due_on", "opened_at + 3 days gt now()",
                    "opened_at - 2 h lt now()", "now() - opened_at gt 2 h",
                    "opened_at - now() le 3 days", "due_on + 2 days gt today()",
                    "today() ge start_on - 1 weeks",
                    "due_on + 400000 days gt '0900-01-01'",
                    "due_on - 400000 days lt '9000-01-01'",
                    "due_on + 1 days ne '2026-03-01'",
                    "due_on + 3 days = '0001-01-02'",
                    "days_between(due_on, today()) gt 30",
                    "days_between(today(), due_on) le 9999999",
                    "days_between(today(), due_on) ne 9999999",
                    "9 lt days_between('2026-02-01', due_on)",
                    "opened_at ne '2026-03-29'", "'2026-03-29' lt opened_at",
                    "due_on = '2026-02-28'",
                    "due_on in ('2026-02-28', start_on, null)",
                    "date(opened_at) = due_on", "at lt '12:00'",
                    "hour(opened_at) lt 12", "minute(at) = 30", "hour(at) ge 9",
                    "took gt 2 h", "took * 2 lt 1 days",
                    "due_on - start_on gt 3 days", "qty = null", "null = note",
                    "amount gt 100", "amount = :min_price", "not active",
                    "weight gt 1.5", "weight * 2 le 3", "weight + qty gt price",
                    "weight / qty lt 1", "account.active = active", "true",
                    "false", "count(lines.done) gt 0", "user.name = owner.name",
                    "stage = :who"));
        return;
    }
    fill(d, b, s, depth,
         ONE_OF(d, "(? and ?)", "(? or ?)", "not ?", "# = #", "# <> #",
                "# lt #", "# <= #", "# > #", "# ge #", "$ = $", "$ ne $",
                "@ = @", "@ lt @", "@ ge @", "@ ne @", "# is empty",
                "$ is not empty", "@ is empty", "# in (#, #, 3)",
                "$ in ($, 'b')", "@ not in (@, @)", "if(?, ?, ?)",
                "coalesce(?, ?)", "(? = ?)", "(? and ? or not ?)"));
}

void random_fx(struct fx_dice *d, struct buf *b)
{
    part *const kinds[] = {number, number, text, date, condition};

    kinds[fx_dice_roll(d, 5)](d, b, OF_DEAL, fx_dice_roll(d, 4));
}
