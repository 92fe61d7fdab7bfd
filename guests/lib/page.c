/*
 * In each region, pages never used are counted by a pointer, so that booting touches none of them; pages given back form
 * one list. A range can be taken away when all of it is free: above the pointer, or on the list.
 */
#include "page.h"

#include <stddef.h>

#include "memlayout.h"
#include "spinlock.h"

struct free_page {
	struct free_page *next;
};

/* Pages from `untouched` on have never been used. */
struct region {
	uint64_t start, untouched, end;
};

static struct spinlock lock;
static struct region regions[MAX_REGIONS];
static uint32_t region_count;
/* Ranges in use from the start, in no order. */
static struct {
	uint64_t start, end;
} kept[MAX_KEPT];
static uint32_t kept_count;
static uint64_t scratch_start, scratch_end;
static struct free_page *list;
static uint64_t listed;

static uint64_t pa_of(const void *page) { return (uint64_t)page - DIRECT; }
static uint64_t max(uint64_t a, uint64_t b) { return a > b ? a : b; }
static uint64_t min(uint64_t a, uint64_t b) { return a < b ? a : b; }

bool page_add(uint64_t start, uint64_t end)
{
	acquire(&lock);
	/* Each range that is kept makes at most two regions of one. */
	bool room = region_count + 2 * kept_count < MAX_REGIONS;
	while (room && start < end) {
		uint64_t from = end, to = end;
		for (uint32_t i = 0; i < kept_count; i++)
			if (kept[i].end > start && kept[i].start < from)
				from = kept[i].start, to = kept[i].end;
		if (start < from)
			regions[region_count++] = (struct region){ start, start, from };
		if (from < to)
			regions[region_count++] = (struct region){ from, to, to };
		start = to;
	}
	release(&lock);
	return room;
}

bool page_keep(uint64_t start, uint64_t end)
{
	acquire(&lock);
	bool room = kept_count < MAX_KEPT;
	if (room) {
		kept[kept_count].start = start;
		kept[kept_count++].end = end;
	}
	release(&lock);
	return room;
}

void page_keep_end(void)
{
	acquire(&lock);
	kept_count = 0;
	release(&lock);
}

void page_scratch(uint64_t start, uint64_t end)
{
	scratch_start = start;
	scratch_end = end;
}

/* The region that has all of [start, end), or NULL. */
static struct region *region_of(uint64_t start, uint64_t end)
{
	for (uint32_t i = 0; i < region_count; i++)
		if (regions[i].start <= start && end <= regions[i].end)
			return &regions[i];
	return NULL;
}

static uint64_t count_listed(uint64_t start, uint64_t end)
{
	uint64_t count = 0;
	for (struct free_page *page = list; page; page = page->next)
		count += pa_of(page) >= start && pa_of(page) < end;
	return count;
}

static void unlist(uint64_t start, uint64_t end)
{
	for (struct free_page **place = &list; *place;) {
		if (pa_of(*place) >= start && pa_of(*place) < end) {
			*place = (*place)->next;
			listed--;
		} else {
			place = &(*place)->next;
		}
	}
}

/* Takes [start, end), all of which is free, out of its region. False: that would make one region too many. */
static bool cut(struct region *region, uint64_t start, uint64_t end)
{
	struct region low = { region->start, min(region->untouched, start), start };
	struct region high = { end, max(region->untouched, end), region->end };
	bool has_low = low.start < low.end, has_high = high.start < high.end;
	if (has_low && has_high && region_count == MAX_REGIONS)
		return false;
	if (has_low && has_high)
		regions[region_count++] = high;
	if (has_low || has_high)
		*region = has_low ? low : high;
	else
		*region = regions[--region_count];
	return true;
}

bool page_remove(uint64_t start, uint64_t end)
{
	acquire(&lock);
	struct region *region = region_of(start, end);
	uint64_t untouched = region && region->untouched < end ? end - max(start, region->untouched) : 0;
	bool all_free = region && count_listed(start, end) == (end - start - untouched) / PAGE_SIZE;
	bool removed = all_free && cut(region, start, end);
	if (removed)
		unlist(start, end);
	release(&lock);
	return removed;
}

uint64_t page_scratch_end(uint64_t start, uint64_t end)
{
	return scratch_end > start && scratch_end < end ? scratch_end : end;
}

static bool may_take(uint64_t pa, bool lasting) { return !lasting || pa < scratch_start || pa >= scratch_end; }

static void *take(bool lasting)
{
	void *page = NULL;
	acquire(&lock);
	for (struct free_page **place = &list; *place; place = &(*place)->next) {
		if (may_take(pa_of(*place), lasting)) {
			page = *place;
			*place = (*place)->next;
			listed--;
			break;
		}
	}
	for (struct region *region = regions; !page && region < regions + region_count; region++) {
		if (region->untouched < region->end && may_take(region->untouched, lasting)) {
			page = (void *)(DIRECT + region->untouched);
			region->untouched += PAGE_SIZE;
		}
	}
	release(&lock);
	return page;
}

void *page_alloc(void) { return take(false); }
void *page_alloc_lasting(void) { return take(true); }

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
	uint64_t count = listed;
	for (uint32_t i = 0; i < region_count; i++)
		count += (regions[i].end - regions[i].untouched) / PAGE_SIZE;
	release(&lock);
	return count;
}

uint64_t pages_total(void)
{
	acquire(&lock);
	uint64_t count = 0;
	for (uint32_t i = 0; i < region_count; i++)
		count += (regions[i].end - regions[i].start) / PAGE_SIZE;
	release(&lock);
	return count;
}

bool page_region(uint32_t index, uint64_t *start, uint64_t *end)
{
	acquire(&lock);
	bool there = index < region_count;
	if (there) {
		*start = regions[index].start;
		*end = regions[index].end;
	}
	release(&lock);
	return there;
}
