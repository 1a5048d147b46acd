/* cli_verbs - commands that are operations: flags to JSON, files to bytes. */
#include <stdlib.h>
#include <sys/stat.h>

#include "app/cli.h"
#include "base/json.h"
#include "base/id.h"
#include "base/limits.h"
#include "model/spec.h"

enum { ARGS_BYTES = 1 << 20, PASSWORD_BYTES = 4096 };

struct verb_run {
    const struct config *c;
    struct arena arena;
    struct buf text;
    struct json_w args;
    const struct op_file *files;
    size_t n_files;
    struct op_file own[2];
};

static void begin(struct verb_run *v, const struct config *c)
{
    *v = (struct verb_run){.c = c};
    arena_init(&v->arena, OP_ARENA_BYTES);
    buf_init(&v->text, ARGS_BYTES);
    json_w_init(&v->args, &v->text);
    json_obj_begin(&v->args);
}

/* A flag, when it is set, under `name`. */
static void pass(struct verb_run *v, const char *flag, const char *name)
{
    const char *value = config_flag(v->c, flag);

    if (value)
        json_kv(&v->args, name, str_c(value));
}

static void pass_switch(struct verb_run *v, const char *flag, const char *name)
{
    json_kv_bool(&v->args, name, config_flag(v->c, flag) != NULL);
}

static int end(struct verb_run *v, int code)
{
    buf_release(&v->text);
    arena_release(&v->arena);
    return code;
}

static int run(struct verb_run *v, const char *operation, bool without_folder)
{
    struct err err = ERR_INIT;
    enum rc rc;
    int code;

    json_obj_end(&v->args);
    rc = json_w_finish(&v->args, &err);
    if (rc != RC_OK)
        code = cli_fail(v->c, rc, &err);
    else
        code = cli_run(v->c, operation, buf_view(&v->text), v->files,
                       v->n_files, without_folder, &v->arena);
    return end(v, code);
}

/* A file of the command's own, sent under `name`. */
static int add_file(struct verb_run *v, const char *path, const char *name,
                    size_t limit)
{
    struct op_file *f = &v->own[v->n_files];
    struct err err = ERR_INIT;
    enum rc rc = cli_read_file(path, limit, &v->arena, &f->bytes, &err);

    if (rc != RC_OK)
        return cli_fail(v->c, rc, &err);
    f->path = str_c(name);
    v->files = v->own;
    v->n_files++;
    return EXIT_DONE;
}

/* The first line of a password file. */
static int add_password(struct verb_run *v)
{
    const char *path = config_flag(v->c, "--password-file");
    struct str *s = &v->own[0].bytes;
    ptrdiff_t at;
    int code;

    if (!path)
        return cli_usage(v->c, "Say where the password is: --password-file "
                               "FILE.");
    code = add_file(v, path, "password", PASSWORD_BYTES);
    if (code != EXIT_DONE)
        return code;
    at = str_chr(*s, '\n');
    if (at >= 0)
        s->n = (size_t)at;
    if (s->n > 0 && s->p[s->n - 1] == '\r')
        s->n--;
    return EXIT_DONE;
}

/* --- packages ---------------------------------------------------------------------- */

static bool is_there(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 &&
           (S_ISDIR(st.st_mode) || str_ends(str_c(path), STR(".perigee")));
}

/* DIR or FILE is read here and sent; ID is looked up where the data is. */
static int add_package(struct verb_run *v, const char *arg, bool must_be_folder)
{
    struct package_src *src = NULL;
    struct err err = ERR_INIT;
    struct op_file *files;
    enum rc rc;

    if (!must_be_folder && !strchr(arg, '/') && !is_there(arg)) {
        json_kv(&v->args, "id", str_c(arg));
        return EXIT_DONE;
    }
    rc = package_read(arg, &v->arena, &src, &err);
    if (rc == RC_NOTFOUND) {
        cli_fail(v->c, rc, &err);
        return EXIT_NOT_NOW;
    }
    if (rc != RC_OK)
        return cli_fail(v->c, rc, &err);
    files = ARENA_ARRAY(&v->arena, struct op_file, src->n);
    if (!files) {
        rc = FAIL(&err, RC_NOMEM, "There is no memory for the package.");
        return cli_fail(v->c, rc, &err);
    }
    for (size_t i = 0; i < src->n; i++)
        files[i] = (struct op_file){src->files[i].path, src->files[i].text};
    v->files = files;
    v->n_files = src->n;
    return EXIT_DONE;
}

