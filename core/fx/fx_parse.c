/*
 * fx_parse - see the header. One function a level of precedence would recurse
 * eight deep for each parenthesis; climbing by precedence needs one.
 */
#include "fx/fx_parse.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "base/vec.h"

enum { /* what binds tighter has the larger number */
       P_NONE,
       P_OR,
       P_AND,
       P_NOT,
       P_CMP,
       P_CAT,
       P_ADD,
       P_MUL,
       P_UNARY
};

struct parser {
    struct fx_lexer lx;
    struct fx_token t; /* the one not taken yet  */
    uint32_t end;      /* of the last one taken  */
    struct arena *arena;
    struct fx_fault *fault;
    size_t nodes, max_nodes;
    int depth;
    enum rc rc;
};

static struct fx_syn *parse(struct parser *p, int floor);

enum rc fx_fault_set(struct fx_fault *fault, enum rc rc, const char *code,
                     size_t at, size_t length, const char *fmt, ...)
{
    va_list ap;
    int n;

    if (!fault)
        return rc;
    fault->at = (uint32_t)at;
    fault->length = (uint32_t)length;
    fault->code = code;
    va_start(ap, fmt);
    n = vsnprintf(fault->text, sizeof fault->text, fmt, ap);
    va_end(ap);
    if (n < 0)
        fault->text[0] = '\0';
    /* A name of the source may hold bytes that are no UTF-8, and the cut may
       fall inside a character: the message must be text all the same. */
    for (;;) {
        ptrdiff_t bad = utf8_invalid(str_c(fault->text));

        if (bad < 0)
            break;
        if (n >= (int)sizeof fault->text &&
            (size_t)bad + 4 > sizeof fault->text)
            fault->text[bad] = '\0';
        else
            fault->text[bad] = '?';
    }
    return rc;
}

static void *no_memory(struct parser *p)
{
    p->rc = RC_NOMEM;
    return NULL;
}

static void advance(struct parser *p)
{
    p->end = p->t.at + p->t.length;
    if (p->rc == RC_OK)
        p->rc = fx_lex(&p->lx, &p->t);
}

static void *unexpected(struct parser *p, const char *wanted)
{
    const struct fx_token *t = &p->t;

    if (p->rc != RC_OK)
        return NULL;
    if (t->kind == FX_T_BAD)
        p->rc = fx_fault_set(p->fault, RC_INVALID, "F200", t->at, t->length,
                             "%s", t->bad);
    else if (t->kind == FX_T_END)
        p->rc =
            fx_fault_set(p->fault, RC_INVALID, "F200", t->at, 0,
                         "The expression ends here; %s is missing.", wanted);
    else
        p->rc = fx_fault_set(p->fault, RC_INVALID, "F200", t->at, t->length,
                             "\"%.*s\" is not expected here; %s is missing.",
                             (int)(t->length > 40 ? 40 : t->length),
                             p->lx.source.p + t->at, wanted);
    return NULL;
}

static struct fx_syn *node(struct parser *p, enum fx_syn_kind kind, uint32_t at)
{
    struct fx_syn *s;

    if (p->rc != RC_OK)
        return NULL;
    if (++p->nodes > p->max_nodes) {
        p->rc = fx_fault_set(p->fault, RC_LIMIT, "F204", at, 0,
                             "This expression has more than %zu parts; split "
                             "it into several.",
                             p->max_nodes);
        return NULL;
    }
    s = ARENA_NEW(p->arena, struct fx_syn);
    if (!s)
        return no_memory(p);
    s->kind = kind;
    s->at = at;
    return s;
}

static struct fx_syn *done(struct parser *p, struct fx_syn *s)
{
    if (s)
        s->length = p->end - s->at;
    return s;
}

/* The capacity is the smallest power of two that holds n: no need to keep it. */
static bool push(struct parser *p, struct fx_syn *s, struct fx_syn *arg)
{
    if (!arg)
        return false;
    if ((s->n & (s->n - 1)) == 0) {
        size_t cap = s->n ? 2 * s->n : 1;
        struct fx_syn **v = ARENA_ARRAY(p->arena, struct fx_syn *, cap);

        if (!v) {
            p->rc = RC_NOMEM;
            return false;
        }
        for (size_t i = 0; i < s->n; i++)
            v[i] = s->args[i];
        s->args = v;
    }
    s->args[s->n++] = arg;
    return true;
}

