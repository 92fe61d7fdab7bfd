/* Physical pages, in regions: the memory that the kernel booted in, and what was added since. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Regions of free pages; taking memory out of the middle of one makes two. */
#define MAX_REGIONS 64
/* Ranges that are kept. */
#define MAX_KEPT 20

/* Hands [start, end) out; both are physical and page-aligned. False: there are MAX_REGIONS already. */
bool page_add(uint64_t start, uint64_t end);
/* Hands no page of [start, end) out any more. False, and nothing changed: one is in use, or was never ours. */
bool page_remove(uint64_t start, uint64_t end);
/*
 * Counts [start, end), which a kernel before us has left, as pages in use, whenever they are added. To be called before
 * that; page_free gives them back. False: there are MAX_KEPT already. page_keep_end: what is added from now on is free.
 */
bool page_keep(uint64_t start, uint64_t end);
void page_keep_end(void);
/* Where page_alloc_lasting takes nothing from. No range that is added may cross its end. */
void page_scratch(uint64_t start, uint64_t end);
/* The end of scratch if it lies in [start, end), else `end`. */
uint64_t page_scratch_end(uint64_t start, uint64_t end);
/* A page at its DIRECT address, contents undefined; NULL when none is left. */
void *page_alloc(void);
/* The same, but of what can be left to the next kernel. */
void *page_alloc_lasting(void);
void page_free(void *page);
uint64_t pages_free(void);
/* Pages there are, free or in use; the image and what lay around it when the kernel booted is not among them. */
uint64_t pages_total(void);
/* Region `index`, in no order. False: there are no more. */
bool page_region(uint32_t index, uint64_t *start, uint64_t *end);
