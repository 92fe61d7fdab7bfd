/* Busy threads, and the work they count. */
#pragma once

#include <stdint.h>

#define SPIN_MAX 32

/* Makes it n busy threads; those that are too many end by themselves. Returns how many there could be. */
uint32_t spin_set(uint32_t n);
/* Work done on a core since boot, in units of a thousand steps of a generator of random numbers. */
uint64_t spin_work(uint64_t hart);
