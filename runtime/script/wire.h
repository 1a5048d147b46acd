/*
 * wire - frames between server and worker: u32 length, u8 type, payload.
 *
 * Little-endian. A length past the caller's ceiling is refused before memory
 * is taken. The getters advance past what they read and are false at the end.
 */
#ifndef SCRIPT_WIRE_H
#define SCRIPT_WIRE_H

#include "base/buf.h"
#include "script/script.h"

enum wire_type {
    WIRE_RUN = 1, /* server: run this                                   */
    WIRE_CHECK,   /* server: compile this                               */
    WIRE_ANSWER,  /* server: to a CALL                                  */
    WIRE_CALL,    /* worker                                             */
    WIRE_LOG,     /* worker                                             */
    WIRE_RESULT   /* worker: of RUN and CHECK                           */
};

enum {
    WIRE_HEAD_BYTES = 5,
    WIRE_RUN_BYTES = 4 << 20,  /* what a worker takes                     */
    WIRE_ARGS_BYTES = 1 << 20, /* of one call                             */
    WIRE_ARGS_NODES = 10000,
    WIRE_ARGS_MAX = 16,        /* arguments of one call                   */
    WIRE_TEXT_BYTES = 4096,    /* a message, a trace                      */
    WIRE_MORE_BYTES = 32768    /* of RESULT beside the value              */
};

void wire_put_u32(struct buf *b, uint32_t v);
void wire_put_i64(struct buf *b, int64_t v);
void wire_put_f64(struct buf *b, double v);
void wire_put_str(struct buf *b, struct str s); /* u32 and bytes */
bool wire_get_u8(struct str *in, uint8_t *v);
bool wire_get_u32(struct str *in, uint32_t *v);
bool wire_get_i64(struct str *in, int64_t *v);
bool wire_get_f64(struct str *in, double *v);
bool wire_get_str(struct str *in, struct str *v); /* borrows */

/* Begin a frame in an empty buf; wire_end sets its length. */
void wire_begin(struct buf *b, enum wire_type type);
void wire_end(struct buf *b);
/* The head's length and type; false for one longer than `max`. */
bool wire_head(const char head[WIRE_HEAD_BYTES], size_t max, size_t *n,
               uint8_t *type);

/* RUN: all that a fresh state gets. Texts borrow the payload. */
struct wire_run {
    struct script_limits limits;
    unsigned phase;
    const struct script_source *sources;
    size_t n_sources;
    struct str function, lang;
    struct script_value arg;
    int64_t now_ms;
    int32_t offset_ms; /* of the workspace's zone at now_ms */
    struct str zone;
    uint64_t seed;
};

void wire_put_run(struct buf *b, const struct wire_run *run);
/* The server is trusted: this only has to be right. */
enum rc wire_read_run(struct str payload, struct arena *a, struct wire_run *out,
                      struct err *err) MUST_CHECK;

/* From workers, who are not. Texts borrow the payload. */
struct wire_result {
    bool ok, is_dirty, is_limit;
    struct script_value value;
    struct script_problem problem;
    struct script_usage usage; /* without used[] */
};
void wire_put_problem(struct buf *b, const struct script_problem *p);
enum rc wire_read_result(struct str payload, const struct script_limits *limits,
                         struct arena *a, struct wire_result *out,
                         struct err *err) MUST_CHECK;
struct wire_call {
    uint32_t number;
    struct script_value *args;
    size_t n;
};
enum rc wire_read_call(struct str payload, struct arena *a,
                       struct wire_call *out, struct err *err) MUST_CHECK;
struct wire_log {
    enum script_log_level level;
    struct str text;
    bool has_data;
    struct script_value data;
};
enum rc wire_read_log(struct str payload, struct arena *a, struct wire_log *out,
                      struct err *err) MUST_CHECK;

#endif
