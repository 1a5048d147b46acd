/*
 * phone - a telephone number in E.164: "+4315551234".
 *
 * Spaces, dots, dashes, slashes and brackets fall away; 00 in front is read as
 * +. A number without a country needs country="AT" at the field, whose code
 * takes the place of the trunk 0.
 */
#include "model/field/common.h"

enum { PHONE_MIN_DIGITS = 7, PHONE_MAX_DIGITS = 15, PHONE_RAW_BYTES = 64 };

/* ITU-T E.164 country codes by ISO 3166-1; sorted. */
static const struct {
    char iso[3], code[4];
} COUNTRIES[] = {
    {"AE", "971"}, {"AR", "54"},  {"AT", "43"},  {"AU", "61"},  {"BE", "32"},
    {"BG", "359"}, {"BR", "55"},  {"CA", "1"},   {"CH", "41"},  {"CL", "56"},
    {"CN", "86"},  {"CO", "57"},  {"CZ", "420"}, {"DE", "49"},  {"DK", "45"},
    {"EE", "372"}, {"EG", "20"},  {"ES", "34"},  {"FI", "358"}, {"FR", "33"},
    {"GB", "44"},  {"GR", "30"},  {"HR", "385"}, {"HU", "36"},  {"IE", "353"},
    {"IL", "972"}, {"IN", "91"},  {"IS", "354"}, {"IT", "39"},  {"JP", "81"},
    {"KE", "254"}, {"KR", "82"},  {"LI", "423"}, {"LT", "370"}, {"LU", "352"},
    {"LV", "371"}, {"MT", "356"}, {"MX", "52"},  {"NG", "234"}, {"NL", "31"},
    {"NO", "47"},  {"NZ", "64"},  {"PH", "63"},  {"PK", "92"},  {"PL", "48"},
    {"PT", "351"}, {"RO", "40"},  {"RS", "381"}, {"SA", "966"}, {"SE", "46"},
    {"SG", "65"},  {"SI", "386"}, {"SK", "421"}, {"TH", "66"},  {"TR", "90"},
    {"UA", "380"}, {"US", "1"},   {"VN", "84"},  {"ZA", "27"},
};

static const char *country_code(struct str iso)
{
    size_t i;

    for (i = 0; i < sizeof COUNTRIES / sizeof COUNTRIES[0]; i++) {
        if (str_eq(iso, str_c(COUNTRIES[i].iso)))
            return COUNTRIES[i].code;
    }
    return NULL;
}

/* Digits of s into out; false for a character that no number has. */
static bool digits_of(struct str s, char *out, size_t *n)
{
    size_t i;

    *n = 0;
    for (i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (c >= '0' && c <= '9')
            out[(*n)++] = c;
        else if (c == '\0' || strchr(" .-/()\t", c) == NULL)
            return false;
    }
    return true;
}

static enum rc validate(const struct field_in *in, const struct field *f,
                        struct value *v)
{
    struct str s = str_trim(v->u.s);
    const char *code = country_code(f->country);
    char digits[PHONE_RAW_BYTES];
    struct str number = STR_NONE;
    size_t n = 0;
    bool plus;

    plus = s.n > 0 && s.p[0] == '+';
    if (plus)
        s = str_sub(s, 1, s.n);
    if (s.n < sizeof digits && digits_of(s, digits, &n) && n > 0) {
        if (!plus && n > 2 && digits[0] == '0' && digits[1] == '0')
            number = str_fmt(in->arena, "+%.*s", (int)(n - 2), digits + 2);
        else if (plus)
            number = str_fmt(in->arena, "+%.*s", (int)n, digits);
        else if (code != NULL)
            number = str_fmt(in->arena, "+%s%.*s", code,
                             (int)(digits[0] == '0' ? n - 1 : n),
                             digits[0] == '0' ? digits + 1 : digits);
        if (number.p == NULL && (plus || code != NULL))
            return RC_NOMEM;
    }
    if (number.p == NULL || number.n < PHONE_MIN_DIGITS + 1 ||
        number.n > PHONE_MAX_DIGITS + 1 || number.p[1] == '0')
        return field_reject(in, f, "invalid_phone",
                            "This is no telephone number; write it with its "
                            "country, as +43 1 5551234.");
    v->u.s = number;
    return RC_OK;
}

static const char *const ATTRIBUTES[] = {"country", NULL};
static const char *const OPERATORS[] = {"contains", "=",     "starts",
                                        "in",       "empty", NULL};

const struct field_type FIELD_TYPE_PHONE = {
    .name = "phone",
    .summary = "A telephone number, stored as +4315551234.",
    .traits = FIELD_SORTS | FIELD_SEARCHES | FIELD_HAS_KEY | FIELD_UNIQUES,
    .attributes = ATTRIBUTES,
    .operators = OPERATORS,
    .fx = text_fx,
    .columns = text_key_columns,
    .parse_json = text_parse_json,
    .parse_text = text_parse_text,
    .validate = validate,
    .write_json = text_write_json,
    .write_text = text_write_text,
    .store = text_key_store,
    .load = text_load,
};
