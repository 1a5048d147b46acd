/* config: the command line, and what is said about its mistakes. */
#include "app/config.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int nothing(const struct config *c)
{
    (void)c;
    return 0;
}

static const struct verb VERBS[] = {
    {"serve",
     "[--listen ADDR]",
     "Serve.",
     {{"--listen", "ADDR", ""}, {"--demo", NULL, ""}, {"--url", "URL", ""}},
     0,
     0,
     nothing},
    {"token", "", "Tokens.", {{0}}, 0, 9, nothing},
    {"token create",
     "--user EMAIL",
     "Make one.",
     {{"--user", "EMAIL", ""}},
     0,
     0,
     nothing},
    {"check", "DIR", "Check.", {{0}}, 1, 1, nothing},
};
enum { N = sizeof VERBS / sizeof *VERBS };

static struct config c;
static struct err err;

#define PARSE(...)                                                             \
    parse((const char *const[]){__VA_ARGS__},                                  \
          sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static enum rc parse(const char *const *words, size_t n)
{
    static char text[16][64]; /* until the next parse: config borrows */
    char *argv[16];

    unsetenv("PERIGEE_DATA");
    unsetenv("PERIGEE_LISTEN");
    for (size_t i = 0; i < n; i++) {
        snprintf(text[i], sizeof text[i], "%s", words[i]);
        argv[i] = text[i];
    }
    err_clear(&err);
    return config_parse((int)n, argv, VERBS, N, &c, &err);
}

TEST(config, has_a_default_for_all_of_serve)
{
    CHECK_RC(PARSE("serve"), RC_OK);
    CHECK_CSTR(c.data, "./data");
    CHECK_I64(c.n_listen, 1);
    CHECK_CSTR(c.listen[0], "127.0.0.1:8080");
    CHECK(c.apps == NULL && c.url == NULL && !c.json);
    CHECK(config_flag(&c, "--demo") == NULL);
}

TEST(config, takes_flags_in_both_forms_and_several_addresses)
{
    CHECK_RC(PARSE("serve", "--data=/x", "--listen", "a:1", "--demo",
                   "--listen=b:2", "--json"),
             RC_OK);
    CHECK_CSTR(c.data, "/x");
    CHECK_I64(c.n_listen, 2);
    CHECK_CSTR(c.listen[1], "b:2");
    CHECK(c.json && config_flag(&c, "--demo") != NULL);
}

TEST(config, lets_the_flag_win_over_the_environment)
{
    char *argv[] = {(char[]){"serve"}};
    char *more[] = {(char[]){"serve"}, (char[]){"--data"}, (char[]){"/flag"}};

    setenv("PERIGEE_DATA", "/env", 1);
    setenv("PERIGEE_LISTEN", "c:3", 1);
    CHECK_RC(config_parse(1, argv, VERBS, N, &c, &err), RC_OK);
    CHECK_CSTR(c.data, "/env");
    CHECK_CSTR(c.listen[0], "c:3");
    CHECK_RC(config_parse(3, more, VERBS, N, &c, &err), RC_OK);
    CHECK_CSTR(c.data, "/flag");
    setenv("PERIGEE_DATA", "", 1); /* empty is as if it were not set */
    CHECK_RC(config_parse(1, argv, VERBS, N, &c, &err), RC_OK);
    CHECK_CSTR(c.data, "./data");
}

TEST(config, finds_the_longest_name_of_a_command)
{
    CHECK_RC(PARSE("token", "create", "--user", "a@b.c"), RC_OK);
    CHECK_CSTR(c.verb->name, "token create");
    CHECK_CSTR(config_flag(&c, "--user"), "a@b.c");
    CHECK_RC(PARSE("token", "other"), RC_OK);
    CHECK_CSTR(c.verb->name, "token");
    CHECK_CSTR(c.args[0], "other");
}

TEST(config, suggests_what_was_meant)
{
    CHECK_RC(PARSE("serv"), RC_INVALID);
    CHECK_HAS(err.text, "did you mean \"serve\"?");
    CHECK_RC(PARSE("serve", "--dmo"), RC_INVALID);
    CHECK_HAS(err.text, "did you mean --demo?");
    CHECK_RC(PARSE("serve", "--dat", "x"), RC_INVALID);
    CHECK_HAS(err.text, "did you mean --data?");
    CHECK_RC(PARSE("zzzzzz"), RC_INVALID);
    CHECK_HAS(err.text, "perigee help");
}

TEST(config, says_what_is_missing_or_too_much)
{
    CHECK_RC(PARSE("check"), RC_INVALID);
    CHECK_HAS(err.text, "perigee check DIR");
    CHECK_RC(PARSE("check", "a", "b"), RC_INVALID);
    CHECK_HAS(err.text, "\"b\"");
    CHECK_RC(PARSE("serve", "--data"), RC_INVALID);
    CHECK_HAS(err.text, "--data needs a value");
    CHECK_RC(PARSE("serve", "--data="), RC_INVALID);
    CHECK_RC(PARSE("serve", "--demo=yes"), RC_INVALID);
    CHECK_HAS(err.text, "takes no value");
}

TEST(config, leaves_what_follows_two_dashes_alone)
{
    CHECK_RC(PARSE("check", "--", "--odd"), RC_OK);
    CHECK_CSTR(c.args[0], "--odd");
    CHECK_RC(PARSE("check", "-"), RC_OK);
    CHECK_CSTR(c.args[0], "-");
}

TEST(config, asks_for_nothing_when_help_is_wanted)
{
    CHECK_RC(PARSE("check", "--help"), RC_OK);
    CHECK(c.help);
    CHECK_RC(PARSE("check", "-h"), RC_OK);
    CHECK(c.help);
}
