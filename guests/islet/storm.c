/*
 * A storm: threads that do to this kernel what makes a general one late. Each round of each of them
 *   - takes and returns pages, under the lock of the allocator;
 *   - holds one lock of the whole kernel, with interrupts off, for as long as a driver might that talks to a slow device;
 *   - interrupts every core of this kernel, itself among them;
 *   - now and then sleeps for a moment, and then takes a core away from whoever has it.
 * All of it stays in this kernel: no message leaves it, and a neighbour has no lock in common with it.
 */
#include <stddef.h>

#include "command.h"
#include "crew.h"
#include "hart.h"
#include "page.h"
#include "printf.h"
#include "riscv.h"
#include "sbi.h"
#include "thread.h"
#include "timer.h"

#define STORM_MAX 16
#define PAGES 8
/* Steps with interrupts off: about 10,000 instructions. */
#define HOLD_STEPS 2000
#define SLEEP_EACH 4
/* Not less: a thread that wakes goes first, and one that hardly sleeps would leave no core to anybody else. */
#define SLEEP_US 500

static struct spinlock device_lock;

static void churn_pages(uint64_t round)
{
	uint64_t *pages[PAGES];
	for (int i = 0; i < PAGES; i++)
		if ((pages[i] = page_alloc()))
			*pages[i] = round;
	for (int i = 0; i < PAGES; i++)
		if (pages[i])
			page_free(pages[i]);
}

static void hold_lock(void)
{
	acquire(&device_lock);
	for (volatile int i = 0; i < HOLD_STEPS; i++)
		;
	release(&device_lock);
}

static bool storm(uint64_t index, uint64_t round)
{
	churn_pages(round);
	hold_lock();
	for (uint64_t id = 0; id < MAX_HARTS; id++)
		if (hart_online(id))
			sbi_send_ipi(id);
	if ((round + index) % SLEEP_EACH == 0)
		sleep_until(time_now() + ticks_of_us(SLEEP_US));
	return true;
}

static struct crew crew = { .name = "storm", .work = storm };

static void command_storm(int argc, char **argv)
{
	uint64_t n;
	if (number_argument(argc, argv, 1, STORM_MAX, &n) && crew_set(&crew, (uint32_t)n) < n)
		printf("storm: no room for so many threads\n");
}

const struct command storm_commands[] = {
	{ "storm", "N: N threads that trouble this kernel", command_storm },
	{ 0 },
};
