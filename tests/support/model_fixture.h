/*
 * model_fixture - packages from folders under tests/fixtures/model (and
 * schemas/sys), compiled; or from texts written in the test.
 */
#ifndef SUPPORT_MODEL_FIXTURE_H
#define SUPPORT_MODEL_FIXTURE_H

#include "model/compile.h"

struct fixture_file {
    const char *path, *text;
};

/* Every file of a folder ("tests/fixtures/model/crm") as a package. */
struct package_src *fixture_folder(struct arena *a, const char *id,
                                   const char *folder);
/* Of texts; the last has path NULL. */
struct package_src *fixture_texts(struct arena *a, const char *id,
                                  const struct fixture_file *files);

/* sys and these, compiled for EUR, UTC, en. Messages as text in *said. */
struct fixture {
    struct arena arena;
    struct messages messages;
    struct names *names;
    struct model *model; /* NULL: refused */
    struct str said;
};
enum rc fixture_compile(struct fixture *f, struct package_src *const *packages,
                        size_t n);
void fixture_release(struct fixture *f);

#endif
