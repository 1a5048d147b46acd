/*
 * spec_values - what a value of each spec_type looks like. For model alone.
 */
#ifndef MODEL_SPEC_VALUES_H
#define MODEL_SPEC_VALUES_H

#include "model/spec.h"

/* NULL when `v` is fine, else what is wrong, to stand after `"v" is `. */
const char *spec_value_fault(const struct spec_attr *a, struct str v);

bool spec_is_name(struct str s); /* shape only, not reserved words */
bool spec_is_package(struct str s);
bool spec_is_entity(struct str s); /* deal, crm:deal, acme.rental:unit */
bool spec_is_code(struct str s);
/* "1.2.3" to three numbers; missing parts are 0. */
bool spec_version(struct str s, int out[3]);
/* 1.2.3, ^1.2, ~1.2, "1.0 - 2.0": does `have` lie in it? *ok false: no range. */
bool spec_range_has(struct str range, const int have[3], bool *ok);
/* "10MB", "512kB", "2000" in bytes. */
bool spec_size(struct str s, int64_t *bytes);

#endif
