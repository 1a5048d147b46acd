/*
 * cli_pack - a package's folder as one archive. Needs no data folder: what does
 * not parse is refused here, what does not fit a workspace is `check`'s to say.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "app/cli.h"
#include "base/json.h"
#include "model/spec_values.h"
#include "package/archive.h"
#include "package/manifest.h"

enum { PACK_ARENA = 512 << 20, ANSWER_BYTES = 1 << 20 };

/* A manifest that says who this is, and files that parse. */
static enum rc look(struct package_src *src, const struct manifest *m,
                    struct messages *ms, struct arena *a, struct err *err)
{
    int version[3];
    enum rc rc;

    if (!m->is_there)
        return FAIL(err, RC_INVALID,
                    "The folder has no package.xml that can be read, and only "
                    "a package with one is packed.");
    if (!spec_is_package(m->id) || !spec_version(m->version, version))
        return FAIL(err, RC_INVALID,
                    "package.xml needs an id, as acme.rental, and a version, "
                    "as 1.4.0.");
    rc = package_parse(src, a, ms, err);
    return rc == RC_OK && ms->errors > 0
               ? FAIL(err, RC_INVALID,
                      "The package has faults; \"perigee check\" shows them "
                      "all.")
               : rc;
}

/* Whole or not there: beside the name, then renamed. */
static enum rc write_file(const char *path, struct str bytes, struct err *err)
{
    char beside[4096];
    int n = snprintf(beside, sizeof beside, "%s.part", path);
    FILE *f = n > 0 && n < (int)sizeof beside ? fopen(beside, "wb") : NULL;
    bool ok = f != NULL;

    if (f) {
        ok = fwrite(bytes.p, 1, bytes.n, f) == bytes.n && fflush(f) == 0 &&
             fsync(fileno(f)) == 0;
        ok = fclose(f) == 0 && ok;
        ok = ok && rename(beside, path) == 0;
    }
    if (ok)
        return RC_OK;
    n = errno;
    if (f)
        unlink(beside);
    return FAIL(err, RC_IO, "\"%s\" cannot be written: %s.", path, strerror(n));
}

static void say(const struct config *c, const struct manifest *m,
                const char *path, size_t files, size_t bytes)
{
    struct json_w w;
    struct buf b;

    buf_init(&b, ANSWER_BYTES);
    json_w_init(&w, &b);
    json_obj_begin(&w);
    json_kv(&w, "package", m->id);
    json_kv(&w, "version", m->version);
    json_kv(&w, "file", str_c(path));
    json_kv_i64(&w, "files", (int64_t)files);
    json_kv_i64(&w, "bytes", (int64_t)bytes);
    json_obj_end(&w);
    if (c->json && json_w_finish(&w, NULL) == RC_OK)
        printf("%.*s\n", (int)b.n, b.p);
    else
        printf("%s: %.*s %.*s, %zu files, %zu bytes.\n", path, STR_ARG(m->id),
               STR_ARG(m->version), files, bytes);
    buf_release(&b);
}

static enum rc pack(const struct config *c, struct arena *a, struct err *err)
{
    const char *path = config_flag(c, "--out");
    struct package_src *src = NULL;
    struct manifest m = {0};
    struct messages ms;
    struct buf out;
    enum rc rc;

    messages_init(&ms, a);
    buf_init(&out, ARCHIVE_MAX_BYTES);
    rc = package_read_folder(c->args[0], a, &src, err);
    if (rc == RC_OK)
        rc = manifest_read(src, a, &m, err);
    if (rc == RC_OK)
        rc = look(src, &m, &ms, a, err);
    if (rc == RC_INVALID && ms.errors > 0 && !c->json) {
        struct buf text;

        buf_init(&text, ANSWER_BYTES);
        messages_sort(&ms);
        messages_text(&ms, &text);
        fprintf(stderr, "%.*s", (int)text.n, text.p ? text.p : "");
        buf_release(&text);
    }
    if (rc == RC_OK)
        rc = archive_write(src, &out, err);
    if (rc == RC_OK && !path) {
        struct str name =
            str_fmt(a, "%.*s-%.*s.perigee", STR_ARG(m.id), STR_ARG(m.version));

        path = name.p;
        if (!path)
            rc = FAIL(err, RC_NOMEM, "There is no memory for the archive.");
    }
    if (rc == RC_OK)
        rc = write_file(path, buf_view(&out), err);
    if (rc == RC_OK)
        say(c, &m, path, src->n, out.n);
    buf_release(&out);
    return rc;
}

int cli_pack(const struct config *c)
{
    struct err err = ERR_INIT;
    struct arena a;
    enum rc rc;
    int code;

    if (!cli_log_level(c, "warn"))
        return EXIT_USAGE;
    arena_init(&a, PACK_ARENA);
    rc = pack(c, &a, &err);
    code = rc == RC_OK ? EXIT_DONE : cli_fail(c, rc, &err);
    arena_release(&a);
    return rc == RC_NOTFOUND ? EXIT_NOT_NOW : code;
}
