/*
 * cli - the table of commands, their help, and what goes to stdout.
 */
#include "app/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"

/* clang-format off */
static const struct verb VERBS[] = {
    {"serve", "[--listen ADDR:PORT] [--demo]",
     "Start the server. The first start makes the data folder, installs crm and\n"
     "prints a link, good for one use, to create the first administrator.",
     {{"--listen", "ADDR:PORT", "Where to listen; may be given again (default\n"
       "                     127.0.0.1:8080; PERIGEE_LISTEN). Beyond this machine TLS is on."},
      {"--demo", NULL, "Add example records."},
      {"--url", "URL", "The address people use, for links (PERIGEE_URL)."},
      {"--tls-cert", "FILE", "Certificate chain (PEM); default DATA/tls/cert.pem."},
      {"--tls-key", "FILE", "Its key (PEM); default DATA/tls/key.pem."},
      {"--tls-at-proxy", NULL, "A proxy in front terminates TLS: speak plain HTTP."}},
     0, 0, cli_serve},
    {"init", "--admin EMAIL --password-file FILE",
     "Make a data folder with workspace main and its first administrator.",
     {{"--admin", "EMAIL", "E-mail address of the administrator."},
      {"--name", "NAME", "What the administrator is called (default: the address)."},
      {"--password-file", "FILE", "File with the password; - is stdin."},
      {"--currency", "EUR", "Base currency (default EUR)."},
      {"--tz", "ZONE", "Time zone, e.g. Europe/Vienna (default UTC)."},
      {"--lang", "en", "Language (default en)."}},
     0, 0, cli_init},
    {"version", "", "Show the version of the program and of its libraries.",
     {{0}}, 0, 0, cli_version},
    {"token create", "--user EMAIL [--expires 30d]",
     "Make an API token and print it. It is shown this once.",
     {{"--user", "EMAIL", "Whose token."},
      {"--expires", "30d", "When it ends: 90s 45m 12h 30d (default: never)."},
      {"--name", "NAME", "What it is for."},
      {"--read-only", NULL, "It may not write."}},
     0, 0, cli_token_create},
    {"user list", "", "List the users.", {{0}}, 0, 0, cli_user_list},
    {"user deactivate", "EMAIL", "Keep a user from signing in and end the sessions.",
     {{0}}, 1, 1, cli_user_deactivate},
    {"user password", "EMAIL --password-file FILE",
     "Give a user a new password and end the sessions.",
     {{"--password-file", "FILE", "File with the password; - is stdin."}},
     1, 1, cli_user_password},
    {"check", "DIR|FILE.perigee", "Check a package: every fault with its place.",
     {{0}}, 1, 1, cli_check},
    {"pack", "DIR [--out FILE.perigee]",
     "Make one archive of a package's folder; the same files give the same bytes.",
     {{"--out", "FILE", "Where to (default ID-VERSION.perigee here)."}},
     1, 1, cli_pack},
    {"dev", "DIR", "Watch a package's folder and install it whenever it changes.",
     {{"--allow-drop", NULL, "Also fields and entities that hold data may go."},
      {"--accept", NULL, "Accept what it asks for more."}},
     1, 1, cli_dev},
    {"apps", "", "List the marketplace: what there is, what is installed, what is newer.",
     {{0}}, 0, 0, cli_apps},
    {"plan", "DIR|FILE.perigee|ID [--remove]",
     "Show what an install, upgrade or removal would change.",
     {{"--allow-drop", NULL, "Also fields and entities that hold data may go."},
      {"--accept", NULL, "Accept what an upgrade asks for more."},
      {"--remove", NULL, "Of the removal of package ID."},
      {"--records", "keep|delete", "With --remove: what becomes of its records."}},
     1, 1, cli_plan},
    {"install", "DIR|FILE.perigee|ID", "Install or upgrade a package, while the server runs.",
     {{"--allow-drop", NULL, "Also fields and entities that hold data may go."},
      {"--accept", NULL, "Accept what an upgrade asks for more."}},
     1, 1, cli_install},
    {"upgrade", "DIR|FILE.perigee|ID", "Upgrade a package that is installed.",
     {{"--allow-drop", NULL, "Also fields and entities that hold data may go."},
      {"--accept", NULL, "Accept what it asks for more."}},
     1, 1, cli_upgrade},
    {"remove", "ID [--records keep|delete]", "Remove a package.",
     {{"--records", "keep|delete", "What becomes of its records (default keep)."}},
     1, 1, cli_remove},
    {"import", "--entity E [--map FILE] [--errors FILE] [--dry-run] FILE.csv",
     "Import records from a CSV file; - is stdin.",
     {{"--entity", "E", "The entity, e.g. crm:deal."},
      {"--map", "FILE", "Which column is which field (JSON)."},
      {"--errors", "FILE", "Write the rows that failed here: mended, it imports again."},
      {"--dry-run", NULL, "Report, and write nothing."}},
     1, 1, cli_import},
    {"export", "--entity E [--filter FX] [--format csv|json]\n"
     "perigee export local|ID DIR [--as ID] [--records] [--force]",
     "Write records to stdout, or a package into a folder.",
     {{"--entity", "E", "The entity, e.g. crm:deal."},
      {"--filter", "FX", "Only these, e.g. \"stage = 'won'\"."},
      {"--fields", "a,b", "Only these fields."},
      {"--sort", "-a,b", "In this order."},
      {"--format", "csv|json", "Default csv."},
      {"--as", "ID", "Make what was built here a package of this name."},
      {"--records", NULL, "With its records, as seeds that install with it."},
      {"--force", NULL, "Write over an export that is in the folder."}},
     0, 2, cli_export},
    {"backup", "[FILE]",
     "Copy the workspace, while the server runs too: into FILE, else into a new\n"
     "file in DATA/backups. The copy is opened and verified. Keep secret.key apart.",
     {{0}}, 0, 1, cli_backup},
    {"schema", "--xsd", "Write the XML Schema of the definition language to stdout.",
     {{"--xsd", NULL, "As XSD."}}, 0, 0, cli_schema},
    {"help", "[COMMAND]", "List the commands, or explain one.", {{0}}, 0, 2, cli_help},
};
/* clang-format on */
enum { N_VERBS = sizeof VERBS / sizeof *VERBS };

