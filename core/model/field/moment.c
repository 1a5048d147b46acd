/*
 * moment - what date and datetime share: texts in JSON, bounds, and one way to
 * write the value. Each brings its words and its format.
 */
#include "model/field/common.h"

enum { MOMENT_BYTES = 25 };

static struct str written(const struct moment *m, int64_t i,
                          char out[MOMENT_BYTES])
{
    return str_of(out, m->format(i, out));
}

enum rc moment_parse_json(const struct moment *m, const struct field_in *in,
                          const struct field *f, const struct json *v,
                          struct value *out)
{
    if (v->kind == JSON_NULL) {
        *out = VALUE_NULL;
        return RC_OK;
    }
    if (v->kind != JSON_STR)
        return field_reject(in, f, "wrong_type",
                            "\"%.*s\" is %s; write it as \"%s\".",
                            STR_ARG(f->name), m->is_a, m->example);
    return f->type->parse_text(in, f, v->u.s, out);
}

enum rc moment_validate(const struct moment *m, const struct field_in *in,
                        const struct field *f, const struct value *v)
{
    char bound[MOMENT_BYTES];

    if (f->has_min && v->u.i < f->min)
        return field_reject(in, f, "out_of_range", "%s must be %.*s or later.",
                            m->this_one, STR_ARG(written(m, f->min, bound)));
    if (f->has_max && v->u.i > f->max)
        return field_reject(in, f, "out_of_range",
                            "%s must be %.*s or earlier.", m->this_one,
                            STR_ARG(written(m, f->max, bound)));
    return RC_OK;
}

void moment_json(const struct moment *m, const struct value *v,
                 struct json_w *w)
{
    char text[MOMENT_BYTES];

    json_w_str(w, written(m, v->u.i, text));
}

void moment_text(const struct moment *m, const struct value *v, struct buf *b)
{
    char text[MOMENT_BYTES];

    buf_add(b, written(m, v->u.i, text));
}
