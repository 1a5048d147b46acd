/*
 * match - Lua's patterns, without Lua's unbounded time: every character tried
 * takes a step of a budget, and recursion has a ceiling. Captures point into
 * the subject. Needs no lua_State, so that it can be fuzzed by itself.
 */
#ifndef SCRIPT_MATCH_H
#define SCRIPT_MATCH_H

#include "base/str.h"

enum { MATCH_CAPTURES = 32, MATCH_DEPTH = 200 };
enum { MATCH_UNFINISHED = -1, MATCH_POSITION = -2 };

enum match_end {
    MATCH_NO,
    MATCH_YES,
    MATCH_BAD,  /* the pattern is malformed: `why` */
    MATCH_SPENT /* the budget is used up           */
};

struct match {
    struct str subject, pattern;
    int64_t *steps; /* left, of the caller's                       */
    int depth;
    enum match_end end;
    const char *why; /* static */
    int level;
    struct {
        const char *at;
        ptrdiff_t n; /* or MATCH_POSITION */
    } capture[MATCH_CAPTURES];
};

void match_init(struct match *m, struct str subject, struct str pattern,
                int64_t *steps);
/* Try at `at` only (an offset); MATCH_YES sets *end, an offset. */
enum match_end match_at(struct match *m, size_t at, size_t *end);
/* The first match at or after `from`. A leading ^ is the caller's. */
enum match_end match_find(struct match *m, size_t from, size_t *begin,
                          size_t *end);
bool match_is_plain(struct str pattern); /* no special characters */

#endif
