/*
 * openapi_schema - an entity's records as JSON Schema: as read, to create, to
 * change, and a page of them.
 */
#include "api/openapi.h"

#include "model/field/field.h"

enum shape { AS_READ, TO_CREATE, TO_UPDATE };

static bool is_type(const struct field *f, const char *name)
{
    return strcmp(f->type->name, name) == 0;
}

static bool is_any(const struct field *f, const char *names)
{
    struct str rest = str_c(names), word;

    while (str_word(&rest, &word)) {
        if (str_eq(word, str_c(f->type->name)))
            return true;
    }
    return false;
}

static bool is_writable(const struct principal *who, const struct field *f)
{
    return !(f->flags & (FIELD_SYSTEM | FIELD_READONLY)) &&
           !(f->type->traits & FIELD_WRITTEN_BY_US) &&
           access_writes_field(who, f);
}

/* "type": one name, with null beside it where a field may be empty. */
static void put_type(struct json_w *w, const char *name, bool may_be_null)
{
    json_k(w, "type");
    if (!may_be_null) {
        json_w_str(w, str_c(name));
        return;
    }
    json_arr_begin(w);
    json_w_str(w, str_c(name));
    json_w_str(w, STR("null"));
    json_arr_end(w);
}

static void put_codes(struct json_w *w, const struct field *f, bool may_be_null)
{
    size_t i;

    if (f->open || f->n_options == 0)
        return;
    json_k(w, "enum");
    json_arr_begin(w);
    for (i = 0; i < f->n_options; i++)
        json_w_str(w, f->options[i]->code);
    if (may_be_null)
        json_w_null(w);
    json_arr_end(w);
}

static void put_text(struct json_w *w, const struct field *f, bool may_be_null)
{
    put_type(w, "string", may_be_null);
    if (is_type(f, "email"))
        json_kv(w, "format", STR("email"));
    else if (is_type(f, "url"))
        json_kv(w, "format", STR("uri"));
    else if (is_type(f, "date"))
        json_kv(w, "format", STR("date"));
    else if (is_type(f, "datetime"))
        json_kv(w, "format", STR("date-time"));
    if (is_any(f, "text longtext") && f->has_max && f->max > 0)
        json_kv_i64(w, "maxLength", f->max);
    put_codes(w, f, may_be_null && is_any(f, "choice status"));
}

static void put_number(struct json_w *w, const struct field *f,
                       bool may_be_null)
{
    put_type(w, "integer", may_be_null);
    if (f->has_min)
        json_kv_i64(w, "minimum", f->min);
    if (f->has_max)
        json_kv_i64(w, "maximum", f->max);
}

static void put_decimal(struct json_w *w, bool may_be_null, enum shape shape)
{
    static const char WRITE[] = "[\"string\",\"number\",\"null\"]";

    if (shape != AS_READ) {
        json_k(w, "type");
        json_w_raw(w, STR(WRITE));
        return;
    }
    put_type(w, "string", may_be_null);
    json_kv(w, "pattern", STR("^-?[0-9]+(\\.[0-9]+)?$"));
}

static void put_any_of(struct json_w *w, const char *ref, bool may_be_null,
                       bool takes_text)
{
    if (!may_be_null && !takes_text) {
        json_kv(w, "$ref", str_c(ref));
        return;
    }
    json_k(w, "anyOf");
    json_arr_begin(w);
    json_obj_begin(w);
    json_kv(w, "$ref", str_c(ref));
    json_obj_end(w);
    if (takes_text)
        json_w_raw(w, STR("{\"type\":\"string\"}"));
    if (may_be_null)
        json_w_raw(w, STR("{\"type\":\"null\"}"));
    json_arr_end(w);
}

static void put_list(struct json_w *w, const struct field *f)
{
    json_kv(w, "type", STR("array"));
    json_k(w, "items");
    json_obj_begin(w);
    json_kv(w, "type", STR("string"));
    put_codes(w, f, false);
    json_obj_end(w);
}

static void put_value(struct json_w *w, const struct field *f, enum shape shape,
                      bool may_be_null)
{
    bool writes = shape != AS_READ;

    if (is_any(f, "int rating duration"))
        put_number(w, f, may_be_null);
    else if (is_any(f, "dec percent"))
        put_decimal(w, may_be_null, shape);
    else if (is_type(f, "bool"))
        put_type(w, "boolean", may_be_null);
    else if (is_any(f, "ref user id"))
        put_any_of(w, "#/components/schemas/Id", may_be_null, false);
    else if (is_type(f, "anyref"))
        put_any_of(w, "#/components/schemas/AnyRef", may_be_null, false);
    else if (is_type(f, "money"))
        put_any_of(w, "#/components/schemas/Money", may_be_null, writes);
    else if (is_type(f, "file"))
        put_any_of(
            w, writes ? "#/components/schemas/Id" : "#/components/schemas/File",
            may_be_null, false);
    else if (f->type->traits & FIELD_HAS_SIDE)
        put_list(w, f);
    else
        put_text(w, f, may_be_null);
}

