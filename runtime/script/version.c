/*
 * version - which Lua this is, and what is known to be wrong with it.
 */
#include <lua.h>

#include "script/script.h"

const char *script_lua_version(void)
{
    return LUA_VERSION_MAJOR "." LUA_VERSION_MINOR "." LUA_VERSION_RELEASE;
}

/* Of the header: the library that is found when the program starts is the same
   package. Fixed upstream in 5.4.7 (getobjname) and 5.4.8 (weak metatables). */
const char *script_lua_warning(void)
{
#if LUA_VERSION_RELEASE_NUM < 50408
    return "This release has bugs in memory that plain scripts reach (fixed in "
           "5.4.8). Scripts run in worker processes of their own, without "
           "weak tables, finalizers, coroutines and compiled code.";
#else
    return NULL;
#endif
}
