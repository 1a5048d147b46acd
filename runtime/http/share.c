/* share - see the header. */
#include "http/share.h"

#include "base/mem.h"

enum rc http_share_init(struct http_share *s, int workers, int most,
                        struct err *err)
{
    *s = (struct http_share){.n = workers, .most = most};
    s->entries = mem_alloc((size_t)workers * sizeof *s->entries);
    if (!s->entries || pthread_mutex_init(&s->lock, NULL) != 0) {
        mem_free(s->entries);
        s->entries = NULL;
        return FAIL(err, RC_NOMEM,
                    "There is not enough memory for the server.");
    }
    return RC_OK;
}

void http_share_release(struct http_share *s)
{
    if (!s->entries)
        return;
    pthread_mutex_destroy(&s->lock);
    mem_free(s->entries);
    s->entries = NULL;
}

void http_share_key(const struct sockaddr_storage *peer, uint8_t key[16])
{
    memset(key, 0, 16);
    if (peer->ss_family == AF_INET) {
        struct sockaddr_in in;

        memcpy(&in, peer, sizeof in);
        key[10] = key[11] = 0xff;
        memcpy(key + 12, &in.sin_addr, 4);
    } else if (peer->ss_family == AF_INET6) {
        struct sockaddr_in6 in6;

        memcpy(&in6, peer, sizeof in6);
        memcpy(key, &in6.sin6_addr,
               IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr) ? 16 : 8);
    }
}

/* The entry of this key, or a free one, or NULL. Under the lock. */
static struct share_entry *find(struct http_share *s, const uint8_t key[16])
{
    struct share_entry *free_one = NULL;

    for (int i = 0; i < s->n; i++) {
        struct share_entry *e = &s->entries[i];

        if (e->count > 0 && memcmp(e->key, key, sizeof e->key) == 0)
            return e;
        if (e->count == 0 && !free_one)
            free_one = e;
    }
    return free_one;
}

bool http_share_take(struct http_share *s, const uint8_t key[16])
{
    struct share_entry *e;
    bool taken = false;

    pthread_mutex_lock(&s->lock);
    e = find(s, key);
    if (e && e->count < s->most) {
        memcpy(e->key, key, sizeof e->key);
        e->count++;
        taken = true;
    }
    pthread_mutex_unlock(&s->lock);
    return taken;
}

void http_share_give(struct http_share *s, const uint8_t key[16])
{
    struct share_entry *e;

    pthread_mutex_lock(&s->lock);
    e = find(s, key);
    if (e && e->count > 0)
        e->count--;
    pthread_mutex_unlock(&s->lock);
}
