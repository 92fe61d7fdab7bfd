#include "hold.h"

#include <stddef.h>

#include "memlayout.h"
#include "page.h"

#define PAGES_OF_MEGABYTE (1048576 / PAGE_SIZE)

/* Each page held has the address of the one before it at its start. */
static void **held;
static uint64_t count;

static void let_go(void)
{
	void **page = held;
	held = *page;
	count--;
	page_free(page);
}

uint64_t hold_set(uint64_t megabytes)
{
	uint64_t wanted = megabytes * PAGES_OF_MEGABYTE;
	while (count > wanted)
		let_go();
	while (count < wanted) {
		void **page = page_alloc();
		if (!page)
			break;
		*page = held;
		held = page;
		count++;
	}
	/* Whole megabytes only: a kernel without a page to spare could not even start a thread. */
	while (count % PAGES_OF_MEGABYTE)
		let_go();
	return hold_now();
}

uint64_t hold_now(void) { return count / PAGES_OF_MEGABYTE; }