static void put_field(struct json_w *w, const struct principal *who,
                      const struct field *f, enum shape shape)
{
    bool is_kept = is_type(f, "id") || str_is(f->name, "rev") ||
                   str_is(f->name, "created_at") ||
                   str_is(f->name, "updated_at");
    bool must = (f->flags & FIELD_REQUIRED) && shape != TO_UPDATE;

    json_key(w, f->name);
    json_obj_begin(w);
    put_value(w, f, shape, !is_kept && !must);
    json_kv(w, "title", f->label.base);
    if (f->help.base.n > 0)
        json_kv(w, "description", f->help.base);
    if (shape == AS_READ && !is_writable(who, f))
        json_kv_bool(w, "readOnly", true);
    json_obj_end(w);
}

static bool must_be_sent(const struct field *f)
{
    return (f->flags & FIELD_REQUIRED) && f->initial == NULL &&
           f->initial_state == NULL;
}

static void put_required(struct json_w *w, const struct principal *who,
                         const struct entity *e, enum shape shape)
{
    size_t i;

    if (shape == TO_UPDATE)
        return;
    json_k(w, "required");
    json_arr_begin(w);
    if (shape == AS_READ) {
        json_w_str(w, STR("id"));
        json_w_str(w, STR("rev"));
    }
    for (i = 0; shape == TO_CREATE && i < e->n_fields; i++) {
        if (is_writable(who, e->fields[i]) && must_be_sent(e->fields[i]))
            json_w_str(w, e->fields[i]->name);
    }
    json_arr_end(w);
}

static void put_key(struct json_w *w, const struct entity *e,
                    const char *suffix)
{
    char text[100];
    int n = snprintf(text, sizeof text, "%.*s%s", STR_ARG(e->table.s), suffix);

    json_key(w, str_of(text, n > 0 && (size_t)n < sizeof text ? (size_t)n : 0));
}

static void put_shape(struct json_w *w, const struct principal *who,
                      const struct entity *e, enum shape shape)
{
    static const char *const SUFFIX[] = {"", "_create", "_update"};
    size_t i;

    put_key(w, e, SUFFIX[shape]);
    json_obj_begin(w);
    json_kv(w, "type", STR("object"));
    json_kv(w, "title", e->label.base);
    put_required(w, who, e, shape);
    json_k(w, "properties");
    json_obj_begin(w);
    for (i = 0; i < e->n_fields; i++) {
        const struct field *f = e->fields[i];

        if (access_reads_field(who, f) &&
            (shape == AS_READ || is_writable(who, f)))
            put_field(w, who, f, shape);
    }
    if (shape == AS_READ) {
        json_k(w, "_expand");
        json_w_raw(w, STR("{\"type\":\"object\"}"));
        json_k(w, "_warnings");
        json_w_raw(w, STR("{\"type\":\"array\",\"items\":{\"$ref\":"
                          "\"#/components/schemas/Issue\"}}"));
    }
    json_obj_end(w);
    if (shape != AS_READ)
        json_kv_bool(w, "additionalProperties", false);
    json_obj_end(w);
}

static void put_page(struct json_w *w, const struct entity *e)
{
    put_key(w, e, "_page");
    json_obj_begin(w);
    json_kv(w, "type", STR("object"));
    json_k(w, "required");
    json_w_raw(w, STR("[\"items\",\"next\"]"));
    json_k(w, "properties");
    json_obj_begin(w);
    json_k(w, "items");
    json_obj_begin(w);
    json_kv(w, "type", STR("array"));
    json_k(w, "items");
    openapi_ref(w, e, "");
    json_obj_end(w);
    json_k(w, "next");
    json_w_raw(w, STR("{\"type\":[\"string\",\"null\"],\"description\":\"The "
                      "cursor of the next page; null at the end.\"}"));
    json_k(w, "count");
    json_w_raw(w, STR("{\"$ref\":\"#/components/schemas/Count\"}"));
    json_obj_end(w);
    json_obj_end(w);
}

void openapi_entity(struct json_w *w, const struct principal *who,
                    const struct entity *e)
{
    put_shape(w, who, e, AS_READ);
    if (access_may(who, ACCESS_CREATE, e))
        put_shape(w, who, e, TO_CREATE);
    if (access_may(who, ACCESS_UPDATE, e))
        put_shape(w, who, e, TO_UPDATE);
    put_page(w, e);
}
