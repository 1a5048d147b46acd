/*
 * infer_cell - see the header. Nothing here guesses between two readings: each
 * asks whether a cell can be read in one given way.
 */
#include "exchange/infer_cell.h"

#include "base/decimal.h"
#include "base/utf8.h"
#include "model/spec.h"

/* --- numbers ------------------------------------------------------------------ */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const struct {
    const char *sign, *code;
} SIGNS[] = {{"€", "EUR"}, {"$", "USD"}, {"£", "GBP"}, {"¥", "JPY"}};

static bool known_currency(struct str s, char out[4])
{
    char code[4] = "";
    size_t i;

    if (s.n != 3)
        return false;
    for (i = 0; i < 3; i++)
        code[i] = s.p[i];
    for (i = 0; i < 3; i++)
        if (code[i] < 'A' || code[i] > 'Z')
            return false;
    if (currency_scale(code) < 0)
        return false;
    memcpy(out, code, 4);
    return true;
}

/* A currency before or behind the digits is taken off. */
static struct str take_currency(struct str s, char out[4])
{
    size_t i;

    for (i = 0; i < sizeof SIGNS / sizeof SIGNS[0]; i++) {
        struct str sign = str_c(SIGNS[i].sign);

        if (str_starts(s, sign))
            s = str_sub(s, sign.n, s.n);
        else if (str_ends(s, sign))
            s = str_sub(s, 0, s.n - sign.n);
        else
            continue;
        memcpy(out, SIGNS[i].code, 4);
        return str_trim(s);
    }
    if (s.n > 4 && known_currency(str_sub(s, s.n - 3, 3), out))
        return str_trim(str_sub(s, 0, s.n - 3));
    if (s.n > 4 && known_currency(str_sub(s, 0, 3), out))
        return str_trim(str_sub(s, 3, s.n));
    return s;
}

/* Digits in groups of three behind the first mark. */
static bool take_whole(struct str s, char mark, struct infer_number *out)
{
    size_t i, since = 0;

    for (i = 0; i < s.n; i++) {
        bool space = s.p[i] == ' ' || s.p[i] == '\'';

        if (s.p[i] == mark || space) {
            if ((out->grouped && since != 3) || since == 0 || since > 3)
                return false;
            out->grouped = true;
            since = 0;
            continue;
        }
        if (!is_digit(s.p[i]) || out->n >= 20)
            return false;
        since++;
        out->text[out->n++] = s.p[i];
    }
    return since > 0 && (!out->grouped || since == 3);
}

bool infer_number(struct str s, enum infer_style style,
                  struct infer_number *out)
{
    char mark = style == STYLE_POINT ? ',' : '.';
    char point = style == STYLE_POINT ? '.' : ',';
    struct infer_number x = {.n = 0};
    struct str whole, part = STR("");
    ptrdiff_t at;
    size_t i;

    if (s.n > 40)
        return false;
    if (str_ends(s, STR("%"))) {
        x.percent = true;
        s = str_trim(str_sub(s, 0, s.n - 1));
    }
    s = take_currency(s, x.currency);
    if (s.n && (s.p[0] == '-' || s.p[0] == '+')) {
        if (s.p[0] == '-')
            x.text[x.n++] = '-';
        s = str_trim(str_sub(s, 1, s.n));
        s = x.currency[0] ? s : take_currency(s, x.currency);
    }
    at = str_chr(s, point);
    whole = at < 0 ? s : str_sub(s, 0, (size_t)at);
    if (at >= 0)
        part = str_sub(s, (size_t)at + 1, s.n);
    /* A zero in front is a code's: 0664, 00123. */
    if ((whole.n > 1 && whole.p[0] == '0') || (at >= 0 && !part.n) ||
        part.n > 9 || !take_whole(whole, mark, &x))
        return false;
    for (i = 0; i < part.n; i++)
        if (!is_digit(part.p[i]))
            return false;
    if (x.n + part.n > 16)
        return false; /* a number of an account, a card */
    if (part.n) {
        x.text[x.n++] = '.';
        memcpy(x.text + x.n, part.p, part.n);
        x.n += part.n;
    }
    x.scale = (int)part.n;
    *out = x;
    return true;
}

bool infer_is_comma(struct str s)
{
    struct infer_number x;

    return infer_number(s, STYLE_COMMA, &x) &&
           !infer_number(s, STYLE_POINT, &x);
}

/* --- words ------------------------------------------------------------------------ */

