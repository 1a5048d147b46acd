/*
 * share - how many workers an address may hold.
 *
 * One crowd behind one address must not keep everybody else out. IPv6 counts
 * by /64, which is what one customer gets. Loopback and listed proxies are not
 * counted by the caller. One lock, taken twice a connection.
 */
#ifndef HTTP_SHARE_H
#define HTTP_SHARE_H

#include <netinet/in.h>
#include <pthread.h>

#include "base/str.h"

struct share_entry {
    uint8_t key[16];
    int count;
};

struct http_share {
    pthread_mutex_t lock;
    struct share_entry *entries; /* one for each worker */
    int n, most;
};

/* `most` workers of `workers` for one address. RC_NOMEM only. */
enum rc http_share_init(struct http_share *s, int workers, int most,
                        struct err *err) MUST_CHECK;
void http_share_release(struct http_share *s);
void http_share_key(const struct sockaddr_storage *peer, uint8_t key[16]);
bool http_share_take(struct http_share *s, const uint8_t key[16]);
void http_share_give(struct http_share *s, const uint8_t key[16]);

#endif
