/*
 * fx_type - types: what fits what, names for messages, literals read as dates,
 * codes and ids where the other side asks for them.
 */
#include <stdarg.h>
#include <stdio.h>

#include "base/decimal.h"
#include "base/id.h"
#include "base/time.h"
#include "base/utf8.h"
#include "fx/fx_check.h"

bool fx_folds_ascii(const struct fx_node *a, const struct fx_node *b)
{
    return a->type.fold == FX_FOLD_ASCII || b->type.fold == FX_FOLD_ASCII;
}

enum rc fx_fold(const struct fx_node *n, struct str s, bool ascii,
                struct arena *a, struct str *out, struct err *err)
{
    struct str folded;

    if (!ascii)
        return utf8_fold(s, n->type.fold, a, out, err);
    folded = str_lower_ascii(a, s);
    if (!folded.p)
        return FAIL(err, RC_NOMEM, "There is not enough memory.");
    *out = folded;
    return RC_OK;
}

bool fx_is_number(const struct fx_type *t)
{
    return t->kind == FX_INT || t->kind == FX_DEC || t->kind == FX_MONEY ||
           t->kind == FX_FLOAT;
}

int fx_scale(const struct fx_type *t)
{
    return t->kind == FX_DEC || t->kind == FX_MONEY ? t->scale : 0;
}

struct fx_type fx_type_of(enum fx_kind kind)
{
    return (struct fx_type){.kind = kind};
}

struct fx_type fx_type_number(int scale)
{
    return scale ? (struct fx_type){.kind = FX_DEC, .scale = (uint8_t)scale}
                 : fx_type_of(FX_INT);
}

bool fx_type_fits(const struct fx_type *have, const struct fx_type *want)
{
    if (have->kind == FX_NULL)
        return true;
    if (want->kind == FX_DEC || want->kind == FX_MONEY ||
        want->kind == FX_FLOAT)
        return fx_is_number(have);
    if (want->kind == FX_TEXT)
        return have->kind == FX_TEXT || have->kind == FX_CHOICE;
    if (want->kind == FX_ANYREF)
        return have->kind == FX_REF || have->kind == FX_ANYREF;
    if (have->kind != want->kind)
        return false;
    if (want->kind == FX_CHOICE || want->kind == FX_REF)
        return !want->of || !have->of || want->of == have->of;
    if (want->kind == FX_LIST)
        return want->elem == have->elem;
    return true;
}

struct str fx_type_name(const struct fx_type *t, const struct fx_schema *schema,
                        struct arena *a)
{
    static const char *const NAMES[] = {[FX_NULL] = "null",
                                        [FX_TEXT] = "text",
                                        [FX_INT] = "whole number",
                                        [FX_DEC] = "decimal",
                                        [FX_MONEY] = "money",
                                        [FX_FLOAT] = "float",
                                        [FX_BOOL] = "true or false",
                                        [FX_DATE] = "date",
                                        [FX_INSTANT] = "date and time",
                                        [FX_TIME] = "time",
                                        [FX_DUR] = "duration",
                                        [FX_CHOICE] = "choice",
                                        [FX_REF] = "reference",
                                        [FX_ANYREF] = "reference to any entity",
                                        [FX_LIST] = "list",
                                        [FX_FILE] = "file"};

    if (t->kind == FX_REF && t->of && schema && schema->entity_name)
        return str_fmt(a, "reference to %.*s",
                       STR_ARG(schema->entity_name(schema->ctx, t->of)));
    return str_c(NAMES[t->kind]);
}

struct str fx_type_words(const struct fx_check *c, const struct fx_type *t)
{
    struct str s = fx_type_name(t, c->schema, c->arena);

    return s.p ? s : STR("value");
}

bool fx_is_literal_text(const struct fx_node *n)
{
    return n->op == FX_OP_CONST && n->type.kind == FX_TEXT &&
           n->u.constant.kind == V_TEXT;
}

bool fx_is_null(const struct fx_node *n)
{
    return n->op == FX_OP_CONST && n->u.constant.kind == V_NULL;
}

static const struct fx_node *retyped(struct fx_check *c,
                                     const struct fx_node *n,
                                     struct fx_type type, struct value v)
{
    const struct fx_syn s = {.at = n->at, .length = n->length};

    return fx_make_const(c, type, &s, v);
}

static struct str options_words(const struct fx_check *c,
                                const struct str *codes, size_t n)
{
    struct str list = STR("");

    for (size_t i = 0; i < n && i < 8; i++)
        list = str_fmt(c->arena, "%.*s%s%.*s", STR_ARG(list), i ? ", " : "",
                       STR_ARG(codes[i]));
    return list;
}

