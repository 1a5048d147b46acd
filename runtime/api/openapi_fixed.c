/*
 * openapi_fixed - what is the same in every workspace's OpenAPI document: the
 * bodies of the fixed operations, the shared schemas, the query parameters.
 */
#include "api/openapi.h"

#define REF(name)    "{\"$ref\":\"#/components/schemas/" name "\"}"
#define TEXT         "{\"type\":\"string\"}"
#define TEXT_OR_NULL "{\"type\":[\"string\",\"null\"]}"
#define INT          "{\"type\":\"integer\"}"
#define FLAG         "{\"type\":\"boolean\"}"
#define OBJECT       "{\"type\":\"object\"}"
#define LIST(of)     "{\"type\":\"array\",\"items\":" of "}"
#define ITEMS                                                                  \
    "{\"type\":\"object\",\"properties\":{\"items\":" LIST(OBJECT) "}}"
#define PROPS(list) "{\"type\":\"object\",\"properties\":{" list "}}"
#define MUST(names, list)                                                      \
    "{\"type\":\"object\",\"required\":[" names "],\"properties\":{" list "}}"
#define ACT MUST("\"op\"", "\"op\":" TEXT)

/* clang-format off */
static const struct op_schema FIXED[] = {
    {"getSession", NULL, REF("Session")},
    {"signIn", MUST("\"email\",\"password\"", "\"email\":" TEXT ",\"password\":" TEXT), REF("Session")},
    {"setUp", MUST("\"token\",\"name\",\"email\",\"password\"",
                   "\"token\":" TEXT ",\"name\":" TEXT ",\"email\":" TEXT ",\"password\":" TEXT), REF("Session")},
    {"setPreferences", PROPS("\"lang\":" TEXT_OR_NULL ",\"tz\":" TEXT_OR_NULL ",\"theme\":{\"type\":\"string\",\"enum\":[\"auto\",\"light\",\"dark\"]}"), REF("Session")},
    {"setPassword", MUST("\"password\"", "\"current\":" TEXT ",\"password\":" TEXT), NULL},
    {"listTokens", NULL, ITEMS},
    {"createToken", MUST("\"name\"", "\"name\":" TEXT ",\"expires_at\":" TEXT_OR_NULL
                         ",\"scopes\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"enum\":[\"read\",\"write\"]}}"),
     PROPS("\"id\":" REF("Id") ",\"token\":" TEXT ",\"expires_at\":" TEXT_OR_NULL)},
    {"listPackages", NULL, ITEMS},
    {"planPackage", MUST("\"package\"", "\"package\":" TEXT ",\"remove\":" FLAG ",\"records\":" TEXT ",\"allow_drop\":" FLAG ",\"accept\":" FLAG ",\"digest\":" TEXT), NULL},
    {"installPackage", MUST("\"package\"", "\"package\":" TEXT ",\"allow_drop\":" FLAG ",\"accept\":" FLAG ",\"digest\":" TEXT), PROPS("\"job\":" REF("Id"))},
    {"removePackage", MUST("\"package\"", "\"package\":" TEXT ",\"records\":{\"type\":\"string\",\"enum\":[\"keep\",\"delete\"]}"), PROPS("\"job\":" REF("Id"))},
    {"builderPalette", NULL, PROPS("\"elements\":" LIST(OBJECT) ",\"types\":" LIST(OBJECT))},
    {"builderElement", NULL, PROPS("\"element\":" TEXT ",\"entity\":" TEXT ",\"doc\":" TEXT ",\"package\":" TEXT ",\"own\":" FLAG ",\"generated\":" FLAG
                                   ",\"properties\":" LIST(OBJECT) ",\"children\":" LIST(OBJECT))},
    {"builderFiles", NULL, PROPS("\"hash\":" TEXT ",\"items\":" LIST(PROPS("\"path\":" TEXT ",\"size\":" INT ",\"text\":" TEXT_OR_NULL)))},
    {"builderHistory", NULL, ITEMS},
    {"builderPreview", MUST("\"acts\"", "\"acts\":" LIST(ACT) ",\"hash\":" TEXT ",\"allow_drop\":" FLAG), REF("BuilderPreview")},
    {"builderPublish", MUST("\"acts\",\"hash\"", "\"acts\":" LIST(ACT) ",\"hash\":" TEXT ",\"allow_drop\":" FLAG), REF("BuilderPublished")},
    {"builderUndo", PROPS("\"hash\":" TEXT ",\"allow_drop\":" FLAG ",\"dry_run\":" FLAG), REF("BuilderPublished")},
    {"builderInfer", MUST("\"text\"", "\"text\":" TEXT ",\"label\":" TEXT),
     PROPS("\"entity\":" TEXT ",\"label\":" TEXT ",\"rows\":" INT ",\"header\":" FLAG ",\"columns\":" LIST(OBJECT) ",\"acts\":" LIST(ACT) ",\"csv\":" TEXT)},
    {"batch", MUST("\"requests\"", "\"mode\":{\"type\":\"string\",\"enum\":[\"atomic\",\"partial\"]},\"requests\":{\"type\":\"array\",\"maxItems\":500,\"items\":"
                   MUST("\"method\",\"path\"", "\"method\":{\"type\":\"string\",\"enum\":[\"POST\",\"PATCH\",\"DELETE\"]},\"path\":" TEXT ",\"if_match\":" TEXT ",\"body\":" OBJECT) "}"),
     PROPS("\"txn\":" TEXT_OR_NULL ",\"results\":" LIST(PROPS("\"status\":" INT ",\"body\":{\"type\":[\"object\",\"null\"]}")))},
    {"search", NULL, ITEMS},
    {"undo", PROPS("\"skip_conflicts\":" FLAG),
     PROPS("\"txn\":" REF("Id") ",\"undone\":" INT ",\"conflicts\":" LIST(REF("Issue")))},
    {"getJob", NULL, PROPS("\"id\":" REF("Id") ",\"state\":" TEXT ",\"done\":" INT ",\"total\":" INT ",\"result\":{}")},
    {"uploadFile", NULL, REF("File")},
    {"history", NULL, ITEMS},
    {"aggregate", NULL, ITEMS},
    {"bulk", PROPS("\"ids\":" LIST(REF("Id")) ",\"filter\":" TEXT ",\"set\":" OBJECT ",\"delete\":" FLAG ",\"dry_run\":" FLAG),
     PROPS("\"txn\":" TEXT_OR_NULL ",\"changed\":" INT ",\"failed\":" INT ",\"txns\":" LIST(REF("Id")) ",\"issues\":" LIST(REF("Issue")) ",\"ui\":" LIST(OBJECT))},
    {"import", MUST("\"file\"", "\"file\":" REF("Id") ",\"map\":" OBJECT ",\"dry_run\":" FLAG), PROPS("\"job\":" REF("Id"))},
};

