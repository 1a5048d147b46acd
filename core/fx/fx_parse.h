/*
 * fx_parse - from text to a tree of what was written, without meaning.
 *
 * A Pratt parser; automation.md A.2 is its grammar. Bounded in bytes, nodes and
 * nesting, so that recursion over the tree is bounded too.
 */
#ifndef FX_FX_PARSE_H
#define FX_FX_PARSE_H

#include "fx/fx_lex.h"
#include "fx/fx.h"

enum fx_syn_kind {
    FX_SYN_NUMBER, /* text                                        */
    FX_SYN_TEXT,   /* text                                        */
    FX_SYN_TRUE,
    FX_SYN_FALSE,
    FX_SYN_NULL,
    FX_SYN_PARAM, /* text: its name                              */
    FX_SYN_PATH,  /* names                                       */
    FX_SYN_CALL,  /* names[0], args, where                       */
    FX_SYN_UNIT,  /* args[0] counted in names[0]                 */
    FX_SYN_NEG,
    FX_SYN_NOT,
    FX_SYN_BINARY, /* sign                                        */
    FX_SYN_AND,
    FX_SYN_OR,
    FX_SYN_CAT,     /* any number of args      */
    FX_SYN_IN,      /* args[0] in the others; is_negated           */
    FX_SYN_IN_LIST, /* args[0] in a path, call or parameter       */
    FX_SYN_EMPTY    /* is empty; is_negated                        */
};

struct fx_name {
    struct str text;
    uint32_t at;
};

struct fx_syn {
    enum fx_syn_kind kind;
    uint32_t at, length;
    enum fx_token_kind sign; /* FX_T_EQ .. FX_T_PERCENT                */
    uint32_t sign_at;
    bool is_negated;
    struct str text;
    struct fx_name *names;
    size_t n_names;
    struct fx_syn **args;
    size_t n;
    struct fx_syn *where; /* of a call                              */
};

/* RC_INVALID and RC_LIMIT fill *fault; RC_NOMEM. *out lives in `a`, its texts
   in the source or `a`. max_nodes 0: LIMIT_FX_NODES. */
enum rc fx_parse(struct str source, size_t max_nodes, struct arena *a,
                 struct fx_syn **out, struct fx_fault *fault) MUST_CHECK;

/* Fill a fault; answers rc. */
enum rc fx_fault_set(struct fx_fault *fault, enum rc rc, const char *code,
                     size_t at, size_t length, const char *fmt, ...)
    PRINTF_LIKE(6, 7);

#endif
