/* Physical pages. */
#pragma once

#include <stdint.h>

/* Hands [start, end) out; both are physical and page-aligned. */
void page_start(uint64_t start, uint64_t end);
/* A page at its DIRECT address, contents undefined; NULL when none is left. */
void *page_alloc(void);
void page_free(void *page);
uint64_t pages_free(void);
