/*
 * The periodic tasks of guests/metronome as threads of this kernel, measured by the same code: what they lose here to other
 * threads, locks and interrupts is what a core and a kernel of their own would spare them.
 */
#include "channel.h"
#include "command.h"
#include "periodic.h"
#include "printf.h"
#include "riscv.h"
#include "spinlock.h"
#include "string.h"
#include "thread.h"
#include "timer.h"

#define PUBLISH_MS 100

static struct periodic periodic;
static struct spinlock lock;
/* Both change between sleep_prepare and sleep_cancel. */
static bool on;
static uint32_t alive; /* threads, until they have seen that they should not be */

/* Sleeps until `due` or until they are switched off. False: they are, and this thread is no more. */
static bool sleep_while_on(uint64_t due)
{
	sleep_prepare();
	if (on) {
		sleep_on(&on, due);
		return true;
	}
	alive--;
	sleep_cancel();
	wake(&alive);
	return false;
}

static void task(uint64_t index)
{
	while (sleep_while_on(periodic.tasks[index].due)) {
		/* Before the lock: to wait for another task is no part of waking up. */
		uint64_t now = time_now();
		acquire(&lock);
		periodic_woke(&periodic, (uint32_t)index, now);
		release(&lock);
	}
}

/* Without the lock: to add up a histogram takes longer than a task may wait. */
static void publish(uint64_t unused)
{
	(void)unused;
	while (sleep_while_on(time_now() + ticks_of_ms(PUBLISH_MS)))
		periodic_publish(&periodic);
}

static void switch_off(void)
{
	sleep_prepare();
	on = false;
	sleep_cancel();
	wake(&on);
	sleep_prepare();
	while (alive) {
		sleep_on(&alive, NEVER);
		sleep_prepare();
	}
	sleep_cancel();
}

/* False: there is no room for one more thread. */
static bool start(const char *name, void (*run)(uint64_t argument), uint64_t argument)
{
	sleep_prepare();
	alive++;
	sleep_cancel();
	if (thread_start(name, run, argument))
		return true;
	sleep_prepare();
	alive--;
	sleep_cancel();
	return false;
}

static void switch_on(uint64_t period_us, uint32_t tasks)
{
	switch_off();
	periodic_start(&periodic, period_us, tasks);
	on = true;
	bool started = start("publish", publish, 0);
	for (uint32_t i = 0; i < tasks && started; i++)
		started = start("metro", task, i);
	if (!started) {
		switch_off();
		printf("metronome: no room for so many threads\n");
	}
}

static void command_metronome(int argc, char **argv)
{
	uint64_t period_us = PERIOD_DEFAULT_US, tasks = 1;
	const char *verb = argc > 1 ? argv[1] : "report";
	if (strcmp(verb, "on") == 0) {
		if ((argc > 2 && !number_argument(argc, argv, 2, PERIOD_MOST_US, &period_us)) ||
			(argc > 3 && !number_argument(argc, argv, 3, PERIODIC_MAX, &tasks)))
			return;
		if (periodic_allowed(period_us, tasks))
			switch_on(period_us, (uint32_t)tasks);
		else
			printf("metronome: %d us at least, and one task\n", PERIOD_LEAST_US);
	} else if (strcmp(verb, "off") == 0) {
		switch_off();
	} else if (strcmp(verb, "report") == 0) {
		periodic_print(&periodic);
	} else if (strcmp(verb, "reset") == 0) {
		acquire(&lock);
		periodic_reset(&periodic);
		release(&lock);
	} else {
		printf("metronome: on, off, report or reset?\n");
	}
}

const struct command metronome_commands[] = {
	{ "metronome", "on [US [TASKS]]|off|report|reset", command_metronome },
	{ 0 },
};
