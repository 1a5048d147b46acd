/*
 * client - one POST over a Unix socket, and its answer: a JSON object, or
 * bytes in chunks.
 */
#include "app/client.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/json.h"

enum { READ_BYTES = 65536, HEAD_MAX = 16384 };

struct client {
    int fd;
    char in[READ_BYTES];
    size_t from, to;
    struct err *err;
};

/* A socket's path has room for 107 bytes; through the descriptor of its folder
   it always fits. */
static int connect_to(const char *data)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int folder = open(data, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (folder < 0 || fd < 0)
        goto failed;
    snprintf(at.sun_path, sizeof at.sun_path, "/proc/self/fd/%d/perigee.sock",
             folder);
    if (connect(fd, (const struct sockaddr *)&at, sizeof at) != 0)
        goto failed;
    close(folder);
    return fd;
failed:
    if (folder >= 0)
        close(folder);
    if (fd >= 0)
        close(fd);
    return -1;
}

bool client_is_there(const char *data)
{
    int fd = connect_to(data);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static enum rc gone(struct client *c)
{
    return FAIL(c->err, RC_IO,
                "The server ended the connection before it had answered; its "
                "log says why.");
}

static enum rc send_all(struct client *c, struct str s)
{
    while (s.n > 0) {
        ssize_t n = send(c->fd, s.p, s.n, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return gone(c);
        s = str_sub(s, (size_t)n, s.n);
    }
    return RC_OK;
}

static enum rc fill(struct client *c)
{
    ssize_t n;

    if (c->from == c->to)
        c->from = c->to = 0;
    if (c->to == sizeof c->in)
        return gone(c);
    do
        n = recv(c->fd, c->in + c->to, sizeof c->in - c->to, 0);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        return gone(c);
    c->to += (size_t)n;
    return RC_OK;
}

/* The next line without its end; lives until the next read. */
static enum rc line(struct client *c, struct str *out)
{
    for (;;) {
        struct str have = str_of(c->in + c->from, c->to - c->from);
        ptrdiff_t at = str_chr(have, '\n');
        enum rc rc;

        if (at >= 0) {
            c->from += (size_t)at + 1;
            have.n = (size_t)at;
            *out = str_trim(have);
            return RC_OK;
        }
        if (c->from > 0) {
            memmove(c->in, c->in + c->from, have.n);
            c->from = 0;
            c->to = have.n;
        }
        if (have.n > HEAD_MAX)
            return gone(c);
        rc = fill(c);
        if (rc != RC_OK)
            return rc;
    }
}

struct taker {
    enum rc (*put)(void *arg, struct str bytes, struct err *err);
    void *arg;
};

static enum rc pass(struct client *c, uint64_t n, const struct taker *t)
{
    while (n > 0) {
        size_t have;
        enum rc rc = RC_OK;

        if (c->from == c->to)
            rc = fill(c);
        if (rc != RC_OK)
            return rc;
        have = c->to - c->from;
        if (have > n)
            have = (size_t)n;
        rc = t->put(t->arg, str_of(c->in + c->from, have), c->err);
        if (rc != RC_OK)
            return rc;
        c->from += have;
        n -= have;
    }
    return RC_OK;
}

static bool hex(struct str s, uint64_t *out)
{
    uint64_t v = 0;

    if (s.n == 0 || s.n > 15)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        int d = ch >= '0' && ch <= '9'   ? ch - '0'
                : ch >= 'a' && ch <= 'f' ? ch - 'a' + 10
                : ch >= 'A' && ch <= 'F' ? ch - 'A' + 10
                                         : -1;

        if (d < 0)
            return false;
        v = v * 16 + (unsigned)d;
    }
    *out = v;
    return true;
}

static enum rc pass_chunks(struct client *c, const struct taker *t)
{
    uint64_t n = 1;
    enum rc rc = RC_OK;

    while (rc == RC_OK) {
        struct str size = STR_NONE, rest = STR_NONE;

        rc = line(c, &size);
        if (rc == RC_OK && !hex(size, &n))
            return gone(c);
        if (rc == RC_OK && n > 0)
            rc = pass(c, n, t);
        if (rc == RC_OK)
            rc = line(c, &rest);
        if (rc == RC_OK && n == 0)
            break;
    }
    return rc;
}

/* --- the request ------------------------------------------------------------------- */

static enum rc head_line(struct str args, const struct op_file *files, size_t n,
                         struct buf *out, struct err *err)
{
    struct json_w w;
    enum rc rc;

    json_w_init(&w, out);
    json_obj_begin(&w);
    json_k(&w, "args");
    json_w_raw(&w, args);
    json_k(&w, "files");
    json_arr_begin(&w);
    for (size_t i = 0; i < n; i++) {
        json_obj_begin(&w);
        json_kv(&w, "path", files[i].path);
        json_kv_i64(&w, "size", (int64_t)files[i].bytes.n);
        json_obj_end(&w);
    }
    json_arr_end(&w);
    json_obj_end(&w);
    rc = json_w_finish(&w, err);
    buf_addc(out, '\n');
    return rc;
}

static enum rc send_call(struct client *c, const char *operation,
                         struct str args, const struct op_file *files, size_t n)
{
    char http[512];
    struct buf head;
    size_t size = 0;
    enum rc rc;

    buf_init(&head, 4 << 20);
    rc = head_line(args, files, n, &head, c->err);
    for (size_t i = 0; i < n; i++)
        size += files[i].bytes.n;
    snprintf(http, sizeof http,
             "POST /api/v1/cli/%s HTTP/1.1\r\nHost: localhost\r\n"
             "Content-Type: application/octet-stream\r\n"
             "Content-Length: %zu\r\nConnection: close\r\n\r\n",
             operation, head.n + size);
    if (rc == RC_OK)
        rc = send_all(c, str_c(http));
    if (rc == RC_OK)
        rc = send_all(c, buf_view(&head));
    for (size_t i = 0; rc == RC_OK && i < n; i++)
        rc = send_all(c, files[i].bytes);
    buf_release(&head);
    return rc;
}

/* --- the answer ---------------------------------------------------------------------- */

struct head {
    int status;
    bool is_json, is_chunked;
    int64_t length;
};

static enum rc read_head(struct client *c, struct head *h)
{
    struct str text = STR_NONE;
    int64_t status = 0;
    enum rc rc = line(c, &text);

    *h = (struct head){0};
    if (rc != RC_OK)
        return rc;
    if (!str_starts(text, STR("HTTP/1.1 ")) ||
        !str_to_i64(str_sub(text, 9, 3), &status))
        return gone(c);
    h->status = (int)status;
    while ((rc = line(c, &text)) == RC_OK && text.n > 0) {
        ptrdiff_t colon = str_chr(text, ':');
        struct str name = str_sub(text, 0, colon > 0 ? (size_t)colon : 0);
        struct str value =
            str_trim(str_sub(text, colon > 0 ? (size_t)colon + 1 : 0, text.n));

        if (name.n == 14 && strncasecmp(name.p, "Content-Length", 14) == 0 &&
            !str_to_i64(value, &h->length))
            return gone(c);
        if (name.n == 12 && strncasecmp(name.p, "Content-Type", 12) == 0)
            h->is_json = str_starts(value, STR("application/json"));
        if (name.n == 17 && strncasecmp(name.p, "Transfer-Encoding", 17) == 0)
            h->is_chunked = true;
    }
    return rc;
}

static enum rc collect(void *arg, struct str bytes, struct err *err)
{
    struct buf *b = arg;

    buf_add(b, bytes);
    return b->failed == RC_OK
               ? RC_OK
               : FAIL(err, RC_NOMEM, "There is no memory for the answer.");
}

static enum rc parse_answer(struct str text, struct arena *a,
                            struct client_answer *out, struct err *err)
{
    const struct json *v = NULL, *exit_code;
    struct json_w w;
    struct buf b;
    enum rc rc = json_parse(text, a, &v, err);

    if (rc != RC_OK)
        return rc;
    exit_code = v->kind == JSON_OBJECT ? json_at(v, "exit") : NULL;
    if (!exit_code || exit_code->kind != JSON_INT || !json_at(v, "json"))
        return FAIL(err, RC_IO,
                    "The server answered what this program does not know: is "
                    "it of another version?");
    out->exit = (int)exit_code->u.i;
    out->message = json_str(json_at(v, "message"), STR(""));
    out->text = json_str(json_at(v, "text"), STR(""));
    out->kept = json_str(json_at(v, "kept"), STR(""));
    buf_init(&b, OP_ANSWER_BYTES);
    json_w_init(&w, &b);
    json_w_tree(&w, json_at(v, "json"));
    rc = json_w_finish(&w, err);
    if (rc == RC_OK)
        rc = buf_finish(&b, a, &out->json, err);
    buf_release(&b);
    return rc;
}

static enum rc read_answer(struct client *c, const struct taker *t,
                           struct arena *a, struct client_answer *out)
{
    struct taker here;
    struct head h;
    struct buf b;
    enum rc rc = read_head(c, &h);

    if (rc != RC_OK)
        return rc;
    if (!h.is_json) {
        out->is_stream = true;
        if (h.status != 200)
            return FAIL(c->err, RC_IO, "The server answered %d.", h.status);
        return h.is_chunked ? pass_chunks(c, t)
                            : pass(c, (uint64_t)h.length, t);
    }
    buf_init(&b, OP_ANSWER_BYTES);
    here = (struct taker){collect, &b};
    rc = h.is_chunked ? pass_chunks(c, &here)
                      : pass(c, (uint64_t)h.length, &here);
    if (rc == RC_OK)
        rc = parse_answer(buf_view(&b), a, out, c->err);
    buf_release(&b);
    return rc;
}

enum rc client_call(const char *data, const char *operation,
                    struct str args_json, const struct op_file *files, size_t n,
                    enum rc (*put)(void *arg, struct str bytes,
                                   struct err *err),
                    void *put_arg, struct arena *a, struct client_answer *out,
                    struct err *err)
{
    struct client *c = ARENA_NEW(a, struct client);
    struct client_answer answer = {0};
    struct taker t = {put, put_arg};
    enum rc rc;

    if (!c)
        return FAIL(err, RC_NOMEM, "There is no memory for this command.");
    c->err = err;
    c->fd = connect_to(data);
    if (c->fd < 0)
        return FAIL(err, RC_NOTFOUND, "No server is running on \"%s\".", data);
    rc = send_call(c, operation, args_json, files, n);
    if (rc == RC_OK)
        rc = read_answer(c, &t, a, &answer);
    close(c->fd);
    if (rc == RC_OK)
        *out = answer;
    return rc;
}
