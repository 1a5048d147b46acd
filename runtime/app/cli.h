/*
 * cli - the commands. Exit codes: 0 done, 1 refused or findings, 2 usage,
 * 3 not now (locked, no such folder), 4 I/O or internal.
 */
#ifndef APP_CLI_H
#define APP_CLI_H

#include "app/config.h"
#include "app/ops.h"

enum {
    EXIT_DONE = 0,
    EXIT_REFUSED = 1,
    EXIT_USAGE = 2,
    EXIT_NOT_NOW = 3,
    EXIT_BROKEN = 4
};

/* The whole program; argv without its name. */
int cli_main(int argc, char *const *argv);

/* Each a row of the table. */
int cli_serve(const struct config *c);
int cli_init(const struct config *c);
int cli_version(const struct config *c);
int cli_schema(const struct config *c);
int cli_token_create(const struct config *c);
int cli_check(const struct config *c);
int cli_plan(const struct config *c);
int cli_apps(const struct config *c);
int cli_install(const struct config *c);
int cli_upgrade(const struct config *c);
int cli_pack(const struct config *c);
int cli_dev(const struct config *c);
int cli_remove(const struct config *c);
int cli_backup(const struct config *c);
int cli_import(const struct config *c);
int cli_export(const struct config *c);
int cli_export_records(const struct config *c); /* when it is of records */
int cli_user_list(const struct config *c);
int cli_user_deactivate(const struct config *c);
int cli_user_password(const struct config *c);
int cli_help(const struct config *c);

/* --- helpers of the commands ----------------------------------------------------- */

/* Say what went wrong, as --json or as a sentence on stderr; the exit code. */
int cli_fail(const struct config *c, enum rc rc, const struct err *err);
/* As a usage error (2). */
int cli_usage(const struct config *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The whole of a file, or of stdin for "-". */
enum rc cli_read_file(const char *path, size_t limit, struct arena *a,
                      struct str *out, struct err *err) MUST_CHECK;
/* "30d" "12h" "45m" "90s" in seconds; false: none of these. */
bool cli_duration(const char *text, int64_t *seconds);
/* --log, PERIGEE_LOG, else `fallback`; false: no such level (said). */
bool cli_log_level(const struct config *c, const char *fallback);

/* How to open the folder when no server runs. */
struct app_config cli_app_config(const struct config *c);

/*
 * Run an operation: by the server of the data folder when one runs, else here.
 * Prints the answer. without_folder: in a workspace in memory when there is no
 * data folder (`check`).
 */
/* With `done`: what was done is told by it, which gets the answer's JSON. */
typedef int cli_done(const struct config *c, struct str json);
int cli_run_told(const struct config *c, const char *operation,
                 struct str args_json, cli_done *done, struct arena *a);
int cli_run(const struct config *c, const char *operation, struct str args_json,
            const struct op_file *files, size_t n, bool without_folder,
            struct arena *a);
/* The same with what is streamed gathered in `into`, not printed. */
int cli_run_into(const struct config *c, const char *operation,
                 struct str args_json, struct buf *into, struct arena *a);

#endif
