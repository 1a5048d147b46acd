/* map - see map.h and contract.md, "Many at once". */
#include "exchange/map.h"

static const char *const MEMBERS[] = {"mode",     "key", "separator",
                                      "encoding", "set", "columns"};
static const char *const COLUMN_MEMBERS[] = {"field", "format", "by", "create",
                                             "values"};

struct parse {
    const struct model *m;
    const struct entity *e;
    struct arena *a;
    struct issues *issues;
    struct import_map *map;
};

static enum rc bad(struct parse *p, struct str path, const char *code,
                   const char *text)
{
    issues_add(p->issues, path, code, "%s", text);
    return RC_INVALID;
}

static enum rc unknown_members(struct parse *p, const struct json *o,
                               struct str path, const char *const *known,
                               size_t n)
{
    struct str names[8];
    size_t i, k;
    enum rc rc = RC_OK;

    for (k = 0; k < n; k++)
        names[k] = str_c(known[k]);
    for (i = 0; i < o->u.object.n; i++) {
        struct str key = o->u.object.v[i].key, near;

        for (k = 0; k < n && !str_eq(key, names[k]); k++)
            continue;
        if (k < n)
            continue;
        near = str_nearest(key, names, n);
        issues_add(p->issues,
                   str_fmt(p->a, "%.*s%.*s", STR_ARG(path), STR_ARG(key)),
                   "unknown_member",
                   near.n > 0 ? "A map has no \"%.*s\"; did you mean \"%.*s\"?"
                              : "A map has no \"%.*s\".%.*s",
                   STR_ARG(key), STR_ARG(near));
        rc = RC_INVALID;
    }
    return rc;
}

static const struct field *find_field(struct parse *p, const struct entity *e,
                                      struct str name, struct str path)
{
    const struct field *f = entity_field(e, name);
    struct str near;

    if (f != NULL && !(f->flags & FIELD_SYSTEM))
        return f;
    near = entity_suggest(e, name);
    issues_add(p->issues, path, "unknown_field",
               near.n > 0 ? "%.*s has no field \"%.*s\"; did you mean \"%.*s\"?"
                          : "%.*s has no field \"%.*s\".%.*s",
               STR_ARG(e->qname), STR_ARG(name), STR_ARG(near));
    return NULL;
}

static enum rc parse_values(struct parse *p, const struct json *v,
                            struct str path, struct map_column *c)
{
    size_t i;

    if (v->kind != JSON_OBJECT)
        return bad(p, path, "wrong_type",
                   "values is an object: {\"cell\":\"value\"}.");
    c->values = ARENA_ARRAY(p->a, struct map_value, v->u.object.n + 1);
    if (c->values == NULL)
        return RC_NOMEM;
    for (i = 0; i < v->u.object.n; i++) {
        if (v->u.object.v[i].value.kind != JSON_STR)
            return bad(p, path, "wrong_type", "Every value is text.");
        c->values[c->n_values++] = (struct map_value){
            v->u.object.v[i].key, v->u.object.v[i].value.u.s};
    }
    return RC_OK;
}

static enum rc parse_by(struct parse *p, const struct json *by, struct str path,
                        struct map_column *c)
{
    struct str name = json_str(by, STR_NONE);

    if (!(c->field->type->traits & FIELD_POINTS) || c->field->n_targets != 1)
        return bad(p, path, "not_a_link",
                   "by is for a field that points to one entity.");
    c->by = find_field(p, c->field->targets[0], name, path);
    return c->by == NULL ? RC_INVALID : RC_OK;
}

static enum rc parse_object(struct parse *p, const struct json *v,
                            struct str path, struct map_column *c)
{
    const struct json *by = json_at(v, "by"), *create = json_at(v, "create");
    const struct json *values = json_at(v, "values");
    enum rc rc = unknown_members(p, v, path, COLUMN_MEMBERS, 5);

