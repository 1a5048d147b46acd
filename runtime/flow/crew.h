/*
 * crew - threads that work while there is work, sleep when there is none, and
 * stop between two pieces when told to. Under jobs and the outbox.
 */
#ifndef FLOW_CREW_H
#define FLOW_CREW_H

#include "base/rc.h"

enum { CREW_THREADS_MAX = 8 };

struct crew;
struct crew_config {
    int threads; /* 0: 1; at most CREW_THREADS_MAX                  */
    /* On each thread: do one piece; false: there was none. */
    bool (*work)(void *arg, struct crew *crew);
    void *arg;
};

/* RC_NOMEM: no memory, or no thread. */
enum rc crew_open(const struct crew_config *config, struct crew **out,
                  struct err *err) MUST_CHECK;
void crew_close(struct crew *c);      /* waits for the pieces under way; NULL */
void crew_wake(struct crew *c);       /* there may be work; from any thread   */
bool crew_is_closing(struct crew *c); /* finish early, please                 */

#endif
