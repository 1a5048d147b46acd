/* listen - see the header. */
#include "http/listen.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <libgen.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { HOST_BYTES = 64 };

/* A container may have no IPv6: then CivetWeb must not be asked for it. */
static bool has_ipv6(void)
{
    struct sockaddr_in6 any = {.sin6_family = AF_INET6,
                               .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool has =
        fd >= 0 && bind(fd, (const struct sockaddr *)&any, sizeof any) == 0;

    if (fd >= 0)
        close(fd);
    return has;
}

static enum rc bad(struct str text, struct err *err)
{
    return FAIL(err, RC_INVALID,
                "\"%.*s\" is no address to listen at; write 127.0.0.1:8080, "
                "[::1]:8080, localhost:8080, *:8443, https://127.0.0.1:8443 "
                "or unix:/path/of.sock.",
                STR_ARG(text));
}

/* Split at the colon before the port. */
static bool split_port(struct str text, struct str *host, int *port)
{
    size_t at = text.n;
    int64_t n;

    while (at > 0 && text.p[at - 1] != ':' && text.p[at - 1] != ']')
        at--;
    if (at == 0) { /* a port alone */
        *host = STR("127.0.0.1");
    } else if (text.p[at - 1] == ':') {
        *host = str_sub(text, 0, at - 1);
    } else {
        return false;
    }
    if (!str_to_i64(str_sub(text, at, text.n), &n) || n < 0 || n > 65535)
        return false;
    *port = (int)n;
    return true;
}

static enum rc parse_unix(struct str text, struct str path,
                          struct http_listen *out, struct err *err)
{
    if (path.n == 0 || path.n >= sizeof out->path ||
        memchr(path.p, '\0', path.n))
        return bad(text, err);
    out->is_unix_socket = out->is_loopback = true;
    out->is_tls = false;
    out->n_sockets = 1;
    memcpy(out->path, path.p, path.n);
    out->path[path.n] = '\0';
    return RC_OK;
}

static bool parse_ipv4(const char *host, struct http_listen *out)
{
    struct in_addr a;

    if (inet_pton(AF_INET, host, &a) != 1)
        return false;
    out->is_loopback = (ntohl(a.s_addr) >> 24) == 127;
    return true;
}

static bool parse_ipv6(const char *host, struct http_listen *out)
{
    static const struct in6_addr loopback = IN6ADDR_LOOPBACK_INIT;
    char bare[HOST_BYTES];
    size_t n = strlen(host);
    struct in6_addr a;

    if (n < 4 || host[0] != '[' || host[n - 1] != ']')
        return false;
    memcpy(bare, host + 1, n - 2);
    bare[n - 2] = '\0';
    if (inet_pton(AF_INET6, bare, &a) != 1)
        return false;
    out->is_loopback = memcmp(&a, &loopback, sizeof a) == 0;
    return true;
}

static enum rc fill_spec(struct str text, struct str host, int port,
                         struct http_listen *out, struct err *err)
{
    const char *tls = out->is_tls ? "s" : "";
    char name[HOST_BYTES];

    if (host.n == 0 || host.n >= sizeof name)
        return bad(text, err);
    memcpy(name, host.p, host.n);
    name[host.n] = '\0';
    out->n_sockets = 1;
    if (str_is(host, "*")) {
        snprintf(out->spec, sizeof out->spec, "%s%d%s",
                 has_ipv6() ? "+" : "0.0.0.0:", port, tls);
    } else if (str_is(host, "localhost")) {
        out->is_loopback = true;
        /* Port 0 would become two ports. */
        out->n_sockets = port != 0 && has_ipv6() ? 2 : 1;
        if (out->n_sockets == 2)
            snprintf(out->spec, sizeof out->spec, "127.0.0.1:%d%s,[::1]:%d%s",
                     port, tls, port, tls);
        else
            snprintf(out->spec, sizeof out->spec, "127.0.0.1:%d%s", port, tls);
    } else if (parse_ipv4(name, out) || parse_ipv6(name, out)) {
        snprintf(out->spec, sizeof out->spec, "%s:%d%s", name, port, tls);
    } else {
        return bad(text, err);
    }
    return RC_OK;
}

enum rc http_listen_parse(struct str text, bool has_certificate,
                          struct http_listen *out, struct err *err)
{
    struct str rest = text, host;
    struct http_listen made = {.is_tls = has_certificate};
    int port = 0;
    enum rc rc;

    if (str_starts(text, STR("unix:"))) {
        rc = parse_unix(text, str_sub(text, 5, text.n), &made, err);
        if (rc == RC_OK)
            *out = made;
        return rc;
    }
    if (str_starts(text, STR("http://"))) {
        made.is_tls = false;
        rest = str_sub(text, 7, text.n);
    } else if (str_starts(text, STR("https://"))) {
        made.is_tls = true;
        rest = str_sub(text, 8, text.n);
    }
    if (rest.n > 0 && rest.p[rest.n - 1] == '/')
        rest.n--;
    if (made.is_tls && !has_certificate)
        return FAIL(err, RC_INVALID,
                    "\"%.*s\" needs a certificate and its key; give both or "
                    "listen with http on loopback.",
                    STR_ARG(text));
    if (!split_port(rest, &host, &port))
        return bad(text, err);
    rc = fill_spec(text, host, port, &made, err);
    if (rc == RC_OK)
        *out = made;
    return rc;
}

/* --- CivetWeb's list ------------------------------------------------- */

/* A socket file that a killed server left behind. */
static enum rc clear_stale(const char *path, const char *shown, struct err *err)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    struct stat info;
    int fd;
    bool is_alive;

    if (lstat(path, &info) != 0)
        return RC_OK;
    if (!S_ISSOCK(info.st_mode) || strlen(path) >= sizeof at.sun_path)
        return FAIL(err, RC_CONFLICT,
                    "\"%s\" exists and is no socket; remove it.", shown);
    memcpy(at.sun_path, path, strlen(path));
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    is_alive =
        fd < 0 || connect(fd, (const struct sockaddr *)&at, sizeof at) == 0;
    if (fd >= 0)
        close(fd);
    if (is_alive)
        return FAIL(err, RC_CONFLICT, "Another server listens at \"%s\".",
                    shown);
    unlink(path);
    return RC_OK;
}

