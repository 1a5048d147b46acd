/*
 * common - words that passwords are made of too often.
 *
 * Folded (lower case, no accents), sorted by bytes, each of three letters or
 * more. From what is common in public lists of leaked passwords, and the names
 * of the product.
 */
#ifndef AUTH_COMMON_H
#define AUTH_COMMON_H

#include "base/str.h"

const struct str *auth_common_words(size_t *n);

#endif