/* --- help ------------------------------------------------------------------------ */

static void print_verb(const struct verb *v)
{
    printf("perigee %s %s\n\n%s\n", v->name, v->usage, v->help);
    printf("\nFlags:\n");
    for (size_t i = 0; i < VERB_FLAGS && v->flags[i].name; i++) {
        char left[64];

        snprintf(left, sizeof left, "%s %s", v->flags[i].name,
                 v->flags[i].value ? v->flags[i].value : "");
        printf("  %-24s %s\n", left, v->flags[i].help);
    }
    printf("  --data DIR               The data folder (default ./data; "
           "PERIGEE_DATA).\n"
           "  --apps DIR               More packages (default DATA/apps; "
           "PERIGEE_APPS).\n"
           "  --log LEVEL              debug info warn error off "
           "(PERIGEE_LOG).\n"
           "  --json                   Answer with one JSON value.\n"
           "\nExit codes: 0 done, 1 refused or findings, 2 usage, 3 not now "
           "(locked, no such\nfolder), 4 I/O or internal.\n");
}

/* "token" -> every command that begins with it; how many. */
static size_t print_group(const char *word)
{
    size_t n = strlen(word), found = 0;

    for (size_t i = 0; i < N_VERBS; i++) {
        if (strncmp(VERBS[i].name, word, n) != 0 || VERBS[i].name[n] != ' ')
            continue;
        if (found++ > 0)
            printf("\n");
        print_verb(&VERBS[i]);
    }
    return found;
}

int cli_help(const struct config *c)
{
    char name[64] = "";

    for (size_t i = 0; i < c->n_args; i++) {
        size_t n = strlen(name);

        snprintf(name + n, sizeof name - n, "%s%s", n ? " " : "", c->args[i]);
    }
    for (size_t i = 0; name[0] && i < N_VERBS; i++) {
        if (strcmp(VERBS[i].name, name) == 0) {
            print_verb(&VERBS[i]);
            return EXIT_DONE;
        }
    }
    if (name[0] && print_group(name) > 0)
        return EXIT_DONE;
    if (name[0])
        return cli_usage(c,
                         "There is no command \"%s\"; \"perigee help\" lists "
                         "them.",
                         name);
    printf("Perigee %s: a CRM platform in one program.\n\n", PERIGEE_VERSION);
    for (size_t i = 0; i < N_VERBS; i++) {
        const char *end = strchr(VERBS[i].help, '.');

        printf("  perigee %-16s %.*s.\n", VERBS[i].name,
               (int)(end ? end - VERBS[i].help : 0), VERBS[i].help);
    }
    printf("\n\"perigee help COMMAND\" explains one. Start with \"perigee "
           "serve\".\n");
    return EXIT_DONE;
}

/* --- what went wrong ---------------------------------------------------------------- */