    c->field = find_field(p, p->e, json_str(json_at(v, "field"), STR_NONE),
                          str_fmt(p->a, "%.*sfield", STR_ARG(path)));
    if (c->field == NULL || rc != RC_OK)
        return RC_INVALID;
    c->format = json_str(json_at(v, "format"), STR_NONE);
    if (by != NULL)
        rc = parse_by(p, by, str_fmt(p->a, "%.*sby", STR_ARG(path)), c);
    if (rc == RC_OK && create != NULL && create->kind != JSON_BOOL)
        rc = bad(p, str_fmt(p->a, "%.*screate", STR_ARG(path)), "wrong_type",
                 "create is true or false.");
    c->create = create != NULL && create->kind == JSON_BOOL && create->u.b;
    if (rc == RC_OK && values != NULL)
        rc = parse_values(p, values, str_fmt(p->a, "%.*svalues", STR_ARG(path)),
                          c);
    return rc;
}

/* A link without by= is named by its target's import key, if it has one, or by
   an id, as an export writes those without a key. */
static void default_by(struct map_column *c)
{
    if (c->by == NULL && (c->field->type->traits & FIELD_POINTS) &&
        c->field->n_targets == 1) {
        c->by = c->field->targets[0]->import_key;
        c->or_id = true;
    }
}

static enum rc parse_column(struct parse *p, const struct json_member *member)
{
    struct map_column *c = &p->map->columns[p->map->n_columns];
    struct str path = str_fmt(p->a, "columns.%.*s.", STR_ARG(member->key));
    enum rc rc = RC_OK;

    *c = (struct map_column){.name = member->key};
    if (member->value.kind == JSON_STR) {
        c->field = find_field(p, p->e, member->value.u.s,
                              str_sub(path, 0, path.n > 0 ? path.n - 1 : 0));
        rc = c->field == NULL ? RC_INVALID : RC_OK;
    } else if (member->value.kind == JSON_OBJECT) {
        rc = parse_object(p, &member->value, path, c);
    } else {
        rc = bad(p, path, "wrong_type",
                 "A column is the name of a field or an object.");
    }
    if (rc == RC_OK) {
        default_by(c);
        p->map->n_columns++;
    }
    return rc;
}

static enum rc parse_columns(struct parse *p, const struct json *v)
{
    size_t i;
    enum rc rc, first = RC_OK;

    if (v == NULL) {
        p->map->by_header = true;
        return RC_OK;
    }
    if (v->kind != JSON_OBJECT)
        return bad(p, STR("columns"), "wrong_type",
                   "columns is an object: {\"column\":\"field\"}.");
    p->map->columns = ARENA_ARRAY(p->a, struct map_column, v->u.object.n + 1);
    if (p->map->columns == NULL)
        return RC_NOMEM;
    for (i = 0; i < v->u.object.n; i++) {
        rc = parse_column(p, &v->u.object.v[i]);
        if (rc != RC_OK && rc != RC_INVALID)
            return rc;
        first = first == RC_OK ? rc : first;
    }
    return first;
}

static enum rc parse_set(struct parse *p, const struct json *v)
{
    struct field_in in = {
        .model = p->m, .arena = p->a, .issues = p->issues, .lang = -1};
    size_t i;
    enum rc rc = RC_OK;

    if (v == NULL)
        return RC_OK;
    if (v->kind != JSON_OBJECT)
        return bad(p, STR("set"), "wrong_type",
                   "set is an object: {\"field\":value}.");
    p->map->set = ARENA_ARRAY(p->a, struct map_set, v->u.object.n + 1);
    if (p->map->set == NULL)
        return RC_NOMEM;
    for (i = 0; rc == RC_OK && i < v->u.object.n; i++) {
        struct map_set *s = &p->map->set[p->map->n_set];

        s->field = find_field(p, p->e, v->u.object.v[i].key, STR("set"));
        if (s->field == NULL)
            return RC_INVALID;
        rc = s->field->type->parse_json(&in, s->field, &v->u.object.v[i].value,
                                        &s->value);
        p->map->n_set++;
    }
    return rc;
}

static enum rc parse_separator(struct parse *p, const struct json *v)
{
    struct str s = json_str(v, STR_NONE);