static const char *const COMMON[][2] = {
    {"Id", "{\"type\":\"string\",\"pattern\":\"^[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{10}$\",\"description\":\"11 characters of Crockford base32.\"}"},
    {"Money", "{\"type\":\"object\",\"properties\":{\"amount\":{\"type\":\"string\"},\"currency\":{\"type\":\"string\"}},\"required\":[\"amount\",\"currency\"]}"},
    {"AnyRef", "{\"type\":\"object\",\"properties\":{\"entity\":{\"type\":\"string\"},\"id\":{\"$ref\":\"#/components/schemas/Id\"}},\"required\":[\"entity\",\"id\"]}"},
    {"File", "{\"type\":\"object\",\"properties\":{\"id\":{\"$ref\":\"#/components/schemas/Id\"},\"name\":{\"type\":\"string\"},\"size\":{\"type\":\"integer\"},\"type\":{\"type\":\"string\"}},\"required\":[\"id\"]}"},
    {"Count", "{\"type\":\"object\",\"properties\":{\"value\":{\"type\":\"integer\"},\"exact\":{\"type\":\"boolean\"}},\"required\":[\"value\",\"exact\"]}"},
    {"Issue", "{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\"},\"code\":{\"type\":\"string\"},\"message\":{\"type\":\"string\"}},\"required\":[\"path\",\"code\",\"message\"]}"},
    {"Error", "{\"type\":\"object\",\"required\":[\"error\"],\"properties\":{\"error\":{\"type\":\"object\",\"required\":[\"code\",\"message\",\"issues\"],\"properties\":{\"code\":{\"type\":\"string\"},\"message\":{\"type\":\"string\"},\"issues\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Issue\"}},\"rule\":{\"type\":[\"string\",\"null\"]},\"run\":{\"type\":[\"string\",\"null\"]},\"current\":{\"type\":\"object\"}}}}}"},
    {"BuilderPreview", "{\"type\":\"object\",\"properties\":{\"hash\":{\"type\":\"string\"},\"ok\":{\"type\":\"boolean\"},\"changed\":{\"type\":\"boolean\"},\"sentences\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"en\":{\"type\":\"string\"},\"de\":{\"type\":\"string\"}}}},\"notes\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},\"files\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\"},\"change\":{\"type\":\"string\"}}}},\"diff\":{\"type\":\"string\"},\"messages\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},\"plan\":{\"type\":[\"object\",\"null\"]}}}"},
    {"BuilderPublished", "{\"type\":\"object\",\"properties\":{\"generation\":{\"type\":\"integer\"},\"hash\":{\"type\":\"string\"},\"sentences\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},\"notes\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}"},
    {"Session", "{\"type\":\"object\",\"required\":[\"user\",\"csrf\"],\"properties\":{\"user\":{\"type\":\"object\",\"properties\":{\"id\":{\"type\":[\"string\",\"null\"]},\"name\":{\"type\":\"string\"},\"email\":{\"type\":\"string\"},\"lang\":{\"type\":\"string\"},\"tz\":{\"type\":\"string\"},\"theme\":{\"type\":\"string\"},\"admin\":{\"type\":\"boolean\"}}},\"csrf\":{\"type\":\"string\"}}}"},
};

