/*
 * routes - every address of the interface in one table: what it takes, who may,
 * what it answers. The router, the OpenAPI document and docs/http/api.md are
 * made from it.
 */
#include "api/call.h"

#define RECORD "/api/v1/{package}/{entity}"
#define ONE    RECORD "/{id}"
#define READS  "fields expand deleted as_of"
#define LISTS  READS " filter sort limit cursor count"

/* clang-format off */
static const struct op OPS[] = {
    /* pages and the process */
    {HTTP_GET, "/", run_page, OP_ANYONE, OP_NO_BODY, OP_PROCESS, "", "page", "pages", 200,
     "The web application."},
    {HTTP_GET, "/app/{rest...}", run_page, OP_ANYONE, OP_NO_BODY, OP_PROCESS, "", "appPage", "pages", 200,
     "The web application, at an entity, a view or a record."},
    {HTTP_GET, "/setup", run_page, OP_ANYONE, OP_NO_BODY, OP_PROCESS, "", "setupPage", "pages", 200,
     "The page of the first set-up link."},
    {HTTP_GET, "/signin", run_page, OP_ANYONE, OP_NO_BODY, OP_PROCESS, "", "signInPage", "pages", 200,
     "The page to sign in."},
    {HTTP_GET, "/assets/{rest...}", run_asset, OP_ANYONE, OP_NO_BODY, OP_PROCESS, "", "asset", "pages", 200,
     "A file of the web application."},
    {HTTP_GET, "/healthz", run_healthz, OP_ANYONE, OP_NO_BODY, OP_PROCESS, "", "healthz", "health", 200,
     "The process answers."},
    {HTTP_GET, "/readyz", run_readyz, OP_ANYONE, OP_NO_BODY, OP_PROCESS, "", "readyz", "health", 200,
     "The process can do its work; 503 when not."},
    {HTTP_GET, "/metrics", run_metrics, OP_ANYONE, OP_NO_BODY, OP_PROCESS, "", "metrics", "health", 200,
     "Counters as Prometheus text."},

    /* who asks */
    {HTTP_GET, "/api/v1/session", run_session_get, OP_USER, OP_NO_BODY, 0, "", "getSession", "session", 200,
     "Who is signed in, and the value of X-CSRF."},
    {HTTP_POST, "/api/v1/session", run_sign_in, OP_ANYONE, OP_JSON, OP_SIGNS_IN | OP_NO_KEY, "", "signIn", "session", 200,
     "Sign in with e-mail and password; sets the cookie."},
    {HTTP_PATCH, "/api/v1/session", run_preferences, OP_USER, OP_JSON, OP_HUMAN, "", "setPreferences", "session", 200,
     "Set one's own language, time zone and appearance."},
    {HTTP_DELETE, "/api/v1/session", run_sign_out, OP_USER, OP_NO_BODY, 0, "", "signOut", "session", 204,
     "Sign out; ends the session."},
    {HTTP_POST, "/api/v1/setup", run_setup, OP_ANYONE, OP_JSON, OP_SIGNS_IN | OP_NO_KEY, "", "setUp", "session", 200,
     "Create the first administrator with the one-time link's token."},
    {HTTP_POST, "/api/v1/setup/link", run_setup_link, OP_CLI, OP_NO_BODY, OP_NO_KEY, "", "setupLink", "session", 200,
     "A new one-time set-up token; null once there is an administrator."},
    {HTTP_PUT, "/api/v1/sys/user/{id}/password", run_password, OP_USER, OP_JSON, OP_HUMAN, "", "setPassword", "session", 204,
     "Set one's own password, or another's as an administrator."},
    {HTTP_GET, "/api/v1/tokens", run_token_list, OP_USER, OP_NO_BODY, OP_HUMAN, "", "listTokens", "session", 200,
     "One's API tokens, without their secrets."},
    {HTTP_POST, "/api/v1/tokens", run_token_create, OP_USER, OP_JSON, OP_HUMAN | OP_NO_KEY, "", "createToken", "session", 201,
     "Make an API token; its secret is shown this once."},
    {HTTP_DELETE, "/api/v1/tokens/{id}", run_token_revoke, OP_USER, OP_NO_BODY, OP_HUMAN, "", "revokeToken", "session", 204,
     "Revoke an API token."},

    /* the workspace */
    {HTTP_GET, "/api/v1/model", run_model, OP_USER, OP_NO_BODY, 0, "", "getModel", "model", 200,
     "Entities, forms, views and menus as this user may see them."},
    {HTTP_GET, "/api/v1/openapi.json", run_openapi, OP_USER, OP_NO_BODY, 0, "", "getOpenApi", "model", 200,
     "This document."},
    {HTTP_GET, "/api/v1/packages", run_packages, OP_ADMIN, OP_NO_BODY, OP_OWN_TIME, "", "listPackages", "packages", 200,
     "Packages that are installed, and those the marketplace folders offer."},
    {HTTP_GET, "/api/v1/packages/{id}", run_package, OP_ADMIN, OP_NO_BODY, OP_OWN_TIME, "", "getPackage", "packages", 200,
     "What one package brings, asks for and needs."},
    {HTTP_GET, "/api/v1/packages/{id}/screens/{n}", run_package_screen, OP_ADMIN, OP_NO_BODY, OP_OWN_TIME, "", "getPackageScreen", "packages", 200,
     "A picture of a package."},
    {HTTP_POST, "/api/v1/packages/plan", run_package_plan, OP_ADMIN, OP_JSON, OP_READS, "", "planPackage", "packages", 200,
     "What installing, upgrading or removing would do; nothing is changed."},
    {HTTP_POST, "/api/v1/packages/install", run_package_install, OP_ADMIN, OP_JSON, 0, "", "installPackage", "packages", 202,
     "Install or upgrade a package, as a job."},
    {HTTP_POST, "/api/v1/packages/remove", run_package_remove, OP_ADMIN, OP_JSON, 0, "", "removePackage", "packages", 202,
     "Remove a package, as a job; its records are kept unless asked otherwise."},

    /* definitions, changed from the browser */
    {HTTP_GET, "/api/v1/builder/palette", run_builder_palette, OP_ADMIN, OP_NO_BODY, 0, "", "builderPalette", "builder", 200,
     "What can be built: elements with their attributes, and field types."},
    {HTTP_GET, "/api/v1/builder/element", run_builder_element, OP_ADMIN, OP_NO_BODY, 0, "entity form view field status tab section place column option state move", "builderElement", "builder", 200,
     "One element: each attribute, who says so and where, and what a package beneath says."},
    {HTTP_GET, "/api/v1/builder/files", run_builder_files, OP_ADMIN, OP_NO_BODY, 0, "", "builderFiles", "builder", 200,
     "The workspace's own definitions, file by file, and their hash."},
    {HTTP_GET, "/api/v1/builder/history", run_builder_history, OP_ADMIN, OP_NO_BODY, 0, "limit", "builderHistory", "builder", 200,
     "What was changed of them, newest first: who, when, in a sentence."},
    {HTTP_POST, "/api/v1/builder/preview", run_builder_preview, OP_ADMIN, OP_JSON, OP_READS, "", "builderPreview", "builder", 200,
     "What acts would do: sentences, diff, messages, plan; nothing is changed."},
    {HTTP_POST, "/api/v1/builder/publish", run_builder_publish, OP_ADMIN, OP_JSON, 0, "", "builderPublish", "builder", 200,
     "Do acts on the definitions that were seen; 409 when there are others by now."},
    {HTTP_POST, "/api/v1/builder/undo/{generation}", run_builder_undo, OP_ADMIN, OP_JSON_OR_NOTHING, 0, "", "builderUndo", "builder", 200,
     "Take a change of the history back, as a new one; with dry_run a preview."},
    {HTTP_POST, "/api/v1/builder/infer", run_builder_infer, OP_ADMIN, OP_JSON, OP_READS, "", "builderInfer", "builder", 200,
     "A pasted spreadsheet as an entity: columns with types, acts, and rows to import."},

    /* many at once, live, files */
    {HTTP_POST, "/api/v1/batch", run_batch, OP_USER, OP_JSON, 0, "", "batch", "records", 200,
     "Up to 500 writes of any entities in one transaction."},
    {HTTP_GET, "/api/v1/search", run_search, OP_USER, OP_NO_BODY, 0, "q entities limit", "search", "records", 200,
     "Full-text search over all entities, or those named."},
    {HTTP_POST, "/api/v1/undo/{txn}", run_undo, OP_USER, OP_JSON_OR_NOTHING, 0, "", "undo", "records", 200,
     "Undo a transaction, as a new one."},
    {HTTP_GET, "/api/v1/events", run_events, OP_USER, OP_NO_BODY, OP_OWN_TIME, "entity after", "events", "events", 200,
     "What changes, as server-sent events or one page of JSON."},
    {HTTP_GET, "/api/v1/jobs/{id}", run_job, OP_USER, OP_NO_BODY, 0, "", "getJob", "jobs", 200,
     "State and result of long work."},
    {HTTP_DELETE, "/api/v1/jobs/{id}", run_job_cancel, OP_USER, OP_NO_BODY, 0, "", "cancelJob", "jobs", 204,
     "Ask long work to stop."},
    {HTTP_POST, "/api/v1/files", run_upload, OP_USER, OP_BYTES, 0, "name type", "uploadFile", "files", 201,
     "Upload a file, to be attached by writing its id into a field."},
    {HTTP_GET, "/api/v1/files/{id}", run_download, OP_USER, OP_NO_BODY, OP_OWN_TIME, "", "downloadFile", "files", 200,
     "The bytes of a file."},

    /* records */
    {HTTP_GET, RECORD, run_list, OP_USER, OP_NO_BODY, OP_ENTITY, LISTS " q fits draft", "list", "records", 200,
     "A page of records."},
    {HTTP_POST, RECORD, run_create, OP_USER, OP_JSON, OP_ENTITY, "fields expand allow_duplicates", "create", "records", 201,
     "Create a record."},
    {HTTP_GET, ONE, run_get, OP_USER, OP_NO_BODY, OP_ENTITY, READS, "get", "records", 200,
     "One record."},
    {HTTP_PATCH, ONE, run_patch, OP_USER, OP_JSON, OP_ENTITY, "fields expand allow_duplicates", "update", "records", 200,
     "Change the fields that are sent."},
    {HTTP_DELETE, ONE, run_delete, OP_USER, OP_NO_BODY, OP_ENTITY, "", "delete", "records", 204,
     "Move a record to the bin."},
    {HTTP_POST, ONE "/restore", run_restore, OP_USER, OP_JSON_OR_NOTHING, OP_ENTITY, "fields expand", "restore", "records", 200,
     "Bring a record back from the bin."},
    {HTTP_GET, ONE "/history", run_history, OP_USER, OP_NO_BODY, OP_ENTITY, "limit", "history", "records", 200,
     "What happened to a record, newest first."},
    {HTTP_GET, RECORD "/aggregate", run_aggregate, OP_USER, OP_NO_BODY, OP_ENTITY, "by measure filter q sort limit as_of", "aggregate", "records", 200,
     "Counts, sums and averages by group."},
    {HTTP_POST, RECORD "/bulk", run_bulk, OP_USER, OP_JSON, OP_ENTITY, "", "bulk", "records", 200,
     "Change or delete many records alike."},
    {HTTP_POST, RECORD "/import", run_import, OP_USER, OP_JSON, OP_ENTITY, "", "import", "records", 202,
     "Import an uploaded CSV file, as a job."},
    {HTTP_GET, RECORD "/export", run_export, OP_USER, OP_NO_BODY, OP_ENTITY | OP_OWN_TIME, "format filter q sort fields deleted", "export", "records", 200,
     "All records that match, as CSV or JSON."},
};
/* clang-format on */

size_t op_table(const struct op **out)
{
    *out = OPS;
    return sizeof OPS / sizeof *OPS;
}
