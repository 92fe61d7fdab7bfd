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
static struct spinlock lock;

static volatile uint32_t *reg(uint64_t offset) { return direct(base + offset); }
static uint64_t context(void) { return 2 * boot_hart + 1; }

void plic_init(uint64_t pa, uint64_t size)
{
	base = pa;
	vm_map_direct(pa, size);
	*reg(THRESHOLD(context())) = 0;
}

void plic_enable(uint32_t irq, void (*handler)(uint32_t irq))
{
	acquire(&lock);
	__atomic_store_n(&handlers[irq], handler, __ATOMIC_RELEASE);
	*reg(PRIORITY + 4 * irq) = 1;
	*reg(ENABLE(context())) |= 1u << irq;
	release(&lock);
}

void plic_disable(uint32_t irq)
{
	acquire(&lock);
	*reg(ENABLE(context())) &= ~(1u << irq);
	*reg(PRIORITY + 4 * irq) = 0;
	release(&lock);
}

void plic_interrupt(void)
{
	uint32_t irq;
	while (base && (irq = *reg(CLAIM(context()))) != 0) {
		void (*handler)(uint32_t irq) =
			irq < PLIC_SOURCES ? __atomic_load_n(&handlers[irq], __ATOMIC_ACQUIRE) : NULL;
		if (handler)
			handler(irq);
		*reg(CLAIM(context())) = irq;
	}
}
