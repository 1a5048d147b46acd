/*
 * value - what passes between a script and the server: a tree of typed values,
 * and its bytes on the wire.
 *
 * Exact numbers stay exact. Text is valid UTF-8 without U+0000. The decoder
 * takes its input as hostile: depth, nodes and bytes are bounded, every length
 * is checked against what is there, and what is left over is an error.
 */
#ifndef SCRIPT_VALUE_H
#define SCRIPT_VALUE_H

#include "base/buf.h"
#include "base/value.h"

enum script_kind {
    SCRIPT_NIL = 0,
    SCRIPT_BOOL,
    SCRIPT_INT,
    SCRIPT_FLOAT,   /* finite                                         */
    SCRIPT_TEXT,
    SCRIPT_NULL,    /* `json.null`: JSON's, not absence               */
    SCRIPT_DEC,     /* i scaled by 10^scale                           */
    SCRIPT_MONEY,   /* i minor units by scale; cur                    */
    SCRIPT_DATE,    /* i days since 1970-01-01                        */
    SCRIPT_INSTANT, /* i ms since 1970 UTC                            */
    SCRIPT_TIME,    /* i minutes since midnight                       */
    SCRIPT_DUR,     /* i milliseconds; extra: whole months            */
    SCRIPT_OBJECT,  /* i its number, extra its module's number        */
    SCRIPT_LIST,
    SCRIPT_MAP      /* keys are texts, in the order they were given   */
};

struct script_pair;

struct script_value {
    enum script_kind kind;
    uint8_t scale;
    char cur[4]; /* NUL-terminated */
    int32_t extra;
    union {
        bool b;
        int64_t i;
        double f;
        struct str s;
        struct {
            struct script_value *v;
            size_t n;
        } list;
        struct {
            struct script_pair *v;
            size_t n;
        } map;
    } u;
};

struct script_pair {
    struct str key;
    struct script_value value;
};

#define SCRIPT_VALUE_NIL ((struct script_value){.kind = SCRIPT_NIL})
static inline struct script_value script_int(int64_t i)
{
    return (struct script_value){.kind = SCRIPT_INT, .u.i = i};
}
static inline struct script_value script_bool(bool b)
{
    return (struct script_value){.kind = SCRIPT_BOOL, .u.b = b};
}
static inline struct script_value script_text(struct str s)
{
    return (struct script_value){.kind = SCRIPT_TEXT, .u.s = s};
}
/* The member of a map, or NULL (also for what is no map). */
const struct script_value *script_at(const struct script_value *map,
                                     struct str key);
/* From and to the values of fx and records. What has no counterpart (an
   object, a map, a reference) is false; a list is copied into `a`. */
bool script_from_value(const struct value *v, struct arena *a,
                       struct script_value *out);
bool script_to_value(const struct script_value *v, struct arena *a,
                     struct value *out);

enum { SCRIPT_MAX_DEPTH = 16 };
struct script_caps {
    size_t bytes; /* of the encoded value */
    size_t nodes;
};

/* Sticky as buf is; deeper than SCRIPT_MAX_DEPTH fails the buf (RC_LIMIT). */
void script_encode(struct buf *b, const struct script_value *v);
/*
 * One value from the front of *in, which advances past it.
 * RC_INVALID: not what the encoder writes; RC_LIMIT: past `caps`; RC_NOMEM.
 * Texts of *out borrow the input; lists and maps live in `a`.
 */
enum rc script_decode(struct str *in, const struct script_caps *caps,
                      struct arena *a, struct script_value *out,
                      struct err *err) MUST_CHECK;

#endif