static int of_package(const struct config *c, const char *operation,
                      bool must_be_folder, bool without_folder)
{
    struct verb_run v;
    int code;

    if (!cli_log_level(c, "warn"))
        return EXIT_USAGE;
    begin(&v, c);
    code = add_package(&v, c->args[0], must_be_folder);
    if (code != EXIT_DONE)
        return end(&v, code);
    if (!without_folder) {
        pass_switch(&v, "--allow-drop", "allow_drop");
        pass_switch(&v, "--accept", "accept");
    }
    return run(&v, operation, without_folder);
}

int cli_check(const struct config *c)
{
    return of_package(c, "check", true, true);
}

static bool records_ok(const struct config *c)
{
    const char *records = config_flag(c, "--records");

    return !records || strcmp(records, "keep") == 0 ||
           strcmp(records, "delete") == 0;
}

static int of_removal(const struct config *c, const char *operation)
{
    struct verb_run v;

    if (!cli_log_level(c, "warn"))
        return EXIT_USAGE;
    if (!records_ok(c))
        return cli_usage(c, "--records is keep or delete, not \"%s\".",
                         config_flag(c, "--records"));
    begin(&v, c);
    json_kv(&v.args, "id", str_c(c->args[0]));
    json_kv_bool(&v.args, "remove", true);
    pass(&v, "--records", "records");
    return run(&v, operation, false);
}

int cli_plan(const struct config *c)
{
    if (config_flag(c, "--remove"))
        return of_removal(c, "plan");
    return of_package(c, "plan", false, false);
}

int cli_install(const struct config *c)
{
    return of_package(c, "install", false, false);
}

int cli_upgrade(const struct config *c)
{
    return of_package(c, "upgrade", false, false);
}

int cli_remove(const struct config *c)
{
    return of_removal(c, "remove");
}

int cli_apps(const struct config *c)
{
    struct verb_run v;

    if (!cli_log_level(c, "warn"))
        return EXIT_USAGE;
    begin(&v, c);
    return run(&v, "apps", false);
}

/* --- records ------------------------------------------------------------------------- */

int cli_import(const struct config *c)
{
    const char *map = config_flag(c, "--map");
    struct verb_run v;
    int code;

    if (!cli_log_level(c, "warn"))
        return EXIT_USAGE;
    if (!config_flag(c, "--entity"))
        return cli_usage(c, "Say of what: --entity crm:deal.");
    begin(&v, c);
    pass(&v, "--entity", "entity");
    pass_switch(&v, "--dry-run", "dry_run");
    pass_switch(&v, "--errors", "errors");
    code = add_file(&v, c->args[0], "csv", LIMIT_CSV_BYTES);
    if (code == EXIT_DONE && map)
        code = add_file(&v, map, "map", ARGS_BYTES);
    if (code != EXIT_DONE)
        return end(&v, code);
    return run(&v, "import", false);
}

int cli_export_records(const struct config *c)
{
    const char *format = config_flag(c, "--format");
    struct verb_run v;

    if (!config_flag(c, "--entity"))
        return cli_usage(c, "Say of what: --entity crm:deal.");
    if (format && strcmp(format, "csv") != 0 && strcmp(format, "json") != 0)
        return cli_usage(c, "--format is csv or json, not \"%s\".", format);
    begin(&v, c);
    pass(&v, "--entity", "entity");
    pass(&v, "--filter", "filter");
    pass(&v, "--fields", "fields");
    pass(&v, "--sort", "sort");
    pass(&v, "--format", "format");
    if (!format && c->json)
        json_kv(&v.args, "format", STR("json"));
    return run(&v, "export", false);
}

/* --- people --------------------------------------------------------------------------- */

int cli_token_create(const struct config *c)
{
    const char *expires = config_flag(c, "--expires");
    int64_t seconds = 0;
    struct verb_run v;

    if (!cli_log_level(c, "warn"))
        return EXIT_USAGE;
    if (!config_flag(c, "--user"))
        return cli_usage(c, "Say whose token: --user EMAIL.");
    if (expires && !cli_duration(expires, &seconds))
        return cli_usage(c,
                         "\"%s\" is no span of time: write 90s, 45m, 12h or "
                         "30d.",
                         expires);
    begin(&v, c);
    pass(&v, "--user", "user");
    pass(&v, "--name", "name");
    pass_switch(&v, "--read-only", "read_only");
    json_kv_i64(&v.args, "expires_s", seconds);
    return run(&v, "token-create", false);
}

