/*
 * check - see the header. First the compiler; what it accepts is then read
 * once more, token by token with the scopes of locals, for names that nothing
 * declares and functions that no module has. Where exactness would need a
 * parser the reading errs towards saying nothing: the names of `local x = x`
 * hold from their own expression on, those of a repeat also after it.
 */
#include "script/check.h"

#include "base/vec.h"
#include "script/sandbox.h"

enum { FINDINGS_MAX = 100, MESSAGE_BYTES = 400 };

enum token_kind { END, NAME, KEYWORD, VALUE, SYMBOL };

struct token {
    enum token_kind kind;
    struct str text;
    int line, column;
};

struct reader {
    struct str text;
    size_t at;
    int line;
    size_t line_begin;
    struct token last, now, next;
    struct arena *arena;
    const struct script_module *const *modules;
    VEC(struct str) locals;
    VEC(size_t) scopes; /* how many locals there were at each begin */
    VEC(char) brackets; /* ( [ {                                     */
    struct buf *out;
    uint32_t found;
};

static const char *const KEYWORDS[] = {
    "and",      "break",  "do",   "else", "elseif", "end",  "false", "for",
    "function", "goto",   "if",   "in",   "local",  "nil",  "not",   "or",
    "repeat",   "return", "then", "true", "until",  "while"};

static void add(struct reader *r, int line, int column, bool is_error,
                struct str message)
{
    struct script_pair pairs[] = {{STR_INIT("line"), script_int(line)},
                                  {STR_INIT("column"), script_int(column)},
                                  {STR_INIT("error"), script_bool(is_error)},
                                  {STR_INIT("message"), script_text(message)}};
    struct script_value v = {.kind = SCRIPT_MAP, .u.map = {pairs, 4}};

    if (r->found >= FINDINGS_MAX)
        return;
    r->found++;
    script_encode(r->out, &v);
}

/* --- tokens -------------------------------------------------------------------------------- */

static bool is_name_byte(char c, bool first)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (!first && c >= '0' && c <= '9');
}

static char peek(const struct reader *r, size_t ahead)
{
    return r->at + ahead < r->text.n ? r->text.p[r->at + ahead] : '\0';
}

static void advance(struct reader *r, size_t n)
{
    for (; n > 0 && r->at < r->text.n; n--)
        if (r->text.p[r->at++] == '\n') {
            r->line++;
            r->line_begin = r->at;
        }
}

/* [[ ... ]] or [==[ ... ]==] at `at`; false when there is none. */
static bool skip_long(struct reader *r)
{
    size_t level = 0;

    if (peek(r, 0) != '[')
        return false;
    while (peek(r, level + 1) == '=')
        level++;
    if (peek(r, level + 1) != '[')
        return false;
    advance(r, level + 2);
    while (r->at < r->text.n) {
        size_t n = 0;

        if (peek(r, 0) == ']') {
            while (n < level && peek(r, n + 1) == '=')
                n++;
            if (n == level && peek(r, n + 1) == ']') {
                advance(r, level + 2);
                return true;
            }
        }
        advance(r, 1);
    }
    return true;
}

static void skip_space(struct reader *r)
{
    while (r->at < r->text.n) {
        char c = peek(r, 0);

        if (c == ' ' || (c >= '\t' && c <= '\r')) {
            advance(r, 1);
        } else if (c == '-' && peek(r, 1) == '-') {
            advance(r, 2);
            if (!skip_long(r))
                while (r->at < r->text.n && peek(r, 0) != '\n')
                    advance(r, 1);
        } else {
            return;
        }
    }
}

static void skip_quoted(struct reader *r, char quote)
{
    advance(r, 1);
    while (r->at < r->text.n && peek(r, 0) != quote)
        advance(r, peek(r, 0) == '\\' ? 2 : 1);
    advance(r, 1);
}

