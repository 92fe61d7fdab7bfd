/*
 * Work without a purpose but to keep cores busy, of two kinds. Both count pieces in the status block's `work`.
 *
 *   user     arithmetic in registers: cores have nothing to do with each other
 *   kernel   allocate a page, give it a name, look the name up, take both back: each step under a lock of the whole kernel
 */
#pragma once

#include <stdint.h>

#define LOAD_MAX 32

/* Makes it n threads of user work. Returns how many there could be. */
uint32_t load_user(uint32_t n);
uint32_t load_kernel(uint32_t n);
