/* Physical pages, in regions: the memory that the kernel booted in, and what was added since. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Regions of free pages; taking memory out of the middle of one makes two. */
#define MAX_REGIONS 32

/* Hands [start, end) out; both are physical and page-aligned. False: there are MAX_REGIONS already. */
bool page_add(uint64_t start, uint64_t end);
/* Hands no page of [start, end) out any more. False, and nothing changed: one is in use, or was never ours. */
bool page_remove(uint64_t start, uint64_t end);
/* A page at its DIRECT address, contents undefined; NULL when none is left. */
void *page_alloc(void);
void page_free(void *page);
uint64_t pages_free(void);
/* Pages there are, free or in use; the image and what lay around it when the kernel booted is not among them. */
uint64_t pages_total(void);
/* Region `index`, in no order. False: there are no more. */
bool page_region(uint32_t index, uint64_t *start, uint64_t *end);
