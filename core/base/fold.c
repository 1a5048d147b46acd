/*
 * fold - the key by which text is compared, sorted and searched; utf8.h has
 * the contract. The only user of utf8proc.
 *
 * A point is case folded and decomposed (NFKD), what that leaves is mapped by
 * the short table EXTRA (letters that Unicode does not take apart), and marks
 * and invisible points are dropped. "Marks" are the accents, the points of
 * Hebrew and Arabic, and the like; vowel signs of Indic scripts, of Thai, and
 * the voicing of kana are letters of a word to those who read it, so they
 * stay, put into canonical order. Folding what is folded changes nothing.
 *
 * A change of what comes out needs a new FOLD_VERSION, because stored keys
 * and indexes were made with the old.
 *
 * Cost: ASCII about 1 ns a byte; other scripts tens of ns a point.
 */
#include "base/utf8.h"

#include <utf8proc.h>

#include "base/arena.h"
#include "base/buf.h"

enum {
    PARTS = 32,            /* points one point may become (18: U+FDFA)     */
    EXPANSION = 2 * PARTS, /* and after EXTRA                            */
    MARKS_SORTED = 32      /* marks after a letter that are put in order: what
                         real text needs; a longer run stays as it comes  */
};

enum { FIRST_MARK = 0x300 }; /* no point below combines */

/* The shortest way to one space for every white space. */
static bool is_space(int32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xA0 ||
           c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
           c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

struct range {
    int32_t first, last;
};

static bool in_ranges(int32_t c, const struct range *ranges, size_t n)
{
    if (c < ranges[0].first || c > ranges[n - 1].last)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (c <= ranges[i].last)
            return c >= ranges[i].first;
    }
    return false;
}

/* Marks that a reader takes for decoration of the letter before. Sorted. */
static const struct range ACCENTS[] = {
    {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x05BF, 0x05BF},
    {0x05C1, 0x05C2}, {0x05C4, 0x05C5}, {0x05C7, 0x05C7}, {0x0610, 0x061A},
    {0x064B, 0x065F}, {0x0670, 0x0670}, {0x06D6, 0x06DC}, {0x06DF, 0x06E4},
    {0x06E7, 0x06E8}, {0x06EA, 0x06ED}, {0x08D3, 0x08E1}, {0x08E3, 0x08FF},
    {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x20D0, 0x20F0}, {0xFB1E, 0xFB1E},
    {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F},
};

/* Scripts written without spaces, where one character is a word. Sorted. */
static const struct range CJK[] = {
    {0x2E80, 0x2FDF}, {0x3005, 0x3007}, {0x3021, 0x3029},   {0x3031, 0x3035},
    {0x3038, 0x303C}, {0x3041, 0x3096}, {0x309D, 0x309F},   {0x30A1, 0x30FA},
    {0x30FC, 0x312F}, {0x31A0, 0x31BF}, {0x31F0, 0x31FF},   {0x3400, 0x4DBF},
    {0x4E00, 0x9FFF}, {0xF900, 0xFAFF}, {0x1AFF0, 0x1B16F}, {0x20000, 0x3FFFD},
};

#define IN(c, table) in_ranges((c), (table), sizeof(table) / sizeof(table)[0])

/* Letters that Unicode holds for whole and people type without the stroke or
   the ligature. In lower case: they meet this table case folded. */
static const struct extra {
    int32_t from;
    char to[3];
} EXTRA[] = {
    {0x00E6, "ae"}, // ae ligature
    {0x00F0, "d"},  // eth
    {0x00F8, "o"},  // o with stroke
    {0x00FE, "th"}, // thorn
    {0x0111, "d"},  // d with stroke
    {0x0127, "h"},  // h with stroke
    {0x0131, "i"},  // dotless i
    {0x0142, "l"},  // l with stroke
    {0x0153, "oe"}, // oe ligature
    {0x0167, "t"},  // t with stroke
};

static const struct extra *find_extra(int32_t c)
{
    const size_t n = sizeof EXTRA / sizeof EXTRA[0];

    if (c < EXTRA[0].from || c > EXTRA[n - 1].from)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        if (EXTRA[i].from == c)
            return &EXTRA[i];
    }
    return NULL;
}

/* Fold one point that is not ASCII into `out`; answers how many points. */
static size_t fold_point(int32_t c, int32_t out[EXPANSION])
{
    const utf8proc_option_t how = UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT |
                                  UTF8PROC_CASEFOLD | UTF8PROC_IGNORE;
    int32_t parts[PARTS];
    int boundclass = 0;
    size_t n = 0;
    utf8proc_ssize_t got;

    got = utf8proc_decompose_char(c, parts, PARTS, how, &boundclass);
    if (got < 0 || got > PARTS) { // no such point in its tables
        parts[0] = 0xFFFD;
        got = 1;
    }
    for (utf8proc_ssize_t i = 0; i < got; i++) {
        const struct extra *extra = find_extra(parts[i]);

        if (extra != NULL) {
            for (const char *p = extra->to; *p != '\0'; p++)
                out[n++] = (unsigned char)*p;
        } else if (!IN(parts[i], ACCENTS)) {
            out[n++] = is_space(parts[i]) ? ' ' : parts[i];
        }
    }
    return n;
}

