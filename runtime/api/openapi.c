/*
 * openapi - GET /api/v1/openapi.json: OpenAPI 3.1 of this workspace's model as
 * this user may use it. The fixed part is the table of routes; each entity gets
 * its addresses and schemas, and what the user may not do is left out.
 */
#include "api/openapi.h"

enum { REF_BYTES = 200 };

struct doc {
    struct call *c;
    struct json_w *w;
};

/* --- pieces ------------------------------------------------------------------- */

static void put_ref(struct json_w *w, const char *where)
{
    json_obj_begin(w);
    json_kv(w, "$ref", str_c(where));
    json_obj_end(w);
}

void openapi_ref(struct json_w *w, const struct entity *e, const char *suffix)
{
    char text[REF_BYTES];
    int n = snprintf(text, sizeof text, "#/components/schemas/%.*s%s",
                     STR_ARG(e->table.s), suffix);

    json_obj_begin(w);
    json_kv(w, "$ref",
            str_of(text, n > 0 && (size_t)n < sizeof text ? (size_t)n : 0));
    json_obj_end(w);
}

static void content_begin(struct json_w *w, const char *type)
{
    json_k(w, "content");
    json_obj_begin(w);
    json_key(w, str_c(type));
    json_obj_begin(w);
    json_k(w, "schema");
}

static void content_end(struct json_w *w)
{
    json_obj_end(w);
    json_obj_end(w);
}

/* --- parameters ------------------------------------------------------------------ */

static void path_param(struct json_w *w, struct str name)
{
    json_obj_begin(w);
    json_kv(w, "name", name);
    json_kv(w, "in", STR("path"));
    json_kv_bool(w, "required", true);
    json_kv(w, "description",
            str_is(name, "txn") ? STR("The Perigee-Txn of a write.")
                                : STR("The id."));
    json_k(w, "schema");
    put_ref(w, "#/components/schemas/Id");
    json_obj_end(w);
}

static void path_params(struct json_w *w, const struct op *op)
{
    struct str rest = str_c(op->pattern), piece;

    while (str_split(&rest, '/', &piece)) {
        if (piece.n < 3 || piece.p[0] != '{')
            continue;
        piece = str_sub(piece, 1, piece.n - 2);
        if (!str_is(piece, "package") && !str_is(piece, "entity"))
            path_param(w, piece);
    }
}

static void query_params(struct json_w *w, const struct op *op)
{
    struct str names = str_c(op->params), name;

    while (str_word(&names, &name)) {
        json_obj_begin(w);
        json_kv(w, "name", name);
        json_kv(w, "in", STR("query"));
        openapi_param(w, name);
        json_obj_end(w);
    }
}

static bool takes_key(const struct op *op)
{
    static const char *const IDS[] = {"batch",  "bulk",    "create",
                                      "import", "restore", "undo"};
    size_t i;

    for (i = 0; i < sizeof IDS / sizeof *IDS; i++) {
        if (strcmp(op->id, IDS[i]) == 0)
            return true;
    }
    return false;
}

static bool takes_rev(const struct op *op)
{
    return (op->flags & OP_ENTITY) &&
           (op->method == HTTP_PATCH || op->method == HTTP_DELETE ||
            strcmp(op->id, "restore") == 0);
}

static void params(struct json_w *w, const struct op *op)
{
    json_k(w, "parameters");
    json_arr_begin(w);
    path_params(w, op);
    query_params(w, op);
    if (takes_rev(op))
        put_ref(w, "#/components/parameters/IfMatch");
    if (takes_key(op))
        put_ref(w, "#/components/parameters/IdempotencyKey");
    json_arr_end(w);
}

/* --- bodies ------------------------------------------------------------------------ */

static void request_schema(struct json_w *w, const struct op *op,
                           const struct entity *e)
{
    const struct op_schema *fixed = openapi_fixed(op->id);

    if (e != NULL && strcmp(op->id, "create") == 0)
        openapi_ref(w, e, "_create");
    else if (e != NULL && strcmp(op->id, "update") == 0)
        openapi_ref(w, e, "_update");
    else if (fixed != NULL && fixed->request != NULL)
        json_w_raw(w, str_c(fixed->request));
    else
        json_w_raw(w, STR("{\"type\":\"object\"}"));
}

