/*
 * One counter, many cores, two ways. Shared: every thread adds to the same word, atomically, and the word goes from core to
 * core. By messages: one thread owns the counter and nobody else touches it; the others put what they want added into
 * queues of their own, which the owner empties. Both do the same number of additions, and end with the same sum.
 *
 * How fast a word goes from one cache to another is not modelled by an emulator: what it shows is what the two programs do.
 */
#include <stddef.h>

#include "channel.h"
#include "command.h"
#include "printf.h"
#include "riscv.h"
#include "thread.h"
#include "timer.h"

#define THREADS_MAX 8
#define COUNT_MAX 10000000
#define SLOTS 64
/* Looks at a full or empty queue before going to sleep, which is dear. */
#define LOOKS 100
#define LINE 64

/* One sender, one receiver, and no word that both write. */
struct queue {
	uint64_t in __attribute__((aligned(LINE)));
	uint64_t out __attribute__((aligned(LINE)));
	uint64_t amounts[SLOTS] __attribute__((aligned(LINE)));
};

static struct queue queues[THREADS_MAX];
static uint64_t shared __attribute__((aligned(LINE)));
static uint64_t owned __attribute__((aligned(LINE)));
static uint64_t threads_wanted, count;
static uint32_t running; /* threads that have not finished the present way */
static uint32_t sleeping; /* of those, asleep for want of room or messages */

static uint64_t load(const uint64_t *word) { return __atomic_load_n(word, __ATOMIC_SEQ_CST); }
static void store(uint64_t *word, uint64_t value) { __atomic_store_n(word, value, __ATOMIC_SEQ_CST); }

static bool is_full(const struct queue *queue) { return load(&queue->in) - load(&queue->out) == SLOTS; }

static bool all_empty(void)
{
	for (uint64_t i = 1; i < threads_wanted; i++)
		if (load(&queues[i].in) != load(&queues[i].out))
			return false;
	return true;
}

/* After a change that somebody may wait for. Whoever goes to sleep counts himself first and then looks again. */
static void changed(void)
{
	if (__atomic_load_n(&sleeping, __ATOMIC_SEQ_CST))
		wake(&sleeping);
}

/* Waits while the queue is full, or, for NULL, while all are empty. */
static void wait_while(const struct queue *full)
{
	for (int i = 0; i < LOOKS; i++) {
		if (full ? !is_full(full) : !all_empty())
			return;
		pause();
	}
	sleep_prepare();
	__atomic_add_fetch(&sleeping, 1, __ATOMIC_SEQ_CST);
	if (full ? is_full(full) : all_empty())
		sleep_on(&sleeping, NEVER);
	else
		sleep_cancel();
	__atomic_sub_fetch(&sleeping, 1, __ATOMIC_SEQ_CST);
}

static void finish(void)
{
	__atomic_sub_fetch(&running, 1, __ATOMIC_SEQ_CST);
	wake(&running);
}

static void add_shared(uint64_t unused)
{
	(void)unused;
	for (uint64_t i = 0; i < count; i++)
		__atomic_add_fetch(&shared, 1, __ATOMIC_RELAXED);
	finish();
}

static void send_to_owner(uint64_t index)
{
	struct queue *queue = &queues[index];
	for (uint64_t i = 0; i < count; i++) {
		while (is_full(queue))
			wait_while(queue);
		queue->amounts[queue->in % SLOTS] = 1;
		store(&queue->in, queue->in + 1);
		/* An owner that sleeps is woken for half a queue, not for each message: to wake it costs more than to add. */
		if (queue->in - load(&queue->out) >= SLOTS / 2)
			changed();
	}
	changed();
	finish();
}

/* Adds what is in a queue now. */
static void take(struct queue *queue)
{
	uint64_t in = load(&queue->in), out = queue->out;
	if (in == out)
		return;
	for (; out != in; out++)
		owned += queue->amounts[out % SLOTS];
	store(&queue->out, out);
	changed();
}

static void own(void)
{
	uint64_t total = threads_wanted * count;
	for (uint64_t mine = 0; mine < count || owned < total;) {
		/* Its own share between the others', so that nobody waits for the end of it. */
		for (int i = 0; i < SLOTS && mine < count; i++, mine++)
			owned++;
		for (uint64_t i = 1; i < threads_wanted; i++)
			take(&queues[i]);
		if (mine == count && owned < total)
			wait_while(NULL);
	}
}

/* Starts a thread that counts as running until it calls finish. */
static bool start(void (*run)(uint64_t argument), uint64_t index)
{
	__atomic_add_fetch(&running, 1, __ATOMIC_SEQ_CST);
	if (thread_start("counter", run, index))
		return true;
	finish();
	return false;
}

static void wait_for_all(void)
{
	sleep_prepare();
	while (__atomic_load_n(&running, __ATOMIC_SEQ_CST)) {
		sleep_on(&running, NEVER);
		sleep_prepare();
	}
	sleep_cancel();
}

static void print(const char *way, uint64_t sum, uint64_t ticks)
{
	__atomic_add_fetch(&status->work, sum, __ATOMIC_RELAXED);
	printf("counter %s: ops %lu, ticks %lu, %lu ops a second\n", way, sum, ticks, ticks ? sum * ticks_per_second / ticks : 0);
}

/* The thread that asks is one of those that count. So it does, alone, also where there is no room for others. */
static void count_shared(void)
{
	uint64_t began = time_now();
	shared = 0;
	for (uint64_t i = 1; i < threads_wanted; i++)
		start(add_shared, i);
	__atomic_add_fetch(&running, 1, __ATOMIC_SEQ_CST);
	add_shared(0);
	wait_for_all();
	print("shared", shared, time_now() - began);
}

static void count_by_messages(void)
{
	uint64_t began = time_now(), started = 1;
	owned = 0;
	for (uint64_t i = 0; i < THREADS_MAX; i++)
		queues[i].in = queues[i].out = 0;
	while (started < threads_wanted && start(send_to_owner, started))
		started++;
	threads_wanted = started;
	own();
	wait_for_all();
	print("messages", owned, time_now() - began);
}

static void command_counter(int argc, char **argv)
{
	if (!number_argument(argc, argv, 1, THREADS_MAX, &threads_wanted) ||
		!number_argument(argc, argv, 2, COUNT_MAX, &count))
		return;
	if (!threads_wanted) {
		printf("counter: one thread at least\n");
		return;
	}
	count_shared();
	count_by_messages();
}

const struct command counter_commands[] = {
	{ "counter", "N COUNT: N threads add, in two ways", command_counter },
	{ 0 },
};
