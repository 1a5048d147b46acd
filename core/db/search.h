/*
 * search - the two full-text tables of a workspace.
 *
 * Text arrives folded (utf8_words for words, utf8_fold for substrings) and is
 * never stored by the engine (contentless): what a record was fed with stays in
 * its column `_search` (words, a line break, folded text), which is what takes
 * it out again. `ent` is the entity's number. Hits are the newest first.
 *
 * The statements are SQLite's. PostgreSQL's tables are spelled in ddl.c; what
 * asks them comes with its driver.
 */
#ifndef DB_SEARCH_H
#define DB_SEARCH_H

#include "db/db.h"

/* was: what _search held before (STR_NONE on create); now: STR_NONE on delete.
   Both are copied. Found by those who begin after the commit: SQLite feeds its
   tables once for all jobs of a group, so a job does not find its own. */
enum rc search_put(struct db *db, int64_t id, int ent, struct str was,
                   struct str now, struct err *err) MUST_CHECK;

/* Rewrite both tables without what was taken out, whose words lie in the file
   until then: after an erasure. Costs a pass over them. */
enum rc search_compact(struct db *db, struct err *err) MUST_CHECK;

struct search_hit {
    int64_t id;
    int ent;
};
/*
 * Newest `max` hits with every word of `query` (last one as a prefix) or, from
 * 3 characters, containing it as a substring; merged, newest first, each once.
 * `query` is what people typed; folded here. `ents` limits (n 0: all).
 * At most 1,000 hits. RC_LIMIT: the text is over LIMIT_SEARCH_BYTES; RC_INVALID:
 * it holds U+0000. A text without letters, digits or three characters finds
 * nothing.
 */
enum rc search_find(struct db *db, struct str query, const int *ents, size_t n,
                    size_t max, struct arena *a, struct search_hit **hits,
                    size_t *n_hits, struct err *err) MUST_CHECK;

#endif
