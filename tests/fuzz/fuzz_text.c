/*
 * Text at the door: UTF-8, decimals, dates, instants, ids, zone names and zone
 * files. The first byte says which; what is accepted must come back the same.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/decimal.h"
#include "base/id.h"
#include "base/time.h"
#include "base/tz.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void try_utf8(struct str s, struct arena *a)
{
    struct buf words;
    struct str key = STR_NONE;
    struct str again = STR_NONE;
    bool valid = utf8_invalid(s) < 0;

    must(utf8_count(utf8_head(s, 7)) <= 7 || !valid);
    buf_init(&words, 1 << 20);
    utf8_words(s, &words);
    must(utf8_invalid(buf_view(&words)) < 0);
    buf_release(&words);
    (void)utf8_slug(a, s);
    for (size_t points = 0; points <= 5; points += 5) {
        if (utf8_fold(s, points, a, &key, NULL) != RC_OK)
            return;
        must(utf8_invalid(key) < 0 || !valid);
        must(points == 0 || utf8_count(key) <= points);
        if (utf8_fold(key, points, a, &again, NULL) == RC_OK)
            must(!valid || str_eq(key, again));
    }
}

static void try_decimal(struct str s)
{
    for (int scale = 0; scale <= DECIMAL_MAX_SCALE; scale++) {
        char text[DECIMAL_TEXT_BYTES];
        int64_t v;
        int64_t back = 0;

        if (decimal_parse(s, scale, &v) != DECIMAL_OK)
            continue;
        must(decimal_parse(str_of(text, decimal_format(v, scale, text)), scale,
                           &back) == DECIMAL_OK &&
             back == v);
    }
}

static void try_time(struct str s)
{
    char day[11];
    char moment[25];
    struct str pattern = s;
    struct str text = STR_NONE;
    int64_t v;
    int64_t back = 0;

    if (date_parse(s, &v))
        must(str_eq(s, str_of(day, date_format(v, day))));
    if (instant_parse(s, &v))
        must(instant_parse(str_of(moment, instant_format(v, moment)), &back) &&
             back == v);
    if (str_split(&pattern, '\0', &text) &&
        date_parse_pattern(text, pattern, &v))
        must(v >= DATE_MIN && v <= DATE_MAX);
}

static void try_id(struct str s)
{
    char text[ID_TEXT_BYTES + 1];
    int64_t id;
    int64_t back = 0;

    if (!id_parse(s, &id))
        return;
    id_format(id, text);
    must(id > 0 && id <= ID_MAX && id_parse(str_c(text), &back) && back == id);
}

static void try_zone(const struct tz *tz)
{
    static const int64_t AT[] = {INSTANT_MIN, -1, 0, 1772348400000,
                                 INSTANT_MAX};

    for (size_t i = 0; i < sizeof AT / sizeof AT[0]; i++) {
        int32_t offset = tz_offset_ms(tz, AT[i]);

        must(offset <= 26 * 3600000 && offset >= -26 * 3600000);
        (void)tz_day_start(tz, tz_local_date(tz, AT[i]));
        (void)tz_spans(tz, AT[i], AT[i] + INT64_C(400) * 86400000, NULL, 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct tz_rule rule;
    const struct tz *tz = NULL;
    struct str s;

    if (size == 0)
        return 0;
    s = str_of((const char *)data + 1, size - 1);
    arena_init(&a, 16 << 20);
    switch (data[0] % 8) {
    case 0:
        try_utf8(s, &a);
        break;
    case 1:
        try_decimal(s);
        break;
    case 2:
        try_time(s);
        break;
    case 3:
        try_id(s);
        break;
    case 4:
        if (tz_from_file(STR("Fuzz"), s, &a, &tz, NULL) == RC_OK)
            try_zone(tz);
        break;
    case 5:
        if (tz_rule_parse(s, &rule))
            try_zone(&(struct tz){.has_rule = true, .rule = rule});
        break;
    default:
        if (tz_load(s, &a, &tz, NULL) == RC_OK)
            try_zone(tz);
        break;
    }
    arena_release(&a);
    return 0;
}
