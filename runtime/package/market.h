/*
 * market - what the marketplace offers: packages inside the program ("apps/")
 * and those of the apps folder, each a folder or a .perigee file. Of one id the
 * highest version is offered; of one version what is in the folder.
 *
 * Each is read whole, once, under the rules of gather.h. What cannot be read is
 * listed with the reason, so that its owner sees why it is not offered.
 */
#ifndef PACKAGE_MARKET_H
#define PACKAGE_MARKET_H

#include "package/manifest.h"
#include "package/package.h"

enum { MARKET_MAX = 200, MARKET_DIGEST_BYTES = 64 };

struct market_card {
    struct manifest manifest;
    struct manifest_brings brings;
    struct str where; /* "crm" below apps/, or "crm-1.0.0.perigee" */
    bool is_embedded;
    char digest[MARKET_DIGEST_BYTES]; /* sha256 over the files, hex */
};
struct market_fault {
    struct str where, message;
};
struct market {
    struct arena *arena;
    VEC(struct market_card) cards; /* by id */
    VEC(struct market_fault) faults;
};
struct market_source {
    const struct package_source *embedded; /* or NULL */
    const char *apps;                      /* the folder; or NULL */
};

/* An apps folder that is not there offers nothing. RC_NOMEM, RC_LIMIT. */
enum rc market_list(const struct market_source *source, struct arena *a,
                    struct market *out, struct err *err) MUST_CHECK;
const struct market_card *market_find(const struct market *m,
                                      struct str id); /* or NULL */
/* The package of that id. `digest`, when not empty, is what the one who chose
   it saw: RC_CONFLICT when the files are others now. RC_NOTFOUND. */
enum rc market_read(const struct market_source *source, struct str id,
                    struct str digest, struct arena *a,
                    struct package_src **out, struct err *err) MUST_CHECK;
/* sha256 over paths and texts, hex; false, and zeroes: no memory. */
bool market_digest(const struct package_src *src, struct arena *a,
                   char out[MARKET_DIGEST_BYTES]);
/* A file of a package of the market or of one that is installed. */
const struct package_file *market_file(const struct package_src *src,
                                       struct str path);

/* One card: what is installed (NULL: nothing) beside what is offered (NULL). */
struct json_w;
struct package;
enum rc market_card_json(const struct package *installed,
                         const struct market_card *card, struct json_w *w,
                         struct err *err) MUST_CHECK;
/* {"items":[..],"faults":[..]}: what is installed first. */
enum rc market_json(const struct market *m, const struct model *model,
                    struct json_w *w, struct err *err) MUST_CHECK;

#endif
