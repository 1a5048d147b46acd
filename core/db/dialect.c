/* See dialect.h. */
#include "db/dialect.h"

#include <string.h>

static bool postgres(const struct sqlb *q)
{
    return q->dialect == DB_POSTGRES;
}

void sqlb_typed_open(struct sqlb *q)
{
    if (postgres(q))
        sqlb_lit(q, "CAST(");
}

void sqlb_typed_close(struct sqlb *q, enum db_type type)
{
    if (!postgres(q))
        return;
    switch (type) {
    case DB_T_TEXT:
    case DB_T_JSON:
        sqlb_lit(q, " AS text)");
        return;
    case DB_T_BOOL:
        sqlb_lit(q, " AS boolean)");
        return;
    case DB_T_FLOAT:
        sqlb_lit(q, " AS double precision)");
        return;
    case DB_T_BLOB:
        sqlb_lit(q, " AS bytea)");
        return;
    case DB_T_ID:
    case DB_T_INT:
        sqlb_lit(q, " AS bigint)");
        return;
    }
}

void sqlb_sum_open(struct sqlb *q)
{
    sqlb_lit(q, "sum(");
}

void sqlb_sum_close(struct sqlb *q)
{
    if (postgres(q))
        sqlb_lit(q, ")::bigint");
    else
        sqlb_lit(q, ")");
}

void sqlb_lower_open(struct sqlb *q)
{
    sqlb_lit(q, "lower(");
}

void sqlb_lower_close(struct sqlb *q)
{
    if (postgres(q))
        sqlb_lit(q, " COLLATE \"C\")");
    else
        sqlb_lit(q, ")");
}

void sqlb_position_open(struct sqlb *q)
{
    if (postgres(q))
        sqlb_lit(q, "strpos(");
    else
        sqlb_lit(q, "instr(");
}

void sqlb_repeat_(struct sqlb *q, const char *text, const char *times)
{
    if (postgres(q))
        sqlb_lit(q, "repeat(");
    else
        sqlb_lit(q, "replace(hex(zeroblob(");
    sqlb_lit_(q, postgres(q) ? text : times,
              strlen(postgres(q) ? text : times));
    if (postgres(q))
        sqlb_lit(q, ", ");
    else
        sqlb_lit(q, ")), '00', ");
    sqlb_lit_(q, postgres(q) ? times : text,
              strlen(postgres(q) ? times : text));
    sqlb_lit(q, ")");
}

void sqlb_daynum_open(struct sqlb *q)
{
    if (postgres(q))
        sqlb_lit(q, "perigee.daynum(");
    else
        sqlb_lit(q, "(unixepoch(");
}

void sqlb_daynum_close(struct sqlb *q)
{
    if (postgres(q))
        sqlb_lit(q, ")");
    else
        sqlb_lit(q, ") / 86400)");
}

void sqlb_isodate_open(struct sqlb *q)
{
    if (postgres(q))
        sqlb_lit(q, "perigee.isodate(");
    else
        sqlb_lit(q, "date((");
}

void sqlb_isodate_close(struct sqlb *q)
{
    if (postgres(q))
        sqlb_lit(q, ")");
    else
        sqlb_lit(q, ") * 86400, 'unixepoch')");
}

void sqlb_week_open(struct sqlb *q)
{
    if (postgres(q))
        sqlb_lit(q, "CAST(extract(week FROM CAST(");
    else
        sqlb_lit(q, "CAST(strftime('%V', ");
}

void sqlb_week_close(struct sqlb *q)
{
    if (postgres(q))
        sqlb_lit(q, " AS date)) AS bigint)");
    else
        sqlb_lit(q, ") AS bigint)");
}

bool sqlb_overflow_fails(const struct sqlb *q)
{
    return postgres(q);
}

bool sqlb_has_least(const struct sqlb *q)
{
    return postgres(q);
}

bool sqlb_has_intervals(const struct sqlb *q)
{
    return postgres(q);
}
