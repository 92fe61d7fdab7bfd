/* Pages that lie one after another in physical memory, for what another kernel shall find by an address and a length. */
#pragma once

#include <stdint.h>

/* The first of n pages at their DIRECT addresses, contents undefined; NULL when there is no such run. */
void *page_run_alloc(uint32_t n);
void page_run_free(void *run, uint32_t n);
