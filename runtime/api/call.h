/*
 * call - one request on its way through the interface. For runtime/api alone.
 *
 * A handler binds what it needs, calls query_*, record_*, auth_* or package_*,
 * renders into c->w and returns RC_OK; any other answer goes to answer_error,
 * the one place that knows status and body of a failure.
 *
 * A read bracket is held from call_read to call_let_go and never while a body
 * comes in or a save waits: readers are few. The model stays until the end.
 */
#ifndef API_CALL_H
#define API_CALL_H

#include <pthread.h>
#include <stdatomic.h>

#include "api/api.h"
#include "base/vec.h"
#include "http/router.h"
#include "package/market.h"

struct idem_table;

struct api {
    struct api_config config;
    struct arena arena;
    const struct http_router *router;
    struct idem_table *running; /* keys whose first request is under way */
    atomic_int downloads;       /* exports that hold a reader            */
};

enum op_who {
    OP_ANYONE,
    OP_USER,
    OP_ADMIN,
    OP_CLI /* the Unix socket only */
};
enum op_body {
    OP_NO_BODY,
    OP_JSON,
    OP_JSON_OR_NOTHING,
    OP_BYTES /* application/octet-stream; the handler reads it */
};
enum op_flag {
    OP_PROCESS = 1,   /* of the process: no workspace, no principal    */
    OP_READS = 2,     /* changes nothing, whatever the method          */
    OP_SIGNS_IN = 4,  /* no principal yet, but a browser's form        */
    OP_HUMAN = 8,     /* not with an API token                         */
    OP_OWN_TIME = 16, /* makes its brackets itself, of other deadlines */
    OP_ENTITY = 32,   /* addressed by {package}/{entity}               */
    OP_NO_KEY = 64    /* answers a secret: no Idempotency-Key          */
};

struct call;
/* A row of the route table: what is done, and what the manual says of it. */
struct op {
    enum http_method method;
    const char *pattern; /* below /w/{name} */
    enum rc (*run)(struct call *c);
    enum op_who who;
    enum op_body body;
    unsigned flags;
    const char *params; /* query parameters, spaces between */
    const char *id;     /* operationId */
    const char *tag;
    int status; /* of success */
    const char *summary;
};
size_t op_table(const struct op **out);

struct call {
    struct api *api;
    struct http_request *req;
    struct http_response *res;
    struct arena *a;
    const struct op *op;
    struct str prefix; /* "/w/name" or "" */
    struct workspace *ws;
    struct db *db; /* the read bracket, or NULL */
    bool is_in_tx; /* db is the writer's: idem.c */
    const struct model *m;
    struct auth auth;
    struct str secret; /* token or cookie it came with          */
    const struct json *body;
    struct str body_text;
    struct issues issues;
    struct err err;
    struct json_w w;
    struct str current; /* a 409's record, as JSON               */
    int retry_after_s;
    int64_t touched_at;
};

/* --- context.c --------------------------------------------------------------- */
/* A bracket with its model; the model of before is let go. `deadline_ms` from
   now, 0: the usual. Nothing is done when one is open. */
enum rc call_read(struct call *c, int64_t deadline_ms) MUST_CHECK;
void call_let_go(struct call *c); /* ends the bracket, keeps the model */
struct query_ctx call_query(struct call *c);
struct record_ctx call_record(struct call *c);
int64_t call_now(const struct call *c);
static inline const struct principal *call_who(const struct call *c)
{
    return &c->auth.who;
}

/* --- bind.c ------------------------------------------------------------------- */
struct str call_param(const struct call *c, const char *name); /* STR_NONE */
/* "true" or "false"; an issue otherwise. */
enum rc call_param_bool(struct call *c, const char *name, bool *out) MUST_CHECK;
/* A whole number of min..max; an issue otherwise. Absent: *out stays. */
enum rc call_param_int(struct call *c, const char *name, int min, int max,
                       int *out) MUST_CHECK;
/* Every parameter of the request against op->params. */
enum rc call_check_params(struct call *c) MUST_CHECK;
/* The captured {package}/{entity}, or RC_NOTFOUND for one that may not be seen. */
enum rc call_entity(struct call *c, const struct entity **out) MUST_CHECK;
enum rc call_entity_named(struct call *c, struct str qname,
                          const struct entity **out) MUST_CHECK;