static bool is_keyword(struct str s)
{
    for (size_t i = 0; i < sizeof KEYWORDS / sizeof KEYWORDS[0]; i++)
        if (str_eq(s, str_c(KEYWORDS[i])))
            return true;
    return false;
}

static struct token read_token(struct reader *r)
{
    struct token t = {.kind = END};
    size_t begin;
    char c;

    skip_space(r);
    t.line = r->line;
    t.column = (int)(r->at - r->line_begin) + 1;
    begin = r->at;
    if (r->at >= r->text.n)
        return t;
    c = peek(r, 0);
    t.kind = SYMBOL;
    if (is_name_byte(c, true)) {
        while (is_name_byte(peek(r, 0), false))
            advance(r, 1);
        t.kind = is_keyword(str_of(r->text.p + begin, r->at - begin)) ? KEYWORD
                                                                      : NAME;
    } else if ((c >= '0' && c <= '9') ||
               (c == '.' && peek(r, 1) >= '0' && peek(r, 1) <= '9')) {
        t.kind = VALUE;
        while (is_name_byte(peek(r, 0), false) || peek(r, 0) == '.' ||
               ((peek(r, 0) == '-' || peek(r, 0) == '+') &&
                strchr("eEpP", r->text.p[r->at - 1])))
            advance(r, 1);
    } else if (c == '"' || c == '\'') {
        t.kind = VALUE;
        skip_quoted(r, c);
    } else if (skip_long(r)) {
        t.kind = VALUE;
    } else {
        static const char *const TWO[] = {
            "...", "..", "::", "==", "~=", "<=", ">=", "//", "<<", ">>"};
        size_t n = 1;

        for (size_t i = 0; i < sizeof TWO / sizeof TWO[0] && n == 1; i++)
            if (str_starts(str_sub(r->text, r->at, 3), str_c(TWO[i])))
                n = strlen(TWO[i]);
        advance(r, n);
    }
    t.text = str_of(r->text.p + begin, r->at - begin);
    return t;
}

static void shift(struct reader *r)
{
    r->last = r->now;
    r->now = r->next;
    r->next = read_token(r);
}

static bool is(const struct token *t, const char *text)
{
    return (t->kind == SYMBOL || t->kind == KEYWORD) &&
           str_eq(t->text, str_c(text));
}

/* --- scopes --------------------------------------------------------------------------------- */

static void open_scope(struct reader *r)
{
    size_t n = r->locals.n;

    (void)VEC_PUSH(r->arena, &r->scopes, n); /* without memory it says less */
}

static void close_scope(struct reader *r)
{
    if (r->scopes.n > 0)
        r->locals.n = r->scopes.v[--r->scopes.n];
}

static void declare(struct reader *r, struct str name)
{
    (void)VEC_PUSH(r->arena, &r->locals, name);
}

static bool is_local(const struct reader *r, struct str name)
{
    for (size_t i = r->locals.n; i > 0; i--)
        if (str_eq(r->locals.v[i - 1], name))
            return true;
    return false;
}

/* Names up to something else: a, b <const>, c. */
static void declare_names(struct reader *r)
{
    while (r->now.kind == NAME) {
        declare(r, r->now.text);
        shift(r);
        if (is(&r->now, "<")) { /* <const> */
            shift(r);
            shift(r);
            shift(r);
        }
        if (!is(&r->now, ","))
            return;
        shift(r);
    }
}

/* --- names ------------------------------------------------------------------------------------ */

static const char *bare(const struct script_fn *fn)
{
    const char *dot = strchr(fn->name, '.');

    return dot ? dot + 1 : fn->name;
}

static size_t known_names(const struct reader *r, struct str *out, size_t max)
{
    size_t n = 0;

    for (const struct script_module *const *m = r->modules; *m; m++) {
        if ((*m)->name[0] != '\0' && n < max)
            out[n++] = str_c((*m)->name);
        for (size_t i = 0; (*m)->name[0] == '\0' && i < (*m)->n && n < max; i++)
            out[n++] = str_c((*m)->fns[i].name);
    }
    if (n + 2 <= max) {
        out[n++] = STR("_G");
        out[n++] = STR("_VERSION");
    }
    return n;
}

