/*
 * Pages never used are counted by a pointer, so that booting touches none of them; pages given back form a list.
 */
#include "page.h"

#include <stddef.h>

#include "memlayout.h"
#include "spinlock.h"

struct free_page {
	struct free_page *next;
};

static struct spinlock lock;
static struct free_page *list;
static uint64_t untouched, end, listed;

void page_start(uint64_t start, uint64_t limit)
{
	untouched = start;
	end = limit;
}

void *page_alloc(void)
{
	void *page = NULL;
	acquire(&lock);
	if (list) {
		page = list;
		list = list->next;
		listed--;
	} else if (untouched < end) {
		page = (void *)(DIRECT + untouched);
		untouched += PAGE_SIZE;
	}
	release(&lock);
	return page;
}

void page_free(void *page)
{
	struct free_page *free = page;
	acquire(&lock);
	free->next = list;
	list = free;
	listed++;
	release(&lock);
}

uint64_t pages_free(void)
{
	acquire(&lock);
	uint64_t count = listed + (end - untouched) / PAGE_SIZE;
	release(&lock);
	return count;
}
