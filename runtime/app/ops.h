/*
 * ops - what commands do to a workspace, once: called directly by a command
 * that finds no server, and over perigee.sock by one that finds one.
 *
 * An operation gets its arguments as JSON and the files that the command read,
 * and answers with one JSON value and with text for people. Nothing here reads
 * a file by a name from outside.
 */
#ifndef APP_OPS_H
#define APP_OPS_H

#include "app/app.h"

enum {
    OP_BODY_BYTES = (256 + 64) << 20, /* a CSV file and what is around it */
    OP_ANSWER_BYTES = 64 << 20,
    OP_ARENA_BYTES = 1 << 30,
    OP_FILES = PACKAGE_MAX_FILES
};

struct op_file {
    struct str path, bytes;
};

struct op {
    struct app *app; /* NULL: a workspace in memory, for `check` */
    struct workspace *ws;
    const struct json *args; /* object */
    const struct op_file *files;
    size_t n_files;
    struct arena *arena;
    struct json_w *json; /* exactly one value is written     */
    struct buf *text;    /* ends with a line's end, or empty */
    bool has_findings;   /* done, and the answer is "no": exit 1 */
    struct str kept;     /* a file for the command to write, e.g. the rows
                            that an import refused; or empty */
    struct issues issues;
    /* export: the records themselves; type is "text/csv" ... */
    enum rc (*put)(void *arg, const char *type, struct str bytes,
                   struct err *err);
    void *put_arg;
};

typedef enum rc op_run(struct op *op, struct err *err);

/* NULL: no such operation. */
op_run *op_find(struct str name);

/* Exit code of the contract: 0 done 1 refused 3 not now 4 I/O or internal. */
int op_exit(enum rc rc, bool has_findings);

/* Arguments. */
struct str op_str(const struct op *op, const char *name); /* or empty */
bool op_bool(const struct op *op, const char *name);
int64_t op_i64(const struct op *op, const char *name); /* or 0 */

op_run op_apps, op_check, op_plan, op_install, op_upgrade, op_remove;
op_run op_backup; /* {"file","bytes"}: below the data folder; no text */
op_run op_import, op_export, op_export_package, op_token_create;
op_run op_user_list, op_user_deactivate, op_user_password;

/* Run `name`: the answer (or the error, as JSON and text) in op's writers.
   `op` has everything but args' meaning. Returns the operation's rc. */
enum rc op_call(struct op *op, struct str name, struct err *err);

#endif
