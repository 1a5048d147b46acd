/*
 * dialect - what SQLite and PostgreSQL say differently inside an expression
 * (storage.md 2), piece by piece, for those who write expressions. With sqlb.h
 * the only place that knows which engine it is.
 */
#ifndef DB_DIALECT_H
#define DB_DIALECT_H

#include "db/ddl.h"

/* A parameter that stands alone, whose type PostgreSQL does not guess:
   CAST(.. AS bigint); nothing on SQLite. */
void sqlb_typed_open(struct sqlb *q);
void sqlb_typed_close(struct sqlb *q, enum db_type type);

/* sum() in 64 bits: an overflow is an error on both. */
void sqlb_sum_open(struct sqlb *q);
void sqlb_sum_close(struct sqlb *q);

/* lower(..) or upper(..) of A to Z alone; upper is opened by hand. */
void sqlb_lower_open(struct sqlb *q);
void sqlb_lower_close(struct sqlb *q);
/* Where a text stands in another, from 1; 0: nowhere. `instr(` text, part `)` */
void sqlb_position_open(struct sqlb *q);
/* A text so many times; both are literal SQL: sqlb_repeat(q, "f.c", "f.b"). */
void sqlb_repeat_(struct sqlb *q, const char *text, const char *times);
#define sqlb_repeat(q, text, times) sqlb_repeat_((q), "" text, "" times)

/* Days since 1970 of an ISO date, and back: ISO text of a day number. */
void sqlb_daynum_open(struct sqlb *q);
void sqlb_daynum_close(struct sqlb *q);
void sqlb_isodate_open(struct sqlb *q);
void sqlb_isodate_close(struct sqlb *q);
/* ISO week of an ISO date. */
void sqlb_week_open(struct sqlb *q);
void sqlb_week_close(struct sqlb *q);

/* Does arithmetic past 64 bits fail by itself? Else it turns into a real. */
bool sqlb_overflow_fails(const struct sqlb *q);
/* least() and greatest(), which skip nulls? Else min() and max() of many, for
   which one null is null. */
bool sqlb_has_least(const struct sqlb *q);
/* Months added by make_interval(months => n)? Else by date(d, 'n months'). */
bool sqlb_has_intervals(const struct sqlb *q);

#endif
