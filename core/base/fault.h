/*
 * fault - make the nth allocation from now fail. Test builds only
 * (PERIGEE_FAULTS); elsewhere the calls do nothing and nothing fires.
 * Counters are process-wide; the test runs one thread.
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include <stdbool.h>

void fault_alloc_arm(long nth); /* 1 = the next one */
bool fault_alloc_fired(void);
void fault_alloc_disarm(void);

/* For mem.c: count one allocation; true when it is the one to fail. */
bool fault_alloc_hit(void);

#endif