/* The k-th capture as a record's id; RC_NOTFOUND. */
enum rc call_id(struct call *c, size_t k, int64_t *out) MUST_CHECK;
/* An If-Match: -1 when empty or "*". RC_SYNTAX for what is no strong tag. */
enum rc call_if_match(struct call *c, struct str tag, int64_t *rev) MUST_CHECK;
/* The members of `object` are among `names` ("a b c"); else issues. */
enum rc call_members(struct call *c, const struct json *object,
                     const char *path, const char *names) MUST_CHECK;
/* A text member; STR_NONE when absent or null; an issue for another kind. */
enum rc call_text(struct call *c, const struct json *object, const char *name,
                  struct str *out) MUST_CHECK;
enum rc call_flag(struct call *c, const struct json *object, const char *name,
                  bool *out) MUST_CHECK;
/* As issues_add with a C path, answering RC_INVALID. */
enum rc call_reject(struct call *c, const char *path, const char *code,
                    const char *fmt, ...) PRINTF_LIKE(4, 5);

/* The errors among messages of the compiler or of a plan, as issues at their
   places: "entities/x.xml:17:4". */
void call_messages(struct call *c, const struct message *v, size_t n);

/* --- answer.c ----------------------------------------------------------------- */
void answer_error(struct call *c, enum rc rc);
/* Status, code and sentence of a failure; the same for a line of a batch. */
int answer_status(enum rc rc, const char *code);
const char *answer_code(enum rc rc, const char *code,
                        const struct issues *issues);
/* {"error":{..}} as one value. `path` "" or what the issues begin with. */
void answer_error_json(struct json_w *w, enum rc rc, const char *code,
                       const char *text, const struct issues *issues,
                       struct str prefix);
/* The issues of is->v[from..], as an array. */
void answer_issues(struct json_w *w, const struct issues *is, struct str prefix,
                   bool warnings);
/* Content type and status of what is in c->w; checks its nesting. */
enum rc answer_json(struct call *c, int status) MUST_CHECK;
void answer_id_header(struct call *c, const char *name, int64_t id);
/* <prefix>/api/v1/<package>/<entity>/<id>, or with entity NULL <what>/<id>. */
struct str answer_address(struct call *c, const struct entity *e,
                          const char *what, int64_t id);
/* ":"-free sentence of the last resort, when err has none. */
const char *answer_text(enum rc rc, const struct err *err,
                        const struct issues *issues);

/* --- idem.c -------------------------------------------------------------------- */
struct idem {
    struct call *c;
    struct str key; /* n 0: the request has none */
    uint8_t hash[32];
    bool is_running; /* registered */
    bool was_stored;
    /* Renders the answer inside the transaction, with c->db the writer's. */
    enum rc (*render)(struct call *c, void *arg, int64_t txn, struct err *err);
    void *arg;
};
/*
 * Begin. *answered: the stored answer of an earlier request is in c->res, and
 * nothing else is to be done. RC_INVALID: the key was used with another body;
 * RC_CONFLICT: it is running.
 */
enum rc idem_begin(struct call *c, struct idem *i, bool *answered) MUST_CHECK;
/* _begin in two, where the body is not c->body_text: the second call hashes
   `bytes_hash` too. idem_end whatever is answered. */
enum rc idem_claim(struct call *c, struct idem *i) MUST_CHECK;
enum rc idem_look(struct idem *i, struct str bytes_hash,
                  bool *answered) MUST_CHECK;
/* Have `ctx` store the answer with the save. */
void idem_attach(struct idem *i, struct record_ctx *ctx);
/* For writes of another kind: the row, in the caller's write job. */
enum rc idem_store(struct idem *i, struct db *db, struct err *err) MUST_CHECK;
void idem_end(struct idem *i);
/* After a save that RC_CONFLICTed on the key's own row: answers it. */
bool idem_lost(struct idem *i, enum rc *rc);
struct idem_table *idem_table_new(void);
void idem_table_free(struct idem_table *t);

/* --- records.c: shared with batch, bulk, files ----------------------------------- */
/* The record as it is now, with `_warnings`; a record that may not be read is
   {"id","rev"}. c->db is open. */
