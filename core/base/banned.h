/*
 * banned - functions nobody here calls, as compile errors in gcc and clang.
 *
 * Force-included by CMake before every file of ours. The system headers come
 * first, because they may name what is poisoned. Instead of
 *   strcpy strcat strncpy sprintf  struct buf, str_fmt, snprintf
 *   strtok                         str_split, str_word
 *   atoi                           str_to_i64
 *   alloca                         an arena
 *   gmtime localtime               time.h of base (they share one buffer)
 *   rand                           random_bytes
 *   system                         nothing: no shell ever
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#include <alloca.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok atoi
#undef alloca /* a macro in glibc; what is poisoned may not be one */
#pragma GCC poison alloca gmtime localtime rand srand system

#endif
