/*
 * json - strict JSON in (a tree in an arena), streamed JSON out.
 *
 * In: UTF-8, duplicate keys refused, depth and size bounded, no NUL in text.
 * Only this module includes jansson. Out: nesting is checked, text is escaped,
 * ids and exact numbers are written as strings by their own calls.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buf.h"

enum { JSON_MAX_DEPTH = 64 };

enum json_kind {
    JSON_NULL,
    JSON_BOOL,
    JSON_INT,
    JSON_REAL,
    JSON_STR,
    JSON_ARRAY,
    JSON_OBJECT
};

struct json_member;

struct json {
    enum json_kind kind;
    union {
        bool b;
        int64_t i; /* JSON_INT                                   */
        struct {
            double f;        /* JSON_REAL; also integers past 64 bits      */
            struct str text; /* the digits as written: "12.50", "1e3";
                                exact where f is not. In a tree of your
                                own it may be empty                       */
        } real;
        struct str s;
        struct {
            struct json *v;
            size_t n;
        } array;
        struct {
            struct json_member *v; /* in the order of the text */
            size_t n;
        } object;
    } u;
};

struct json_member {
    struct str key;
    struct json value;
};

/*
 * Parse the whole of `text`; any value may be the root.
 * Errors: RC_SYNTAX  malformed, invalid UTF-8, a key given twice; the message
 *                    has line and column
 *         RC_INVALID U+0000 in a text, a number no double can hold
 *         RC_LIMIT   nested deeper than JSON_MAX_DEPTH
 *         RC_NOMEM   memory, or the arena's ceiling
 * Owns:   *out and all below live in `a`; borrow nothing from `text`.
 */
enum rc json_parse(struct str text, struct arena *a, const struct json **out,
                   struct err *err) MUST_CHECK;
const struct json *json_get(const struct json *object,
                            struct str key); /* or NULL */
#define json_at(o, lit) json_get((o), STR(lit))
struct str json_str(const struct json *v,
                    struct str fallback); /* text or fallback */

/* --- out ------------------------------------------------------------- */
struct json_w {
    struct buf *b;
    uint64_t first;  /* bit per level: nothing written yet        */
    uint64_t object; /* bit per level: object, else array         */
    int depth;       /* at most JSON_MAX_DEPTH                    */
    bool after_key;
    bool bad; /* nesting misused: _finish says RC_BUG      */
    bool has_root;
    bool is_too_deep; /* past JSON_MAX_DEPTH: RC_LIMIT        */
};
void json_w_init(struct json_w *w, struct buf *b);
void json_obj_begin(struct json_w *w);
void json_obj_end(struct json_w *w);
void json_arr_begin(struct json_w *w);
void json_arr_end(struct json_w *w);
void json_key(struct json_w *w, struct str key);
#define json_k(w, lit) json_key((w), STR(lit))
void json_w_str(struct json_w *w, struct str s);
void json_w_i64(struct json_w *w, int64_t v);
void json_w_f64(struct json_w *w,
                double v); /* "3.0", shortest; not finite: null */
void json_w_bool(struct json_w *w, bool v);
void json_w_null(struct json_w *w);
void json_w_id(struct json_w *w, int64_t id); /* 11 characters; 0: null */
void json_w_dec(struct json_w *w, int64_t v, int scale); /* "12.50" */
void json_w_raw(struct json_w *w, struct str json); /* trusted, whole value */
void json_w_tree(struct json_w *w, const struct json *v);
/* key and value in one */
void json_kv(struct json_w *w, const char *key, struct str s);
void json_kv_i64(struct json_w *w, const char *key, int64_t v);
void json_kv_bool(struct json_w *w, const char *key, bool v);
void json_kv_id(struct json_w *w, const char *key, int64_t id);
/* RC_LIMIT: the buf's ceiling or JSON_MAX_DEPTH; RC_NOMEM; RC_BUG: misused. */
enum rc json_w_finish(struct json_w *w, struct err *err) MUST_CHECK;

const char *json_version(void); /* of jansson, "2.14"; static */

#endif
