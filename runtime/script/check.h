/* check - what is wrong with a source before it runs; in the worker. */
#ifndef SCRIPT_CHECK_H
#define SCRIPT_CHECK_H

#include "script/wire.h"

/* The findings as an encoded list of {line, column, error, message}. */
void check_source(const struct script_source *source,
                  const struct script_module *const *modules, struct arena *a,
                  struct buf *findings);

#endif
