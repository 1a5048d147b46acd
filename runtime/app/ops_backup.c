/*
 * ops_backup - a copy of the workspace while others read and write, made by
 * whoever has the data. It is proved (opened, verified) before it is answered.
 *
 * The copy lies in backups/ of the data folder: no path from outside is opened
 * here. A command that wants it elsewhere moves it (cli_backup.c).
 */
#include <sys/stat.h>
#include <unistd.h>

#include "app/ops.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/time.h"

enum { STEM_BYTES = 32, COPIES_A_SECOND = 100 };

/* "backups/main-20260301T080000Z", then "-2" and so on. */
static void name_of(const struct workspace *ws, int64_t now_ms, int n,
                    char out[FOLDER_PATH_BYTES])
{
    char when[25], stem[STEM_BYTES];
    size_t k = 0;

    (void)instant_format(now_ms, when);
    for (size_t i = 0; when[i] && when[i] != '.'; i++) {
        if (when[i] != '-' && when[i] != ':')
            stem[k++] = when[i];
    }
    stem[k++] = 'Z';
    stem[k] = '\0';
    if (n > 1)
        snprintf(out, FOLDER_PATH_BYTES, "backups/%.*s-%s-%d.db",
                 STR_ARG(ws->name), stem, n);
    else
        snprintf(out, FOLDER_PATH_BYTES, "backups/%.*s-%s.db",
                 STR_ARG(ws->name), stem);
}

static enum rc prove(struct op *op, const char *path, struct err *err)
{
    struct db_config config = {.path = path, .clock = op->ws->clock};
    struct db_store *copy = NULL;
    enum rc rc = db_open(&config, &copy, err);

    if (rc == RC_OK)
        rc = db_verify(copy, err);
    db_close(copy);
    return rc;
}

/* A name that is free: two copies in one second are two files. */
static enum rc copy(struct op *op, char path[FOLDER_PATH_BYTES],
                    char name[FOLDER_PATH_BYTES], struct err *err)
{
    const struct folder *folder = app_folder(op->app);
    int64_t now_ms = op->ws->clock->now_ms(op->ws->clock->arg);
    enum rc rc = folder_make(folder, "backups", err);

    for (int n = 1; rc == RC_OK && n <= COPIES_A_SECOND; n++) {
        name_of(op->ws, now_ms, n, name);
        if (!folder_path(folder, name, path))
            return FAIL(err, RC_LIMIT,
                        "The path of the data folder is too long.");
        err_clear(err);
        rc = db_backup(op->ws->store, path, err);
        if (rc != RC_CONFLICT)
            break;
        rc = n < COPIES_A_SECOND ? RC_OK : rc;
    }
    if (rc != RC_OK)
        return rc;
    rc = prove(op, path, err);
    if (rc != RC_OK)
        (void)unlink(path);
    return rc;
}

enum rc op_backup(struct op *op, struct err *err)
{
    char path[FOLDER_PATH_BYTES], name[FOLDER_PATH_BYTES];
    struct stat st;
    enum rc rc = copy(op, path, name, err);

    if (rc != RC_OK)
        return rc;
    if (stat(path, &st) != 0)
        return FAIL(err, RC_IO, "\"%s\" cannot be looked at.", path);
    json_obj_begin(op->json);
    json_kv(op->json, "file", str_c(name));
    json_kv_i64(op->json, "bytes", (int64_t)st.st_size);
    json_obj_end(op->json);
    return RC_OK;
}