enum rc record_render(struct call *c, const struct entity *e, int64_t id,
                      int64_t rev, struct str prefix, int64_t *rev_out,
                      struct err *err) MUST_CHECK;
/* as_of=: `q` reads that time; give q->past to query_past_free, whatever is
   answered. Without the parameter, or in the future, nothing. */
enum rc call_past(struct call *c, struct query_ctx *q) MUST_CHECK;
/* fields=, expand=, filter= ... of the request. */
enum rc record_spec(struct call *c, const struct entity *e,
                    struct query_spec *out) MUST_CHECK;

/* --- jobs.c ------------------------------------------------------------------------ */
/* Queue, answer 202 {"job"}. */
enum rc job_answer(struct call *c, struct idem *idem, const char *kind,
                   struct str args) MUST_CHECK;
/* The same, while no other job of the kind waits or runs: else RC_CONFLICT. */
enum rc job_answer_alone(struct call *c, struct idem *idem, const char *kind,
                         struct str args) MUST_CHECK;
/* Who a job runs as: its user as of now; RC_DENIED when no longer active. */
enum rc job_principal(struct db *db, const struct model *m, int64_t user,
                      enum source source, struct arena *a,
                      struct principal *out, struct err *err) MUST_CHECK;
enum rc bulk_job(void *ws, struct job *job, struct str *result,
                 struct err *err);
enum rc import_job(void *ws, struct job *job, struct str *result,
                   struct err *err);

/* --- packages.c: shared with package_work.c --------------------------------------- */
struct market_source api_market(const struct call *c);
const struct package *api_installed(const struct call *c,
                                    struct str id); /* or NULL */
enum rc package_job(void *api_jobs, struct job *job, struct str *result,
                    struct err *err);

/* --- files.c: shared with import ---------------------------------------------------- */
/* May this principal read the file's bytes? As its parent's record, or as the
   one who uploaded it. */
enum rc file_check(const struct query_ctx *q, int64_t id, bool *readable,
                   struct err *err) MUST_CHECK;
/* The bytes of a file that may be read, appended; RC_NOTFOUND. */
enum rc file_bytes(const struct query_ctx *q, int64_t id, struct buf *out,
                   struct err *err) MUST_CHECK;
/* Store bytes as a file of `user`. */
enum rc file_store(const struct workspace *ws, int64_t user, struct str name,
                   struct str type, struct str bytes, struct arena *a,
                   int64_t *id, struct err *err) MUST_CHECK;

/* --- builder.c --------------------------------------------------------------------- */
enum rc run_builder_palette(struct call *c),
    run_builder_element(struct call *c), run_builder_files(struct call *c),
    run_builder_history(struct call *c), run_builder_preview(struct call *c),
    run_builder_publish(struct call *c), run_builder_undo(struct call *c),
    run_builder_infer(struct call *c);

/* --- handlers ------------------------------------------------------------------------ */
enum rc run_list(struct call *c), run_get(struct call *c),
    run_create(struct call *c), run_patch(struct call *c),
    run_delete(struct call *c), run_restore(struct call *c),
    run_batch(struct call *c), run_bulk(struct call *c),
    run_aggregate(struct call *c), run_search(struct call *c),
    run_history(struct call *c), run_undo(struct call *c),
    run_session_get(struct call *c), run_sign_in(struct call *c),
    run_sign_out(struct call *c), run_setup(struct call *c),
    run_setup_link(struct call *c), run_password(struct call *c),
    run_preferences(struct call *c), run_token_list(struct call *c),
    run_token_create(struct call *c), run_token_revoke(struct call *c),
    run_model(struct call *c), run_openapi(struct call *c),
    run_upload(struct call *c), run_download(struct call *c),
    run_events(struct call *c), run_job(struct call *c),
    run_job_cancel(struct call *c), run_import(struct call *c),
    run_export(struct call *c), run_packages(struct call *c),
    run_package(struct call *c), run_package_screen(struct call *c),
    run_package_plan(struct call *c), run_package_install(struct call *c),
    run_package_remove(struct call *c), run_healthz(struct call *c),
    run_readyz(struct call *c), run_metrics(struct call *c),
    run_page(struct call *c), run_asset(struct call *c);

#endif
