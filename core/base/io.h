/*
 * io - what every writer of a file needs around write(2).
 */
#ifndef BASE_IO_H
#define BASE_IO_H

#include "base/str.h"

/* All of the bytes, however many calls that takes; false: errno says why. */
bool io_write_all(int fd, struct str bytes);

#endif
