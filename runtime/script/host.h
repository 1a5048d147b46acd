/* host - what a run on the server keeps for its calls. */
#ifndef SCRIPT_HOST_H
#define SCRIPT_HOST_H

#include "script/wire.h"

struct host_state {
    struct script_limits limits;
    int64_t used[SCRIPT_RESOURCES];
    int breaches;
};

#endif