static bool is_word(const struct parser *p, const char *word)
{
    return p->t.kind == FX_T_NAME && str_eq(p->t.text, str_c(word));
}

static bool take(struct parser *p, enum fx_token_kind kind, const char *wanted)
{
    if (p->t.kind != kind) {
        unexpected(p, wanted);
        return false;
    }
    advance(p);
    return true;
}

static bool enter(struct parser *p)
{
    if (++p->depth <= LIMIT_FX_DEPTH)
        return true;
    if (p->rc == RC_OK)
        p->rc = fx_fault_set(p->fault, RC_LIMIT, "F204", p->t.at, 0,
                             "This expression is nested more than %d deep; "
                             "split it into several.",
                             (int)LIMIT_FX_DEPTH);
    return false;
}

static const char *const UNITS[] = {
    "min",    "mins", "minute", "minutes", "h",        "hour",
    "hours",  "day",  "days",   "week",    "weeks",    "month",
    "months", "year", "years",  "workday", "workdays",
};

static struct fx_syn *with_unit(struct parser *p, struct fx_syn *of)
{
    struct fx_syn *s;

    if (!of || p->t.kind != FX_T_NAME)
        return of;
    for (size_t i = 0; i < sizeof UNITS / sizeof *UNITS; i++) {
        if (!str_eq(p->t.text, str_c(UNITS[i])))
            continue;
        s = node(p, FX_SYN_UNIT, of->at);
        if (!s || !push(p, s, of))
            return NULL;
        s->names = ARENA_NEW(p->arena, struct fx_name);
        if (!s->names)
            return no_memory(p);
        s->names[0] = (struct fx_name){p->t.text, p->t.at};
        s->n_names = 1;
        advance(p);
        return done(p, s);
    }
    return of;
}

static struct fx_syn *leaf(struct parser *p, enum fx_syn_kind kind)
{
    struct fx_syn *s = node(p, kind, p->t.at);

    if (!s)
        return NULL;
    s->text = p->t.text;
    advance(p);
    return done(p, s);
}

static struct fx_syn *call(struct parser *p, struct fx_syn *s)
{
    s->kind = FX_SYN_CALL;
    advance(p); /* the parenthesis */
    if (p->t.kind != FX_T_CLOSE) {
        if (!push(p, s, parse(p, P_NONE)))
            return NULL;
        while (p->t.kind == FX_T_COMMA) {
            advance(p);
            if (!push(p, s, parse(p, P_NONE)))
                return NULL;
        }
        if (is_word(p, "where")) {
            advance(p);
            s->where = parse(p, P_NONE);
            if (!s->where)
                return NULL;
        }
    }
    if (!take(p, FX_T_CLOSE, "a closing parenthesis"))
        return NULL;
    return done(p, s);
}

static struct fx_syn *path_or_call(struct parser *p)
{
    VEC(struct fx_name) names = {NULL, 0, 0};
    struct fx_syn *s = node(p, FX_SYN_PATH, p->t.at);

    if (!s)
        return NULL;
    for (;;) {
        if (!VEC_PUSH(p->arena, &names, (struct fx_name){p->t.text, p->t.at}))
            return no_memory(p);
        advance(p);
        s->names = names.v;
        s->n_names = names.n;
        if (names.n == 1 && p->t.kind == FX_T_OPEN && enter(p)) {
            s = call(p, s);
            p->depth--;
            return s;
        }
        if (p->t.kind != FX_T_DOT)
            return done(p, s);
        advance(p);
        if (p->t.kind != FX_T_NAME)
            return unexpected(p, "a name after the point");
    }
}

static bool may_start_path(const struct parser *p)
{
    static const char *const NEVER[] = {"and", "or", "in", "lt",    "le",
                                        "gt",  "ge", "ne", "empty", "where"};

    for (size_t i = 0; i < sizeof NEVER / sizeof *NEVER; i++)
        if (is_word(p, NEVER[i]))
            return false;
    return true;
}

static struct fx_syn *primary(struct parser *p)
{
    struct fx_syn *s;

