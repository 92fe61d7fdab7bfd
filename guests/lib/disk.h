/* Sectors of a block device. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define SECTOR_SIZE 512

/* False: there is no disk of that name (any when NULL), no such sector, or the disk has failed. */
bool disk_read(const char *name, uint64_t sector, void *to);
bool disk_write(const char *name, uint64_t sector, const void *from);