static void request_body(struct json_w *w, const struct op *op,
                         const struct entity *e)
{
    if (op->body == OP_NO_BODY)
        return;
    json_k(w, "requestBody");
    json_obj_begin(w);
    json_kv_bool(w, "required", op->body != OP_JSON_OR_NOTHING);
    if (op->body == OP_BYTES) {
        content_begin(w, "application/octet-stream");
        json_w_raw(w, STR("{\"type\":\"string\",\"format\":\"binary\"}"));
    } else {
        content_begin(w, "application/json");
        request_schema(w, op, e);
    }
    content_end(w);
    json_obj_end(w);
}

static void answer_schema(struct json_w *w, const struct op *op,
                          const struct entity *e)
{
    static const char *const RECORD[] = {"create", "get", "update", "restore"};
    const struct op_schema *fixed = openapi_fixed(op->id);
    size_t i;

    for (i = 0; e != NULL && i < sizeof RECORD / sizeof *RECORD; i++) {
        if (strcmp(op->id, RECORD[i]) == 0) {
            openapi_ref(w, e, "");
            return;
        }
    }
    if (e != NULL && strcmp(op->id, "list") == 0)
        openapi_ref(w, e, "_page");
    else if (fixed != NULL && fixed->answer != NULL)
        json_w_raw(w, str_c(fixed->answer));
    else
        json_w_raw(w, STR("{\"type\":\"object\"}"));
}

static const char *answer_type(const struct op *op)
{
    if (strcmp(op->tag, "health") == 0)
        return "text/plain";
    if (strcmp(op->id, "downloadFile") == 0)
        return "application/octet-stream";
    if (strcmp(op->id, "events") == 0)
        return "text/event-stream";
    return strcmp(op->id, "export") == 0 ? "text/csv" : "application/json";
}

static void answer_headers(struct json_w *w, const struct op *op)
{
    bool writes = !http_method_is_safe(op->method) && (op->flags & OP_ENTITY);

    if (!writes)
        return;
    json_k(w, "headers");
    json_obj_begin(w);
    json_k(w, "Perigee-Txn");
    put_ref(w, "#/components/headers/PerigeeTxn");
    json_obj_end(w);
}

static void responses(struct json_w *w, const struct op *op,
                      const struct entity *e)
{
    char status[8];
    int n = snprintf(status, sizeof status, "%d", op->status);

    json_k(w, "responses");
    json_obj_begin(w);
    json_key(w, str_of(status, (size_t)n));
    json_obj_begin(w);
    json_kv(w, "description", str_c(op->summary));
    answer_headers(w, op);
    if (op->status != 204) {
        content_begin(w, answer_type(op));
        if (strcmp(answer_type(op), "application/json") == 0)
            answer_schema(w, op, e);
        else
            json_w_raw(w, STR("{\"type\":\"string\"}"));
        content_end(w);
    }
    json_obj_end(w);
    json_k(w, "4XX");
    put_ref(w, "#/components/responses/Refused");
    json_k(w, "5XX");
    put_ref(w, "#/components/responses/Failed");
    json_obj_end(w);
}

/* --- operations ----------------------------------------------------------------------- */

static void operation_id(struct json_w *w, const struct op *op,
                         const struct entity *e)
{
    char text[REF_BYTES];
    int n = e == NULL ? snprintf(text, sizeof text, "%s", op->id)
                      : snprintf(text, sizeof text, "%s_%.*s", op->id,
                                 STR_ARG(e->table.s));

    json_kv(w, "operationId",
            str_of(text, n > 0 && (size_t)n < sizeof text ? (size_t)n : 0));
}

static void operation(struct json_w *w, const struct op *op,
                      const struct entity *e)
{
    static const char *const VERBS[HTTP_METHODS] = {
        "get", "head", "post", "put", "patch", "delete", "options"};

    json_key(w, str_c(VERBS[op->method]));
    json_obj_begin(w);
    operation_id(w, op, e);
    json_k(w, "tags");
    json_arr_begin(w);
    json_w_str(w, e != NULL ? e->qname : str_c(op->tag));
    json_arr_end(w);
    json_kv(w, "summary", str_c(op->summary));
    if (op->who == OP_ANYONE) {
        json_k(w, "security");
        json_arr_begin(w);
        json_arr_end(w);
    }
    params(w, op);
    request_body(w, op, e);
    responses(w, op, e);
    json_obj_end(w);
}