static const struct fx_node *literal_code(struct fx_check *c,
                                          const struct fx_node *n,
                                          const struct fx_type *want)
{
    struct str code = n->u.constant.u.s;
    const struct str *codes = NULL;
    size_t n_codes = c->schema && c->schema->options && want->of
                         ? c->schema->options(c->schema->ctx, want->of, &codes)
                         : 0;
    struct str near;

    for (size_t i = 0; i < n_codes; i++)
        if (str_eq(codes[i], code))
            return retyped(c, n, *want, n->u.constant);
    if (n_codes == 0)
        return retyped(c, n, *want, n->u.constant);
    near = str_nearest(code, codes, n_codes);
    if (near.n)
        return fx_refuse(c, "F211", n->at, n->length,
                         "There is no option \"%.*s\"; did you mean "
                         "\"%.*s\"?",
                         STR_ARG(str_sub(code, 0, 60)), STR_ARG(near));
    return fx_refuse(c, "F211", n->at, n->length,
                     "There is no option \"%.*s\"; the options are %.*s.",
                     STR_ARG(str_sub(code, 0, 60)),
                     STR_ARG(options_words(c, codes, n_codes)));
}

static bool parse_time(struct str s, int64_t *minutes)
{
    int64_t h, m;
    struct str rest = s, piece;

    if (s.n != 5 || s.p[2] != ':' || !str_split(&rest, ':', &piece) ||
        piece.p[0] < '0' || rest.n != 2 || rest.p[0] < '0' ||
        !str_to_i64(piece, &h) || !str_to_i64(rest, &m) || h > 23 || m > 59)
        return false;
    *minutes = h * 60 + m;
    return true;
}

/* A text in quotes where another type is wanted. */
static const struct fx_node *literal(struct fx_check *c,
                                     const struct fx_node *n,
                                     const struct fx_type *want)
{
    struct str s = n->u.constant.u.s, shown = str_sub(s, 0, 60);
    int64_t v;

    switch (want->kind) {
    case FX_CHOICE:
        return literal_code(c, n, want);
    case FX_REF:
    case FX_ANYREF:
        if (!id_parse(s, &v))
            return fx_refuse(c, "F212", n->at, n->length,
                             "\"%.*s\" is not an id; a reference compares "
                             "with an id in quotes, such as '%s'.",
                             STR_ARG(shown), "048jfym0004");
        return retyped(c, n, *want, value_ref(v));
    case FX_DATE:
        if (!date_parse(s, &v))
            return fx_refuse(c, "F212", n->at, n->length,
                             "\"%.*s\" is not a date; write it as "
                             "'2026-03-01'.",
                             STR_ARG(shown));
        return retyped(c, n, *want, value_date(v));
    case FX_INSTANT:
        if (!instant_parse(s, &v))
            return fx_refuse(c, "F212", n->at, n->length,
                             "\"%.*s\" is not a date and time; write it as "
                             "'2026-03-01T08:00:00Z'.",
                             STR_ARG(shown));
        return retyped(c, n, *want, value_instant(v));
    case FX_TIME:
        if (!parse_time(s, &v))
            return fx_refuse(c, "F212", n->at, n->length,
                             "\"%.*s\" is not a time; write it as '09:30'.",
                             STR_ARG(shown));
        return retyped(c, n, *want, (struct value){.kind = V_TIME, .u.i = v});
    case FX_NULL:
    case FX_TEXT:
    case FX_INT:
    case FX_DEC:
    case FX_MONEY:
    case FX_FLOAT:
    case FX_BOOL:
    case FX_DUR:
    case FX_LIST:
    case FX_FILE:
        break;
    }
    return n;
}

const struct fx_node *fx_cast(struct fx_check *c, const struct fx_node *n,
                              struct fx_type type)
{
    const struct fx_syn s = {.at = n->at, .length = n->length};

    if (fx_is_null(n))
        return retyped(c, n, type, VALUE_NULL);
    if (n->type.kind == FX_FLOAT && type.kind == FX_FLOAT)
        return n;
    /* Equal scales are equal integers; a money is read as its base amount. */
    if (n->type.kind != FX_FLOAT && type.kind != FX_FLOAT &&
        fx_scale(&n->type) == fx_scale(&type) &&
        (n->type.kind == type.kind ||
         (n->type.kind != FX_MONEY && type.kind != FX_MONEY &&
          n->op != FX_OP_CONST)))
        return n;
    return fx_make(c, FX_OP_CAST, type, &s, &n, 1);
}

