/*
 * value - one typed value, the same in fx, records, queries and exchange.
 *
 * Exact: decimals and money are scaled 64-bit integers. A date has no zone
 * (days since 1970-01-01); an instant is UTC milliseconds since 1970. Text is
 * borrowed from whoever made the value (an arena, a statement's row).
 */
#ifndef BASE_VALUE_H
#define BASE_VALUE_H

#include "base/str.h"

enum value_kind {
    V_NULL = 0,
    V_BOOL,
    V_INT,     /* i                                                    */
    V_DEC,     /* i scaled by 10^scale (percent too)                   */
    V_MONEY,   /* i minor units by `scale`; cur; base                  */
    V_FLOAT,   /* f                                                    */
    V_TEXT,    /* s; also choice and status codes                      */
    V_DATE,    /* i days since 1970-01-01                              */
    V_INSTANT, /* i ms since 1970 UTC                                  */
    V_TIME,    /* i minutes since midnight                             */
    V_DUR,     /* i milliseconds; months in `months`                   */
    V_REF,     /* i record id                                          */
    V_ANYREF,  /* i record id, ent the entity's number                 */
    V_LIST     /* list                                                 */
};

struct value {
    enum value_kind kind;
    uint8_t scale; /* V_DEC, V_MONEY: 0..9                   */
    char cur[4];   /* V_MONEY: ISO 4217, NUL-terminated      */
    int32_t ent;   /* V_ANYREF; V_DUR: whole months          */
    union {
        bool b;
        int64_t i;
        double f;
        struct str s;
        struct {
            struct value *v;
            size_t n;
        } list;
    } u;
    int64_t base; /* V_MONEY: amount in minor units of the base
                                currency; VALUE_NO_BASE: no rate known */
};
#define VALUE_NO_BASE INT64_MIN

#define VALUE_NULL ((struct value){.kind = V_NULL})
static inline struct value value_int(int64_t i)
{
    return (struct value){.kind = V_INT, .u.i = i};
}
static inline struct value value_bool(bool b)
{
    return (struct value){.kind = V_BOOL, .u.b = b};
}
static inline struct value value_text(struct str s)
{
    return (struct value){.kind = V_TEXT, .u.s = s};
}
static inline struct value value_dec(int64_t scaled, uint8_t scale)
{
    return (struct value){.kind = V_DEC, .scale = scale, .u.i = scaled};
}
static inline struct value value_date(int64_t days)
{
    return (struct value){.kind = V_DATE, .u.i = days};
}
static inline struct value value_instant(int64_t ms)
{
    return (struct value){.kind = V_INSTANT, .u.i = ms};
}
static inline struct value value_ref(int64_t id)
{
    return (struct value){.kind = V_REF, .u.i = id};
}

/* Same kind and same content; decimals of different scale compare exactly.
   Money is equal in amount and currency: `base` follows from them and a rate. */
bool value_eq(const struct value *a, const struct value *b);
/* Deep copy into the arena; false when memory is gone. */
bool value_copy(struct arena *a, const struct value *v, struct value *out);

#endif
