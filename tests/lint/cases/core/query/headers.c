/* lint: headers; never compiled. */
#include <stdint.h>
#include <sys/stat.h>
#include <sqlite3.h>       // BAD
#include <libxml/parser.h> // BAD
#include <mystery.h>       // BAD
