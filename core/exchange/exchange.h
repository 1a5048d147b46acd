/*
 * exchange - records in and out as CSV and JSON, through query and record.
 */
#ifndef EXCHANGE_EXCHANGE_H
#define EXCHANGE_EXCHANGE_H

#include "exchange/csv.h"
#include "record/record.h"

struct import_map; /* the JSON of contract.md, checked against the model */

/* Parse and check a map. text empty: columns are field names, mode create.
   RC_INVALID: issues (path "columns.close_date.field" ...). */
enum rc import_map_parse(const struct model *m, const struct entity *e,
                         struct str json, struct arena *a,
                         struct issues *issues, const struct import_map **out,
                         struct err *err) MUST_CHECK;

struct import_progress {
    /* Called between chunks; false cancels (what is committed stays). */
    bool (*tell)(void *arg, int64_t done, int64_t total);
    void *arg;
};
struct import_issue {
    int64_t line; /* physical line of the row's start; header 1 */
    struct str column, code, message, value;
};
struct import_report {
    int64_t rows, created, updated, unchanged, failed;
    int64_t *txns;
    size_t n_txns;
    struct import_issue *issues; /* the first 1,000; error_csv has all     */
    size_t n_issues;
    int64_t issues_total; /* kept or not */
    struct str error_csv; /* the rows that failed with _line, _error;
                                    empty when none                         */
    bool cancelled;
};
/*
 * Import the CSV text. Chunks of LIMIT_IMPORT_CHUNK rows, a transaction each, partial.
 * A ref to a later row of the same file resolves (second pass). dry_run writes
 * nothing and reports as if it had.
 * RC_SYNTAX: not CSV at all (an unclosed quote names the line it began at),
 * wrong encoding; RC_INVALID: header does not fit the map (issues).
 */
enum rc import_csv(const struct record_ctx *ctx, const struct entity *e,
                   const struct import_map *map, struct str csv, bool dry_run,
                   const struct import_progress *progress, struct arena *a,
                   struct import_report *out, struct issues *issues,
                   struct err *err) MUST_CHECK;
void import_report_json(const struct import_report *r, int64_t error_file,
                        struct json_w *w);

enum export_format { EXPORT_CSV, EXPORT_JSON };
/* Streams through `put`; stops on its error. Formula-safe cells. CSV begins with
   the id, JSON with id and rev, whether asked for or not, and each comes once. */
enum rc export_records(const struct query_ctx *ctx,
                       const struct query_spec *spec, enum export_format format,
                       enum rc (*put)(void *arg, struct str bytes,
                                      struct err *err),
                       void *arg, struct err *err) MUST_CHECK;

#endif
