/*
 * manifest - what a package says of itself, and what it brings, without a
 * model: for cards of the marketplace and for what is asked before a compile.
 */
#ifndef PACKAGE_MANIFEST_H
#define PACKAGE_MANIFEST_H

#include "base/vec.h"
#include "model/compile.h"

struct manifest_need {
    struct str on, range; /* range may be empty: any */
    bool is_optional;
};

/* One <permissions> element. */
struct manifest_ask {
    struct str kind;    /* "data" "http" "secret" "mail" "schedule" "portal" */
    struct str subject; /* entity, host, name of the secret; or empty        */
    struct str parts;   /* accesses or methods, spaces between; or empty     */
    int64_t amount;     /* mails a day                                       */
    struct str words;   /* "may send up to 500 mails a day"                  */
};

struct manifest_image {
    struct str file, caption;
};

struct manifest {
    bool is_there; /* false: no package.xml that can be read */
    struct str id, version, label, summary, icon, vendor, url, license;
    struct str min_runtime;
    VEC(struct manifest_need) needs;
    VEC(struct str) conflicts;
    VEC(struct manifest_ask) asks;
    VEC(struct manifest_image) images;
};

/* Everything lives in `a`. A manifest that does not parse is not there; what a
   check would refuse in it is taken as it is. RC_NOMEM. */
enum rc manifest_read(const struct package_src *src, struct arena *a,
                      struct manifest *out, struct err *err) MUST_CHECK;
/* Does `had` (NULL: nothing) already cover this? */
bool manifest_covers(const struct manifest *had,
                     const struct manifest_ask *ask);
/* <0 0 >0 by number; what is no version counts as 0. */
int manifest_compare(struct str version, struct str other);

/* What a package brings, counted in its files. */
struct manifest_brings {
    VEC(struct str) entities; /* labels, in the order of the files */
    VEC(struct str) extends;  /* entities of others it changes     */
    VEC(struct str) languages;
    int64_t fields, forms, views, menus, scripts, records;
    bool has_demo;
    VEC(struct str) words; /* the same as sentences' parts */
};
enum rc manifest_brings(const struct package_src *src, struct arena *a,
                        struct manifest_brings *out,
                        struct err *err) MUST_CHECK;

#endif
