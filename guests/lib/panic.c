#include "panic.h"

#include <stdarg.h>

#include "console.h"
#include "hart.h"
#include "printf.h"
#include "riscv.h"
#include "sbi.h"
#include "trap.h"

/* The hart that panics first speaks; others that follow stay quiet. */
static uint32_t panicking;

static void begin(void)
{
	interrupts_off();
	if (__atomic_exchange_n(&panicking, 1, __ATOMIC_RELAXED))
		sbi_system_reset(RESET_SHUTDOWN, REASON_SYSTEM_FAILURE);
	console_panic();
}

void panic(const char *text, ...)
{
	char line[PRINT_MAX];
	va_list args;
	va_start(args, text);
	format(line, sizeof line, text, args);
	va_end(args);
	begin();
	printf("panic: %s\n", line);
	sbi_system_reset(RESET_SHUTDOWN, REASON_SYSTEM_FAILURE);
}

void panic_fault(const struct frame *frame)
{
	static const char names[32][4] = {
		"", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5",
		"a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
	};
	begin();
	bool in_guard = frame->stval - STACKS < 2 * STACK_SIZE * STACK_SLOTS && !(frame->stval >> STACK_BIT & 1);
	printf("panic: %s on core %lu\n", in_guard ? "stack overflow" : exception_name(frame->scause), this_hart()->id);
	printf("  at 0x%lx, sepc 0x%lx\n", frame->stval, frame->sepc);
	for (int i = 1; i < 32; i += 2) {
		printf(" %3s %016lx", names[i], frame->x[i]);
		if (i + 1 < 32)
			printf("  %3s %016lx", names[i + 1], frame->x[i + 1]);
		printf("\n");
	}
	sbi_system_reset(RESET_SHUTDOWN, REASON_SYSTEM_FAILURE);
}
