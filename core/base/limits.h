/*
 * limits - every ceiling on what comes from outside, with its unit and reason.
 * docs/limits.md is generated from this file: keep one line each.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

enum {
    LIMIT_BODY_BYTES = 4 << 20,   /* a JSON body with a principal            */
    LIMIT_BODY_ANON_BYTES = 4096, /* a body before sign-in: no room to abuse  */
    LIMIT_UPLOAD_BYTES = 32
                         << 20, /* one uploaded file                        */
    LIMIT_HEADER_BYTES = 16384, /* request line and headers                 */
    LIMIT_URL_BYTES = 8192,     /* raw path and query                       */
    LIMIT_PAGE = 200,           /* records a page                           */
    LIMIT_PAGE_DEFAULT = 50,    /* records a page when nothing is asked     */
    LIMIT_COUNT_EXACT = 10000,  /* counted exactly up to here               */
    LIMIT_BATCH = 500,          /* requests in a batch, records of a save   */
    LIMIT_IMPORT_CHUNK = 1500,  /* records of an import in a transaction    */
    LIMIT_NESTED_SAVES = 5,     /* saves of handlers inside one another     */
    LIMIT_GROUPS = 1000,        /* rows of an aggregate                     */
    LIMIT_PAST = 10000,         /* records changed since, reading as of     */
    LIMIT_FX_BYTES = 8192,      /* one expression                           */
    LIMIT_FX_NODES = 400,       /* nodes of an authors' expression          */
    LIMIT_FILTER_NODES = 120,   /* nodes of a request's filter              */
    LIMIT_FX_DEPTH = 32,        /* nesting of one expression                */
    LIMIT_FX_JOINS = 16,        /* joins one query may make                */
    LIMIT_IN_LIST = 500,        /* members of an in-list                    */
    LIMIT_SORT_KEYS = 3,        /* sort keys of one query                   */
    LIMIT_XML_BYTES = 1 << 20,  /* one definition file                      */
    LIMIT_XML_DEPTH = 64,       /* nesting of elements                      */
    LIMIT_XML_ATTRS = 64,       /* attributes on one element (quadratic)    */
    LIMIT_XML_NAME = 128,       /* bytes of an XML name                     */
    LIMIT_XML_NODES = 100000,   /* elements, texts, comments of a file      */
    LIMIT_MESSAGES = 200,       /* messages one check reports               */
    LIMIT_FIELDS = 400,         /* fields of an entity                      */
    LIMIT_ENTITIES = 2000,      /* entities of a workspace                  */
    LIMIT_TEXT_POINTS = 10000,  /* `max` a text field may ask for           */
    LIMIT_LONGTEXT_POINTS =
        1000000,                 /* `max` a longtext may ask for             */
    LIMIT_SEARCH_BYTES = 200,    /* a search text                            */
    LIMIT_CSV_BYTES = 256 << 20, /* one CSV file                             */
    LIMIT_CSV_CELL = 1 << 20,    /* one cell                                 */
    LIMIT_CSV_COLUMNS = 500,     /* columns of a CSV file                    */
    LIMIT_SCRIPT_BYTES = 64 << 10, /* one source: the compiler is quadratic  */
    LIMIT_SCRIPT_PACKAGE_BYTES = 1 << 20, /* all sources of a run            */
    LIMIT_QUERY_MS = 5000,       /* one read                                 */
    LIMIT_WRITE_MS = 30000       /* a write's wait for its turn and commit   */
};

#endif
