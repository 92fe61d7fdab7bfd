/*
 * RAM disks: archives of files in the format "newc" of cpio (Linux, Documentation/driver-api/early-userspace/
 * buffer-format.rst). A file lies in one piece, so its address is all one needs to use it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct cpio {
	const char *at;
	uint64_t size;
};

struct cpio_file {
	const char *name;
	const void *data;
	uint64_t size;
	uint64_t next; /* where the header after this file begins */
};

/* The first file whose header begins at `offset`: 0, or `next` of the one before. False: there are no more. */
bool cpio_read(const struct cpio *archive, uint64_t offset, struct cpio_file *file);
bool cpio_find(const struct cpio *archive, const char *name, struct cpio_file *file);
