/* See config.h. */
#include "app/config.h"

#include <stdlib.h>

static const struct flag COMMON[] = {
    {"--data", "DIR", "The data folder (default ./data; PERIGEE_DATA)."},
    {"--apps", "DIR",
     "More packages for the marketplace (default DATA/apps; PERIGEE_APPS)."},
    {"--log", "LEVEL", "debug, info, warn, error or off (PERIGEE_LOG)."},
    {"--json", NULL, "Answer with one JSON value."},
    {"--help", NULL, "Show this help."},
};
enum { N_COMMON = sizeof COMMON / sizeof *COMMON };

const char *config_env(const char *name)
{
    const char *v = getenv(name);

    return v && v[0] ? v : NULL;
}

const char *config_flag(const struct config *c, const char *name)
{
    for (size_t i = 0; i < VERB_FLAGS && c->verb->flags[i].name; i++) {
        if (strcmp(c->verb->flags[i].name, name) == 0)
            return c->flags[i];
    }
    return NULL;
}

/* --- finding the verb --------------------------------------------------------- */

/* Words of argv that the verb's name takes, or 0. */
static int name_matches(const struct verb *v, int argc, char *const *argv)
{
    struct str rest = str_c(v->name), word;
    int n = 0;

    while (str_word(&rest, &word)) {
        if (n >= argc || !str_eq(word, str_c(argv[n])))
            return 0;
        n++;
    }
    return n;
}

static enum rc no_verb(const char *word, const struct verb *verbs, size_t n,
                       struct err *err)
{
    struct str names[64], near;
    size_t k = 0;

    if (!word)
        return FAIL(err, RC_INVALID,
                    "Say what to do: \"perigee serve\" starts the server, "
                    "\"perigee help\" lists the commands.");
    for (size_t i = 0; verbs && i < n && k < 64; i++)
        names[k++] = str_c(verbs[i].name);
    near = str_nearest(str_c(word), names, k);
    if (near.n)
        return FAIL(err, RC_INVALID,
                    "There is no command \"%s\"; did you mean \"%.*s\"?", word,
                    STR_ARG(near));
    return FAIL(err, RC_INVALID,
                "There is no command \"%s\"; \"perigee help\" lists them.",
                word);
}

/* --- flags ---------------------------------------------------------------------- */

struct parser {
    struct config *c;
    int argc, at;
    char *const *argv;
    struct err *err;
};

static enum rc no_flag(struct parser *p, struct str name)
{
    struct str names[VERB_FLAGS + N_COMMON], near;
    size_t n = 0;

    for (size_t i = 0; i < VERB_FLAGS && p->c->verb->flags[i].name; i++)
        names[n++] = str_c(p->c->verb->flags[i].name);
    for (size_t i = 0; i < N_COMMON; i++)
        names[n++] = str_c(COMMON[i].name);
    near = str_nearest(name, names, n);
    if (near.n)
        return FAIL(p->err, RC_INVALID,
                    "\"perigee %s\" knows no flag %.*s; did you mean %.*s?",
                    p->c->verb->name, STR_ARG(name), STR_ARG(near));
    return FAIL(
        p->err, RC_INVALID,
        "\"perigee %s\" knows no flag %.*s; \"perigee %s --help\" shows "
        "those it knows.",
        p->c->verb->name, STR_ARG(name), p->c->verb->name);
}

static enum rc take_value(struct parser *p, const struct flag *flag,
                          struct str text, const char **out)
{
    ptrdiff_t eq = str_chr(text, '=');

    if (!flag->value && eq >= 0)
        return FAIL(p->err, RC_INVALID, "%s takes no value.", flag->name);
    if (!flag->value)
        *out = "";
    else if (eq >= 0)
        *out = text.p + eq + 1;
    else if (p->at < p->argc)
        *out = p->argv[p->at++];
    else
        return FAIL(p->err, RC_INVALID, "%s needs a value: %s %s.", flag->name,
                    flag->name, flag->value);
    if (flag->value && (*out)[0] == '\0')
        return FAIL(p->err, RC_INVALID, "The value of %s is empty.",
                    flag->name);
    return RC_OK;
}

