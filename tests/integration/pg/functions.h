/*
 * functions - what the driver of PostgreSQL will bring (storage.md): days as
 * numbers, in functions that an index may use.
 */
#ifndef TESTS_PG_FUNCTIONS_H
#define TESTS_PG_FUNCTIONS_H

static const char FUNCTIONS[] =
    "CREATE SCHEMA perigee;\n"
    "CREATE FUNCTION perigee.daynum(text) RETURNS bigint LANGUAGE sql\n"
    " IMMUTABLE STRICT AS $$ SELECT (CAST($1 AS date) - DATE '1970-01-01')\n"
    "::bigint $$;\n"
    "CREATE FUNCTION perigee.isodate(bigint) RETURNS text LANGUAGE sql\n"
    " IMMUTABLE STRICT AS $$ SELECT to_char(DATE '1970-01-01' +\n"
    " CAST($1 AS int), 'YYYY-MM-DD') $$;\n";

#endif
