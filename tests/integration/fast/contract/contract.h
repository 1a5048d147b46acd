/*
 * contract - what docs/http promises, sentence by sentence: one file for each
 * heading. A name of a test is the sentence. For these tests alone.
 */
#ifndef INTEGRATION_CONTRACT_H
#define INTEGRATION_CONTRACT_H

#include "support/runtime/api_fixture.h"

#define RENTAL "/api/v1/acme.rental/rental"
#define ASSET  "/api/v1/acme.rental/asset"
#define BYTES  "Content-Type: application/octet-stream\n"

/* fix() with the package acme.rental beside shop. */
struct fix *contract(void);
/* An hour later on the fixture's clock, as milliseconds: time only goes on. */
int64_t later(struct fix *f);
/* "2026-03-01T08:00:00.000Z" */
const char *instant(struct fix *f, int64_t ms);

/* POST, PATCH, GET as the administrator, with CHECK of the status. */
const char *make(struct fix *f, const char *where, const char *json); /* id */
/* The id of Perigee-Txn. */
const char *patch(struct fix *f, const char *one, const char *json);
void get(struct fix *f, const char *target);
/* The list's `member`, in order, commas between: "items.*.name". */
const char *each(struct fix *f, const char *member);
/* Install or upgrade as the program does; the transaction's number. */
int64_t install(struct fix *f, const char *id,
                const struct fixture_file *files);
/* The fixture installs upon the model it knows: after any other publish. */
void refresh(struct fix *f);
const char *id_of(struct fix *f, int64_t id);
void pause_ms(int ms);
/* Wait for a job to end; its state. */
const char *job_end(struct fix *f, const char *id);

#endif
