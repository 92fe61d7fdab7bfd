/*
 * bench: runs one of the programs and says how long it took, in a kernel as kernels are: S-mode, Sv39, a timer interrupt
 * every 10 ms. Command line: bench=NAME (all without it) and n=ROUNDS. Prints for each program
 *
 *     RESULT name value instret ticks
 *
 * with the program's value, instructions retired and ticks of mtime, and powers the machine off.
 */
#include "programs.h"

#include "channel.h"
#include "hart.h"
#include "printf.h"
#include "riscv.h"
#include "sbi.h"
#include "start.h"
#include "string.h"
#include "timer.h"
#include "trap.h"

#define TICK_MS 10

static const struct program {
	const char *name;
	uint32_t (*run)(uint32_t n);
	uint32_t n; /* rounds without n= */
} programs[] = {
	{ "sieve", bench_sieve, 20 }, { "sort", bench_sort, 10 }, { "hash", bench_hash, 10 }, { "crc", bench_crc, 20 },
	{ "interp", bench_interp, 4 }, { "list", bench_list, 60 }, { "matrix", bench_matrix, 15 }, { "fib", bench_fib, 50 },
};
#define PROGRAMS (sizeof programs / sizeof *programs)

static uint64_t next_tick;

void kernel_timer(void)
{
	next_tick += ticks_of_ms(TICK_MS);
	timer_set(next_tick);
}

void kernel_soft(void) {}
void kernel_after_interrupt(void) {}
void kernel_key(char c) { (void)c; }

/* The host may ask this kernel to go; nobody else has anything to say to it. */
void kernel_message(struct channel *channel, const struct message *message)
{
	if (!channel->is_host || message->type != MSG_SYSTEM || message->subtype != SYSTEM_SHUTDOWN)
		return;
	channel_send(channel, MSG_SYSTEM, SYSTEM_SHUTDOWN_ACK, message->id, NULL, 0);
	sbi_system_reset(RESET_SHUTDOWN, REASON_NONE);
}

/* The programs are for one hart: no other is started. */
void secondary_main(void)
{
	for (;;)
		wait_for_interrupt();
}

static uint64_t instructions(void)
{
	uint64_t count;
	__asm__ volatile("rdinstret %0" : "=r"(count));
	return count;
}

static void run(const struct program *program, uint32_t n)
{
	uint64_t ticks = time_now(), before = instructions();
	uint32_t value = program->run(n);
	uint64_t after = instructions();
	printf("RESULT %s %u %lu %lu\n", program->name, value, after - before, time_now() - ticks);
}

void kernel_main(void)
{
	char name[16] = "all";
	uint64_t n;
	bool found = false;
	hart_entered();
	boot_option("bench", name, sizeof name);
	bool given = boot_option_number("n", &n);
	next_tick = time_now() + ticks_of_ms(TICK_MS);
	timer_set(next_tick);
	interrupts_on();
	for (size_t i = 0; i < PROGRAMS; i++) {
		if (strcmp(name, "all") != 0 && strcmp(name, programs[i].name) != 0)
			continue;
		run(&programs[i], given ? (uint32_t)n : programs[i].n);
		found = true;
	}
	if (!found)
		printf("bench: no program %s\n", name);
	sbi_system_reset(RESET_SHUTDOWN, REASON_NONE);
}
