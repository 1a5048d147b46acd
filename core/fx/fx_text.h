/*
 * fx_text - text functions on views: characters are code points.
 *
 * Positions count from 1 and are clamped, as the SQL does it. Views point into
 * what was given, copies live in the arena.
 */
#ifndef FX_FX_TEXT_H
#define FX_FX_TEXT_H

#include "base/arena.h"
#include "base/value.h"

struct fx_node;
struct fx_run;

enum { FX_REPEAT_MAX = 255 }; /* times, and width of a padding */

struct str fx_text_upper(struct arena *a, struct str s); /* ASCII */
struct str fx_text_trim(struct str s);                   /* spaces only */
struct str fx_text_mid(struct str s, int64_t from, int64_t n);
struct str fx_text_right(struct str s, int64_t n);
struct str fx_text_digits(struct arena *a, struct str s);
bool fx_text_split_part(struct str s, struct str by, int64_t n,
                        struct str *out);
enum rc fx_text_replace(struct arena *a, struct str s, struct str what,
                        struct str by, struct value *out,
                        struct err *err) MUST_CHECK;
enum rc fx_text_repeat(struct arena *a, struct str s, int64_t n,
                       struct value *out, struct err *err) MUST_CHECK;
enum rc fx_text_pad_left(struct arena *a, struct str s, int64_t n,
                         struct str fill, struct value *out,
                         struct err *err) MUST_CHECK;
enum rc fx_text_initials(struct arena *a, struct str s, struct value *out,
                         struct err *err) MUST_CHECK;
/* Common groups of three of the folded texts, 0 to 1 (Dice). */
enum rc fx_text_similar(struct arena *a, struct str x, struct str y,
                        double *out, struct err *err) MUST_CHECK;
/* format(x, pattern) */
enum rc fx_text_format(struct fx_run *r, const struct fx_node *n,
                       const struct value *a, struct value *out) MUST_CHECK;

#endif
