/*
 * log - one event a line to stderr (logfmt): time, level, event, pairs.
 *
 * Never users' field values. The sink is the one global of the process.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/str.h"

enum log_level {
    LOG_LEVEL_DEBUG,
    LOG_LEVEL_INFO,
    LOG_LEVEL_WARN,
    LOG_LEVEL_ERROR,
    LOG_LEVEL_OFF
};

struct log_kv {
    const char *key;
    struct str s; /* when is_i64 is false */
    int64_t i;
    bool is_i64;
};
#define KV(k, v)     ((struct log_kv){(k), (v), 0, false})
#define KV_C(k, v)   ((struct log_kv){(k), str_c(v), 0, false})
#define KV_I64(k, v) ((struct log_kv){(k), {NULL, 0}, (v), true})

void log_set_level(enum log_level level);
/* Also to `fn` instead of stderr, for tests; NULL goes back. */
void log_set_sink(void (*fn)(void *arg, struct str line), void *arg);
void log_write(enum log_level level, const char *event, const struct log_kv *kv,
               size_t n);
#define LOG_AT(level, event, ...)                                              \
    log_write((level), (event), (const struct log_kv[]){__VA_ARGS__},          \
              sizeof((const struct log_kv[]){__VA_ARGS__}) /                   \
                  sizeof(struct log_kv))
#define log_info(event, ...)  LOG_AT(LOG_LEVEL_INFO, event, __VA_ARGS__)
#define log_warn(event, ...)  LOG_AT(LOG_LEVEL_WARN, event, __VA_ARGS__)
#define log_error(event, ...) LOG_AT(LOG_LEVEL_ERROR, event, __VA_ARGS__)

#endif
