/*
 * Periodic tasks and how punctual they are. Activation n of a task is due at t0 + n * period, whatever became of the ones
 * before it; its deadline is the next one's due time. The same counts are kept by a kernel that does nothing else
 * (guests/metronome) and by a thread of a busy one (guests/islet/metronome.c): that is what makes the two comparable.
 *
 *   latency   from the due time to the first rdtime of whoever was woken for it
 *   jitter    how much the latency differs from that of the same task's activation before
 *   missed    activations that were over a whole period late: nothing was done for them before the next was due
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "histogram.h"

#define PERIODIC_MAX 8
/* Microseconds. The least is about what two interrupts and their handlers take. */
#define PERIOD_LEAST_US 100
#define PERIOD_MOST_US 1000000
#define PERIOD_DEFAULT_US 1000

struct periodic_task {
	uint64_t due;
	uint64_t last_latency;
	bool ran; /* so that last_latency is one */
};

struct periodic {
	uint64_t period; /* in ticks */
	uint32_t count;
	struct periodic_task tasks[PERIODIC_MAX];
	uint64_t missed;
	struct histogram latency, jitter;
};

/* False: a period or a number of tasks that is not allowed. */
bool periodic_allowed(uint64_t period_us, uint64_t tasks);
/* The first activations: one period from now, evenly spread over a period. */
void periodic_start(struct periodic *periodic, uint64_t period_us, uint32_t tasks);
/* Forgets what was measured; the tasks go on. */
void periodic_reset(struct periodic *periodic);
/*
 * Somebody woke up at `now` on behalf of task `index`: counts every activation due since the last call. False: none is.
 * Calls for the tasks of one struct must not overlap.
 */
bool periodic_woke(struct periodic *periodic, uint32_t index, uint64_t now);
/* When the next task is due. */
uint64_t periodic_next(const struct periodic *periodic);

/* Into the status block (channel.ts, STATUS.METRONOME_*). */
void periodic_publish(const struct periodic *periodic);
void periodic_print(const struct periodic *periodic);
