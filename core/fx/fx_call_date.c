/*
 * fx_call_date - calls with a unit among their arguments: date_add, start_of,
 * end_of.
 */
#include "fx/fx_check.h"

static bool period(const struct fx_syn *s, enum fx_unit *unit)
{
    static const struct {
        const char *word;
        enum fx_unit unit;
    } WORDS[] = {{"day", FX_U_DAY},         {"days", FX_U_DAY},
                 {"week", FX_U_WEEK},       {"weeks", FX_U_WEEK},
                 {"month", FX_U_MONTH},     {"months", FX_U_MONTH},
                 {"quarter", FX_U_QUARTER}, {"quarters", FX_U_QUARTER},
                 {"year", FX_U_YEAR},       {"years", FX_U_YEAR}};
    struct str word =
        s->kind == FX_SYN_PATH && s->n_names == 1 ? s->names[0].text : s->text;

    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (str_eq(word, str_c(WORDS[i].word))) {
            *unit = WORDS[i].unit;
            return true;
        }
    return false;
}

const struct fx_node *fx_check_bounds(struct fx_check *c,
                                      const struct fx_syn *s,
                                      const struct fx_fn *fn)
{
    enum fx_unit unit = FX_U_DAY;
    const struct fx_node *args[2];
    const struct fx_syn *word = s->args[1];

    args[0] = fx_check_syn(c, s->args[0]);
    args[0] = args[0] ? fx_as_date(c, args[0], "A period is one of a") : NULL;
    if (!args[0])
        return NULL;
    if (!period(word, &unit))
        return fx_refuse(c, "F213", word->at, word->length,
                         "%s needs day, week, month, quarter or year: %s.",
                         fn->name, fn->call);
    if (unit == FX_U_DAY)
        return args[0];
    args[1] = fx_make_const(c, fx_type_of(FX_INT), word, value_int(unit));
    return args[1] ? fx_make_call(c, fn->id, fx_type_of(FX_DATE), s, args, 2)
                   : NULL;
}

/* date_add(d, 3 days) and date_add(d, n, days) */
const struct fx_node *fx_check_date_add(struct fx_check *c,
                                        const struct fx_syn *s,
                                        const struct fx_fn *fn)
{
    const struct fx_type whole = fx_type_of(FX_INT), date = fx_type_of(FX_DATE);
    const struct fx_syn *count = s->args[1], *word = NULL;
    struct str unit_word = STR_NONE;
    enum fx_unit unit = FX_U_DAY;
    int64_t by = 1;
    const struct fx_node *d = fx_check_syn(c, s->args[0]), *n;

    if (s->n == 2 && count->kind == FX_SYN_UNIT) {
        unit_word = count->names[0].text;
        word = count;
        count = count->args[0];
    } else if (s->n == 3) {
        word = s->args[2];
        unit_word = word->kind == FX_SYN_PATH && word->n_names == 1
                        ? word->names[0].text
                        : word->text;
    }
    if (d && (!word || !fx_unit_find(unit_word, &unit, &by)))
        return fx_refuse(c, "F213", s->args[s->n - 1]->at,
                         s->args[s->n - 1]->length,
                         "%s needs a number and days, weeks, months or years: "
                         "%s.",
                         fn->name, fn->call);
    if (d && d->type.kind != FX_INSTANT)
        d = fx_fit(c, d, &date, "A unit is added to a");
    if (d && unit == FX_U_MS && d->type.kind == FX_DATE)
        return fx_refuse(c, "F213", word->at, word->length,
                         "A date has no hours; add days, weeks, months or "
                         "years.");
    n = d ? fx_check_syn(c, count) : NULL;
    n = n ? fx_fit(c, n, &whole, "A unit counts a") : NULL;
    return fx_make_date_add(c, s, d, fx_times(c, s, n, by), unit);
}