/*
 * The socket's path is at most 107 bytes and may hold what CivetWeb's list
 * cannot (commas, colons), so it is named through its folder's descriptor.
 */
static enum rc unix_spec(struct http_listen *l, int *folder_fd, struct err *err)
{
    char folder[LISTEN_PATH_BYTES], base[LISTEN_PATH_BYTES];
    const char *name;

    memcpy(folder, l->path, sizeof folder);
    memcpy(base, l->path, sizeof base);
    name = basename(base);
    if (strlen(name) > 64 || strpbrk(name, ",:") != NULL)
        return FAIL(err, RC_INVALID,
                    "The name of the socket \"%s\" holds a comma or colon or "
                    "is longer than 64 bytes.",
                    l->path);
    *folder_fd = open(dirname(folder), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (*folder_fd < 0)
        return FAIL(err, RC_IO, "The folder of \"%s\" cannot be opened.",
                    l->path);
    /* CivetWeb takes a digit before 's' or 'r' for a TLS port. */
    for (const char *p = name; *p && p[1]; p++)
        if (*p >= '0' && *p <= '9' && (p[1] == 's' || p[1] == 'r'))
            return FAIL(err, RC_INVALID,
                        "The name of the socket \"%s\" may not hold a digit "
                        "before an 's' or 'r'.",
                        l->path);
    snprintf(l->spec, sizeof l->spec, "x/proc/self/fd/%d/%s", *folder_fd, name);
    return clear_stale(l->spec + 1, l->path, err);
}

enum rc http_listen_join(struct http_listen *listen, size_t n, struct buf *out,
                         int *folder_fd, struct err *err)
{
    for (int last = 0; last < 2; last++)
        for (size_t i = 0; i < n; i++) {
            struct http_listen *l = &listen[i];

            if (l->is_unix_socket != (last == 1))
                continue;
            if (l->is_unix_socket) {
                enum rc rc = unix_spec(l, folder_fd, err);

                if (rc != RC_OK)
                    return rc;
            }
            if (out->n > 0)
                buf_addc(out, ',');
            buf_adds(out, l->spec);
        }
    buf_addc(out, '\0');
    if (out->failed != RC_OK)
        return FAIL(err, RC_NOMEM,
                    "There is not enough memory for the server.");
    return RC_OK;
}
