/* main - see cli.h. */
#include "app/cli.h"
#include "script/script.h"

int main(int argc, char **argv)
{
    /* Before anything else: this process is to have nothing. */
    if (argc == 2 && strcmp(argv[1], SCRIPT_LAUNCHER_VERB) == 0)
        return script_launcher_main(script_modules());
    return cli_main(argc > 0 ? argc - 1 : 0, argv + 1);
}
