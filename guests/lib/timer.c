#include "timer.h"

#include "riscv.h"
#include "sbi.h"

#define STIMECMP 0x14d
#define NEVER (~0ul)

uint64_t ticks_per_second = 10000000;
static bool has_sstc;

void timer_init(bool sstc) { has_sstc = sstc; }

void timer_set(uint64_t ticks)
{
	/* By number: the assembler knows the name only with an extension that -march does not list. */
	if (has_sstc)
		__asm__ volatile("csrw %0, %1" ::"i"(STIMECMP), "r"(ticks) : "memory");
	else
		sbi_set_timer(ticks);
}

void timer_stop(void) { timer_set(NEVER); }
