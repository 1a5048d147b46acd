/*
 * password - argon2id hashes; crypto.h has the contract.
 *
 * A hash takes 19 MiB and some 30 ms of a core, which is what makes guessing
 * dear, and would let a flood of sign-ins take the machine: so two at most run
 * at once. The gate is the process's, the one thing here that is: memory and
 * cores are the process's too, however many workspaces it serves.
 */
#include "crypto/crypto.h"

#include <argon2.h>

#include "base/arena.h"
#include "base/clock.h"
#include "crypto/gate.h"

enum {
    TIME_COST = 2,
    MEMORY_KIB = 19 * 1024,
    LANES = 1,
    SALT_BYTES = 16,
    HASH_BYTES = 32,
    ENCODED_BYTES = 192, /* ours has 97; a stored one may be another's */
    AT_ONCE = 2,
    MEMORY_KIB_MOST = 256 * 1024, /* believed of a stored hash */
    TIME_COST_MOST = 16,
    LANES_MOST = 16
};

static struct gate turns = GATE_INIT(AT_ONCE);

static enum rc hash_failed(int code, struct err *err)
{
    if (code == ARGON2_MEMORY_ALLOCATION_ERROR)
        return FAIL(err, RC_NOMEM,
                    "There is no memory left to check a password.");
    if (code == ARGON2_PWD_TOO_LONG)
        return FAIL(err, RC_LIMIT, "The password is too long.");
    return FAIL(err, RC_BUG, "A password cannot be hashed: %s.",
                argon2_error_message(code));
}

enum rc password_hash(struct str password, struct arena *a, struct str *out,
                      struct err *err)
{
    char encoded[ENCODED_BYTES];
    uint8_t salt[SALT_BYTES];
    char *copy;
    size_t n;
    int code;

    random_bytes(salt, sizeof salt);
    gate_enter(&turns);
    code = argon2id_hash_encoded(TIME_COST, MEMORY_KIB, LANES, password.p,
                                 password.n, salt, sizeof salt, HASH_BYTES,
                                 encoded, sizeof encoded);
    gate_leave(&turns);
    if (code != ARGON2_OK)
        return hash_failed(code, err);
    n = strlen(encoded);
    copy = arena_dup(a, encoded, n);
    if (copy == NULL)
        return FAIL(err, RC_NOMEM, "There is no memory left for a hash.");
    *out = str_of(copy, n);
    return RC_OK;
}

/* ",t=2" out of the middle of a hash: the number behind `name`, if it is at
   most `most`. */
static bool cost_within(struct str encoded, const char *name, int64_t most)
{
    ptrdiff_t at = str_find(encoded, str_c(name));
    struct str digits;
    int64_t v;
    size_t n = 0;

    if (at < 0)
        return false;
    digits = str_sub(encoded, (size_t)at + strlen(name), SIZE_MAX);
    while (n < digits.n && digits.p[n] >= '0' && digits.p[n] <= '9')
        n++;
    return str_to_i64(str_of(digits.p, n), &v) && v > 0 && v <= most;
}

/* A stored hash of a cost that may be paid. A file that someone else made may
   ask for a gigabyte, and is refused. */
static bool is_believable(struct str encoded)
{
    return encoded.n < ENCODED_BYTES &&
           memchr(encoded.p, '\0', encoded.n) == NULL &&
           str_starts(encoded, STR("$argon2id$v=19$m=")) &&
           cost_within(encoded, "$m=", MEMORY_KIB_MOST) &&
           cost_within(encoded, ",t=", TIME_COST_MOST) &&
           cost_within(encoded, ",p=", LANES_MOST);
}

/* Work as long as a true check takes, for an answer that is known. */
static int waste_a_turn(struct str password)
{
    static const uint8_t SALT[SALT_BYTES] = {0};
    uint8_t hash[HASH_BYTES];

    return argon2id_hash_raw(TIME_COST, MEMORY_KIB, LANES, password.p,
                             password.n, SALT, sizeof SALT, hash, sizeof hash);
}

enum rc password_verify(struct str password, struct str encoded,
                        struct err *err)
{
    char text[ENCODED_BYTES] = {0};
    int code = ARGON2_DECODING_FAIL;
    int wasted = ARGON2_OK;

    gate_enter(&turns);
    if (encoded.n > 0 && is_believable(encoded)) {
        memcpy(text, encoded.p, encoded.n);
        code = argon2id_verify(text, password.p, password.n);
    }
    if (code != ARGON2_OK && code != ARGON2_VERIFY_MISMATCH &&
        code != ARGON2_MEMORY_ALLOCATION_ERROR)
        wasted = waste_a_turn(password);
    gate_leave(&turns);

    if (code == ARGON2_OK)
        return RC_OK;
    if (code == ARGON2_MEMORY_ALLOCATION_ERROR)
        return hash_failed(code, err);
    if (wasted == ARGON2_MEMORY_ALLOCATION_ERROR)
        return hash_failed(wasted, err);
    return FAIL(err, RC_DENIED, "The password does not fit.");
}

bool password_is_current(struct str encoded)
{
    return str_starts(encoded, STR("$argon2id$v=19$m=19456,t=2,p=1$"));
}
