/* Random numbers from an entropy device. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Fills `to` from the device of that name, or from any when NULL. False: there is none, or it has failed. */
bool rng_read(const char *name, void *to, uint64_t length);
