/*
 * fields - what the attributes of a <field> or <status> say. Expressions come
 * later (rules.c), when every name is known.
 *
 * R310 no such option   R312 a choice of nothing   R313 a limit that is none
 * R314 a currency nobody knows
 */
#include "model/build.h"

#include "base/decimal.h"
#include "base/limits.h"
#include "base/time.h"
#include "model/spec_values.h"

static bool is_type(const struct field *f, const char *name)
{
    return strcmp(f->type->name, name) == 0;
}

/* --- limits -------------------------------------------------------------- */

/* A written limit in the unit of the value; false: it is none. */
static bool parse_limit(const struct field *f, struct str s, int64_t *out)
{
    if (is_type(f, "dec") || is_type(f, "percent") || is_type(f, "money"))
        return decimal_parse(s, f->scale, out) == DECIMAL_OK;
    if (is_type(f, "date"))
        return date_parse(s, out);
    if (is_type(f, "datetime"))
        return instant_parse(s, out);
    return str_to_i64(s, out);
}

static void read_limit(struct build *b, const struct field *f,
                       const struct def *d, const char *attr, bool *has,
                       int64_t *out)
{
    struct str s = def_value(d, attr);

    if (!s.n)
        return;
    *has = parse_limit(f, s, out);
    if (!*has)
        build_error(b, d, attr, "R313",
                    "\"%.*s\" is no %s of a field of type %s; write it as its "
                    "values are written",
                    STR_ARG(s), attr, f->type->name);
}

static void text_limit(struct build *b, struct field *f, const struct def *d,
                       int64_t usual, int64_t most)
{
    if (!f->has_max) {
        f->has_max = true;
        f->max = usual;
    } else if (f->max < 1 || f->max > most) {
        build_error(b, d, "max", "R313",
                    "max of a %s is between 1 and %lld characters",
                    f->type->name, (long long)most);
    }
}

static void read_limits(struct build *b, struct field *f, const struct def *d)
{
    struct str size = def_value(d, "max-size");

    read_limit(b, f, d, "min", &f->has_min, &f->min);
    read_limit(b, f, d, "max", &f->has_max, &f->max);
    if (f->has_min && f->has_max && f->min > f->max)
        build_error(b, d, "min", "R313", "min is above max; swap them");
    if (is_type(f, "text"))
        text_limit(b, f, d, 255, LIMIT_TEXT_POINTS);
    else if (is_type(f, "longtext"))
        text_limit(b, f, d, LIMIT_LONGTEXT_POINTS, LIMIT_LONGTEXT_POINTS);
    if (size.n)
        (void)spec_size(size, &f->max_size); /* the spec has checked it */
}

static void read_scale(struct build *b, struct field *f, const struct def *d)
{
    struct str s = def_value(d, "scale");
    int64_t scale = 2;

    if (!is_type(f, "dec") && !is_type(f, "percent"))
        return;
    if (s.n &&
        (!str_to_i64(s, &scale) || scale < 0 || scale > DECIMAL_MAX_SCALE)) {
        build_error(b, d, "scale", "R313", "scale is between 0 and %d",
                    DECIMAL_MAX_SCALE);
        scale = 2;
    }
    f->scale = (int)scale;
}

/* Without currency= every record has its own; limits are of the base. */
static void read_currency(struct build *b, struct field *f, const struct def *d)
{
    struct str s = def_value(d, "currency");
    int base = currency_scale(b->settings->currency);
    char currency[4] = "";

    if (!is_type(f, "money"))
        return;
    f->scale = base < 0 ? 2 : base;
    if (!s.n)
        return;
    if (s.n == 3)
        memcpy(currency, s.p, 3);
    if (currency_scale(currency) < 0)
        build_error(b, d, "currency", "R314",
                    "\"%.*s\" is no currency; write its three letters, as EUR",
                    STR_ARG(s));
    else
        memcpy(f->currency, currency, sizeof f->currency);
}

/* --- options and states -------------------------------------------------- */

static void read_option(struct build *b, const struct field *f,
                        struct option *o, const struct def *d, int order)
{
    struct str kind = def_value(d, "kind");

    o->code = build_copy(b, def_value(d, "code"));
    o->color = build_copy(b, def_value(d, "color"));
    o->hidden =
        def_bool(d, "hidden", false) ||
        (d->package->is_archived && !str_eq(f->package, d->package->id));
    o->order = order;
    o->kind = str_is(kind, "done")   ? STATE_DONE
              : str_is(kind, "lost") ? STATE_LOST
                                     : STATE_OPEN;
    build_label(b, d, "label", build_humanise(b, o->code), &o->label, f->entity,
                "%.*s.%.*s", STR_ARG(f->name), STR_ARG(o->code));
}