static void unknown(struct reader *r, const struct token *t,
                    const struct str *names, size_t n, struct str where)
{
    struct str near = str_nearest(t->text, names, n);
    char message[MESSAGE_BYTES];
    int length;

    if (where.n > 0)
        length = snprintf(message, sizeof message,
                          "\"%.*s\" has no function \"%.*s\"", STR_ARG(where),
                          (int)(t->text.n < 60 ? t->text.n : 60), t->text.p);
    else
        length = snprintf(message, sizeof message,
                          "\"%.*s\" is not declared: write `local %.*s`",
                          (int)(t->text.n < 60 ? t->text.n : 60), t->text.p,
                          (int)(t->text.n < 60 ? t->text.n : 60), t->text.p);
    length += snprintf(message + length, sizeof message - (size_t)length,
                       near.n > 0 ? "; did you mean \"%.*s\"?" : ".%.*s",
                       STR_ARG(near));
    add(r, t->line, t->column, false, str_of(message, (size_t)length));
}

/* text.trimm: now is the module, next is '.'. */
static void check_member(struct reader *r)
{
    const struct script_module *m = NULL;
    struct str names[64];
    size_t n = 0;

    for (const struct script_module *const *all = r->modules; *all; all++)
        if ((*all)->name[0] != '\0' && str_eq(r->now.text, str_c((*all)->name)))
            m = *all;
    if (!m || m->open || !is(&r->next, "."))
        return;
    shift(r);
    shift(r);
    if (r->now.kind != NAME)
        return;
    for (size_t i = 0; i < m->n && n < 64; i++)
        names[n++] = str_c(bare(&m->fns[i]));
    for (size_t i = 0; i < n; i++)
        if (str_eq(names[i], r->now.text))
            return;
    unknown(r, &r->now, names, n, str_c(m->name));
}

static void check_name(struct reader *r)
{
    struct str names[128];
    size_t n;
    char inner = r->brackets.n > 0 ? r->brackets.v[r->brackets.n - 1] : '\0';

    if (is(&r->last, ".") || is(&r->last, ":"))
        return;
    if (inner == '{' && is(&r->next, "=") &&
        (is(&r->last, "{") || is(&r->last, ",") || is(&r->last, ";")))
        return; /* {name = value} */
    if (is_local(r, r->now.text))
        return;
    n = known_names(r, names, 128);
    for (size_t i = 0; i < n; i++)
        if (str_eq(names[i], r->now.text)) {
            check_member(r);
            return;
        }
    unknown(r, &r->now, names, n, STR_NONE);
}

static void read_one(struct reader *r);

/* --- statements -------------------------------------------------------------------------------- */

/* After `function`: an optional name, the parameters. */
static void begin_function(struct reader *r, bool is_local_name)
{
    bool method = false;

    shift(r);
    if (r->now.kind == NAME) {
        if (is_local_name)
            declare(r, r->now.text);
        else
            check_name(r);
        while (!is(&r->now, "(") && r->now.kind != END) {
            method = method || is(&r->now, ":");
            shift(r);
        }
    }
    open_scope(r);
    if (method)
        declare(r, STR("self"));
    shift(r); /* ( */
    declare_names(r);
    while (!is(&r->now, ")") && r->now.kind != END)
        shift(r);
}

/* `for a, b in` or `for i =`: the names hold from `do` on. */
static void begin_for(struct reader *r)
{
    VEC(struct str) names = {0};

    shift(r);
    while (r->now.kind == NAME || is(&r->now, ",")) {
        if (r->now.kind == NAME) {
            struct str name = r->now.text;

            (void)VEC_PUSH(r->arena, &names, name);
        }
        shift(r);
    }
    shift(r); /* in, = */
    while (!is(&r->now, "do") && r->now.kind != END) {
        /* An expression; a function in it has its own end. */
        if (is(&r->now, "function")) {
            size_t depth = r->scopes.n;

            begin_function(r, false);
            shift(r);
            while (r->scopes.n > depth && r->now.kind != END)
                read_one(r);
            continue;
        }
        read_one(r);
    }
    open_scope(r);
    for (size_t i = 0; i < names.n; i++)
        declare(r, names.v[i]);
    shift(r);
}