/* --- a stream of folded points --------------------------------------- */

/*
 * Points go in as they are folded and come out in canonical order, one at a
 * time, through `emit`. Only marks wait, for those that follow them.
 */
struct folder {
    void (*emit)(void *arg, int32_t c);
    void *arg;
    int32_t marks[MARKS_SORTED];
    uint8_t classes[MARKS_SORTED];
    size_t n;
};

static void folder_flush(struct folder *f)
{
    for (size_t i = 0; i < f->n; i++)
        f->emit(f->arg, f->marks[i]);
    f->n = 0;
}

static void folder_push(struct folder *f, int32_t c)
{
    int class = 0;
    size_t at;

    if (c >= FIRST_MARK)
        class = utf8proc_get_property(c)->combining_class;
    if (class == 0 || f->n == MARKS_SORTED)
        folder_flush(f);
    if (class == 0) {
        f->emit(f->arg, c);
        return;
    }
    for (at = f->n; at > 0 && f->classes[at - 1] > class; at--) {
        f->marks[at] = f->marks[at - 1];
        f->classes[at] = f->classes[at - 1];
    }
    f->marks[at] = c;
    f->classes[at] = (uint8_t) class;
    f->n++;
}

static void folder_run(struct folder *f, struct str s)
{
    int32_t points[EXPANSION];
    size_t at = 0;
    int32_t c;

    while ((c = utf8_next(s, &at)) >= 0) {
        if (c < 0x80) {
            folder_flush(f);
            if (c >= 'A' && c <= 'Z')
                c += 'a' - 'A';
            f->emit(f->arg, is_space(c) ? ' ' : c);
            continue;
        }
        for (size_t i = 0, n = fold_point(c, points); i < n; i++)
            folder_push(f, points[i]);
    }
    folder_flush(f);
}

/* --- keys ------------------------------------------------------------ */

/* Where a key goes: spaces are squeezed and trimmed on the way. With p NULL
   only the length is found. */
struct key {
    char *p;
    size_t n;      /* bytes                            */
    size_t points; /* written                          */
    size_t most;   /* points at most; SIZE_MAX: no cut */
    bool space;    /* seen and owed                    */
};

static void key_put(struct key *k, int32_t c)
{
    char bytes[4];
    size_t n;

    if (k->points >= k->most)
        return;
    n = utf8_encode((uint32_t)c, bytes);
    if (k->p != NULL)
        memcpy(k->p + k->n, bytes, n);
    k->n += n;
    k->points++;
}

static void key_emit(void *arg, int32_t c)
{
    struct key *k = arg;

    if (c == ' ') {
        k->space = k->n > 0;
        return;
    }
    // an owed space as the last point of the cut would need trimming
    if (k->space && k->points + 1 >= k->most) {
        k->most = k->points;
        return;
    }
    if (k->space)
        key_put(k, ' ');
    k->space = false;
    key_put(k, c);
}

static void key_run(struct key *k, struct str s)
{
    struct folder f = {.emit = key_emit, .arg = k};

    folder_run(&f, s);
}

static bool is_ascii(struct str s)
{
    size_t at = 0;
    uint8_t high = 0;

    for (; s.n - at >= 8; at += 8) {
        uint64_t eight;

        memcpy(&eight, s.p + at, sizeof eight);
        if ((eight & UINT64_C(0x8080808080808080)) != 0)
            return false;
    }
    for (; at < s.n; at++)
        high |= (uint8_t)s.p[at];
    return high < 0x80;
}

/* ASCII is points and bytes in one, and folds in place of a copy. Writes at
   most min(s.n, most) bytes; answers how many. */
static size_t fold_ascii(struct str s, size_t most, char *out)
{
    size_t n = 0;
    bool space = false;

    for (size_t i = 0; i < s.n && n < most; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c == ' ' || (c >= '\t' && c <= '\r')) {
            space = n > 0;
            continue;
        }
        if (space) {
            if (n + 1 >= most)
                break;
            out[n++] = ' ';
            space = false;
        }
        out[n++] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    return n;
}

static enum rc no_memory(struct err *err)
{
    return FAIL(err, RC_NOMEM, "There is no memory left to fold a text.");
}

/* A key that fits on the stack: the columns' case, in one pass. */
static enum rc fold_short(struct str s, size_t most, struct arena *a,
                          struct str *out, struct err *err)
{
    char bytes[4 * FOLD_POINTS];
    struct key key = {.p = bytes, .most = most};
    char *p;

