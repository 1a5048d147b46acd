/* date - what the two files of the module share. */
#ifndef SCRIPT_DATE_H
#define SCRIPT_DATE_H

#include "script/sandbox.h"

enum { DATE_FNS = 16 };
extern const struct script_fn date_fns[DATE_FNS];

int64_t date_floor(int64_t a, int64_t b); /* a / b, rounded down */
struct str date_zone_of(lua_State *L);    /* of the workspace */
int64_t date_local(lua_State *L, struct str zone, int64_t ms);
int64_t date_from_local(lua_State *L, struct str zone, int64_t local);
/* Months and days later by the workspace's calendar, the time of day kept. */
int64_t date_add_local(lua_State *L, int64_t ms, int64_t months, int64_t days);
int date_push_day(lua_State *L, int64_t days);
int date_push_instant(lua_State *L, int64_t ms);
int date_push_dur(lua_State *L, int64_t ms, int64_t months);
/* On the server: the offsets of a zone around a moment. */
enum rc date_zone_host(struct script_call *call, struct err *err);

#endif
