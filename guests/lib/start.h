/* What start-up found out. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cpio.h"

struct boot_info {
	uint64_t memory_base, memory_size; /* of the range in which the image lies */
	const char *name; /* of this instance; "" where the machine is one kernel's */
	const char *command_line;
	uint64_t boot_time; /* mtime at start-up */
	struct cpio ram_disk; /* size 0: there is none */
};

extern struct boot_info boot_info;

/* The value of "NAME=VALUE" on the command line, copied to `to`; "" for NAME alone; false when it is not there. */
bool boot_option(const char *name, char *to, uint64_t size);
bool boot_option_number(const char *name, uint64_t *value);
