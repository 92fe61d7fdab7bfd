/*
 * Pages come singly, in an order that nobody promises, but neighbours often come one after the other: upwards from memory
 * never used, downwards from a list to which a run was returned. So we take pages until the last n are neighbours, and
 * return what came before. Meanwhile others find the fewer pages.
 */
#include "page_run.h"

#include <stddef.h>

#include "memlayout.h"
#include "page.h"

/* Returned only at the end: the allocator would give us the same ones again. */
struct put_aside {
	struct put_aside *next;
};

void *page_run_alloc(uint32_t n)
{
	struct put_aside *aside = NULL;
	char *run = NULL;
	uint32_t length = 0;
	while (length < n) {
		char *page = page_alloc_lasting();
		if (page && length && page == run + length * PAGE_SIZE) {
			length++;
			continue;
		}
		if (page && length && page == run - PAGE_SIZE) {
			run = page;
			length++;
			continue;
		}
		for (; length; length--, run += PAGE_SIZE) {
			((struct put_aside *)run)->next = aside;
			aside = (struct put_aside *)run;
		}
		run = page;
		length = 1;
		if (!page)
			break;
	}
	while (aside) {
		struct put_aside *page = aside;
		aside = page->next;
		page_free(page);
	}
	return run;
}

void page_run_free(void *run, uint32_t n)
{
	for (char *page = run; n--; page += PAGE_SIZE)
		page_free(page);
}
