#include "vm.h"

#include "hart.h"
#include "page.h"
#include "panic.h"
#include "sbi.h"
#include "spinlock.h"
#include "string.h"

#define MEGAPAGE (PAGE_SIZE * 512)

extern page_table kernel_l1;

uint64_t kernel_satp;
static uint64_t *root;
static uint64_t stacks_used;
static struct spinlock lock;

static uint64_t new_table(void)
{
	void *page = page_alloc();
	if (!page)
		panic("no memory for a page table");
	memset(page, 0, PAGE_SIZE);
	return (uint64_t)page - DIRECT;
}

/* The entry for va at this level; makes the tables above it. */
static uint64_t *entry_for(uint64_t va, int level)
{
	uint64_t *table = root;
	for (int i = 2; i > level; i--) {
		uint64_t *pte = &table[vpn(va, i)];
		if (!(*pte & PTE_V))
			*pte = pte_table(new_table());
		table = direct(pte_pa(*pte));
	}
	return &table[vpn(va, level)];
}

void vm_start(uint64_t memory_base, uint64_t memory_size)
{
	root = direct(new_table());
	root[vpn(KERNEL, 2)] = pte_table(image_pa(kernel_l1));
	vm_map_direct(memory_base, memory_size);
	kernel_satp = SATP_SV39 | ((uint64_t)root - DIRECT) >> 12;
	csr_write(satp, kernel_satp);
	flush_tlb();
}

void vm_map_direct(uint64_t pa, uint64_t size)
{
	uint64_t end = (pa + size + PAGE_SIZE - 1) & -PAGE_SIZE;
	pa &= -PAGE_SIZE;
	while (pa < end) {
		bool mega = pa % MEGAPAGE == 0 && end - pa >= MEGAPAGE;
		*entry_for(DIRECT + pa, mega ? 1 : 0) = pte_leaf(pa, PTE_R | PTE_W);
		pa += mega ? MEGAPAGE : PAGE_SIZE;
	}
	flush_tlb();
}

#define FENCE_TRIES 8

/*
 * No hart of ours goes on with a translation from before. A mask with a hart that has left meanwhile the firmware refuses
 * as a whole. To go on without the fence would be worse than the end: a hart could write to what is not ours any more.
 */
static void flush_others(void)
{
	int64_t error = sbi_remote_sfence(harts_online_mask());
	for (uint32_t tries = 1; error && tries < FENCE_TRIES; tries++) {
		for (uint64_t id = 0; id < MAX_HARTS; id++)
			hart_here(id);
		error = sbi_remote_sfence(harts_online_mask());
	}
	if (error)
		panic("remote fence: %s", sbi_error_name(error));
}

static void unmap_megapages(uint64_t pa, uint64_t size)
{
	for (uint64_t at = pa; at < pa + size; at += MEGAPAGE)
		*entry_for(DIRECT + at, 1) = 0;
	flush_tlb();
	flush_others();
}

static bool is_megapages(uint64_t pa, uint64_t size)
{
	return pa % MEGAPAGE == 0 && size % MEGAPAGE == 0 && size && pa + size > pa && pa + size <= DIRECT_SIZE;
}

static bool is_unmapped(uint64_t pa, uint64_t size)
{
	for (uint64_t at = pa; at < pa + size; at += MEGAPAGE)
		if (*entry_for(DIRECT + at, 1) & PTE_V)
			return false;
	return true;
}

void vm_map_pages(uint64_t pa, uint64_t size)
{
	acquire(&lock);
	vm_map_direct(pa, size);
	flush_others();
	release(&lock);
}

static bool is_empty(const uint64_t *table)
{
	for (uint32_t i = 0; i < PAGE_SIZE / sizeof *table; i++)
		if (table[i] & PTE_V)
			return false;
	return true;
}

/* Tables in which nothing is left go, too: memory may be added there in megapages one day. */
void vm_unmap_pages(uint64_t pa, uint64_t size)
{
	acquire(&lock);
	for (uint64_t at = pa; at < pa + size; at += PAGE_SIZE)
		*entry_for(DIRECT + at, 0) = 0;
	uint64_t *empty[2] = { NULL, NULL };
	for (uint64_t at = pa & -MEGAPAGE, n = 0; at < pa + size && n < 2; at += MEGAPAGE, n++) {
		uint64_t *entry = entry_for(DIRECT + at, 1);
		uint64_t *table = direct(pte_pa(*entry));
		if (is_empty(table)) {
			*entry = 0;
			empty[n] = table;
		}
	}
	flush_tlb();
	/* A hart may walk through a table up to here. */
	flush_others();
	for (uint32_t n = 0; n < 2; n++)
		if (empty[n])
			page_free(empty[n]);
	release(&lock);
}

bool vm_add_memory(uint64_t pa, uint64_t size)
{
	acquire(&lock);
	bool fits = is_megapages(pa, size) && is_unmapped(pa, size);
	if (fits) {
		vm_map_direct(pa, size);
		/* A hart may remember that there was nothing, and the allocator may hand it a page at once. */
		flush_others();
		fits = page_add(pa, pa + size);
		if (!fits)
			unmap_megapages(pa, size);
	}
	release(&lock);
	return fits;
}

bool vm_remove_memory(uint64_t pa, uint64_t size)
{
	if (!is_megapages(pa, size) || !page_remove(pa, pa + size))
		return false;
	acquire(&lock);
	unmap_megapages(pa, size);
	release(&lock);
	return true;
}

void vm_map_page(uint64_t va, uint64_t pa, uint64_t rights) { *entry_for(va, 0) = pte_leaf(pa, rights); }
void vm_unmap_page(uint64_t va) { *entry_for(va, 0) = 0; }
void vm_set_root(uint64_t va, uint64_t pte) { root[vpn(va, 2)] = pte; }

uint64_t stack_alloc(void)
{
	uint64_t top = 0;
	acquire(&lock);
	if (stacks_used < STACK_SLOTS) {
		uint64_t base = STACKS + 2 * STACK_SIZE * stacks_used + STACK_SIZE;
		uint64_t at = base;
		for (; at < base + STACK_SIZE; at += PAGE_SIZE) {
			void *page = page_alloc();
			if (!page)
				break;
			vm_map_page(at, (uint64_t)page - DIRECT, PTE_R | PTE_W);
		}
		if (at == base + STACK_SIZE) {
			top = at;
			__atomic_store_n(&stacks_used, stacks_used + 1, __ATOMIC_RELEASE);
		}
	}
	release(&lock);
	return top;
}

void stack_sync(void)
{
	struct hart *hart = this_hart();
	uint64_t used = __atomic_load_n(&stacks_used, __ATOMIC_ACQUIRE);
	if (hart->stacks_seen == used)
		return;
	flush_tlb();
	hart->stacks_seen = used;
}