int cli_user_list(const struct config *c)
{
    struct verb_run v;

    if (!cli_log_level(c, "warn"))
        return EXIT_USAGE;
    begin(&v, c);
    return run(&v, "user-list", false);
}

int cli_user_deactivate(const struct config *c)
{
    struct verb_run v;

    if (!cli_log_level(c, "warn"))
        return EXIT_USAGE;
    begin(&v, c);
    json_kv(&v.args, "user", str_c(c->args[0]));
    return run(&v, "user-deactivate", false);
}

int cli_user_password(const struct config *c)
{
    struct verb_run v;
    int code;

    if (!cli_log_level(c, "warn"))
        return EXIT_USAGE;
    begin(&v, c);
    json_kv(&v.args, "user", str_c(c->args[0]));
    code = add_password(&v);
    return code == EXIT_DONE ? run(&v, "user-password", false) : end(&v, code);
}

/* --- init ------------------------------------------------------------------------------- */

static enum rc make_admin(struct verb_run *v, struct app *app, int64_t *user,
                          struct issues *issues, struct err *err)
{
    struct str email = str_c(config_flag(v->c, "--admin"));
    const char *name = config_flag(v->c, "--name");
    struct str setup = STR_NONE;
    enum rc rc = auth_setup_begin(app_main(app), &v->arena, &setup, err);

    if (rc != RC_OK)
        return rc;
    if (!setup.n)
        return FAIL(err, RC_CONFLICT,
                    "\"%s\" has an administrator already. \"perigee user "
                    "password\" gives one a new password.",
                    v->c->data);
    return auth_create_admin(app_main(app), name ? str_c(name) : email, email,
                             v->own[0].bytes, &v->arena, issues, user, err);
}

static int say_admin(struct verb_run *v, int64_t user)
{
    char id[ID_TEXT_BYTES + 1];

    id_format(user, id);
    if (v->c->json)
        printf("{\"data\":\"%s\",\"admin\":\"%s\"}\n",
               strpbrk(v->c->data, "\"\\") ? "" : v->c->data, id);
    else
        printf("\"%s\" is ready. Start it with: perigee serve --data %s\n",
               v->c->data, v->c->data);
    return EXIT_DONE;
}

int cli_init(const struct config *c)
{
    struct app_config config = cli_app_config(c);
    struct err err = ERR_INIT;
    struct issues issues;
    struct app *app = NULL;
    struct verb_run v;
    int64_t user = 0;
    enum rc rc;
    int code;

    if (!cli_log_level(c, "warn"))
        return EXIT_USAGE;
    if (!config_flag(c, "--admin"))
        return cli_usage(c, "Say who administrates: --admin EMAIL.");
    begin(&v, c);
    code = add_password(&v);
    if (code != EXIT_DONE)
        return end(&v, code);
    issues_init(&issues, &v.arena);
    rc = auth_password_check(v.own[0].bytes, str_c(config_flag(c, "--admin")),
                             str_c(config_flag(c, "--name")), &issues);
    if (rc == RC_INVALID) /* before anything is made */
        rc = FAIL(&err, RC_INVALID, "%.*s", STR_ARG(issues.v[0].message));
    config.create = true;
    config.currency = str_c(config_flag(c, "--currency"));
    config.tz = str_c(config_flag(c, "--tz"));
    config.lang = str_c(config_flag(c, "--lang"));
    if (rc == RC_OK)
        rc = app_open(&config, &app, &err);
    if (rc == RC_OK)
        rc = make_admin(&v, app, &user, &issues, &err);
    app_close(app);
    if (rc == RC_INVALID && issues.n > 0)
        rc = FAIL(&err, RC_INVALID, "%.*s: %.*s", STR_ARG(issues.v[0].path),
                  STR_ARG(issues.v[0].message));
    return end(&v, rc == RC_OK ? say_admin(&v, user) : cli_fail(c, rc, &err));
}

/* --- schema ---------------------------------------------------------------------------- */

int cli_schema(const struct config *c)
{
    struct buf b;
    bool ok;

    if (!config_flag(c, "--xsd"))
        return cli_usage(c, "Say in which form: --xsd.");
    buf_init(&b, 4 << 20);
    spec_write_xsd(&b);
    ok = b.failed == RC_OK && fwrite(b.p, 1, b.n, stdout) == b.n &&
         fflush(stdout) == 0;
    buf_release(&b);
    return ok ? EXIT_DONE : EXIT_BROKEN;
}