    switch (p->t.kind) {
    case FX_T_NUMBER:
        return with_unit(p, leaf(p, FX_SYN_NUMBER));
    case FX_T_TEXT:
        return leaf(p, FX_SYN_TEXT);
    case FX_T_PARAM:
        return with_unit(p, leaf(p, FX_SYN_PARAM));
    case FX_T_OPEN:
        advance(p);
        s = parse(p, P_NONE);
        if (!s || !take(p, FX_T_CLOSE, "a closing parenthesis"))
            return NULL;
        return s;
    case FX_T_NAME:
        if (is_word(p, "true"))
            return leaf(p, FX_SYN_TRUE);
        if (is_word(p, "false"))
            return leaf(p, FX_SYN_FALSE);
        if (is_word(p, "null"))
            return leaf(p, FX_SYN_NULL);
        if (may_start_path(p))
            return path_or_call(p);
        return unexpected(p, "a value");
    case FX_T_END:
    case FX_T_EQ:
    case FX_T_NE:
    case FX_T_LT:
    case FX_T_LE:
    case FX_T_GT:
    case FX_T_GE:
    case FX_T_PLUS:
    case FX_T_MINUS:
    case FX_T_STAR:
    case FX_T_SLASH:
    case FX_T_PERCENT:
    case FX_T_CAT:
    case FX_T_DOT:
    case FX_T_COMMA:
    case FX_T_CLOSE:
    case FX_T_BAD:
        break;
    }
    return unexpected(p, "a value");
}

static struct fx_syn *prefix(struct parser *p)
{
    enum fx_syn_kind kind = FX_SYN_NEG;
    int floor = P_UNARY;
    struct fx_syn *s, *of;

    if (is_word(p, "not")) {
        kind = FX_SYN_NOT;
        floor = P_NOT;
    } else if (p->t.kind != FX_T_MINUS)
        return primary(p);
    s = node(p, kind, p->t.at);
    if (!s)
        return NULL;
    advance(p);
    of = parse(p, floor);
    if (!of || !push(p, s, of))
        return NULL;
    return done(p, s);
}

static enum fx_token_kind word_sign(const struct parser *p)
{
    static const struct {
        const char *word;
        enum fx_token_kind sign;
    } WORDS[] = {{"lt", FX_T_LT},
                 {"le", FX_T_LE},
                 {"gt", FX_T_GT},
                 {"ge", FX_T_GE},
                 {"ne", FX_T_NE}};

    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (is_word(p, WORDS[i].word))
            return WORDS[i].sign;
    return p->t.kind;
}

/* The precedence of what stands between two operands; P_NONE: nothing does. */
static int infix(const struct parser *p)
{
    switch (word_sign(p)) {
    case FX_T_EQ:
    case FX_T_NE:
    case FX_T_LT:
    case FX_T_LE:
    case FX_T_GT:
    case FX_T_GE:
        return P_CMP;
    case FX_T_CAT:
        return P_CAT;
    case FX_T_PLUS:
    case FX_T_MINUS:
        return P_ADD;
    case FX_T_STAR:
    case FX_T_SLASH:
    case FX_T_PERCENT:
        return P_MUL;
    case FX_T_NAME:
        if (is_word(p, "or"))
            return P_OR;
        if (is_word(p, "and"))
            return P_AND;
        if (is_word(p, "in") || is_word(p, "is") || is_word(p, "not"))
            return P_CMP;
        return P_NONE;
    case FX_T_END:
    case FX_T_NUMBER:
    case FX_T_TEXT:
    case FX_T_PARAM:
    case FX_T_DOT:
    case FX_T_COMMA:
    case FX_T_OPEN:
    case FX_T_CLOSE:
    case FX_T_BAD:
        return P_NONE;
    }
    return P_NONE;
}

static struct fx_syn *parse_in(struct parser *p, struct fx_syn *left,
                               bool is_negated)
{
    struct fx_syn *s = node(p, FX_SYN_IN, left->at);

    if (!s || !push(p, s, left))
        return NULL;
    s->is_negated = is_negated;
    s->sign_at = p->t.at;
    advance(p);
    if (p->t.kind == FX_T_OPEN) {
        do {
            advance(p);
            if (!push(p, s, parse(p, P_NONE)))
                return NULL;
            if (s->n > LIMIT_IN_LIST + 1) {
                p->rc = fx_fault_set(p->fault, RC_LIMIT, "F204", s->at, 0,
                                     "This list has more than %d members.",
                                     (int)LIMIT_IN_LIST);
                return NULL;
            }
        } while (p->t.kind == FX_T_COMMA);
        if (!take(p, FX_T_CLOSE, "a closing parenthesis"))
            return NULL;
        return done(p, s);
    }
    s->kind = FX_SYN_IN_LIST;
    if (p->t.kind != FX_T_PARAM &&
        (p->t.kind != FX_T_NAME || !may_start_path(p)))
        return unexpected(p, "a list in parentheses");
    if (!push(p, s, primary(p)))
        return NULL;
    return done(p, s);
}

