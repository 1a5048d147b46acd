/*
 * every_type - a value of each field type, as it is written, as it comes back,
 * and one that is refused; for the entity of schemas/examples/valid/every_type.
 */
#ifndef SUPPORT_EVERY_TYPE_H
#define SUPPORT_EVERY_TYPE_H

#include "base/arena.h"
#include "base/str.h"

/* "@account", "@user" stand for the id of such a record. */
struct every_type {
    const char *type, *field;
    const char *good;   /* JSON that is written; NULL: not by people       */
    const char *answer; /* JSON that comes back                            */
    const char *bad;    /* JSON that is refused                            */
    const char *code;   /* of its issue                                    */
};
enum { EVERY_TYPE_SAMPLES = 20 };
extern const struct every_type EVERY_TYPE[EVERY_TYPE_SAMPLES];

/* The text with the ids put in. */
struct str every_type_filled(struct arena *a, const char *text,
                             const char *account, const char *user);
/* A record with all of them. */
const char *every_type_body(struct arena *a, const char *account,
                            const char *user);

#endif
