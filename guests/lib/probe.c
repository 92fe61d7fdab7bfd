#include "probe.h"

#include "hart.h"
#include "spinlock.h"
#include "trap.h"
#include "vm.h"

#define PTE_INDEX(pa) ((pa) % PAGE_SIZE / 8)

extern char probe_landing[];
int probe_run(struct probe *probe, void (*action)(void *), void *argument);

bool probe_caught(struct frame *frame)
{
	struct probe *probe = this_hart()->probe;
	if (!probe)
		return false;
	this_hart()->probe = NULL;
	probe->cause = frame->scause;
	probe->address = frame->stval;
	frame->sepc = (uint64_t)probe_landing;
	frame->x[10] = (uint64_t)probe;
	return true;
}

bool probe(struct probe *probe, void (*action)(void *), void *argument)
{
	push_off();
	this_hart()->probe = probe;
	int faulted = probe_run(probe, action, argument);
	this_hart()->probe = NULL;
	pop_off();
	return !faulted;
}

/* One access, for the actions below. */
struct access {
	uint64_t va;
	unsigned width;
	uint64_t value;
};

static void load(void *argument)
{
	struct access *a = argument;
	switch (a->width) {
	case 1:
		__asm__ volatile("lbu %0, (%1)" : "=r"(a->value) : "r"(a->va));
		break;
	case 2:
		__asm__ volatile("lhu %0, (%1)" : "=r"(a->value) : "r"(a->va));
		break;
	case 4:
		__asm__ volatile("lwu %0, (%1)" : "=r"(a->value) : "r"(a->va));
		break;
	default:
		__asm__ volatile("ld %0, (%1)" : "=r"(a->value) : "r"(a->va));
	}
}

static void store(void *argument)
{
	struct access *a = argument;
	switch (a->width) {
	case 1:
		__asm__ volatile("sb %0, (%1)" ::"r"(a->value), "r"(a->va) : "memory");
		break;
	case 2:
		__asm__ volatile("sh %0, (%1)" ::"r"(a->value), "r"(a->va) : "memory");
		break;
	case 4:
		__asm__ volatile("sw %0, (%1)" ::"r"(a->value), "r"(a->va) : "memory");
		break;
	default:
		__asm__ volatile("sd %0, (%1)" ::"r"(a->value), "r"(a->va) : "memory");
	}
}

static void amo(void *argument)
{
	struct access *a = argument;
	if (a->width == 8)
		__asm__ volatile("amoadd.d %0, %0, (%1)" : "+r"(a->value) : "r"(a->va) : "memory");
	else
		__asm__ volatile("amoadd.w %0, %0, (%1)" : "+r"(a->value) : "r"(a->va) : "memory");
}

static void fetch(void *argument)
{
	struct access *a = argument;
	__asm__ volatile("fence.i" ::: "memory");
	((void (*)(void))a->va)();
}

/* Runs action on pa through the window at PROBE. */
static bool through_window(struct probe *p, void (*action)(void *), struct access *a, uint64_t pa, uint64_t rights)
{
	uint64_t page = pa & -PAGE_SIZE;
	push_off();
	vm_map_page(PROBE, page, rights);
	vm_map_page(PROBE + PAGE_SIZE, page + PAGE_SIZE, rights);
	flush_tlb();
	a->va = PROBE + (pa - page);
	bool done = probe(p, action, a);
	vm_unmap_page(PROBE);
	vm_unmap_page(PROBE + PAGE_SIZE);
	flush_tlb();
	pop_off();
	/* An illegal instruction says in stval what it was, not where. */
	p->address = p->address - PROBE < 2 * PAGE_SIZE ? p->address - PROBE + page : pa;
	return done;
}

bool probe_load(struct probe *p, uint64_t pa, unsigned width, uint64_t *value)
{
	struct access a = { .width = width };
	bool done = through_window(p, load, &a, pa, PTE_R);
	*value = a.value;
	return done;
}

bool probe_store(struct probe *p, uint64_t pa, unsigned width, uint64_t value)
{
	struct access a = { .width = width, .value = value };
	return through_window(p, store, &a, pa, PTE_R | PTE_W);
}

bool probe_amo(struct probe *p, uint64_t pa, uint64_t *value)
{
	struct access a = { .width = pa % 8 ? 4 : 8, .value = *value };
	bool done = through_window(p, amo, &a, pa, PTE_R | PTE_W);
	*value = a.value;
	return done;
}

bool probe_fetch(struct probe *p, uint64_t pa)
{
	struct access a = { .width = 4 };
	return through_window(p, fetch, &a, pa, PTE_R | PTE_X);
}

/* Runs action at va under WALK, whose root entry is pte for so long. */
static bool through_table(struct probe *p, void (*action)(void *), uint64_t va, uint64_t pte, uint64_t pa)
{
	struct access a = { .va = va, .width = 8 };
	push_off();
	vm_set_root(WALK, pte);
	flush_tlb();
	bool done = probe(p, action, &a);
	vm_set_root(WALK, 0);
	flush_tlb();
	pop_off();
	p->address = pa;
	return done;
}

bool probe_table(struct probe *p, uint64_t pa)
{
	return through_table(p, load, WALK + (PTE_INDEX(pa) << 21), pte_table(pa), pa);
}

bool probe_accessed_dirty(struct probe *p, uint64_t pa, bool *placed)
{
	static page_table middle __attribute__((aligned(PAGE_SIZE)));
	static char target[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
	uint64_t leaf = pte_leaf(image_pa(target), PTE_R | PTE_W) & ~(PTE_A | PTE_D);
	pa &= -8ul;
	*placed = probe_store(p, pa, 8, leaf);
	middle[0] = pte_table(pa);
	return through_table(p, store, WALK + (PTE_INDEX(pa) << 12), pte_table(image_pa(middle)), pa);
}
