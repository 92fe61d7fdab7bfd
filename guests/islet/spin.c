#include "spin.h"

#include <stdbool.h>

#include "channel.h"
#include "hart.h"
#include "thread.h"

#define STEPS 1000

static uint32_t wanted;
static bool alive[SPIN_MAX];
static struct spinlock lock;
static uint64_t work[MAX_HARTS];

static uint64_t do_unit(uint64_t x)
{
	for (int i = 0; i < STEPS; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
	}
	return x;
}

/* Whether busy thread `index` should end; from then on it counts as gone. */
static bool should_end(uint64_t index)
{
	if (index < __atomic_load_n(&wanted, __ATOMIC_RELAXED))
		return false;
	acquire(&lock);
	if (index >= wanted)
		alive[index] = false;
	bool end = !alive[index];
	release(&lock);
	return end;
}

static void spin(uint64_t index)
{
	struct thread *self = this_thread();
	for (uint64_t x = index + 1; !should_end(index);) {
		/* Without the asm, a compiler may see that nobody reads x. */
		x = do_unit(x);
		__asm__ volatile("" ::"r"(x));
		__atomic_add_fetch(&self->work, 1, __ATOMIC_RELAXED);
		__atomic_add_fetch(&work[this_hart()->id], 1, __ATOMIC_RELAXED);
		__atomic_add_fetch(&status->work, 1, __ATOMIC_RELAXED);
	}
}

uint32_t spin_set(uint32_t n)
{
	uint32_t count = 0;
	acquire(&lock);
	wanted = n < SPIN_MAX ? n : SPIN_MAX;
	while (count < wanted && (alive[count] || thread_start("spin", spin, count)))
		alive[count++] = true;
	wanted = count;
	release(&lock);
	return count;
}

uint64_t spin_work(uint64_t hart) { return __atomic_load_n(&work[hart], __ATOMIC_RELAXED); }
