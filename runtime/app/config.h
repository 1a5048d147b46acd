/*
 * config - what the command line and the environment say.
 *
 * A flag wins over its variable, the variable over the default:
 * --data PERIGEE_DATA ./data, --listen PERIGEE_LISTEN 127.0.0.1:8080,
 * --apps PERIGEE_APPS DATA/apps, --log PERIGEE_LOG warn (serve: info),
 * --url PERIGEE_URL.
 */
#ifndef APP_CONFIG_H
#define APP_CONFIG_H

#include "base/str.h"

enum { CONFIG_ARGS = 64, CONFIG_LISTEN = 8 };

struct verb;

struct config {
    const struct verb *verb;
    const char *data, *apps, *log, *url;
    const char *listen[CONFIG_LISTEN];
    size_t n_listen;
    bool json, help;
    /* Flags of the verb, in its own order: value, "" for a switch, or NULL. */
    const char *flags[CONFIG_ARGS];
    const char *args[CONFIG_ARGS]; /* what is no flag */
    size_t n_args;
};

struct flag {
    const char *name;  /* "--entity"                       */
    const char *value; /* "E" for the help; NULL: a switch */
    const char *help;
};
enum { VERB_FLAGS = 12 };

struct verb {
    const char *name;  /* "token create" */
    const char *usage; /* after the name: "--user EMAIL [--expires 30d]" */
    const char *help;  /* sentences */
    struct flag flags[VERB_FLAGS];
    size_t min_args, max_args;
    int (*run)(const struct config *config);
};

/*
 * Read argv (without the program's name) against a table of verbs.
 * RC_INVALID: a usage error; err says what to write instead.
 */
enum rc config_parse(int argc, char *const *argv, const struct verb *verbs,
                     size_t n_verbs, struct config *out,
                     struct err *err) MUST_CHECK;
/* Value of a flag of the verb, "" for a switch that is set, NULL when absent. */
const char *config_flag(const struct config *c, const char *name);
/* The same from the environment where it stands there: getenv, "" is unset. */
const char *config_env(const char *name);

#endif