    if (v == NULL)
        return RC_OK;
    if (str_is(s, "\\t") || str_is(s, "tab"))
        s = STR("\t");
    if (s.n != 1 || s.p[0] == '"' || s.p[0] == '\n' || s.p[0] == '\r')
        return bad(p, STR("separator"), "wrong_value",
                   "separator is one character, as \",\" or \";\".");
    p->map->separator = s.p[0];
    return RC_OK;
}

static enum rc parse_encoding(struct parse *p, const struct json *v)
{
    struct str s = str_lower_ascii(p->a, json_str(v, STR("utf-8")));

    p->map->latin1 = str_is(s, "latin-1") || str_is(s, "latin1") ||
                     str_is(s, "iso-8859-1") || str_is(s, "windows-1252");
    if (p->map->latin1 || str_is(s, "utf-8") || str_is(s, "utf8"))
        return RC_OK;
    return bad(p, STR("encoding"), "wrong_value",
               "encoding is utf-8, latin-1 or windows-1252.");
}

static enum rc parse_mode(struct parse *p, const struct json *tree)
{
    static const char *const MODES[] = {"create", "update", "upsert"};
    struct str mode = json_str(json_at(tree, "mode"), STR("create"));
    const struct json *key = json_at(tree, "key");
    size_t i;

    for (i = 0; i < 3 && !str_eq(mode, str_c(MODES[i])); i++)
        continue;
    if (i == 3)
        return bad(p, STR("mode"), "wrong_value",
                   "mode is create, update or upsert.");
    p->map->mode = (enum import_mode)i;
    p->map->key = p->e->import_key;
    if (key != NULL) {
        p->map->key = find_field(p, p->e, json_str(key, STR_NONE), STR("key"));
        if (p->map->key == NULL)
            return RC_INVALID;
    }
    if (p->map->mode != IMPORT_CREATE && p->map->key == NULL)
        return bad(p, STR("key"), "required",
                   "update and upsert need key: the field that names a "
                   "record.");
    return RC_OK;
}

static enum rc first_bad(enum rc before, enum rc now)
{
    return before == RC_OK || (now != RC_OK && now != RC_INVALID) ? now
                                                                  : before;
}

enum rc import_map_parse(const struct model *m, const struct entity *e,
                         struct str json, struct arena *a,
                         struct issues *issues, const struct import_map **out,
                         struct err *err)
{
    struct import_map *map = ARENA_NEW(a, struct import_map);
    struct parse p = {m, e, a, issues, map};
    const struct json *tree = NULL;
    enum rc rc = RC_OK;

    if (map == NULL)
        return FAIL(err, RC_NOMEM, "There is no memory for an import map.");
    if (str_trim(json).n == 0)
        json = STR("{}");
    rc = json_parse(json, a, &tree, err);
    if (rc != RC_OK)
        return rc;
    if (tree->kind != JSON_OBJECT)
        return FAIL(err, RC_INVALID, "An import map is a JSON object.");
    rc = unknown_members(&p, tree, STR(""), MEMBERS, 6);
    rc = first_bad(rc, parse_mode(&p, tree));
    rc = first_bad(rc, parse_separator(&p, json_at(tree, "separator")));
    rc = first_bad(rc, parse_encoding(&p, json_at(tree, "encoding")));
    rc = first_bad(rc, parse_set(&p, json_at(tree, "set")));
    rc = first_bad(rc, parse_columns(&p, json_at(tree, "columns")));
    if (issues_any(issues) && (rc == RC_OK || rc == RC_INVALID))
        return FAIL(err, RC_INVALID, "The import map does not fit %.*s.",
                    STR_ARG(e->qname));
    if (rc != RC_OK)
        return FAIL(err, rc, "The import map could not be read.");
    *out = map;
    return RC_OK;
}

enum rc map_header_column(const struct model *m, const struct entity *e,
                          struct str name, struct arena *a,
                          struct issues *issues, struct map_column *out)
{
    struct parse p = {m, e, a, issues, NULL};

    *out = (struct map_column){.name = name};
    out->field = find_field(&p, e, name, name);
    if (out->field == NULL)
        return RC_INVALID;
    default_by(out);
    return RC_OK;
}
