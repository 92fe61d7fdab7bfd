/* SiFive PLIC: context 2h is hart h in M-mode, 2h + 1 the same hart in S-mode. */
#include "plic.h"

#include <stddef.h>

#include "hart.h"
#include "spinlock.h"
#include "vm.h"

#define PRIORITY 0x0
#define ENABLE(context) (0x2000 + 0x80 * (context))
#define THRESHOLD(context) (0x200000 + 0x1000 * (context))
#define CLAIM(context) (0x200004 + 0x1000 * (context))

static uint64_t base;
static void (*handlers[PLIC_SOURCES])(uint32_t irq);
static uint64_t routes[PLIC_SOURCES]; /* hart of each; NO_ROUTE: not enabled. Under the lock */
static struct spinlock lock;

static volatile uint32_t *reg(uint64_t offset) { return direct(base + offset); }
static uint64_t context(uint64_t hart) { return 2 * hart + 1; }

static void route(uint32_t irq, uint64_t hart)
{
	if (routes[irq] != NO_ROUTE)
		*reg(ENABLE(context(routes[irq]))) &= ~(1u << irq);
	routes[irq] = hart;
	if (hart == NO_ROUTE)
		return;
	*reg(THRESHOLD(context(hart))) = 0;
	*reg(ENABLE(context(hart))) |= 1u << irq;
}

void plic_init(uint64_t pa, uint64_t size)
{
	base = pa;
	vm_map_direct(pa, size);
	for (uint32_t irq = 0; irq < PLIC_SOURCES; irq++)
		routes[irq] = NO_ROUTE;
}

void plic_enable(uint32_t irq, void (*handler)(uint32_t irq))
{
	acquire(&lock);
	__atomic_store_n(&handlers[irq], handler, __ATOMIC_RELEASE);
	*reg(PRIORITY + 4 * irq) = 1;
	route(irq, boot_hart);
	release(&lock);
}

void plic_disable(uint32_t irq)
{
	acquire(&lock);
	route(irq, NO_ROUTE);
	*reg(PRIORITY + 4 * irq) = 0;
	release(&lock);
}

bool plic_route(uint32_t irq, uint64_t hart)
{
	acquire(&lock);
	bool enabled = irq < PLIC_SOURCES && base && routes[irq] != NO_ROUTE;
	if (enabled)
		route(irq, hart);
	release(&lock);
	return enabled;
}

uint64_t plic_hart(uint32_t irq)
{
	acquire(&lock);
	uint64_t hart = base ? routes[irq] : NO_ROUTE;
	release(&lock);
	return hart;
}

void plic_leave(uint64_t hart)
{
	acquire(&lock);
	for (uint32_t irq = 0; base && irq < PLIC_SOURCES; irq++)
		if (routes[irq] == hart)
			route(irq, boot_hart);
	release(&lock);
}

/* Only a context at which the source is enabled can complete it, and it may have been routed anew since it was claimed. */
static void complete(uint32_t irq)
{
	acquire(&lock);
	if (irq < PLIC_SOURCES && routes[irq] != NO_ROUTE)
		*reg(CLAIM(context(routes[irq]))) = irq;
	release(&lock);
}

void plic_interrupt(void)
{
	uint64_t here = context(this_hart()->id);
	uint32_t irq;
	while (base && (irq = *reg(CLAIM(here))) != 0) {
		void (*handler)(uint32_t irq) =
			irq < PLIC_SOURCES ? __atomic_load_n(&handlers[irq], __ATOMIC_ACQUIRE) : NULL;
		if (handler)
			handler(irq);
		complete(irq);
	}
}
