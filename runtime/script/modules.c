/*
 * modules - what scripts find in this program by itself.
 */
#include "script/sandbox.h"

const struct script_module *const *script_modules(void)
{
    static const struct script_module *const ALL[] = {&script_module_globals,
                                                      &script_module_string,
                                                      &script_module_table,
                                                      &script_module_math,
                                                      &script_module_utf8,
                                                      &script_module_text,
                                                      &script_module_list,
                                                      &script_module_json,
                                                      &script_module_dec,
                                                      &script_module_money,
                                                      &script_module_date,
                                                      &script_module_log,
                                                      NULL};

    return ALL;
}