static const struct {
    const char *name, *words, *schema;
} PARAMS[] = {
    {"after", "The next of the page before; with Accept: application/json.", INT},
    {"allow_duplicates", "Save although a duplicate was found.", FLAG},
    {"as_of", "As it was: at the end of a date, or at an instant.", TEXT},
    {"by", "What to group by: stage,month(closed_on).", TEXT},
    {"column", "A column of the view: account.name.", TEXT},
    {"count", "Also count, exactly up to 10,000.", FLAG},
    {"cursor", "The next of the page before, of the same query.", TEXT},
    {"deleted", "Records in the bin: only these, or these too.", "{\"type\":\"string\",\"enum\":[\"only\",\"include\"]}"},
    {"draft", "With fits: the members of that record so far, an object: {\"account\":\"...\"}.", TEXT},
    {"entities", "Where to search: crm:contact,crm:account; all without it.", TEXT},
    {"entity", "Only changes of this entity: crm:deal.", TEXT},
    {"expand", "Links whose titles are wanted too: account,owner.", TEXT},
    {"field", "A field of the entity.", TEXT},
    {"fields", "The fields that are wanted: name,account.city; all without it.", TEXT},
    {"filter", "An expression: stage in ('won','lost') and amount gt 5000.", TEXT},
    {"fits", "Only what may be picked for a link, by its filter: crm:deal.contact.", TEXT},
    {"form", "A form of the entity.", TEXT},
    {"format", "How to write them.", "{\"type\":\"string\",\"enum\":[\"csv\",\"json\"]}"},
    {"limit", "How many at most.", "{\"type\":\"integer\",\"minimum\":1}"},
    {"measure", "What to compute: sum(amount),count().", TEXT},
    {"move", "A move of the status: open-done.", TEXT},
    {"name", "The file's name.", TEXT},
    {"option", "An option of the field.", TEXT},
    {"place", "A field on the form.", TEXT},
    {"q", "What to search for.", TEXT},
    {"section", "A section of the form.", TEXT},
    {"sort", "In which order: -closed_on,name.", TEXT},
    {"state", "A state of the status.", TEXT},
    {"status", "A status of the entity.", TEXT},
    {"tab", "A tab of the form.", TEXT},
    {"type", "The file's media type; by its name without it.", TEXT},
    {"view", "A view of the entity.", TEXT},
};
/* clang-format on */

const struct op_schema *openapi_fixed(const char *id)
{
    size_t i;

    for (i = 0; i < sizeof FIXED / sizeof *FIXED; i++) {
        if (strcmp(FIXED[i].id, id) == 0)
            return &FIXED[i];
    }
    return NULL;
}

void openapi_common(struct json_w *w)
{
    size_t i;

    for (i = 0; i < sizeof COMMON / sizeof *COMMON; i++) {
        json_key(w, str_c(COMMON[i][0]));
        json_w_raw(w, str_c(COMMON[i][1]));
    }
}

void openapi_param(struct json_w *w, struct str name)
{
    size_t i;

    for (i = 0; i < sizeof PARAMS / sizeof *PARAMS; i++) {
        if (!str_eq(name, str_c(PARAMS[i].name)))
            continue;
        json_kv(w, "description", str_c(PARAMS[i].words));
        json_k(w, "schema");
        json_w_raw(w, str_c(PARAMS[i].schema));
        return;
    }
    json_k(w, "schema");
    json_w_raw(w, STR(TEXT));
}
