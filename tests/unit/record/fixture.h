/*
 * fixture - a workspace with a small sales package, and saves in one line.
 */
#ifndef UNIT_RECORD_FIXTURE_H
#define UNIT_RECORD_FIXTURE_H

#include "record/record.h"
#include "support/test.h"
#include "support/workspace_fixture.h"

struct world {
    struct workspace w;
    struct model_slot *slot;
    struct arena arena;
    struct principal anna; /* who asks; an administrator */
    struct record_ctx ctx;
    /* of the last save */
    struct record_batch b;
    struct issues issues;
    struct record_result out;
    struct err err;
    int64_t id;      /* of its first item */
    char said[4096]; /* "path code; path code" */
};
void world_open(struct world *x);
void world_open_on(struct world *x, const struct db_config *config);
void world_close(struct world *x);
/* Publish again: what the workspace holds becomes the slot's. */
void world_swap(struct world *x);

/* One item from JSON; ' stands for ". `%` as in printf. */
enum rc world_create(struct world *x, const char *entity, const char *json, ...)
    PRINTF_LIKE(3, 4);
enum rc world_patch(struct world *x, const char *entity, int64_t id,
                    const char *json, ...) PRINTF_LIKE(4, 5);
enum rc world_patch_at(struct world *x, const char *entity, int64_t id,
                       int64_t if_rev, const char *json);
enum rc world_delete(struct world *x, const char *entity, int64_t id);
enum rc world_restore(struct world *x, const char *entity, int64_t id);
enum rc world_undo(struct world *x, int64_t txn, bool skip,
                   struct undo_result *out);

/* A batch: begin, add ..., save. */
void world_begin(struct world *x);
struct record_item *world_add(struct world *x, enum record_op op,
                              const char *entity, int64_t id, const char *json,
                              ...) PRINTF_LIKE(5, 6);
enum rc world_save(struct world *x);

const char *world_id(struct world *x, int64_t id);
/* The first column as text. `%` as in printf. */
struct str world_sql(struct world *x, const char *sql, ...) PRINTF_LIKE(2, 3);
const struct entity *world_entity(const struct world *x, const char *qname);
/* The value of an item of the last save. */
const struct value *world_value(const struct world *x, size_t item,
                                const char *field);
/* Everything the tables of records and journals hold, for "nothing changed". */
const char *world_fingerprint(struct world *x);

#endif