static void read_keyword(struct reader *r)
{
    if (is(&r->now, "function")) {
        begin_function(r, false);
    } else if (is(&r->now, "local")) {
        shift(r);
        if (is(&r->now, "function")) {
            begin_function(r, true);
        } else {
            declare_names(r);
            return; /* now is what follows the names */
        }
    } else if (is(&r->now, "for")) {
        begin_for(r);
        return;
    } else if (is(&r->now, "do") || is(&r->now, "then") ||
               is(&r->now, "repeat")) {
        open_scope(r);
    } else if (is(&r->now, "else")) {
        close_scope(r);
        open_scope(r);
    } else if (is(&r->now, "elseif") || is(&r->now, "end")) {
        close_scope(r);
    } else if (is(&r->now, "until")) {
        if (r->scopes.n > 0)
            r->scopes.n--; /* its locals stay */
    } else if (is(&r->now, "goto")) {
        shift(r);
    }
    shift(r);
}

/* One token, or what belongs to it. */
static void read_one(struct reader *r)
{
    if (r->now.kind == KEYWORD) {
        read_keyword(r);
        return;
    }
    if (r->now.kind == NAME) {
        check_name(r);
    } else if (is(&r->now, "::")) {
        shift(r);
        shift(r);
    } else if (r->now.kind == SYMBOL && r->now.text.n == 1 &&
               strchr("([{", r->now.text.p[0])) {
        char c = r->now.text.p[0];

        (void)VEC_PUSH(r->arena, &r->brackets, c);
    } else if (r->now.kind == SYMBOL && r->now.text.n == 1 &&
               strchr(")]}", r->now.text.p[0]) && r->brackets.n > 0) {
        r->brackets.n--;
    }
    shift(r);
}

/* --- the compiler's word -------------------------------------------------------------------------- */

/* Where on its line the token stands that the message names; 0 unknown. */
static int column_of(struct str text, int line, struct str message)
{
    ptrdiff_t near = str_find(message, STR("near '"));
    struct str rest = text;
    struct str row = STR_NONE;
    struct str word;
    ptrdiff_t at;

    if (near < 0)
        return 0;
    word = str_sub(message, (size_t)near + 6, message.n);
    if (word.n < 2)
        return 0;
    word.n--;
    for (int i = 0; i < line; i++)
        if (!str_split(&rest, '\n', &row))
            return 0;
    at = str_find(row, word);
    return at < 0 ? 0 : (int)at + 1;
}

void check_source(const struct script_source *source,
                  const struct script_module *const *modules, struct arena *a,
                  struct buf *findings)
{
    struct wire_run job = {.limits = script_limits_of(SCRIPT_ACTION, 0)};
    struct sandbox s = {.modules = modules, .job = &job};
    struct script_problem problem;
    size_t count_at = findings->n + 1;
    struct reader r = {.text = source->text,
                       .line = 1,
                       .arena = a,
                       .modules = modules,
                       .out = findings};

    buf_addc(findings, SCRIPT_LIST);
    wire_put_u32(findings, 0);
    if (!sandbox_compile(&s, source, a, &problem)) {
        add(&r, problem.line ? problem.line : 1,
            column_of(source->text, problem.line, problem.message), true,
            problem.message);
    } else {
        shift(&r);
        shift(&r);
        while (r.now.kind != END)
            read_one(&r);
    }
    if (!findings->failed)
        for (size_t i = 0; i < 4; i++)
            findings->p[count_at + i] = (char)(r.found >> (8 * i) & 0xff);
}
