#include "spinlock.h"

#include "hart.h"
#include "riscv.h"

void push_off(void)
{
	bool were_on = interrupts_enabled();
	interrupts_off();
	struct hart *hart = this_hart();
	if (hart->off_depth++ == 0)
		hart->were_on = were_on;
}

void pop_off(void)
{
	struct hart *hart = this_hart();
	if (--hart->off_depth == 0 && hart->were_on)
		interrupts_on();
}

void acquire(struct spinlock *lock)
{
	push_off();
	while (__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE))
		while (__atomic_load_n(&lock->held, __ATOMIC_RELAXED))
			pause();
}

void release(struct spinlock *lock)
{
	__atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
	pop_off();
}
