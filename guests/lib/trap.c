#include "trap.h"

#include "channel.h"
#include "hart.h"
#include "panic.h"
#include "plic.h"
#include "printf.h"
#include "probe.h"
#include "riscv.h"
#include "sbi.h"
#include "timer.h"

_Static_assert(sizeof(struct frame) == 304, "trap.S");

const char *exception_name(uint64_t code)
{
	static const char *const names[] = {
		"instruction address misaligned", "instruction access fault", "illegal instruction", "breakpoint",
		"load address misaligned", "load access fault", "store address misaligned", "store access fault",
		"ecall from U", "ecall from S", "reserved", "ecall from M",
		"instruction page fault", "load page fault", "reserved", "store page fault",
	};
	return code < sizeof names / sizeof *names ? names[code] : "unknown exception";
}

static void interrupt(uint64_t code)
{
	switch (code) {
	case IRQ_SOFT:
		/* Cleared first: what is asked for from now on raises it again. */
		csr_clear(sip, 1ul << IRQ_SOFT);
		channel_drain_all();
		kernel_soft();
		break;
	case IRQ_TIMER:
		timer_stop();
		kernel_timer();
		break;
	case IRQ_EXTERNAL:
		plic_interrupt();
		break;
	default:
		panic("interrupt %lu", code);
	}
	kernel_after_interrupt();
}

void trap(struct frame *frame)
{
	if (frame->scause & SCAUSE_INTERRUPT)
		interrupt(frame->scause & ~SCAUSE_INTERRUPT);
	else if (!probe_caught(frame))
		panic_fault(frame);
}

/* entry.S: a fault while there is no stack for a frame yet. */
void early_fault(uint64_t cause, uint64_t pc, uint64_t address) __attribute__((noreturn));
void early_fault(uint64_t cause, uint64_t pc, uint64_t address)
{
	static char text[96];
	string_format(text, sizeof text, "panic: fault %lu at %lx on %lx\n", cause, pc, address);
	sbi_puts(text);
	sbi_system_reset(RESET_SHUTDOWN, REASON_SYSTEM_FAILURE);
}