static struct fx_syn *parse_is(struct parser *p, struct fx_syn *left)
{
    struct fx_syn *s = node(p, FX_SYN_EMPTY, left->at);

    if (!s || !push(p, s, left))
        return NULL;
    advance(p);
    if (is_word(p, "not")) {
        s->is_negated = true;
        advance(p);
    }
    if (!is_word(p, "empty"))
        return unexpected(p, "the word empty (is empty, is not empty)");
    advance(p);
    return done(p, s);
}

static struct fx_syn *binary(struct parser *p, struct fx_syn *left, int prec)
{
    enum fx_token_kind sign = word_sign(p);
    enum fx_syn_kind kind = prec == P_OR    ? FX_SYN_OR
                            : prec == P_AND ? FX_SYN_AND
                            : prec == P_CAT ? FX_SYN_CAT
                                            : FX_SYN_BINARY;
    uint32_t sign_at = p->t.at;
    struct fx_syn *s = left;

    /* `a and b and c` is one node, so that a long list of conditions is not
       deep. A parenthesised left side of the same kind joins as well: and, or
       and .. do not care. */
    if (left->kind != kind || kind == FX_SYN_BINARY) {
        s = node(p, kind, left->at);
        if (!s || !push(p, s, left))
            return NULL;
    }
    s->sign = sign;
    s->sign_at = sign_at;
    advance(p);
    if (!push(p, s, parse(p, prec)))
        return NULL;
    return done(p, s);
}

static struct fx_syn *comparison(struct parser *p, struct fx_syn *left)
{
    bool is_negated = false;

    if (is_word(p, "is"))
        return parse_is(p, left);
    if (is_word(p, "not")) {
        is_negated = true;
        advance(p);
        if (!is_word(p, "in"))
            return unexpected(p, "the word in (not in)");
    }
    if (is_word(p, "in"))
        return parse_in(p, left, is_negated);
    return binary(p, left, P_CMP);
}

static struct fx_syn *climb(struct parser *p, int floor)
{
    struct fx_syn *left = prefix(p);
    bool compared = false;

    while (left && p->rc == RC_OK) {
        int prec = infix(p);

        if (prec <= floor)
            return left;
        if (prec != P_CMP) {
            left = binary(p, left, prec);
            continue;
        }
        if (compared) {
            p->rc =
                fx_fault_set(p->fault, RC_INVALID, "F200", p->t.at, p->t.length,
                             "Comparisons do not follow one another; join "
                             "them with and.");
            return NULL;
        }
        compared = true;
        left = comparison(p, left);
    }
    return NULL;
}

static struct fx_syn *parse(struct parser *p, int floor)
{
    struct fx_syn *s = NULL;

    if (enter(p))
        s = climb(p, floor);
    p->depth--;
    return p->rc == RC_OK ? s : NULL;
}

enum rc fx_parse(struct str source, size_t max_nodes, struct arena *a,
                 struct fx_syn **out, struct fx_fault *fault)
{
    struct parser p = {.lx = {.source = source, .arena = a},
                       .arena = a,
                       .fault = fault,
                       .max_nodes = max_nodes ? max_nodes : LIMIT_FX_NODES,
                       .rc = RC_OK};
    struct fx_syn *s;

    if (source.n > LIMIT_FX_BYTES)
        return fx_fault_set(fault, RC_LIMIT, "F204", 0, 0,
                            "An expression may have %d bytes; this one has "
                            "%zu.",
                            (int)LIMIT_FX_BYTES, source.n);
    advance(&p);
    if (p.rc == RC_OK && p.t.kind == FX_T_END)
        return fx_fault_set(fault, RC_INVALID, "F200", 0, 0,
                            "The expression is empty.");
    s = p.rc == RC_OK ? parse(&p, P_NONE) : NULL;
    if (s && p.t.kind != FX_T_END)
        unexpected(&p, p.t.kind == FX_T_NAME || p.t.kind == FX_T_TEXT ||
                               p.t.kind == FX_T_NUMBER
                           ? "an operator (such as and, =, ..)"
                           : "an operator");
    if (p.rc == RC_OK)
        *out = s;
    return p.rc;
}
