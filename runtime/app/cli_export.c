/* cli_export - records to stdout, or a package into a folder. */
#include "app/cli.h"

#include "base/json.h"
#include "base/vec.h"

enum { HEAD_BYTES = 16 << 20 };

/* --- the folder -------------------------------------------------------------- */

/* What came over the wire (ops_export.c); the head is kept for its notes. */
static enum rc unpack(struct str body, struct arena *a, struct package_src *src,
                      const struct json **head, struct err *err)
{
    ptrdiff_t line = str_chr(body, '\n');
    const struct json *files;
    enum rc rc = line < 0
                     ? RC_SYNTAX
                     : json_parse(str_sub(body, 0, (size_t)line), a, head, err);

    files = rc == RC_OK ? json_get(*head, STR("files")) : NULL;
    if (rc == RC_NOMEM)
        return rc;
    if (!files || files->kind != JSON_ARRAY)
        return FAIL(err, RC_IO,
                    "The answer is no package; is the server of "
                    "another version?");
    body = str_sub(body, (size_t)line + 1, body.n);
    src->id = json_str(json_get(*head, STR("package")), STR(""));
    src->files = ARENA_ARRAY(a, struct package_file, files->u.array.n + 1);
    if (!src->files)
        return FAIL(err, RC_NOMEM, "There is no memory for the package.");
    for (size_t i = 0; i < files->u.array.n; i++) {
        const struct json *f = &files->u.array.v[i];
        const struct json *size =
            f->kind == JSON_OBJECT ? json_get(f, STR("size")) : NULL;

        if (!size || size->kind != JSON_INT || size->u.i < 0 ||
            (uint64_t)size->u.i > body.n)
            return FAIL(err, RC_IO, "The answer broke off; export again.");
        src->files[src->n++] =
            (struct package_file){json_str(json_get(f, STR("path")), STR("")),
                                  str_sub(body, 0, (size_t)size->u.i), NULL};
        body = str_sub(body, (size_t)size->u.i, body.n);
    }
    return RC_OK;
}

static int say(const struct config *c, const struct package_src *src,
               const struct json *head)
{
    const struct json *notes = json_get(head, STR("notes"));
    size_t n = notes && notes->kind == JSON_ARRAY ? notes->u.array.n : 0;
    struct json_w w;
    struct buf b;

    for (size_t i = 0; !c->json && i < n; i++) {
        const struct json *note = &notes->u.array.v[i];
        struct str path = json_str(json_get(note, STR("path")), STR(""));
        struct str text = json_str(json_get(note, STR("message")), STR(""));

        fprintf(stderr, "%.*s: %.*s\n", STR_ARG(path), STR_ARG(text));
    }
    if (!c->json) {
        printf("%.*s: %zu file%s in \"%s\".\n", STR_ARG(src->id), src->n,
               src->n == 1 ? "" : "s", c->args[1]);
        return EXIT_DONE;
    }
    buf_init(&b, HEAD_BYTES);
    json_w_init(&w, &b);
    json_obj_begin(&w);
    json_kv(&w, "package", src->id);
    json_kv(&w, "folder", str_c(c->args[1]));
    json_kv_i64(&w, "files", (int64_t)src->n);
    json_k(&w, "notes");
    if (notes)
        json_w_tree(&w, notes);
    else
        json_w_null(&w);
    json_obj_end(&w);
    if (json_w_finish(&w, NULL) == RC_OK)
        printf("%.*s\n", (int)b.n, b.p);
    buf_release(&b);
    return EXIT_DONE;
}

static int write_down(const struct config *c, struct str body, struct arena *a)
{
    struct package_src src = {0};
    const struct json *head = NULL;
    struct err err = ERR_INIT;
    enum rc rc = unpack(body, a, &src, &head, &err);

    if (rc == RC_OK)
        rc = package_write_folder(c->args[1], &src,
                                  config_flag(c, "--force") != NULL, &err);
    if (rc == RC_NOTFOUND) {
        cli_fail(c, rc, &err);
        return EXIT_NOT_NOW;
    }
    return rc == RC_OK ? say(c, &src, head) : cli_fail(c, rc, &err);
}

static enum rc arguments(const struct config *c, struct arena *a,
                         struct str *out, struct err *err)
{
    struct json_w w;
    struct buf b;
    enum rc rc;

    buf_init(&b, HEAD_BYTES);
    json_w_init(&w, &b);
    json_obj_begin(&w);
    json_kv(&w, "id", str_c(c->args[0]));
    if (config_flag(c, "--as"))
        json_kv(&w, "as", str_c(config_flag(c, "--as")));
    json_kv_bool(&w, "records", config_flag(c, "--records") != NULL);
    json_obj_end(&w);
    rc = json_w_finish(&w, err);
    if (rc == RC_OK)
        rc = buf_finish(&b, a, out, err);
    buf_release(&b);
    return rc;
}

static int export_folder(const struct config *c)
{
    struct str args = STR_NONE;
    struct err err = ERR_INIT;
    struct arena a;
    struct buf body;
    int code;

    arena_init(&a, OP_ARENA_BYTES);
    buf_init(&body, PACKAGE_MAX_BYTES + HEAD_BYTES);
    if (arguments(c, &a, &args, &err) != RC_OK)
        code = cli_fail(c, RC_NOMEM, &err);
    else
        code = cli_run_into(c, "export-package", args, &body, &a);
    if (code == EXIT_DONE)
        code = write_down(c, buf_view(&body), &a);
    buf_release(&body);
    arena_release(&a);
    return code;
}

/* --- which of both -------------------------------------------------------------- */

/* A flag of the one that was given to the other; NULL: none. */
static const char *foreign_flag(const struct config *c, bool is_folder)
{
    static const char *const RECORDS[] = {"--entity", "--filter", "--fields",
                                          "--sort", "--format"};
    static const char *const FOLDER[] = {"--as", "--records", "--force"};
    const char *const *names = is_folder ? RECORDS : FOLDER;
    size_t n = is_folder ? sizeof RECORDS / sizeof RECORDS[0]
                         : sizeof FOLDER / sizeof FOLDER[0];

    for (size_t i = 0; i < n; i++) {
        if (config_flag(c, names[i]))
            return names[i];
    }
    return NULL;
}

int cli_export(const struct config *c)
{
    const char *flag = foreign_flag(c, c->n_args > 0);

    if (!cli_log_level(c, "warn"))
        return EXIT_USAGE;
    if (c->n_args == 1)
        return cli_usage(c, "Say where to: export %s DIR.", c->args[0]);
    if (flag)
        return cli_usage(c, "%s is not for the export of %s.", flag,
                         c->n_args > 0 ? "a package" : "records");
    return c->n_args == 2 ? export_folder(c) : cli_export_records(c);
}
