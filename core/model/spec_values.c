/* See spec_values.h. */
#include "model/spec_values.h"

#include "base/utf8.h"

enum { NAME_MAX_BYTES = 48, PACKAGE_PART_BYTES = 32, CODE_MAX_BYTES = 64 };

/* Words of fx and Lua: a name that is one could not be written in a rule. */
static const char *const RESERVED[] = {
    "and",
    "break",
    "do",
    "else",
    "elseif",
    "empty",
    "end",
    "false",
    "for",
    "function",
    "ge",
    "goto",
    "gt",
    "if",
    "in",
    "is",
    "le",
    "local",
    "lt",
    "ne",
    "nil",
    "not",
    "null",
    "or",
    "repeat",
    "return",
    "then",
    "true",
    "until",
    "where",
    "while",
    /* what every row of every engine has already */
    "cmax",
    "cmin",
    "ctid",
    "oid",
    "rowid",
    "tableoid",
    "xmax",
    "xmin",
};

bool spec_reserved(struct str name)
{
    size_t i;

    for (i = 0; i < sizeof RESERVED / sizeof RESERVED[0]; i++) {
        if (str_eq(name, str_c(RESERVED[i])))
            return true;
    }
    return false;
}

static bool name_byte(char c, bool first)
{
    return (c >= 'a' && c <= 'z') ||
           (!first && ((c >= '0' && c <= '9') || c == '_'));
}

static bool name_shape(struct str s, size_t most)
{
    size_t i;

    if (s.n == 0 || s.n > most || str_find(s, STR("__")) >= 0)
        return false;
    for (i = 0; i < s.n; i++) {
        if (!name_byte(s.p[i], i == 0))
            return false;
    }
    return true;
}

bool spec_is_name(struct str s)
{
    return name_shape(s, NAME_MAX_BYTES);
}

bool spec_is_package(struct str s)
{
    struct str rest = s, part;

    if (s.n == 0 || s.n > 64 || s.p[s.n - 1] == '.')
        return false;
    while (str_split(&rest, '.', &part)) {
        if (!name_shape(part, PACKAGE_PART_BYTES))
            return false;
    }
    return true;
}

bool spec_is_entity(struct str s)
{
    ptrdiff_t colon = str_chr(s, ':');

    if (colon < 0)
        return spec_is_name(s);
    return spec_is_package(str_sub(s, 0, (size_t)colon)) &&
           spec_is_name(str_sub(s, (size_t)colon + 1, s.n));
}

static bool code_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

bool spec_is_code(struct str s)
{
    size_t i;

    if (s.n == 0 || s.n > CODE_MAX_BYTES)
        return false;
    for (i = 0; i < s.n; i++) {
        if (!code_byte(s.p[i]))
            return false;
    }
    return true;
}

static bool is_path(struct str s)
{
    struct str rest = s, part;
    int n = 0;

    if (s.n == 0 || s.p[s.n - 1] == '.')
        return false;
    while (str_split(&rest, '.', &part)) {
        if (!spec_is_name(part) || ++n > 5)
            return false;
    }
    return true;
}

bool spec_version(struct str s, int out[3])
{
    struct str rest = s, part;
    int n = 0;
    int64_t v;

    out[0] = out[1] = out[2] = 0;
    if (s.n == 0 || s.p[s.n - 1] == '.')
        return false;
    while (str_split(&rest, '.', &part)) {
        if (n == 3 || part.n == 0 || part.p[0] == '+' || part.p[0] == '-' ||
            !str_to_i64(part, &v) || v > 1000000)
            return false;
        out[n++] = (int)v;
    }
    return n > 0;
}

static int version_cmp(const int a[3], const int b[3])
{
    int i;

    for (i = 0; i < 3; i++) {
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    }
    return 0;
}