static const struct fx_node *misfit(struct fx_check *c, const struct fx_node *n,
                                    const struct fx_type *want,
                                    const char *what)
{
    const char *remedy = "";

    if (fx_is_number(want) && n->type.kind == FX_TEXT)
        remedy = fx_is_literal_text(n) ? " Take the quotes off a number." : "";
    else if (want->kind == FX_TEXT && fx_is_number(&n->type))
        remedy = n->op == FX_OP_CONST ? " Put it in quotes."
                                      : " Use format() to make it text.";
    else if (want->kind == FX_TEXT &&
             (n->type.kind == FX_DATE || n->type.kind == FX_INSTANT ||
              n->type.kind == FX_TIME))
        remedy = " Use format() to make it text.";
    else if (want->kind == FX_BOOL)
        remedy = " Compare it with something, or use is not empty.";
    else if (want->kind == FX_INT && fx_is_number(&n->type))
        remedy = " Use round(), floor() or trunc().";
    else if (want->kind == FX_INSTANT && n->type.kind == FX_DATE)
        remedy = " now() is a date and time.";
    return fx_refuse(c, "F210", n->at, n->length, "%s %.*s; %.*s is %.*s.%s",
                     what, STR_ARG(fx_type_words(c, want)),
                     STR_ARG(fx_words(c, n)),
                     STR_ARG(fx_type_words(c, &n->type)), remedy);
}

/* if('a','b') where a choice is wanted: the texts inside are the codes. */
static const struct fx_node *fit_branches(struct fx_check *c,
                                          const struct fx_node *n,
                                          const struct fx_type *want,
                                          const char *what)
{
    const struct fx_syn s = {.at = n->at, .length = n->length};
    size_t first = n->op == FX_OP_IF ? 1 : 0;
    const struct fx_node **args =
        ARENA_ARRAY(c->arena, const struct fx_node *, n->n);

    if (!args)
        return fx_check_nomem(c);
    for (size_t i = 0; i < n->n; i++) {
        args[i] = i < first ? n->args[i] : fx_fit(c, n->args[i], want, what);
        if (!args[i])
            return NULL;
    }
    return fx_make(c, n->op, *want, &s, args, n->n);
}

const struct fx_node *fx_fit(struct fx_check *c, const struct fx_node *n,
                             const struct fx_type *want, const char *what)
{
    if (c->rc != RC_OK)
        return NULL;
    if (fx_is_null(n))
        return retyped(c, n, *want, VALUE_NULL);
    if (n->type.kind == FX_TEXT && want->kind != FX_TEXT) {
        if (fx_is_literal_text(n) && want->kind != FX_INT) {
            const struct fx_node *read = literal(c, n, want);

            if (read != n)
                return read;
        }
        if (n->op == FX_OP_IF || n->op == FX_OP_COALESCE)
            return fit_branches(c, n, want, what);
    }
    if (!fx_type_fits(&n->type, want))
        return misfit(c, n, want, what);
    if (fx_is_number(want))
        return fx_cast(c, n, *want);
    return n;
}

const struct fx_node *fx_as_date(struct fx_check *c, const struct fx_node *n,
                                 const char *what)
{
    const struct fx_type date = fx_type_of(FX_DATE);
    const struct fx_syn s = {.at = n->at, .length = n->length};

    if (n->type.kind == FX_INSTANT)
        return fx_make(c, FX_OP_LOCAL_DATE, date, &s, &n, 1);
    return fx_fit(c, n, &date, what);
}

/* --- one type for several ------------------------------------------------- */

static void *differ(struct fx_check *c, const struct fx_node *a,
                    const struct fx_node *b)
{
    const char *remedy = "";
    bool a_text = a->type.kind == FX_TEXT, b_text = b->type.kind == FX_TEXT;

    if ((a_text && fx_is_number(&b->type)) ||
        (b_text && fx_is_number(&a->type))) {
        const struct fx_node *text = a_text ? a : b;

        remedy = fx_is_literal_text(text) ? " Take the quotes off a number."
                                          : " Put the number in quotes.";
    } else if (a->type.kind == FX_CHOICE && b->type.kind == FX_CHOICE)
        remedy = " A choice compares only with its own options.";
    else if (a->type.kind == FX_CHOICE || b->type.kind == FX_CHOICE)
        remedy = " A choice compares with one of its options in quotes.";
    else if (a->type.kind == FX_REF || b->type.kind == FX_REF)
        remedy = " A reference compares with an id in quotes or a reference "
                 "to the same entity.";
    else if (a->type.kind == FX_LIST || b->type.kind == FX_LIST)
        remedy = " Use in: 'a' in tags.";
    return fx_refuse(
        c, "F210", b->at, b->length,
        "%.*s is %.*s and %.*s is %.*s; they do not go "
        "together.%s",
        STR_ARG(fx_words(c, a)), STR_ARG(fx_type_words(c, &a->type)),
        STR_ARG(fx_words(c, b)), STR_ARG(fx_type_words(c, &b->type)), remedy);
}

