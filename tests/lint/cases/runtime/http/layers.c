/* lint: layers; never compiled. */
#include "base/str.h"
#include "crypto/crypto.h"
#include "db/db.h"        // BAD
#include "auth/session.h" // BAD
