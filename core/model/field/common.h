/*
 * common - what several field types share. For core/model/field alone.
 */
#ifndef MODEL_FIELD_COMMON_H
#define MODEL_FIELD_COMMON_H

#include "model/field/field.h"

extern const struct field_type FIELD_TYPE_ANYREF, FIELD_TYPE_AUTONUMBER,
    FIELD_TYPE_BOOL, FIELD_TYPE_CHOICE, FIELD_TYPE_DATE, FIELD_TYPE_DATETIME,
    FIELD_TYPE_DEC, FIELD_TYPE_EMAIL, FIELD_TYPE_FILE, FIELD_TYPE_ID,
    FIELD_TYPE_INT, FIELD_TYPE_LONGTEXT, FIELD_TYPE_MONEY,
    FIELD_TYPE_MULTICHOICE, FIELD_TYPE_PERCENT, FIELD_TYPE_PHONE,
    FIELD_TYPE_REF, FIELD_TYPE_STATUS, FIELD_TYPE_TEXT, FIELD_TYPE_URL,
    FIELD_TYPE_USER;

/* Integers that survive every JSON reader: contract.md, "int". */
#define FIELD_INT_MAX INT64_C(9007199254740991)

/* --- one TEXT column, with or without name__k ------------------------------ */
size_t text_columns(const struct field *f,
                    struct field_column out[FIELD_MAX_COLUMNS]);
size_t text_key_columns(const struct field *f,
                        struct field_column out[FIELD_MAX_COLUMNS]);
/* A JSON string of valid UTF-8 without NUL; "" and null are null. */
enum rc text_parse_json(const struct field_in *in, const struct field *f,
                        const struct json *v, struct value *out);
enum rc text_parse_text(const struct field_in *in, const struct field *f,
                        struct str s, struct value *out);
void text_write_json(const struct model *m, const struct field *f,
                     const struct value *v, struct json_w *w);
void text_write_text(const struct model *m, const struct field *f,
                     const struct value *v, struct buf *b);
enum rc text_store(const struct field *f, const struct value *v,
                   struct arena *a, struct value *cols, struct err *err);
enum rc text_key_store(const struct field *f, const struct value *v,
                       struct arena *a, struct value *cols, struct err *err);
enum rc text_load(const struct field *f, struct db_stmt *st, int first,
                  struct arena *a, struct value *out, struct err *err);
struct fx_type text_fx(const struct field *f);
/* Code points within f's min and max (`otherwise` when it has no max). */
enum rc text_limits(const struct field_in *in, const struct field *f,
                    const struct value *v, int64_t otherwise);

/* --- one INTEGER column ---------------------------------------------------- */
size_t int_columns(const struct field *f,
                   struct field_column out[FIELD_MAX_COLUMNS]);
enum rc int_store(const struct field *f, const struct value *v, struct arena *a,
                  struct value *cols, struct err *err);

/* --- moments: date and datetime (moment.c) --------------------------------- */
struct moment {
    size_t (*format)(int64_t i, char *out);
    const char *is_a, *example; /* "a date", "2026-03-01"         */
    const char *this_one;       /* "This date": must be ... later */
};
enum rc moment_parse_json(const struct moment *m, const struct field_in *in,
                          const struct field *f, const struct json *v,
                          struct value *out);
enum rc moment_validate(const struct moment *m, const struct field_in *in,
                        const struct field *f, const struct value *v);
void moment_json(const struct moment *m, const struct value *v,
                 struct json_w *w);
void moment_text(const struct moment *m, const struct value *v, struct buf *b);

/* --- exact decimals: dec and percent --------------------------------------- */
enum rc dec_parse_json(const struct field_in *in, const struct field *f,
                       const struct json *v, struct value *out);
enum rc dec_parse_text(const struct field_in *in, const struct field *f,
                       struct str s, struct value *out);
enum rc dec_validate(const struct field_in *in, const struct field *f,
                     struct value *v);
void dec_write_json(const struct model *m, const struct field *f,
                    const struct value *v, struct json_w *w);
void dec_write_text(const struct model *m, const struct field *f,
                    const struct value *v, struct buf *b);
enum rc dec_load(const struct field *f, struct db_stmt *st, int first,
                 struct arena *a, struct value *out, struct err *err);
struct fx_type dec_fx(const struct field *f);

/* --- one option code: choice and status ------------------------------------ */
enum rc option_validate(const struct field_in *in, const struct field *f,
                        struct value *v);
struct fx_type option_fx(const struct field *f);

/* --- one record id: ref, user, file, and the system's created_by ------------ */
enum rc ref_parse_json(const struct field_in *in, const struct field *f,
                       const struct json *v, struct value *out);
enum rc ref_parse_text(const struct field_in *in, const struct field *f,
                       struct str s, struct value *out);
void ref_write_json(const struct model *m, const struct field *f,
                    const struct value *v, struct json_w *w);
void ref_write_text(const struct model *m, const struct field *f,
                    const struct value *v, struct buf *b);
enum rc ref_load(const struct field *f, struct db_stmt *st, int first,
                 struct arena *a, struct value *out, struct err *err);
struct fx_type ref_fx(const struct field *f);

/* A validate that finds nothing to say. */
enum rc accept_any(const struct field_in *in, const struct field *f,
                   struct value *v);

#endif