static void error_json(const char *code, const char *message)
{
    struct json_w w;
    struct buf b;

    buf_init(&b, 65536);
    json_w_init(&w, &b);
    json_obj_begin(&w);
    json_k(&w, "error");
    json_obj_begin(&w);
    json_kv(&w, "code", str_c(code));
    json_kv(&w, "message", str_c(message));
    json_k(&w, "issues");
    json_arr_begin(&w);
    json_arr_end(&w);
    json_obj_end(&w);
    json_obj_end(&w);
    if (json_w_finish(&w, NULL) == RC_OK)
        printf("%.*s\n", (int)b.n, b.p);
    buf_release(&b);
}

int cli_fail(const struct config *c, enum rc rc, const struct err *err)
{
    const char *text = err->text[0] ? err->text : "Something went wrong.";

    if (c && c->json)
        error_json(err->code[0] ? err->code : rc_name(rc), text);
    else
        fprintf(stderr, "perigee: %s\n", text);
    return op_exit(rc, false);
}

int cli_usage(const struct config *c, const char *fmt, ...)
{
    char text[ERR_TEXT_BYTES];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (c && c->json)
        error_json("E_USAGE", text);
    else
        fprintf(stderr, "perigee: %s\n", text);
    return EXIT_USAGE;
}

/* --- reading --------------------------------------------------------------------------- */

enum rc cli_read_file(const char *path, size_t limit, struct arena *a,
                      struct str *out, struct err *err)
{
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *f = is_stdin ? stdin : fopen(path, "rb");
    enum rc rc = RC_OK;
    struct buf b;
    size_t n = 1;

    if (!f)
        return FAIL(err, errno == ENOENT ? RC_NOTFOUND : RC_IO,
                    "\"%s\" cannot be read: %s.", path, strerror(errno));
    buf_init(&b, limit);
    while (n > 0 && b.failed == RC_OK) {
        char piece[16384];

        n = fread(piece, 1, sizeof piece, f);
        buf_add(&b, str_of(piece, n));
    }
    if (ferror(f))
        rc = FAIL(err, RC_IO, "\"%s\" cannot be read: %s.", path,
                  strerror(errno));
    else if (b.failed == RC_LIMIT)
        rc = FAIL(err, RC_LIMIT,
                  "\"%s\" is larger than %zu bytes, the most it "
                  "may have.",
                  path, limit);
    if (rc == RC_OK)
        rc = buf_finish(&b, a, out, err);
    buf_release(&b);
    if (!is_stdin)
        fclose(f);
    return rc;
}

bool cli_duration(const char *text, int64_t *seconds)
{
    struct str s = str_c(text);
    int64_t n = 0, unit;

    if (s.n < 2 || !str_to_i64(str_sub(s, 0, s.n - 1), &n) || n <= 0 ||
        n > 36500)
        return false;
    switch (s.p[s.n - 1]) {
    case 'd':
        unit = 86400;
        break;
    case 'h':
        unit = 3600;
        break;
    case 'm':
        unit = 60;
        break;
    case 's':
        unit = 1;
        break;
    default:
        return false;
    }
    *seconds = n * unit;
    return true;
}

bool cli_log_level(const struct config *c, const char *fallback)
{
    static const char *const NAMES[] = {"debug", "info", "warn", "error",
                                        "off"};
    const char *name = c->log ? c->log : fallback;

    for (int i = 0; i < 5; i++) {
        if (strcmp(NAMES[i], name) == 0) {
            log_set_level((enum log_level)i);
            return true;
        }
    }
    cli_usage(c,
              "\"%s\" is no log level: write debug, info, warn, error or "
              "off.",
              name);
    return false;
}

struct app_config cli_app_config(const struct config *c)
{
    return (struct app_config){.data = c->data,
                               .apps = c->apps,
                               .url = c->url,
                               .clock = clock_system()};
}

/* --- main ------------------------------------------------------------------------------- */

int cli_main(int argc, char *const *argv)
{
    struct err err = ERR_INIT;
    struct config c = {0};

    umask(077); /* whatever a command makes is the owner's alone */
    if (argc > 0 &&
        (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0)) {
        c.verb = &VERBS[N_VERBS - 1];
        return cli_help(&c);
    }
    if (argc > 0 && strcmp(argv[0], "--version") == 0) {
        printf("perigee %s\n", PERIGEE_VERSION);
        return EXIT_DONE;
    }
    for (int i = 0; i < argc; i++)
        c.json = c.json || strcmp(argv[i], "--json") == 0;
    if (config_parse(argc, argv, VERBS, N_VERBS, &c, &err) != RC_OK)
        return cli_usage(&c, "%s", err.text);
    if (c.help) {
        print_verb(c.verb);
        return EXIT_DONE;
    }
    return c.verb->run(&c);
}
