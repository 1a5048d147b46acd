/* lint: layers; never compiled. */
#include "access/scope.h"
#include "base/str.h"
#include "query/plan.h"
#include "record/save.h" // BAD
#include "http/http.h"   // BAD
#include "scope.h"       // BAD
#include "nowhere/x.h"   // BAD
