/*
 * version - what is in this program, and what is known to be wrong with it.
 */
#include "app/cli.h"
#include "base/json.h"
#include "base/utf8.h"
#include "crypto/crypto.h"
#include "db/db.h"
#include "http/http.h"
#include "script/script.h"
#include "xml/xml.h"

struct part {
    const char *name, *version;
    const char *warning; /* or NULL */
};

enum { PARTS = 12 };

static bool parse3(const char *text, int v[3])
{
    return sscanf(text, "%d.%d.%d", &v[0], &v[1], &v[2]) >= 2;
}

static bool below(const int v[3], int a, int b, int c)
{
    return v[0] != a ? v[0] < a : v[1] != b ? v[1] < b : v[2] < c;
}

/* A commit may be lost when a checkpoint races it, with two connections: fixed
   in 3.51.3, 3.50.7 and 3.44.6. Our writer is the only one to checkpoint. */
static const char *of_sqlite(const char *text)
{
    int v[3] = {0};

    if (!parse3(text, v) || below(v, 3, 7, 0) || !below(v, 3, 51, 3) ||
        (v[1] == 50 && v[2] >= 7) || (v[1] == 44 && v[2] >= 6))
        return NULL;
    return "has the WAL-reset bug (fixed in 3.51.3). Perigee avoids it by "
           "checkpointing in its one writer; let no other program write to the "
           "file.";
}

static const char *of_mbedtls(const char *text)
{
    int v[3] = {0};
    const char *at = strpbrk(text, "0123456789");

    if (!at || !parse3(at, v) || !below(v, 3, 0, 0))
        return NULL;
    return "2.28 gets no security fixes any more and has no TLS 1.3. On an "
           "open "
           "network put a proxy in front that terminates TLS "
           "(--tls-at-proxy).";
}

static const char *of_civetweb(const char *text)
{
    (void)text;
    return "Its request parser is not used: Perigee reads requests itself.";
}

/* Distributions mend 2.9.14 without raising its number. What its known faults
   need is refused before the library sees a file: design/0011. */
static const char *of_libxml2(const char *text)
{
    int v[3] = {0};

    if (!parse3(text, v) || !below(v, 2, 9, 14))
        return NULL;
    return "is older than any that was tested (2.9.14) and has known memory "
           "errors. Update the distribution's libxml2.";
}

static size_t parts(struct part out[PARTS])
{
    size_t n = 0;

    out[n++] = (struct part){"perigee", PERIGEE_VERSION, NULL};
    out[n++] = (struct part){"sqlite", db_version(), of_sqlite(db_version())};
    out[n++] = (struct part){"civetweb", http_civetweb_version(),
                             of_civetweb(http_civetweb_version())};
    out[n++] = (struct part){"tls", http_tls_version(),
                             of_mbedtls(http_tls_version())};
    out[n++] = (struct part){"crypto", crypto_versions(), NULL};
    out[n++] =
        (struct part){"libxml2", xml_version(), of_libxml2(xml_version())};
    out[n++] = (struct part){"jansson", json_version(), NULL};
    out[n++] = (struct part){"utf8proc", utf8_version(), NULL};
    out[n++] = (struct part){"lua", script_lua_version(), script_lua_warning()};
    return n;
}

int cli_version(const struct config *c)
{
    struct part v[PARTS];
    struct json_w w;
    struct buf b;
    size_t n = parts(v);
    int code = EXIT_DONE;

    if (!c->json) {
        for (size_t i = 0; i < n; i++) {
            printf("%-10s %s\n", v[i].name, v[i].version);
            if (v[i].warning)
                printf("           %s\n", v[i].warning);
        }
        return EXIT_DONE;
    }
    buf_init(&b, 65536);
    json_w_init(&w, &b);
    json_obj_begin(&w);
    for (size_t i = 0; i < n; i++) {
        json_key(&w, str_c(v[i].name));
        json_obj_begin(&w);
        json_kv(&w, "version", str_c(v[i].version));
        if (v[i].warning)
            json_kv(&w, "note", str_c(v[i].warning));
        json_obj_end(&w);
    }
    json_obj_end(&w);
    if (json_w_finish(&w, NULL) == RC_OK)
        printf("%.*s\n", (int)b.n, b.p);
    else
        code = EXIT_BROKEN;
    buf_release(&b);
    return code;
}
