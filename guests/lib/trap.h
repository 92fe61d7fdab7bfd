/* Traps: interrupts go to the kernel's handlers, faults that nobody expects end the kernel. */
#pragma once

#include <stdint.h>

/* What trap.S saves: x[n] is register xn. */
struct frame {
	uint64_t x[32];
	uint64_t sepc, sstatus, scause, stval;
	uint64_t link[2]; /* s0 and sepc once more, where a walk over frame pointers looks for the caller's */
};

/* "store access fault" …: the name of an exception code. */
const char *exception_name(uint64_t code);

/* Each kernel has these; they run with interrupts off on the hart that was interrupted. */
void kernel_timer(void);
/* A software interrupt: another hart of ours, or a doorbell. Doorbells are already answered (channel.c). */
void kernel_soft(void);
/* After every interrupt, last: the place to switch threads. */
void kernel_after_interrupt(void);
