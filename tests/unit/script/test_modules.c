/* Every declaration: its text, its example, its numbers. */
#include "box.h"
#include "test.h"

TEST(modules, every_function_has_a_text_and_an_example_that_holds)
{
    const struct script_module *const *m = script_modules();
    int n = 0;
    int bad = 0;

    for (; *m; m++) {
        for (size_t i = 0; i < (*m)->n; i++) {
            const struct script_fn *fn = &(*m)->fns[i];
            const char *said;

            CHECK((fn->lua != NULL) != (fn->host != NULL));
            if (fn->name[strlen(fn->name) - 1] == '_')
                continue;
            CHECK(fn->doc && fn->example && fn->signature);
            CHECK(strncmp(fn->signature, fn->name, strlen(fn->name)) == 0);
            said = box_error(fn->example);
            if (strcmp(said, "ok") != 0) {
                fprintf(stderr, "%s: %s\n", fn->name, said);
                bad++;
            }
            n++;
        }
    }
    CHECK_I64(bad, 0);
    CHECK(n > 100);
}

TEST(modules, globals_are_exactly_those_of_the_contract)
{
    static const char ALLOWED[] =
        " assert cache error fail getmetatable import ipairs next pairs pcall"
        " print rawequal rawlen select setmetatable tonumber tostring try type"
        " _VERSION _G string table math utf8 text list json dec money date"
        " log ";
    struct box b;

    box_init(&b, "local names = {}\n"
                 "for k in pairs(_G) do names[#names + 1] = k end\n"
                 "for _, k in ipairs {'collectgarbage', 'coroutine', 'debug',"
                 " 'dofile', 'getfenv', 'io', 'load', 'loadfile',"
                 " 'loadstring', 'os', 'package', 'rawget', 'rawset',"
                 " 'require', 'warn', 'xpcall', 'setfenv', 'unpack'} do\n"
                 "  assert(_G[k] == nil, k)\n"
                 "end\n"
                 "for _, k in ipairs {'text', 'list', 'json', 'dec', 'money',"
                 " 'date', 'log'} do assert(_G[k], k) end\n"
                 "return names");
    box_run(&b);
    CHECK_STR(b.end.problem.message, "");
    CHECK(b.end.ok);
    CHECK(b.value.u.list.n > 20);
    for (size_t i = 0; i < b.value.u.list.n; i++) {
        char name[64];

        snprintf(name, sizeof name, " %.*s ", STR_ARG(b.value.u.list.v[i].u.s));
        CHECK_HAS(ALLOWED, name);
    }
    box_release(&b);
}
