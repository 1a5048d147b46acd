/*
 * openapi - the parts of the OpenAPI 3.1 document. For runtime/api alone.
 */
#ifndef API_OPENAPI_H
#define API_OPENAPI_H

#include "api/call.h"

/* Schemas of the fixed operations: request and answer as JSON texts; NULL when
   there is none of its own. */
struct op_schema {
    const char *id; /* operationId */
    const char *request, *answer;
};
const struct op_schema *openapi_fixed(const char *id); /* or NULL */
/* Members of components.schemas that are the same everywhere. */
void openapi_common(struct json_w *w);
/* A query parameter's description and schema, as members of an open object. */
void openapi_param(struct json_w *w, struct str name);

/* components.schemas of one entity: as read, to create, to change, a page. */
void openapi_entity(struct json_w *w, const struct principal *who,
                    const struct entity *e);
/* "#/components/schemas/<table><suffix>" as {"$ref":".."} */
void openapi_ref(struct json_w *w, const struct entity *e, const char *suffix);

#endif