bool spec_range_has(struct str range, const int have[3], bool *ok)
{
    struct str s = str_trim(range);
    ptrdiff_t dash = str_find(s, STR(" - "));
    int low[3], high[3];
    bool caret = s.n > 0 && s.p[0] == '^', tilde = s.n > 0 && s.p[0] == '~';

    *ok = true;
    if (dash >= 0) {
        *ok = spec_version(str_trim(str_sub(s, 0, (size_t)dash)), low) &&
              spec_version(str_trim(str_sub(s, (size_t)dash + 3, s.n)), high);
        return *ok && version_cmp(have, low) >= 0 &&
               version_cmp(have, high) <= 0;
    }
    if (caret || tilde)
        s = str_sub(s, 1, s.n);
    *ok = spec_version(s, low);
    if (!*ok)
        return false;
    if (!caret && !tilde)
        return version_cmp(have, low) == 0;
    if (version_cmp(have, low) < 0 || have[0] != low[0])
        return false;
    /* ^0.2 is as narrow as ~0.2: before 1.0 a minor may break */
    return (caret && low[0] > 0) || have[1] == low[1];
}

bool spec_size(struct str s, int64_t *bytes)
{
    static const struct {
        const char *unit;
        int64_t factor;
    } UNITS[] = {{"kB", 1024}, {"MB", 1024 * 1024}, {"B", 1}, {"", 1}};
    size_t digits = 0, i;
    int64_t n;

    while (digits < s.n && s.p[digits] >= '0' && s.p[digits] <= '9')
        digits++;
    if (digits == 0 || digits > 9 || !str_to_i64(str_sub(s, 0, digits), &n))
        return false;
    for (i = 0; i < sizeof UNITS / sizeof UNITS[0]; i++) {
        if (str_eq(str_sub(s, digits, s.n), str_c(UNITS[i].unit))) {
            *bytes = n * UNITS[i].factor;
            return true;
        }
    }
    return false;
}

static const char *enum_fault(const struct spec_attr *a, struct str v)
{
    size_t i;

    for (i = 0; a->values[i] != NULL; i++) {
        if (str_eq(v, str_c(a->values[i])))
            return NULL;
    }
    return "not one of its values";
}

static const char *names_fault(struct str v)
{
    struct str rest = v, word;
    int n = 0;

    while (str_word(&rest, &word)) {
        if (word.n > 1 && word.p[0] == '-')
            word = str_sub(word, 1, word.n);
        if (!is_path(word) && !spec_is_entity(word) && !spec_is_code(word))
            return "no list of names";
        n++;
    }
    return n == 0 ? "empty" : NULL;
}

static const char *file_fault(struct str v)
{
    return v.n == 0 || v.p[0] == '/' || str_find(v, STR("..")) >= 0 ||
                   str_chr(v, '\\') >= 0
               ? "no path inside the package"
               : NULL;
}

const char *spec_value_fault(const struct spec_attr *a, struct str v)
{
    int version[3] = {0, 0, 0};
    int64_t number;
    bool ok;

    switch (a->type) {
    case SPEC_NAME:
        if (spec_reserved(v))
            return "a word of fx or Lua";
        return spec_is_name(v) ? NULL
                               : "no name: a-z first, then a-z 0-9 and single "
                                 "_, at most 48";
    case SPEC_PACKAGE:
        return spec_is_package(v) ? NULL : "no package name, as acme.rental";
    case SPEC_ENTITY:
        return spec_is_entity(v) ? NULL : "no entity, as deal or crm:deal";
    case SPEC_PATH:
        return is_path(v) ? NULL : "no field or path, as account.city";
    case SPEC_NAMES:
        return names_fault(v);
    case SPEC_BOOL:
        return str_is(v, "true") || str_is(v, "false") ? NULL
                                                       : "not true or false";
    case SPEC_INT:
        return str_to_i64(v, &number) ? NULL : "no whole number";
    case SPEC_ENUM:
        return enum_fault(a, v);
    case SPEC_VERSION:
        return spec_version(v, version) ? NULL : "no version, as 1.4.0";
    case SPEC_RANGE:
        (void)spec_range_has(v, version, &ok);
        return ok ? NULL : "no version range, as ^1.2 or 1.0 - 2.0";
    case SPEC_ICON:
    case SPEC_CODE:
    case SPEC_COLOR:
        return spec_is_code(v) ? NULL
                               : "no code: letters, digits, _ - . and at most "
                                 "64";
    case SPEC_FILE:
        return file_fault(v);
    case SPEC_SIZE:
        return spec_size(v, &number) ? NULL : "no size, as 10MB";
    case SPEC_FX:
        return str_trim(v).n > 0 ? NULL : "empty; write an expression";
    case SPEC_TEXT:
    case SPEC_RAW:
        return NULL;
    }
    return NULL;
}
