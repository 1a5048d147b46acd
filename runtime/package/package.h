/*
 * package - folders of definitions in and out of a workspace: check, plan,
 * install, remove; seeds; what the marketplace folders offer.
 */
#ifndef PACKAGE_PACKAGE_H
#define PACKAGE_PACKAGE_H

#include "auth/workspace.h"
#include "flow/job.h"
#include "model/store.h"

enum {
    PACKAGE_MAX_FILES = 2000,
    PACKAGE_MAX_BYTES = 50 << 20,
    PACKAGE_MAX_FILE_BYTES = 10 << 20
};

/* Read a folder (no links followed, no .. or dot files, limits above). The id
   is package.xml's, or "local" for a folder without one.
   RC_NOTFOUND, RC_LIMIT, RC_INVALID (no manifest, odd names), RC_IO. */
enum rc package_read_folder(const char *path, struct arena *a,
                            struct package_src **out,
                            struct err *err) MUST_CHECK;
/* A folder as above, or a .perigee archive (archive.h). */
enum rc package_read(const char *path, struct arena *a,
                     struct package_src **out, struct err *err) MUST_CHECK;
/* Files that came over a wire, under the same rules. Paths and bytes are
   borrowed for as long as `a` lives. */
enum rc package_from_files(const struct package_file *files, size_t n,
                           struct arena *a, struct package_src **out,
                           struct err *err) MUST_CHECK;
/* From what is inside the program ("apps/crm", "schemas/sys"): app hands the
   files. */
struct package_source {
    bool (*each)(void *ctx, const char *prefix,
                 bool (*visit)(void *arg, const char *path, struct str bytes),
                 void *arg);
    void *ctx;
};
enum rc package_read_embedded(const struct package_source *source,
                              const char *prefix, struct arena *a,
                              struct package_src **out,
                              struct err *err) MUST_CHECK;

/* Check a package by itself with what is installed: messages only. */
enum rc package_check(const struct workspace *ws, struct package_src *src,
                      struct arena *a, struct messages *ms,
                      struct err *err) MUST_CHECK;
/* The plan of an install or upgrade (ws open). */
enum rc package_plan(const struct workspace *ws,
                     const struct store_change *change, struct arena *a,
                     struct plan *plan, struct messages *ms,
                     struct err *err) MUST_CHECK;

struct package_result {
    struct str package, version;
    int64_t generation;
    int64_t txn; /* of the publish; its seeds have their own */
};
/*
 * Install, upgrade or remove: compile beside the running model, plan, apply in
 * one write job, publish, then seeds of mode once and sync. Requests go on
 * throughout. RC_INVALID: messages; RC_CONFLICT: the plan refuses (plan says
 * why) or another publish came first three times.
 */
enum rc package_apply(const struct workspace *ws, const struct principal *who,
                      const struct store_change *change, struct arena *a,
                      struct plan *plan, struct messages *ms,
                      struct package_result *out, struct err *err) MUST_CHECK;
/* The two halves of it, for who tells how far it is. */
enum rc package_publish(const struct workspace *ws, const struct principal *who,
                        const struct store_change *change, struct arena *a,
                        struct plan *plan, struct messages *ms,
                        struct package_result *out, struct err *err) MUST_CHECK;
enum rc package_plant(const struct workspace *ws, const struct principal *who,
                      struct str package, struct arena *a,
                      struct err *err) MUST_CHECK;
/* Seeds of one mode of a package (SEED_DEMO: `serve --demo`). Idempotent by
   key. RC_INVALID: issues with file and line. */
enum rc package_seed(const struct workspace *ws, const struct principal *who,
                     struct str package, enum seed_mode mode, struct arena *a,
                     struct issues *issues, struct err *err) MUST_CHECK;

/* At a start: records of packages whose install was killed after its commit. */
enum rc package_resume(const struct workspace *ws, struct arena *a,
                       struct err *err) MUST_CHECK;

struct package_export {
    struct str id; /* "local", or of another that is installed          */
    struct str as; /* what `local` is called as a package; or empty     */
    bool records;  /* its records too, as seeds that install with it    */
};
/*
 * The folder of an installed package, its files by path: as they were installed
 * and, installed elsewhere, the same again.
 * notes: warnings, one for each thing that could not go along.
 * RC_NOTFOUND no such package; RC_INVALID `as` is no name for one; RC_LIMIT
 * more than a package may hold.
 */
enum rc package_export(const struct workspace *ws,
                       const struct package_export *spec, struct arena *a,
                       struct package_src **out, struct issues *notes,
                       struct err *err) MUST_CHECK;
/*
 * Into a folder that is not there or is empty: whole or not at all. `force`:
 * into one that holds an export already; each file is whole, those that do not
 * belong any more go, and what no export writes (.git, a README) stays.
 * RC_CONFLICT the folder holds something; RC_NOTFOUND there is no folder to put
 * it in; RC_INVALID a file name that no package has; RC_IO.
 */
enum rc package_write_folder(const char *path, const struct package_src *src,
                             bool force, struct err *err) MUST_CHECK;

/* The job "reindex", queued by an apply whose plan says PLAN_REINDEX. */
struct job_kind package_job_kind(struct workspace *ws);

#endif
