/*
 * cli_run - an operation, by whoever has the data: the server over its socket,
 * or this process when there is none. Between asking the one and becoming the
 * other somebody may come, so both are tried until the time is up.
 */
#include <stdlib.h>
#include <time.h>

#include "app/cli.h"
#include "app/client.h"
#include "app/host.h"
#include "base/clock.h"
#include "base/json.h"

enum { TRIES = 60, PAUSE_MS = 50 };

struct run {
    const struct config *c;
    const char *operation;
    struct str args;
    const struct op_file *files;
    size_t n_files;
    struct arena *arena;
    struct buf *into; /* what is streamed; NULL: stdout */
    cli_done *done;   /* or NULL */
};

/* --- output ---------------------------------------------------------------------- */

static enum rc put(void *arg, struct str bytes, struct err *err)
{
    struct run *r = arg;

    if (r->into) {
        buf_add(r->into, bytes);
        return r->into->failed == RC_OK
                   ? RC_OK
                   : FAIL(err, r->into->failed, "The answer is too large.");
    }
    if (fwrite(bytes.p, 1, bytes.n, stdout) != bytes.n)
        return FAIL(err, RC_IO, "stdout cannot be written.");
    return RC_OK;
}

static enum rc put_typed(void *arg, const char *type, struct str bytes,
                         struct err *err)
{
    (void)type;
    return put(arg, bytes, err);
}

/* The rows that an import refused. A file of an earlier run must not pass for
   this one's, so it is written even when it comes out empty. The report has
   gone to stdout, where --json promises one value. */
static int keep(const struct run *r, int code, struct str kept)
{
    const char *path = config_flag(r->c, "--errors");
    FILE *f;
    bool ok;

    if (!path)
        return code;
    f = fopen(path, "wb");
    ok = f && (kept.n == 0 || fwrite(kept.p, 1, kept.n, f) == kept.n);
    if (f)
        ok = fclose(f) == 0 && ok;
    if (ok)
        return code;
    fprintf(stderr, "perigee: \"%s\" cannot be written.\n", path);
    return EXIT_BROKEN;
}

static int print(const struct run *r, int code, struct str message,
                 struct str text, struct str json)
{
    if (r->done && code == EXIT_DONE)
        return r->done(r->c, json);
    if (r->c->json && json.n > 0 && !str_is(json, "null"))
        printf("%.*s\n", (int)json.n, json.p);
    if (!r->c->json) {
        if (message.n)
            fprintf(stderr, "perigee: %.*s\n", (int)message.n, message.p);
        if (text.n)
            fprintf(code == 0 ? stdout : stderr, "%.*s", (int)text.n, text.p);
    }
    if (fflush(stdout) != 0)
        return EXIT_BROKEN;
    return code;
}

/* --- here -------------------------------------------------------------------------- */

static int run_here(struct run *r, struct app *app, struct workspace *ws)
{
    struct err err = ERR_INIT;
    const struct json *args = NULL;
    struct buf json, text;
    struct json_w w;
    struct op op = {.app = app,
                    .ws = ws,
                    .files = r->files,
                    .n_files = r->n_files,
                    .arena = r->arena,
                    .json = &w,
                    .text = &text,
                    .put = put_typed,
                    .put_arg = r};
    enum rc rc = json_parse(r->args, r->arena, &args, &err);
    int code;

    if (rc != RC_OK)
        return cli_fail(r->c, rc, &err);
    op.args = args;
    buf_init(&json, OP_ANSWER_BYTES);
    buf_init(&text, OP_ANSWER_BYTES);
    json_w_init(&w, &json);
    rc = op_call(&op, str_c(r->operation), &err);
    code = op_exit(rc, op.has_findings);
    if (json_w_finish(&w, NULL) != RC_OK)
        buf_reset(&json);
    code = print(r, code, rc == RC_OK ? STR("") : str_c(err.text),
                 buf_view(&text), buf_view(&json));
    code = keep(r, code, op.kept);
    buf_release(&text);
    buf_release(&json);
    return code;
}

static int in_memory(struct run *r)
{
    struct err err = ERR_INIT;
    struct hosted *h = NULL;
    enum rc rc = hosted_open_memory(clock_system(), &h, &err);
    int code;

    if (rc != RC_OK)
        return cli_fail(r->c, rc, &err);
    code = run_here(r, NULL, &h->ws);
    hosted_close(h);
    return code;
}

/* --- there ---------------------------------------------------------------------------- */

/* False: no server. */
static bool by_server(struct run *r, int *code)
{
    struct client_answer answer = {0};
    struct err err = ERR_INIT;
    enum rc rc = client_call(r->c->data, r->operation, r->args, r->files,
                             r->n_files, put, r, r->arena, &answer, &err);

    if (rc == RC_NOTFOUND)
        return false;
    if (rc != RC_OK)
        *code = cli_fail(r->c, rc, &err);
    else
        *code = keep(
            r, print(r, answer.exit, answer.message, answer.text, answer.json),
            answer.kept);
    return true;
}

static int run(struct run *r, bool without_folder)
{
    const struct timespec pause = {0, PAUSE_MS * 1000000L};
    struct app_config config = cli_app_config(r->c);
    struct err err = ERR_INIT;
    struct app *app = NULL;
    enum rc rc = RC_BUSY;
    int code = EXIT_BROKEN;

    for (int i = 0; rc == RC_BUSY && i < TRIES; i++) {
        if (by_server(r, &code))
            return code;
        rc = app_open(&config, &app, &err);
        if (rc == RC_BUSY)
            nanosleep(&pause, NULL);
    }
    if (rc == RC_NOTFOUND && without_folder)
        return in_memory(r);
    if (rc != RC_OK) {
        code = cli_fail(r->c, rc, &err);
        return rc == RC_NOTFOUND ? EXIT_NOT_NOW : code;
    }
    code = run_here(r, app, app_main(app));
    app_close(app);
    return code;
}

int cli_run(const struct config *c, const char *operation, struct str args_json,
            const struct op_file *files, size_t n, bool without_folder,
            struct arena *a)
{
    struct run r = {c, operation, args_json, files, n, a, NULL, NULL};

    return run(&r, without_folder);
}

int cli_run_into(const struct config *c, const char *operation,
                 struct str args_json, struct buf *into, struct arena *a)
{
    struct run r = {c, operation, args_json, NULL, 0, a, into, NULL};

    return run(&r, false);
}

int cli_run_told(const struct config *c, const char *operation,
                 struct str args_json, cli_done *done, struct arena *a)
{
    struct run r = {c, operation, args_json, NULL, 0, a, NULL, done};

    return run(&r, false);
}
