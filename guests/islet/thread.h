/* Kernel threads and the scheduler of each hart. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "memlayout.h"

#define MAX_THREADS 64
#define NEVER (~0ul)

enum thread_state { THREAD_FREE, THREAD_READY, THREAD_RUNNING, THREAD_ASLEEP };

/* What swtch.S saves: the caller has saved the rest. */
struct context {
	uint64_t ra, sp, s[12];
};

struct thread {
	struct context context;
	enum thread_state state;
	uint32_t id;
	const char *name;
	void (*run)(uint64_t argument);
	uint64_t argument;
	uint64_t stack_top; /* kept when the thread ends, for the next one in this place */
	struct thread *next; /* in a run queue or among the sleepers */
	uint64_t core; /* hart whose queue, sleepers or present it is in */
	const void *event; /* asleep until wake(event) … */
	uint64_t due; /* … or until this time */
	bool timed_out;
	bool front; /* in a run queue: among those in front */
	uint64_t slept; /* since when it sleeps, or did when it last slept */
	uint64_t used; /* what it ran beyond its share since it last waited behind others */
	uint64_t work;
};

extern struct thread threads[MAX_THREADS];

/* Starts run(argument) on the least loaded core; it ends by returning. NULL: no place or no memory. */
struct thread *thread_start(const char *name, void (*run)(uint64_t argument), uint64_t argument);
struct thread *this_thread(void);

/*
 * Sleeps until wake(event) or until the time `due` (NEVER: only the event). False: the time has come. The condition waited
 * for must be checked between sleep_prepare and sleep_on, so that a wake in between is not lost; sleep_cancel when it holds
 * already.
 */
void sleep_prepare(void);
bool sleep_on(const void *event, uint64_t due);
void sleep_cancel(void);
void sleep_until(uint64_t due);
void wake(const void *event);

/* In a software interrupt: another core may have put a thread into our queue, so that a slice has to end. */
void core_look(void);
/* The scheduler of the hart that calls it. Returns, with interrupts off, when core_leave() has sent the core away. */
void schedule(void);
/*
 * Takes a core out of service: what waits or sleeps there goes to other cores at once, what runs there goes as soon as it
 * can be interrupted, and the core stops. Returns 0 when the firmware says that it has, or an SBI error: the core must
 * stay, or did not let go in time; it then goes on as before. Only one thread may call it.
 */
int64_t core_leave(uint64_t hart);
/* Interrupt `irq` comes to that hart, until it leaves. False: the hart is none of ours or leaves, or nothing uses that. */
bool core_take_interrupt(uint64_t hart, uint32_t irq);
/* Threads that run or could run on this hart. */
uint32_t core_load(uint64_t hart);
