/*
 * fx_stage - random rows of the fx_world for differential tests, in memory and
 * as an SQL script of either dialect.
 */
#ifndef SUPPORT_FX_STAGE_H
#define SUPPORT_FX_STAGE_H

#include "base/buf.h"
#include "db/db.h"
#include "fx_world.h"
#include "random_fx.h"

enum { FX_STAGE_PARAMS = 5 };
#define FX_STAGE_NOW_MS INT64_C(1774741500000) /* 2026-03-28T23:45Z */

struct fx_stage {
    struct arena rows, scratch; /* scratch: the caller may rewind it */
    struct fx_world world;
    const struct tz *tz; /* Europe/Vienna */
    struct value params[FX_STAGE_PARAMS], ids[3], codes[2];
    struct fx_dice dice;
};

/* `tame`: no numbers near the end of 64 bits. */
void fx_stage_init(struct fx_stage *s, uint64_t seed, bool tame);
void fx_stage_release(struct fx_stage *s);
/* CREATE and INSERT, one statement a line, each ended by `;`. */
void fx_stage_script(struct fx_stage *s, enum db_dialect dialect,
                     struct buf *b);
/* Over a deal, with the parameters of the stage; NULL: does not compile or has
   no SQL. */
const struct fx_expr *fx_stage_compile(struct fx_stage *s, const char *source);
struct fx_frame fx_stage_frame(struct fx_stage *s,
                               const struct fx_world_row *row);
struct fx_sql_frame fx_stage_sql_frame(const struct fx_stage *s);

#endif
