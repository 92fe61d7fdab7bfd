/* Locks that spin, with interrupts off on the hart that holds one. */
#pragma once

#include <stdint.h>

struct spinlock {
	uint32_t held;
};

void acquire(struct spinlock *lock);
void release(struct spinlock *lock);

/* Interrupts off and on again, nested; locks use these. */
void push_off(void);
void pop_off(void);
