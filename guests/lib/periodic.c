#include "periodic.h"

#include "channel.h"
#include "printf.h"
#include "riscv.h"
#include "timer.h"

#define MEDIAN 500
#define P99 990

bool periodic_allowed(uint64_t period_us, uint64_t tasks)
{
	return period_us >= PERIOD_LEAST_US && period_us <= PERIOD_MOST_US && tasks >= 1 && tasks <= PERIODIC_MAX;
}

void periodic_reset(struct periodic *periodic)
{
	periodic->missed = 0;
	histogram_clear(&periodic->latency);
	histogram_clear(&periodic->jitter);
	for (uint32_t i = 0; i < periodic->count; i++)
		periodic->tasks[i].ran = false;
}

void periodic_start(struct periodic *periodic, uint64_t period_us, uint32_t tasks)
{
	uint64_t first = time_now();
	periodic->period = ticks_of_us(period_us);
	periodic->count = tasks;
	first += periodic->period;
	for (uint32_t i = 0; i < tasks; i++)
		periodic->tasks[i].due = first + periodic->period * i / tasks;
	periodic_reset(periodic);
}

static void count_activation(struct periodic *periodic, struct periodic_task *task, uint64_t latency)
{
	histogram_add(&periodic->latency, latency);
	if (task->ran)
		histogram_add(&periodic->jitter,
			latency > task->last_latency ? latency - task->last_latency : task->last_latency - latency);
	if (latency > periodic->period)
		periodic->missed++;
	task->last_latency = latency;
	task->ran = true;
}

bool periodic_woke(struct periodic *periodic, uint32_t index, uint64_t now)
{
	struct periodic_task *task = &periodic->tasks[index];
	if (now < task->due)
		return false;
	/*
	 * One that slept through several activations was late for each of them. Were only the last one counted, a long
	 * silence would look like a single short delay.
	 */
	for (; task->due <= now; task->due += periodic->period)
		count_activation(periodic, task, now - task->due);
	return true;
}

uint64_t periodic_next(const struct periodic *periodic)
{
	uint64_t next = periodic->tasks[0].due;
	for (uint32_t i = 1; i < periodic->count; i++)
		if (periodic->tasks[i].due < next)
			next = periodic->tasks[i].due;
	return next;
}

void periodic_publish(const struct periodic *periodic)
{
	status->metronome_p50 = ns_of_ticks(histogram_percentile(&periodic->latency, MEDIAN));
	status->metronome_p99 = ns_of_ticks(histogram_percentile(&periodic->latency, P99));
	status->metronome_max = ns_of_ticks(periodic->latency.max);
	status->jitter_p50 = ns_of_ticks(histogram_percentile(&periodic->jitter, MEDIAN));
	status->jitter_p99 = ns_of_ticks(histogram_percentile(&periodic->jitter, P99));
	status->jitter_max = ns_of_ticks(periodic->jitter.max);
	status->metronome_missed = periodic->missed;
	status->metronome_count = periodic->latency.count;
	status->metronome_period = ns_of_ticks(periodic->period);
}

/* Microseconds with one digit after the point, which is a tick of 10 MHz. */
static void print_line(const char *what, const struct histogram *histogram)
{
	uint64_t p50 = ns_of_ticks(histogram_percentile(histogram, MEDIAN)) / 100;
	uint64_t p99 = ns_of_ticks(histogram_percentile(histogram, P99)) / 100;
	uint64_t max = ns_of_ticks(histogram->max) / 100;
	printf("%s p50 %lu.%lu us, p99 %lu.%lu us, max %lu.%lu us\n", what, p50 / 10, p50 % 10, p99 / 10, p99 % 10, max / 10,
		max % 10);
}

void periodic_print(const struct periodic *periodic)
{
	printf("metronome: %u tasks of %lu us: due %lu, missed %lu\n", periodic->count, us_of_ticks(periodic->period),
		periodic->latency.count, periodic->missed);
	print_line("latency", &periodic->latency);
	print_line("jitter ", &periodic->jitter);
}
