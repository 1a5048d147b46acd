/*
 * reference - the declarations of fn.h for people and editors: the manual, the
 * stubs of the Lua language server, and what completion offers.
 */
#ifndef SCRIPT_REFERENCE_H
#define SCRIPT_REFERENCE_H

#include "base/json.h"
#include "script/fn.h"

/* docs/lua/reference.md, docs/lua/perigee.lua. */
void script_write_reference(const struct script_module *const *modules,
                            struct buf *b);
void script_write_stubs(const struct script_module *const *modules,
                        struct buf *b);
/* [{"module","doc","functions":[{"name","signature","doc","example","phases"}]}] */
void script_write_completion(const struct script_module *const *modules,
                             struct json_w *w);

#endif