static struct fx_type number_of_both(const struct fx_type *a,
                                     const struct fx_type *b,
                                     enum fx_purpose purpose)
{
    int sa = fx_scale(a), sb = fx_scale(b);

    if (a->kind == FX_FLOAT || b->kind == FX_FLOAT)
        return fx_type_of(FX_FLOAT);
    /* The base amount: chosen it stays money, compared it is a number. */
    if (a->kind == FX_MONEY && (b->kind == FX_MONEY || purpose == FX_TO_CHOOSE))
        return *a;
    if (b->kind == FX_MONEY && purpose == FX_TO_CHOOSE)
        return *b;
    return fx_type_number(sa > sb ? sa : sb);
}

static bool combine(struct fx_type *t, const struct fx_node *n,
                    enum fx_purpose purpose)
{
    const struct fx_type *u = &n->type;

    if (fx_is_number(t) && fx_is_number(u)) {
        *t = number_of_both(t, u, purpose);
        return true;
    }
    if (purpose == FX_TO_COMPARE) {
        if ((t->kind == FX_INSTANT && u->kind == FX_DATE) ||
            (t->kind == FX_DATE && u->kind == FX_INSTANT)) {
            t->kind = FX_DATE;
            return true;
        }
        if ((t->kind == FX_ANYREF && u->kind == FX_REF) ||
            (t->kind == FX_REF && u->kind == FX_ANYREF)) {
            *t = fx_type_of(FX_ANYREF);
            return true;
        }
        if ((t->kind == FX_CHOICE && n->op == FX_OP_PARAM &&
             u->kind == FX_TEXT))
            return true;
    }
    if (t->kind != u->kind || t->kind == FX_LIST)
        return false;
    if (t->kind == FX_CHOICE || t->kind == FX_REF)
        return !t->of || !u->of || t->of == u->of;
    if (t->kind == FX_TEXT)
        t->fold = 0;
    return true;
}

/* The type that all but nulls and texts in quotes have. */
static bool common_type(struct fx_check *c, const struct fx_node **nodes,
                        size_t n, enum fx_purpose purpose, struct fx_type *type)
{
    const struct fx_node *first = NULL;
    struct fx_type t = fx_type_of(FX_NULL);
    bool has_text = false;

    for (size_t i = 0; i < n; i++) {
        if (fx_is_null(nodes[i]))
            continue;
        if (fx_is_literal_text(nodes[i])) {
            has_text = true;
            continue;
        }
        /* The field, not the parameter, says what is compared. */
        if (!first || (first->op == FX_OP_PARAM && t.kind == FX_TEXT &&
                       nodes[i]->type.kind == FX_CHOICE)) {
            first = nodes[i];
            t = first->type;
        } else if (!combine(&t, nodes[i], purpose)) {
            differ(c, first, nodes[i]);
            return false;
        }
    }
    if (!first && has_text)
        t = fx_type_of(FX_TEXT);
    *type = t;
    return true;
}

static const struct fx_node *unified(struct fx_check *c,
                                     const struct fx_node *n,
                                     const struct fx_type *t,
                                     const struct fx_node *other)
{
    const struct fx_node *read;

    if (fx_is_null(n))
        return retyped(c, n, *t, VALUE_NULL);
    if (fx_is_literal_text(n) && t->kind != FX_TEXT) {
        read = literal(c, n, t);
        return read == n ? differ(c, other, n) : read;
    }
    if (fx_is_number(t))
        return t->kind == FX_FLOAT || fx_scale(t) != fx_scale(&n->type) ||
                       (t->kind == FX_MONEY && n->type.kind != FX_MONEY)
                   ? fx_cast(c, n, *t)
                   : n;
    if (t->kind == FX_DATE && n->type.kind == FX_INSTANT)
        return fx_as_date(c, n, "");
    return n;
}

bool fx_unify(struct fx_check *c, const struct fx_node **nodes, size_t n,
              enum fx_purpose purpose, struct fx_type *type)
{
    struct fx_type t;
    int64_t day;

    if (c->rc != RC_OK || !common_type(c, nodes, n, purpose, &t))
        return false;
    /* A point in time beside a day: their local days are compared. */
    if (t.kind == FX_INSTANT && purpose == FX_TO_COMPARE)
        for (size_t i = 0; i < n; i++)
            if (fx_is_literal_text(nodes[i]) &&
                date_parse(nodes[i]->u.constant.u.s, &day))
                t.kind = FX_DATE;
    for (size_t i = 0; i < n; i++) {
        const struct fx_node *other = nodes[i];

        for (size_t k = 0; k < n && fx_is_literal_text(other); k++)
            if (!fx_is_null(nodes[k]))
                other = nodes[k];
        nodes[i] = unified(c, nodes[i], &t, other);
        if (!nodes[i])
            return false;
    }
    *type = t;
    return true;
}
