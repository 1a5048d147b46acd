/*
 * fault_vfs - a disk that fails when it is told to.
 *
 * A VFS of SQLite by the name FAULT_VFS, over the system's. It counts writes,
 * syncs and truncations of database and log files, and makes the nth from now
 * fail, once or from then on. A failing write puts half of its bytes down
 * first, as disks do. It can also note all calls and rebuild what a power cut
 * would have left: what was synced, and of the rest any part.
 *
 * State is the process's; the test arms it while no call is under way.
 */
#ifndef SUPPORT_FAULT_VFS_H
#define SUPPORT_FAULT_VFS_H

#include <stdbool.h>
#include <stdint.h>

#define FAULT_VFS "fault"

enum { FAULT_WRITE = 1, FAULT_SYNC = 2, FAULT_TRUNCATE = 4, FAULT_ANY = 7 };

struct fault_plan {
    unsigned calls; /* FAULT_ of those counted        */
    long nth;       /* 1: the next one                */
    bool sticky;    /* all from then on               */
    bool full;      /* no space left, else I/O error  */
};

/* Safe to repeat. */
void fault_vfs_register(void);
void fault_vfs_arm(const struct fault_plan *plan);
/* Did it fire since it was armed? */
bool fault_vfs_fired(void);
void fault_vfs_disarm(void);

/*
 * From now on remember what each file held when it was last synced and what
 * was written since. `_cut` then writes, beside each file, an image of what a
 * power cut now could leave: `<path>.cut`, `<path>.cut-wal` ..; each sector of
 * what was not synced is kept, dropped or torn as `seed` says. `_forget` ends
 * the remembering.
 */
void fault_vfs_remember(void);
void fault_vfs_cut(const char *path, uint64_t seed);
void fault_vfs_forget(void);
/* A disk that lies: syncs report success and keep nothing. For controls. */
void fault_vfs_lie(bool lie);

#endif
