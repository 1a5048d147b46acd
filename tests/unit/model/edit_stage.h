/*
 * edit_stage - a workspace with the CRM and a `local` laid out as people lay
 * things out, for the tests of edit.
 */
#ifndef UNIT_MODEL_EDIT_STAGE_H
#define UNIT_MODEL_EDIT_STAGE_H

#include "model/edit.h"
#include "support/workspace_fixture.h"

void edit_stage_open(struct workspace *w);

/* An edit on the workspace's model, as a user gets it. */
struct edit_run {
    struct edit edit;
    struct issues issues;
    struct err err;
    enum rc rc;
};
void edit_run(struct workspace *w, const char *acts, struct edit_run *out);
/* Compile and plan what the run made, changing nothing. */
enum rc edit_prepare(struct workspace *w, struct edit_run *run,
                     bool allow_drop);
/* Publish it with its entry; RC_INVALID, RC_CONFLICT. */
enum rc edit_publish(struct workspace *w, struct edit_run *run,
                     bool allow_drop);
/* Undo a generation, and publish that. */
enum rc edit_take_back(struct workspace *w, int64_t generation,
                       struct edit_run *run);
/* A file of `local` as it is published; "" when there is none. */
struct str edit_published(const struct workspace *w, const char *path);

#endif
