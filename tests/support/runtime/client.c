#include "support/runtime/client.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { HEAD_MAX_BYTES = 4096 };

bool client_open(struct client *c, int port, const char *headers)
{
    *c = (struct client){.port = port, .fd = -1, .headers = headers};
    c->in = malloc(CLIENT_MAX_BYTES);
    if (c->in)
        c->in[0] = '\0';
    c->body = c->in;
    return c->in != NULL;
}

static void disconnect(struct client *c)
{
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
}

void client_close(struct client *c)
{
    disconnect(c);
    free(c->in);
    c->in = NULL;
}

static bool connected(struct client *c)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)c->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval wait = {.tv_sec = CLIENT_WAIT_S};

    if (c->fd >= 0)
        return true;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0)
        return false;
    (void)setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    if (connect(c->fd, (const struct sockaddr *)&at, sizeof at) == 0)
        return true;
    disconnect(c);
    return false;
}

static bool sent(const struct client *c, const char *bytes, size_t n, int more)
{
    while (n > 0) {
        ssize_t k = send(c->fd, bytes, n, MSG_NOSIGNAL | more);

        if (k <= 0)
            return false;
        bytes += k;
        n -= (size_t)k;
    }
    return true;
}

/* The value of a header that the answer has, or NULL. */
static const char *header(const struct client *c, const char *name)
{
    size_t n = strlen(name);
    const char *line = strstr(c->in, "\r\n");

    for (; line; line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line + 2, name, n) == 0 && line[2 + n] == ':')
            return line + 3 + n + strspn(line + 3 + n, " ");
    return NULL;
}

/* Read one answer with a Content-Length; the status, or 0. */
static int receive(struct client *c)
{
    size_t n = 0, want = 0;
    char *head_end = NULL;

    while (!head_end || n < want) {
        ssize_t k = recv(c->fd, c->in + n, CLIENT_MAX_BYTES - 1 - n, 0);
        const char *length;

        if (k <= 0)
            return 0;
        n += (size_t)k;
        c->in[n] = '\0';
        if (head_end)
            continue;
        head_end = strstr(c->in, "\r\n\r\n");
        if (!head_end)
            continue;
        *head_end = '\0';
        length = header(c, "Content-Length");
        c->body = head_end + 4;
        want = (size_t)(c->body - c->in) +
               (length ? strtoul(length, NULL, 10) : 0);
        if (want > CLIENT_MAX_BYTES - 1)
            return 0;
    }
    return (int)strtol(c->in + strcspn(c->in, " "), NULL, 10);
}

int client_ask(struct client *c, const char *method, const char *path,
               const char *body)
{
    char head[HEAD_MAX_BYTES];
    const char *connection;
    int n, status = 0;

    c->in[0] = '\0';
    c->body = c->in;
    n = snprintf(head, sizeof head,
                 "%s /api/v1/%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s"
                 "%sContent-Length: %zu\r\n\r\n",
                 method, path, c->port, c->headers,
                 body ? "Content-Type: application/json\r\n" : "",
                 body ? strlen(body) : 0);
    if (n < 0 || n >= HEAD_MAX_BYTES || !connected(c))
        return 0;
    /* as one packet: the second would wait for the first to be acknowledged */
    if (sent(c, head, (size_t)n, body ? MSG_MORE : 0) &&
        (!body || sent(c, body, strlen(body), 0)))
        status = receive(c);
    connection = header(c, "Connection");
    if (status == 0 || (connection && strncasecmp(connection, "close", 5) == 0))
        disconnect(c);
    return status;
}

static const char *member(const struct client *c, const char *name, int nth)
{
    char key[64];
    const char *at = c->body;
    int n = snprintf(key, sizeof key, "\"%s\":", name);

    if (n < 0 || n >= (int)sizeof key)
        return NULL;
    for (at = strstr(at, key); at && nth > 0; nth--)
        at = strstr(at + n, key);
    return at ? at + n : NULL;
}

bool client_text(const struct client *c, const char *name, int nth, char *to,
                 size_t size)
{
    const char *at = member(c, name, nth);
    size_t n;

    if (!at || *at != '"')
        return false;
    n = strcspn(++at, "\"");
    if (n >= size)
        return false;
    memcpy(to, at, n);
    to[n] = '\0';
    return true;
}

long client_number(const struct client *c, const char *name)
{
    const char *at = member(c, name, 0);

    return at && *at != 'n' ? strtol(at, NULL, 10) : -1;
}
