/*
 * fx_lex - the tokens of an expression.
 *
 * Works on UTF-8 that need not be valid: outside quotes only ASCII has a
 * meaning, and what has none becomes FX_T_BAD with a sentence that says what to
 * write instead. Allocates only to undo doubled quotes.
 */
#ifndef FX_FX_LEX_H
#define FX_FX_LEX_H

#include "base/arena.h"
#include "base/str.h"

enum fx_token_kind {
    FX_T_END,
    FX_T_NUMBER,
    FX_T_TEXT,
    FX_T_NAME,
    FX_T_PARAM,
    FX_T_EQ,
    FX_T_NE,
    FX_T_LT,
    FX_T_LE,
    FX_T_GT,
    FX_T_GE,
    FX_T_PLUS,
    FX_T_MINUS,
    FX_T_STAR,
    FX_T_SLASH,
    FX_T_PERCENT,
    FX_T_CAT,
    FX_T_DOT,
    FX_T_COMMA,
    FX_T_OPEN,
    FX_T_CLOSE,
    FX_T_BAD /* `bad` says why */
};

struct fx_token {
    enum fx_token_kind kind;
    uint32_t at, length;
    struct str text; /* of a number, name, parameter (without the
                                colon), the content of a text              */
    const char *bad; /* static                                     */
};

struct fx_lexer {
    struct str source;
    size_t at;
    struct arena *arena;
};

/* RC_NOMEM only; at the end and after a bad token it answers END for ever. */
enum rc fx_lex(struct fx_lexer *lx, struct fx_token *out) MUST_CHECK;

/* `"word"` is one the grammar uses and no field may have as its name. */
bool fx_is_keyword(struct str word);

#endif