bool infer_bool(struct str s, bool *out)
{
    static const char *const YES[] = {"yes", "true", "ja", "y"};
    static const char *const NO[] = {"no", "false", "nein", "n"};
    char low[8];
    size_t i;

    if (s.n == 0 || s.n >= sizeof low)
        return false;
    for (i = 0; i < s.n; i++)
        low[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] + 32 : s.p[i]);
    for (i = 0; i < 4; i++) {
        if (str_eq(str_of(low, s.n), str_c(YES[i])) ||
            str_eq(str_of(low, s.n), str_c(NO[i]))) {
            *out = str_eq(str_of(low, s.n), str_c(YES[i]));
            return true;
        }
    }
    return false;
}

bool infer_email(struct str s)
{
    ptrdiff_t at = str_chr(s, '@'), dot;
    struct str host;
    size_t i;

    if (at <= 0 || s.n > 254)
        return false;
    host = str_sub(s, (size_t)at + 1, s.n);
    dot = str_chr(host, '.');
    for (i = 0; i < s.n; i++)
        if (s.p[i] == ' ' || s.p[i] == ',' || s.p[i] == ';' ||
            (s.p[i] == '@' && i != (size_t)at) || (unsigned char)s.p[i] > 126)
            return false;
    return dot > 0 && host.n > 3 && host.p[host.n - 1] != '.';
}

bool infer_url(struct str s)
{
    bool has_scheme =
        str_starts(s, STR("https://")) || str_starts(s, STR("http://"));

    return (has_scheme || str_starts(s, STR("www."))) && s.n > 10 &&
           str_chr(s, ' ') < 0 && str_chr(s, '.') > 0;
}

bool infer_phone(struct str s)
{
    size_t i, digits = 0;

    if (!str_starts(s, STR("+")) && !str_starts(s, STR("00")))
        return false;
    for (i = 0; i < s.n; i++) {
        if (is_digit(s.p[i]))
            digits++;
        else if (!(i == 0 && s.p[i] == '+') && s.p[i] != ' ' && s.p[i] != '-' &&
                 s.p[i] != '/' && s.p[i] != '(' && s.p[i] != ')' &&
                 s.p[i] != '.')
            return false;
    }
    return digits >= 8 && digits <= 15;
}

const char *infer_date_format(size_t i)
{
    static const char *const FORMATS[] = {"YYYY-MM-DD", "D.M.YYYY", "M/D/YYYY",
                                          "D/M/YYYY",   "YYYY/M/D", "D-M-YYYY",
                                          "D.M.YY",     "M/D/YY"};

    return i < sizeof FORMATS / sizeof FORMATS[0] ? FORMATS[i] : NULL;
}

/* --- names -------------------------------------------------------------------------- */

static const struct {
    const char *from, *to;
} LETTERS[] = {{"ä", "ae"}, {"ö", "oe"}, {"ü", "ue"}, {"Ä", "ae"},
               {"Ö", "oe"}, {"Ü", "ue"}, {"ß", "ss"}, {"é", "e"},
               {"è", "e"},  {"ê", "e"},  {"á", "a"},  {"à", "a"},
               {"â", "a"},  {"ç", "c"},  {"ñ", "n"},  {"ó", "o"},
               {"ô", "o"},  {"í", "i"},  {"ú", "u"},  {"å", "a"},
               {"ø", "o"},  {"æ", "ae"}, {"#", "no"}, {"%", "percent"}};

enum { NAME_MAX = 40 }; /* leaves room for _2 */

static size_t put(char *out, size_t n, const char *s)
{
    while (*s && n < NAME_MAX)
        out[n++] = *s++;
    return n;
}

struct str infer_name(struct arena *a, struct str words, struct str spare)
{
    char out[NAME_MAX + 8];
    size_t n = 0, i = 0, k;

    while (i < words.n && n < NAME_MAX) {
        char c = words.p[i];

        for (k = 0; k < sizeof LETTERS / sizeof LETTERS[0]; k++)
            if (str_starts(str_sub(words, i, words.n), str_c(LETTERS[k].from)))
                break;
        if (k < sizeof LETTERS / sizeof LETTERS[0]) {
            n = put(out, n, LETTERS[k].to);
            i += strlen(LETTERS[k].from);
            continue;
        }
        i++;
        if (c >= 'A' && c <= 'Z')
            c = (char)(c + 32);
        if ((c >= 'a' && c <= 'z') || (n > 0 && is_digit(c)))
            out[n++] = c;
        else if (n > 0 && out[n - 1] != '_')
            out[n++] = '_';
    }
    while (n > 0 && out[n - 1] == '_')
        n--;
    if (n == 0)
        return str_copy(a, spare);
    if (spec_reserved(str_of(out, n)))
        n = put(out, n, "_value");
    return str_copy(a, str_of(out, n));
}
