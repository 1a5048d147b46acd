/*
 * fault - see the header. The counters are the second of the two globals the
 * conventions allow; outside test builds this file holds no state.
 */
#include "base/fault.h"

#ifdef PERIGEE_FAULTS

#include <stdatomic.h>

static atomic_long left; /* calls until the one that fails; 0: not armed */
static atomic_bool fired;

void fault_alloc_arm(long nth)
{
    atomic_store(&fired, false);
    atomic_store(&left, nth);
}

bool fault_alloc_fired(void)
{
    return atomic_load(&fired);
}

void fault_alloc_disarm(void)
{
    atomic_store(&left, 0);
}

bool fault_alloc_hit(void)
{
    if (atomic_load(&left) <= 0 || atomic_fetch_sub(&left, 1) != 1)
        return false;
    atomic_store(&fired, true);
    return true;
}

#else

void fault_alloc_arm(long nth)
{
    (void)nth;
}

bool fault_alloc_fired(void)
{
    return false;
}

void fault_alloc_disarm(void)
{
}

bool fault_alloc_hit(void)
{
    return false;
}

#endif