static void read_options(struct build *b, struct field *f, const struct def *d,
                         const char *element)
{
    size_t n = def_count(d, element), i = 0, k;
    struct option *v = BUILD_ARRAY(b, struct option, n);
    struct str *codes = BUILD_ARRAY(b, struct str, n);

    f->options = BUILD_ARRAY(b, struct option *, n);
    if (!v || !codes || !f->options)
        return;
    DEF_EACH (c, d, element) {
        read_option(b, f, &v[i], c, (int)i);
        for (k = 0; k < i; k++)
            if (str_eq(codes[k], v[i].code))
                build_error(b, c, "code", "R302",
                            "%.*s has \"%.*s\" twice; take one out",
                            STR_ARG(f->name), STR_ARG(v[i].code));
        codes[i] = v[i].code;
        f->options[i] = &v[i];
        i++;
    }
    f->codes = codes;
    f->n_options = n;
}

static void read_status(struct build *b, struct field *f, const struct def *d)
{
    struct str initial = def_value(d, "initial");

    read_options(b, f, d, "state");
    if (!f->n_options) {
        build_error(b, d, NULL, "R312",
                    "status \"%.*s\" has no states; write a <state> for each",
                    STR_ARG(f->name));
        return;
    }
    f->initial_state = initial.n ? build_option_ref(b, d, "initial", initial, f)
                                 : f->options[0];
}

static void read_choice(struct build *b, struct field *f, const struct def *d)
{
    f->open = def_bool(d, "open", false);
    read_options(b, f, d, "option");
    if (!f->n_options && !f->open)
        build_error(b, d, NULL, "R312",
                    "%s \"%.*s\" has no options; write an <option> for each, "
                    "or open=\"true\"",
                    f->type->name, STR_ARG(f->name));
}

/* --- references ---------------------------------------------------------- */

static void read_targets(struct build *b, struct field *f, const struct def *d)
{
    struct str rest = def_value(d, "to"), word;
    VEC(const struct entity *) v = {0};
    struct built *to;

    if (is_type(f, "user") || is_type(f, "file")) {
        to = map_find(&b->built,
                      is_type(f, "user") ? STR("sys:user") : STR("sys:file"));
        rest = STR_NONE;
        if (to)
            BUILD_PUSH(b, &v, (const struct entity *)to->entity);
    }
    while (str_word(&rest, &word)) {
        to = build_entity_ref(b, d, "to", word);
        if (to)
            BUILD_PUSH(b, &v, (const struct entity *)to->entity);
    }
    f->targets = BUILD_KEEP(b, &v);
    f->n_targets = f->targets ? v.n : 0;
}

static void read_reference(struct build *b, struct field *f,
                           const struct def *d)
{
    struct str on_delete = def_value(d, "on-delete");

    if (!(f->type->traits & FIELD_POINTS))
        return;
    read_targets(b, f, d);
    f->on_delete = str_is(on_delete, "clear")     ? ON_DELETE_CLEAR
                   : str_is(on_delete, "cascade") ? ON_DELETE_CASCADE
                                                  : ON_DELETE_RESTRICT;
    f->inverse = build_copy(b, def_value(d, "inverse"));
}

/* --- all together -------------------------------------------------------- */

static unsigned flags_of(const struct def *d)
{
    static const struct {
        const char *attr;
        bool fallback;
        unsigned flag;
    } FLAGS[] = {
        {"required", false, FIELD_REQUIRED},
        {"readonly", false, FIELD_READONLY},
        {"hidden", false, FIELD_HIDDEN},
        {"unique", false, FIELD_UNIQUE},
        {"index", false, FIELD_INDEX},
        {"history", true, FIELD_HISTORY},
        {"trim", false, FIELD_TRIM},
        {"tree", false, FIELD_TREE},
        {"quick-create", true, FIELD_QUICK_CREATE},
    };
    unsigned flags = 0;
    size_t i;

    for (i = 0; i < sizeof FLAGS / sizeof FLAGS[0]; i++)
        if (def_bool(d, FLAGS[i].attr, FLAGS[i].fallback))
            flags |= FLAGS[i].flag;
    return flags;
}

void build_field(struct build *b, struct built *e, struct field *f,
                 struct def *d)
{
    struct def *help = def_first(d, "help");

    f->flags = flags_of(d);
    if (build_is_left(e->entity, d)) /* what is required, nobody can fill */
        f->flags = (f->flags & ~(unsigned)(FIELD_REQUIRED | FIELD_UNIQUE)) |
                   FIELD_READONLY | FIELD_HIDDEN;
    if (f->type->traits & FIELD_WRITTEN_BY_US)
        f->flags |= FIELD_READONLY;
    build_label(b, d, "label", build_humanise(b, f->name), &f->label, e->entity,
                "field.%.*s", STR_ARG(f->name));
    build_label(b, d, "help", help ? def_text(b, help) : STR(""), &f->help,
                e->entity, "help.%.*s", STR_ARG(f->name));
    f->help_base = f->help.base;
    f->number_pattern = build_copy(b, def_value(d, "pattern"));
    f->reset_yearly = str_is(def_value(d, "reset"), "year");
    f->country = build_copy(b, def_value(d, "country"));
    f->accept = build_copy(b, def_value(d, "accept"));
    read_scale(b, f, d);
    read_currency(b, f, d);
    read_limits(b, f, d);
    read_reference(b, f, d);
    if (is_type(f, "status"))
        read_status(b, f, d);
    else if (is_type(f, "choice") || is_type(f, "multichoice"))
        read_choice(b, f, d);
}
