#include "hart.h"

#include <stddef.h>

#include "printf.h"
#include "riscv.h"
#include "sbi.h"
#include "timer.h"
#include "vm.h"

_Static_assert(offsetof(struct hart, stack_top) == 0, "entry.S");
_Static_assert(offsetof(struct hart, emergency_top) == 8, "trap.S");

struct hart harts[MAX_HARTS];
uint64_t hart_list[MAX_HARTS];
uint32_t hart_count;
uint64_t boot_hart;

extern char secondary_entry[];

static char emergency_stacks[MAX_HARTS][2048] __attribute__((aligned(16)));

void hart_prepare(struct hart *hart, uint64_t id)
{
	hart->id = id;
	/* It may have run before, and have stopped with interrupts off. */
	hart->off_depth = 0;
	hart->were_on = false;
	hart->emergency_top = (uint64_t)emergency_stacks[id] + sizeof emergency_stacks[id];
}

bool hart_online(uint64_t id) { return id < MAX_HARTS && __atomic_load_n(&harts[id].online, __ATOMIC_ACQUIRE); }

bool hart_here(uint64_t id)
{
	if (!hart_online(id))
		return false;
	if (sbi_hart_status(id).value != HSM_STOPPED)
		return true;
	__atomic_store_n(&harts[id].online, false, __ATOMIC_RELEASE);
	return false;
}

uint64_t harts_online_mask(void)
{
	uint64_t mask = 0;
	for (uint64_t id = 0; id < MAX_HARTS; id++)
		mask |= (uint64_t)hart_online(id) << id;
	return mask;
}

void hart_entered(void)
{
	timer_stop();
	csr_write(sie, 1ul << IRQ_SOFT | 1ul << IRQ_TIMER | 1ul << IRQ_EXTERNAL);
	__atomic_store_n(&this_hart()->online, true, __ATOMIC_RELEASE);
}

void hart_left(void)
{
	csr_write(sie, 0);
	timer_stop();
	__atomic_store_n(&this_hart()->online, false, __ATOMIC_RELEASE);
}

int64_t hart_start(uint64_t id)
{
	if (id >= MAX_HARTS)
		return SBI_ERR_INVALID_PARAM;
	/* hart_start_all() may have been faster than the message that says that the hart is ours. */
	if (hart_here(id))
		return SBI_SUCCESS;
	struct hart *hart = &harts[id];
	hart_prepare(hart, id);
	/* Kept for the next try when the firmware refuses. */
	if (!hart->stack_top && !(hart->stack_top = stack_alloc()))
		return SBI_ERR_FAILED;
	int64_t error = sbi_hart_start(id, image_pa(secondary_entry), (uint64_t)hart);
	if (error)
		return error;
	for (uint64_t limit = time_now() + ticks_of_ms(HART_LIMIT_MS); !hart_online(id);) {
		if (time_now() > limit)
			return SBI_ERR_FAILED;
		pause();
	}
	return SBI_SUCCESS;
}

void hart_start_all(void)
{
	for (uint32_t i = 0; i < hart_count; i++)
		if (hart_list[i] != boot_hart)
			hart_start(hart_list[i]);
}

void hart_mask_text(char *to, uint64_t size, uint64_t mask)
{
	uint64_t length = 0;
	to[0] = 0;
	for (uint64_t first = 0; first < 64; first++) {
		if (!(mask >> first & 1))
			continue;
		uint64_t last = first;
		while (last < 63 && mask >> (last + 1) & 1)
			last++;
		/* Two neighbours read better apart than as a range. */
		if (last < first + 2)
			last = first;
		const char *gap = length ? " " : "";
		length += last == first ? string_format(to + length, size - length, "%s%lu", gap, first) :
					  string_format(to + length, size - length, "%s%lu-%lu", gap, first, last);
		first = last;
	}
}