static enum rc take_flag(struct parser *p, const char *arg)
{
    struct str text = str_c(arg), name = text;
    ptrdiff_t eq = str_chr(text, '=');
    struct config *c = p->c;
    const char **common[N_COMMON] = {&c->data, &c->apps, &c->log, NULL, NULL};
    const char *v = NULL;
    enum rc rc;

    if (eq >= 0)
        name = str_sub(text, 0, (size_t)eq);
    for (size_t i = 0; i < N_COMMON; i++) {
        if (!str_eq(name, str_c(COMMON[i].name)))
            continue;
        rc = take_value(p, &COMMON[i], text, &v);
        if (rc != RC_OK)
            return rc;
        if (common[i])
            *common[i] = v;
        else if (i == 3)
            c->json = true;
        else
            c->help = true;
        return RC_OK;
    }
    for (size_t i = 0; i < VERB_FLAGS && c->verb->flags[i].name; i++) {
        if (!str_eq(name, str_c(c->verb->flags[i].name)))
            continue;
        rc = take_value(p, &c->verb->flags[i], text, &v);
        if (rc != RC_OK)
            return rc;
        if (str_is(name, "--listen")) {
            if (c->n_listen == CONFIG_LISTEN)
                return FAIL(p->err, RC_INVALID,
                            "There may be at most %d --listen addresses.",
                            CONFIG_LISTEN);
            c->listen[c->n_listen++] = v;
        }
        c->flags[i] = v;
        return RC_OK;
    }
    return no_flag(p, name);
}

static enum rc take_arg(struct parser *p, const char *arg)
{
    struct config *c = p->c;

    if (c->n_args >= c->verb->max_args || c->n_args == CONFIG_ARGS)
        return FAIL(p->err, RC_INVALID,
                    "\"%s\" is one argument too many: perigee %s %s", arg,
                    c->verb->name, c->verb->usage);
    c->args[c->n_args++] = arg;
    return RC_OK;
}

static void defaults(struct config *c)
{
    if (!c->data)
        c->data = config_env("PERIGEE_DATA");
    if (!c->data)
        c->data = "./data";
    if (!c->apps)
        c->apps = config_env("PERIGEE_APPS");
    if (!c->log)
        c->log = config_env("PERIGEE_LOG");
    if (!c->url)
        c->url = config_env("PERIGEE_URL");
    if (c->n_listen == 0 && config_env("PERIGEE_LISTEN"))
        c->listen[c->n_listen++] = config_env("PERIGEE_LISTEN");
    if (c->n_listen == 0)
        c->listen[c->n_listen++] = "127.0.0.1:8080";
}

enum rc config_parse(int argc, char *const *argv, const struct verb *verbs,
                     size_t n_verbs, struct config *out, struct err *err)
{
    struct config c = {0};
    struct parser p = {.c = &c, .argc = argc, .argv = argv, .err = err};
    bool only_args = false;
    enum rc rc = RC_OK;

    for (size_t i = 0; i < n_verbs; i++) {
        int n = name_matches(&verbs[i], argc, argv);

        if (n > p.at) { /* the longest name wins */
            p.at = n;
            c.verb = &verbs[i];
        }
    }
    if (!c.verb)
        return no_verb(argc > 0 ? argv[0] : NULL, verbs, n_verbs, err);
    while (rc == RC_OK && p.at < argc) {
        const char *arg = argv[p.at++];

        if (!only_args && strcmp(arg, "--") == 0)
            only_args = true;
        else if (!only_args && arg[0] == '-' && arg[1] != '\0')
            rc = take_flag(&p, strcmp(arg, "-h") == 0 ? "--help" : arg);
        else
            rc = take_arg(&p, arg);
    }
    if (rc == RC_OK && !c.help && c.n_args < c.verb->min_args)
        rc = FAIL(err, RC_INVALID, "Something is missing: perigee %s %s",
                  c.verb->name, c.verb->usage);
    if (rc != RC_OK)
        return rc;
    c.url = config_flag(&c, "--url");
    defaults(&c);
    *out = c;
    return RC_OK;
}
