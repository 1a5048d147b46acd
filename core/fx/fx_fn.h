/*
 * fx_fn - the functions of the language, one row each.
 *
 * The row carries what the checker needs and what the reference says
 * (docs/language/fx.md is compared with it by a test, which also runs every
 * example). Evaluator and SQL switch on the id.
 */
#ifndef FX_FX_FN_H
#define FX_FX_FN_H

#include "base/str.h"

enum fx_fn_id {
    FX_F_ABS,
    FX_F_ADD_WORKDAYS,
    FX_F_ANY,
    FX_F_AVG,
    FX_F_CEIL,
    FX_F_CHANGED,
    FX_F_CHANGED_FROM,
    FX_F_CHANGED_TO,
    FX_F_CLAMP,
    FX_F_COALESCE,
    FX_F_CONTAINS,
    FX_F_CONVERT,
    FX_F_COUNT,
    FX_F_DATE,
    FX_F_DATE_ADD,
    FX_F_DAY,
    FX_F_DAYS_BETWEEN,
    FX_F_DIGITS,
    FX_F_DISTANCE_KM,
    FX_F_END_OF,
    FX_F_ENDS,
    FX_F_EXISTS,
    FX_F_FIRST,
    FX_F_FLOOR,
    FX_F_FORMAT,
    FX_F_HAS_ROLE,
    FX_F_HOUR,
    FX_F_IF,
    FX_F_IN_TEAM,
    FX_F_INITIALS,
    FX_F_IS,
    FX_F_IS_BLANK,
    FX_F_IS_NEW,
    FX_F_IS_WORKDAY,
    FX_F_ISO_WEEK,
    FX_F_LABEL,
    FX_F_LAST,
    FX_F_LEFT,
    FX_F_LEN,
    FX_F_LINK,
    FX_F_LIST,
    FX_F_LOWER,
    FX_F_MAX,
    FX_F_MID,
    FX_F_MIN,
    FX_F_MINUTE,
    FX_F_MOD,
    FX_F_MONEY,
    FX_F_MONTH,
    FX_F_MONTHS_BETWEEN,
    FX_F_NOW,
    FX_F_NULLIF,
    FX_F_PAD_LEFT,
    FX_F_PICK,
    FX_F_POWER,
    FX_F_QUARTER,
    FX_F_RANDOM,
    FX_F_REPEAT,
    FX_F_REPLACE,
    FX_F_RIGHT,
    FX_F_ROUND,
    FX_F_SIMILAR,
    FX_F_SLUG,
    FX_F_SPLIT_PART,
    FX_F_SQRT,
    FX_F_START_OF,
    FX_F_STARTS,
    FX_F_SUM,
    FX_F_SWITCH,
    FX_F_TODAY,
    FX_F_TRIM,
    FX_F_TRUNC,
    FX_F_UPPER,
    FX_F_WEEKDAY,
    FX_F_WORKDAYS_BETWEEN,
    FX_F_YEAR
};
enum { FX_F_COUNT_OF = FX_F_YEAR + 1 };

enum fx_fn_group {
    FX_G_LOGIC,
    FX_G_NUMBER,
    FX_G_TEXT,
    FX_G_DATE,
    FX_G_PEOPLE,
    FX_G_CHANGE,
    FX_G_RELATIONS,
    FX_G_OUTPUT,
    FX_G_SEED
};
enum { FX_G_COUNT = FX_G_SEED + 1 };

enum fx_fn_where {
    FX_W_SQL = 1,       /* has an SQL form                                  */
    FX_W_CONDITION = 2, /* only where there is an old record                */
    FX_W_SEED = 4,      /* only in seeds                                    */
    FX_W_LATER = 8      /* its feature is not in this version                */
};

struct fx_fn {
    const char *name;
    enum fx_fn_id id;
    enum fx_fn_group group;
    unsigned where; /* enum fx_fn_where                          */
    /* Kinds of the arguments, then '>' and the result, for functions checked
       by this alone: T text, I int, N number, D date (an instant gives its
       local day), M instant or time, B bool; '?' before the optional ones;
       result '1': the type of the first. "": checked by code of its own. */
    const char *shape;
    int min, max;      /* arguments; max -1: any number             */
    const char *call;  /* "round(x, n)"                             */
    const char *about; /* a sentence or two                         */
    const char *example, *result; /* runs without a record; or NULL    */
};

/* NULL: there is none. */
const struct fx_fn *fx_fn_find(struct str name);
/* All FX_F_COUNT_OF of them, by id, which is by name. */
const struct fx_fn *fx_fn_all(void);
const char *fx_fn_group_name(enum fx_fn_group group);

#endif
