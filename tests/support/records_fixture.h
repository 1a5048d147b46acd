/*
 * records_fixture - a workspace in memory with packages installed the way an
 * install does it: store_create, store_prepare, store_commit, publish.
 *
 * The clock is the test's. Records go in through the pipeline, as JSON.
 */
#ifndef SUPPORT_RECORDS_FIXTURE_H
#define SUPPORT_RECORDS_FIXTURE_H

#include "base/clock.h"
#include "model/store.h"
#include "record/record.h"
#include "support/model_fixture.h"

struct records_fixture {
    struct arena arena;
    struct clock_manual clock;
    struct db_store *store;
    struct model_slot *slot;
    const struct model *model; /* a reference, of the last install */
    struct principal who;      /* an administrator, SOURCE_API     */
    uint8_t key[32];
};

/* 2026-03-01T08:00:00Z */
#define FIXTURE_NOW INT64_C(1772352000000)

/* sys alone; then install what is needed. */
void records_fixture_open(struct records_fixture *f);
void records_fixture_close(struct records_fixture *f);
void records_fixture_install(struct records_fixture *f,
                               struct package_src *package);
/* apps/crm of the tree. */
void records_fixture_crm(struct records_fixture *f);

struct record_ctx records_fixture_ctx(struct records_fixture *f);
/* Create from a JSON body; CHECKs that it works; the id. */
int64_t records_fixture_create(struct records_fixture *f,
                                 const char *entity, const char *json);
enum rc records_fixture_update(struct records_fixture *f,
                                 const char *entity, int64_t id,
                                 const char *json);

/* A read: {db, query_ctx}; end with db_read_end(q.db). */
struct query_ctx records_fixture_read(struct records_fixture *f,
                                        struct issues *issues);
const struct entity *records_fixture_entity(struct records_fixture *f,
                                              const char *qname);

#endif
