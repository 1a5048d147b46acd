/*
 * fx_lex - see the header.
 */
#include "fx/fx_lex.h"

static const char *const KEYWORDS[] = {
    "and", "empty", "false", "ge",  "gt", "in",   "is",   "le",   "lt",
    "ne",  "not",   "null",  "old", "or", "this", "true", "user", "where",
};

bool fx_is_keyword(struct str word)
{
    for (size_t i = 0; i < sizeof KEYWORDS / sizeof *KEYWORDS; i++)
        if (str_eq(word, str_c(KEYWORDS[i])))
            return true;
    return false;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static char peek(const struct fx_lexer *lx, size_t ahead)
{
    return lx->at + ahead < lx->source.n ? lx->source.p[lx->at + ahead] : '\0';
}

static void skip_spaces(struct fx_lexer *lx)
{
    while (lx->at < lx->source.n) {
        char c = lx->source.p[lx->at];

        if (c != ' ' && c != '\t' && c != '\n' && c != '\r')
            return;
        lx->at++;
    }
}

static void finish(struct fx_lexer *lx, struct fx_token *t,
                   enum fx_token_kind kind, size_t n)
{
    t->kind = kind;
    t->length = (uint32_t)n;
    t->text = str_of(lx->source.p + lx->at, n);
    lx->at += n;
}

static void bad(struct fx_lexer *lx, struct fx_token *t, size_t n,
                const char *why)
{
    finish(lx, t, FX_T_BAD, n);
    t->bad = why;
    lx->at = lx->source.n; /* nothing after it can be trusted */
}

static void lex_name(struct fx_lexer *lx, struct fx_token *t,
                     enum fx_token_kind kind)
{
    size_t n = 0;

    while (is_name_start(peek(lx, n)) || is_digit(peek(lx, n)))
        n++;
    finish(lx, t, kind, n);
}

static void lex_number(struct fx_lexer *lx, struct fx_token *t)
{
    size_t n = 0;

    while (is_digit(peek(lx, n)))
        n++;
    if (peek(lx, n) == '.' && is_digit(peek(lx, n + 1))) {
        n++;
        while (is_digit(peek(lx, n)))
            n++;
    }
    if (is_name_start(peek(lx, n))) {
        bad(lx, t, n + 1,
            "A number cannot be followed by a letter; put a space before a "
            "unit (3 days).");
        return;
    }
    finish(lx, t, FX_T_NUMBER, n);
}

/* The text without its quotes; doubled ones are undone in a copy. */
static enum rc lex_text(struct fx_lexer *lx, struct fx_token *t)
{
    char quote = peek(lx, 0);
    size_t end = lx->at + 1, doubled = 0, n = 0;
    char *copy;

    for (;; end++) {
        if (end >= lx->source.n) {
            bad(lx, t, lx->source.n - lx->at,
                "This text is not closed; a quote is missing at its end.");
            return RC_OK;
        }
        if (lx->source.p[end] == '\0') { /* no column could hold it */
            bad(lx, t, lx->source.n - lx->at,
                "This text holds the character U+0000.");
            return RC_OK;
        }
        if (lx->source.p[end] != quote)
            continue;
        if (end + 1 >= lx->source.n || lx->source.p[end + 1] != quote)
            break;
        doubled++;
        end++;
    }
    t->kind = FX_T_TEXT;
    t->length = (uint32_t)(end + 1 - lx->at);
    t->text = str_of(lx->source.p + lx->at + 1, end - lx->at - 1);
    if (doubled) {
        copy = arena_alloc(lx->arena, t->text.n);
        if (!copy)
            return RC_NOMEM;
        for (size_t i = 0; i < t->text.n; i++) {
            copy[n++] = t->text.p[i];
            if (t->text.p[i] == quote)
                i++;
        }
        t->text = str_of(copy, n);
    }
    lx->at = end + 1;
    return RC_OK;
}

static void lex_sign(struct fx_lexer *lx, struct fx_token *t)
{
    static const struct {
        char c[3];
        enum fx_token_kind kind;
    } SIGNS[] = {
        {"<>", FX_T_NE},   {"<=", FX_T_LE},     {">=", FX_T_GE},
        {"..", FX_T_CAT},  {"<", FX_T_LT},      {">", FX_T_GT},
        {"+", FX_T_PLUS},  {"-", FX_T_MINUS},   {"*", FX_T_STAR},
        {"/", FX_T_SLASH}, {"%", FX_T_PERCENT}, {".", FX_T_DOT},
        {",", FX_T_COMMA}, {"(", FX_T_OPEN},    {")", FX_T_CLOSE},
    };
    static const struct {
        char c[3];
        const char *why;
    } WRONG[] = {
        {"==", "Write = to compare; == is not used here."},
        {"!=", "Write <> or ne; != is not used here."},
        {"&&", "Write and; && is not used here."},
        {"||", "Write or between conditions, .. to join text; || is not used "
               "here."},
        {"!", "Write not; ! is not used here."},
        {"=", ""},
    };
    struct str rest = str_of(lx->source.p + lx->at, lx->source.n - lx->at);

    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
        if (!str_starts(rest, str_c(WRONG[i].c)))
            continue;
        if (WRONG[i].why[0])
            bad(lx, t, strlen(WRONG[i].c), WRONG[i].why);
        else
            finish(lx, t, FX_T_EQ, 1);
        return;
    }
    for (size_t i = 0; i < sizeof SIGNS / sizeof *SIGNS; i++) {
        if (str_starts(rest, str_c(SIGNS[i].c))) {
            finish(lx, t, SIGNS[i].kind, strlen(SIGNS[i].c));
            return;
        }
    }
    bad(lx, t, 1,
        (unsigned char)rest.p[0] >= 0x80
            ? "Only text in quotes may hold this character; names are plain "
              "a-z, 0-9 and _."
            : "This character has no meaning here.");
}

enum rc fx_lex(struct fx_lexer *lx, struct fx_token *out)
{
    struct fx_token t = {0};
    enum rc rc = RC_OK;
    char c;

    skip_spaces(lx);
    t.at = (uint32_t)lx->at;
    c = peek(lx, 0);
    if (lx->at >= lx->source.n)
        t.kind = FX_T_END;
    else if (is_name_start(c))
        lex_name(lx, &t, FX_T_NAME);
    else if (is_digit(c))
        lex_number(lx, &t);
    else if (c == '\'' || c == '"')
        rc = lex_text(lx, &t);
    else if (c == ':' && is_name_start(peek(lx, 1))) {
        lx->at++;
        lex_name(lx, &t, FX_T_PARAM);
        t.length++;
    } else
        lex_sign(lx, &t);
    if (rc == RC_OK)
        *out = t;
    return rc;
}