static bool is_shown(const struct call *c, const struct op *op,
                     const struct entity *e)
{
    static const struct {
        const char *id;
        enum access_op op;
    } NEEDS[] = {{"create", ACCESS_CREATE}, {"import", ACCESS_CREATE},
                 {"update", ACCESS_UPDATE}, {"bulk", ACCESS_UPDATE},
                 {"delete", ACCESS_DELETE}, {"restore", ACCESS_DELETE},
                 {"export", ACCESS_EXPORT}};
    size_t i;

    if (strcmp(op->tag, "pages") == 0 || op->who == OP_CLI)
        return false;
    if (op->who == OP_ADMIN && !c->auth.who.is_admin)
        return false;
    for (i = 0; e != NULL && i < sizeof NEEDS / sizeof *NEEDS; i++) {
        if (strcmp(op->id, NEEDS[i].id) == 0)
            return access_may(&c->auth.who, NEEDS[i].op, e);
    }
    return e == NULL || access_may(&c->auth.who, ACCESS_READ, e);
}

/* The pattern with the entity's own words in place of the captures. */
static void address(struct doc *d, const struct op *op, const struct entity *e)
{
    struct str tail = str_c(op->pattern);

    if (e == NULL) {
        json_key(d->w, tail);
        return;
    }
    tail = str_sub(tail, sizeof "/api/v1/{package}/{entity}" - 1, tail.n);
    json_key(d->w,
             str_fmt(d->c->a, "/api/v1/%.*s/%.*s%.*s", STR_ARG(e->package),
                     STR_ARG(e->name), STR_ARG(tail)));
}

/* Rows of one pattern stand together in the table. */
static void put_paths(struct doc *d, const struct entity *e)
{
    const struct op *ops;
    size_t n = op_table(&ops), i;
    const char *open = NULL;

    for (i = 0; i < n; i++) {
        bool is_ours = ((ops[i].flags & OP_ENTITY) != 0) == (e != NULL);

        if (!is_ours || !is_shown(d->c, &ops[i], e))
            continue;
        if (open == NULL || strcmp(open, ops[i].pattern) != 0) {
            if (open != NULL)
                json_obj_end(d->w);
            open = ops[i].pattern;
            address(d, &ops[i], e);
            json_obj_begin(d->w);
        }
        operation(d->w, &ops[i], e);
    }
    if (open != NULL)
        json_obj_end(d->w);
}

/* --- the frame --------------------------------------------------------------------------- */

static const char INFO[] =
    "{\"title\":\"Perigee\",\"version\":\"1\",\"description\":\"The HTTP "
    "interface of this workspace, as the user who asked may use it. Errors are "
    "described once, in components.responses.\",\"license\":{\"name\":\"See "
    "the server's documentation\",\"identifier\":\"LicenseRef-Perigee\"}}";
static const char SECURITY[] = "[{\"token\":[]},{\"session\":[],\"csrf\":[]}]";
static const char SCHEMES[] =
    "{\"token\":{\"type\":\"http\",\"scheme\":\"bearer\",\"description\":\"An "
    "API token, pgt_...\"},\"session\":{\"type\":\"apiKey\",\"in\":\"cookie\","
    "\"name\":\"__Host-s\",\"description\":\"The cookie that signing in sets; "
    "s on plain loopback.\"},\"csrf\":{\"type\":\"apiKey\",\"in\":\"header\","
    "\"name\":\"X-CSRF\",\"description\":\"With a cookie, for everything but "
    "GET: the csrf that /session tells.\"}}";
static const char PARAMETERS[] =
    "{\"IfMatch\":{\"name\":\"If-Match\",\"in\":\"header\",\"description\":"
    "\"The ETag that was read; another revision is refused with 409 and the "
    "current record.\",\"schema\":{\"type\":\"string\"}},\"IdempotencyKey\":{"
    "\"name\":\"Idempotency-Key\",\"in\":\"header\",\"description\":\"The same "
    "key and request within 24 hours are answered as the first time.\","
    "\"schema\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":255}}}";
