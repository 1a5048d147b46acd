/*
 * access - who asks, and what they may reach.
 *
 * Every call of the planner and the pipeline carries a principal. No principal
 * means nothing is allowed: the zero value is "nobody", the system says so.
 * Now there are two kinds of user: administrators (users, packages, definitions
 * and all records) and users (all records of packages; of the platform's own
 * entities they read names). Roles and scopes come into these same functions.
 */
#ifndef ACCESS_ACCESS_H
#define ACCESS_ACCESS_H

#include "model/model.h"

enum principal_kind { PRINCIPAL_NOBODY = 0, PRINCIPAL_USER, PRINCIPAL_SYSTEM };
enum source {
    SOURCE_UI,
    SOURCE_API,
    SOURCE_IMPORT,
    SOURCE_RULE,
    SOURCE_FLOW,
    SOURCE_PORTAL,
    SOURCE_MAIL,
    SOURCE_UNDO,
    SOURCE_CLI,
    SOURCE_SEED
};

struct principal {
    enum principal_kind kind;
    int64_t user; /* record of sys:user; 0 for the system  */
    bool is_admin;
    bool may_write; /* a token's scope; sessions: true      */
    enum source source;
    struct str lang; /* "de"; borrowed                        */
    uint64_t rights; /* sys_meta 'rights' when it was made    */
};

enum access_op {
    ACCESS_READ,
    ACCESS_CREATE,
    ACCESS_UPDATE,
    ACCESS_DELETE,
    ACCESS_EXPORT,
    ACCESS_DEFINE
};

struct principal principal_system(enum source source);

/* May this be done at all? false is RC_DENIED; hidden entities are as if they
   did not exist (access_sees false: RC_NOTFOUND). */
bool access_sees(const struct principal *who, const struct entity *e);
bool access_may(const struct principal *who, enum access_op op,
                const struct entity *e);
bool access_reads_field(const struct principal *who, const struct field *f);
bool access_writes_field(const struct principal *who, const struct field *f);

/*
 * Append " AND (..)" that leaves the rows of `e` (under `alias`) this principal
 * may read. Appends nothing when all of them, " AND 0=1" when none.
 */
enum rc access_rows(const struct principal *who, const struct model *m,
                    const struct entity *e, int alias, struct sqlb *q,
                    struct err *err) MUST_CHECK;
/* model.tables with the row predicate of this principal put in; for fx_from.
   `ctx_out` keeps what the callback needs and must live as long. */
struct access_tables {
    struct fx_tables tables;
    const struct principal *who;
    const struct model *model;
};
void access_tables_init(struct access_tables *t, const struct principal *who,
                        const struct model *m);

/* The columns this principal may read of the given entities, as the grant of
   every statement (system columns and keys included). */
enum rc access_grant(const struct principal *who, const struct model *m,
                     const struct entity *const *entities, size_t n,
                     struct arena *a, const struct db_grant **out,
                     struct err *err) MUST_CHECK;

/*
 * What this principal may see of the model, as docs/design/0002 says: the
 * members packages, apps, entities, forms and views into the open object of
 * `w`. `lang` is model_lang's.
 */
struct json_w;
void access_model_json(const struct principal *who, const struct model *m,
                       int lang, struct json_w *w);

const char *source_name(enum source s); /* "ui" "api" ... */

#endif