    key_run(&key, s);
    p = arena_dup(a, bytes, key.n);
    if (p == NULL)
        return no_memory(err);
    *out = str_of(p, key.n);
    return RC_OK;
}

/* Of any length: once to measure, once to write. */
static enum rc fold_long(struct str s, size_t most, struct arena *a,
                         struct str *out, struct err *err)
{
    struct key measure = {.most = most};
    struct key key = {.most = most};

    key_run(&measure, s);
    key.p = arena_alloc(a, measure.n);
    if (key.p == NULL)
        return no_memory(err);
    key_run(&key, s);
    *out = str_of(key.p, key.n);
    return RC_OK;
}

enum rc utf8_fold(struct str s, size_t max_points, struct arena *a,
                  struct str *out, struct err *err)
{
    size_t most = max_points > 0 ? max_points : SIZE_MAX;
    char *p;

    if (s.n == 0) {
        *out = STR("");
        return RC_OK;
    }
    if (is_ascii(s)) {
        p = arena_alloc(a, s.n < most ? s.n : most);
        if (p == NULL)
            return no_memory(err);
        *out = str_of(p, fold_ascii(s, most, p));
        return RC_OK;
    }

    return most <= FOLD_POINTS ? fold_short(s, most, a, out, err)
                               : fold_long(s, most, a, out, err);
}

/* --- words ----------------------------------------------------------- */

enum part { PART_NONE, PART_WORD, PART_ALONE, PART_JOIN };

#define BIT(category) (UINT32_C(1) << UTF8PROC_CATEGORY_##category)

/* What a folded point does in a list of words. */
static enum part part_of(int32_t c)
{
    const uint32_t letters = BIT(LU) | BIT(LL) | BIT(LT) | BIT(LM) | BIT(LO);
    const uint32_t numbers = BIT(ND) | BIT(NL) | BIT(NO);
    const uint32_t marks = BIT(MN) | BIT(MC) | BIT(ME);
    uint32_t category;

    if (c < 0x80)
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? PART_WORD
                                                                : PART_NONE;
    if (IN(c, CJK))
        return PART_ALONE;
    category = UINT32_C(1) << utf8proc_category(c);
    if ((category & (letters | numbers)) != 0)
        return PART_WORD;
    return (category & marks) != 0 ? PART_JOIN : PART_NONE;
}

struct words {
    struct buf *b;
    enum part last;
};

static void words_emit(void *arg, int32_t c)
{
    struct words *w = arg;
    enum part part = part_of(c);
    bool starts;

    if (part == PART_JOIN) { // a mark belongs to what it follows, if a word
        if (w->last != PART_NONE)
            utf8_append(w->b, (uint32_t)c);
        return;
    }
    starts = part == PART_ALONE || (part == PART_WORD && w->last != PART_WORD);
    if (starts && w->b->n > 0 && w->b->p[w->b->n - 1] != ' ')
        buf_addc(w->b, ' ');
    if (part != PART_NONE)
        utf8_append(w->b, (uint32_t)c);
    w->last = part;
}

void utf8_words(struct str s, struct buf *b)
{
    struct words w = {.b = b, .last = PART_NONE};
    struct folder f = {.emit = words_emit, .arg = &w};

    folder_run(&f, s);
}

/* --- slugs ----------------------------------------------------------- */

struct str utf8_slug(struct arena *a, struct str s)
{
    struct str folded;
    char *p;
    size_t n = 0;
    bool dash = false;

    if (utf8_fold(s, 0, a, &folded, NULL) != RC_OK)
        return STR_NONE;
    if (folded.n == 0)
        return STR("");
    p = arena_alloc(a, folded.n);
    if (p == NULL)
        return STR_NONE;
    for (size_t i = 0; i < folded.n; i++) {
        char c = folded.p[i];

        if ((c < 'a' || c > 'z') && (c < '0' || c > '9')) {
            dash = n > 0;
            continue;
        }
        if (dash)
            p[n++] = '-';
        dash = false;
        p[n++] = c;
    }
    return str_of(p, n);
}

const char *utf8_version(void)
{
    return utf8proc_version();
}

/* --- case ------------------------------------------------------------ */

void utf8_lower(struct str s, struct buf *b)
{
    size_t at = 0;
    int32_t c;

    while ((c = utf8_next(s, &at)) >= 0)
        utf8_append(b, (uint32_t)utf8proc_tolower(c));
}

void utf8_upper(struct str s, struct buf *b)
{
    size_t at = 0;
    int32_t c;

    while ((c = utf8_next(s, &at)) >= 0)
        utf8_append(b, (uint32_t)utf8proc_toupper(c));
}

void utf8_title(struct str s, struct buf *b)
{
    bool inside = false;
    size_t at = 0;
    int32_t c;

    while ((c = utf8_next(s, &at)) >= 0) {
        utf8_append(b, (uint32_t)(inside ? c : utf8proc_totitle(c)));
        inside = !is_space(c) && c != '-';
    }
}