static const char HEADERS[] =
    "{\"PerigeeTxn\":{\"description\":\"The transaction: what "
    "/api/v1/undo/{txn} takes.\",\"schema\":{\"$ref\":\"#/components/schemas/"
    "Id\"}}}";
static const char RESPONSES[] =
    "{\"Refused\":{\"description\":\"400 not well-formed, 401 nobody signed "
    "in, 403 no right, 404 no such thing, 409 conflict or duplicate, 413 too "
    "large, 422 not valid, 429 too often.\",\"content\":{\"application/json\":"
    "{\"schema\":{\"$ref\":\"#/components/schemas/Error\"}}}},\"Failed\":{"
    "\"description\":\"500 ours, 503 busy (Retry-After), 507 disk full.\","
    "\"content\":{\"application/json\":{\"schema\":{\"$ref\":\"#/components/"
    "schemas/Error\"}}}}}";

static void put_tags(struct doc *d)
{
    static const char *const TAGS[][2] = {
        {"records", "Many records at once, search, undo."},
        {"session", "Who asks: signing in, passwords, API tokens."},
        {"model", "What there is."},
        {"packages", "The marketplace."},
        {"events", "What changes, as it changes."},
        {"jobs", "Long work."},
        {"files", "Uploads and downloads."},
        {"health", "The process."}};
    const struct model *m = d->c->m;
    size_t i;

    json_k(d->w, "tags");
    json_arr_begin(d->w);
    for (i = 0; i < sizeof TAGS / sizeof *TAGS; i++) {
        json_obj_begin(d->w);
        json_kv(d->w, "name", str_c(TAGS[i][0]));
        json_kv(d->w, "description", str_c(TAGS[i][1]));
        json_obj_end(d->w);
    }
    for (i = 0; i < m->n_entities; i++) {
        const struct entity *e = m->entities[i];

        if (!access_sees(call_who(d->c), e))
            continue;
        json_obj_begin(d->w);
        json_kv(d->w, "name", e->qname);
        json_kv(d->w, "description",
                e->help.base.n > 0 ? e->help.base : e->plural.base);
        json_obj_end(d->w);
    }
    json_arr_end(d->w);
}

static void put_components(struct doc *d)
{
    const struct model *m = d->c->m;
    size_t i;

    json_k(d->w, "components");
    json_obj_begin(d->w);
    json_k(d->w, "schemas");
    json_obj_begin(d->w);
    openapi_common(d->w);
    for (i = 0; i < m->n_entities; i++) {
        if (access_sees(call_who(d->c), m->entities[i]))
            openapi_entity(d->w, call_who(d->c), m->entities[i]);
    }
    json_obj_end(d->w);
    json_k(d->w, "parameters");
    json_w_raw(d->w, STR(PARAMETERS));
    json_k(d->w, "headers");
    json_w_raw(d->w, STR(HEADERS));
    json_k(d->w, "responses");
    json_w_raw(d->w, STR(RESPONSES));
    json_k(d->w, "securitySchemes");
    json_w_raw(d->w, STR(SCHEMES));
    json_obj_end(d->w);
}

enum rc run_openapi(struct call *c)
{
    struct doc d = {c, &c->w};
    size_t i;

    json_obj_begin(&c->w);
    json_kv(&c->w, "openapi", STR("3.1.0"));
    json_k(&c->w, "info");
    json_w_raw(&c->w, STR(INFO));
    json_k(&c->w, "servers");
    json_arr_begin(&c->w);
    json_obj_begin(&c->w);
    json_kv(&c->w, "url", c->prefix.n > 0 ? c->prefix : STR("/"));
    json_obj_end(&c->w);
    json_arr_end(&c->w);
    json_k(&c->w, "security");
    json_w_raw(&c->w, STR(SECURITY));
    put_tags(&d);
    json_k(&c->w, "paths");
    json_obj_begin(&c->w);
    put_paths(&d, NULL);
    for (i = 0; i < c->m->n_entities; i++) {
        if (access_sees(call_who(c), c->m->entities[i]))
            put_paths(&d, c->m->entities[i]);
    }
    json_obj_end(&c->w);
    put_components(&d);
    json_obj_end(&c->w);
    return answer_json(c, 200);
}
