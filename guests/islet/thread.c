/*
 * Each core has a run queue, a list of sleepers and a scheduler, which is a loop on a stack of its own; swtch goes from the
 * scheduler to a thread and back. A thread that wakes from sleep goes to the front of its core's queue and takes the core
 * at once; busy threads share what is left in slices. A core without work takes waiting threads from the core that has
 * most; without any it sleeps in WFI with no timer unless a sleeper of its own is due.
 *
 * One lock guards all of this. It is held across swtch: the side that arrives releases what the side that left acquired.
 */
#include "thread.h"

#include <stddef.h>

#include "hart.h"
#include "panic.h"
#include "riscv.h"
#include "sbi.h"
#include "spinlock.h"
#include "timer.h"
#include "trap.h"
#include "vm.h"

#define SLICE_MS 10

struct core {
	struct context scheduler;
	struct thread *current;
	struct thread *ready; /* front of the run queue */
	uint32_t ready_count;
	struct thread *sleepers; /* the earliest first */
	uint64_t slice_end;
	uint64_t timer; /* what the hart's timer is set to */
	bool give_way; /* the running thread should let the next one run */
};

struct thread threads[MAX_THREADS];
static struct core cores[MAX_HARTS];
static struct spinlock lock;

void swtch(struct context *from, struct context *to);

static struct core *this_core(void) { return &cores[this_hart()->id]; }

struct thread *this_thread(void)
{
	push_off();
	struct thread *thread = this_core()->current;
	pop_off();
	return thread;
}

uint32_t core_load(uint64_t hart) { return cores[hart].ready_count + (cores[hart].current ? 1 : 0); }

/* Sets the timer to the earliest of what this core waits for. */
static void set_timer(struct core *core)
{
	uint64_t due = core->sleepers ? core->sleepers->due : NEVER;
	if (core->current && core->ready && core->slice_end < due)
		due = core->slice_end;
	if (due == core->timer)
		return;
	core->timer = due;
	timer_set(due);
}

/* Puts a thread into its core's queue, and makes the core look if it is another one. */
static void make_ready(struct thread *thread, bool front)
{
	struct core *core = &cores[thread->core];
	struct thread **place = &core->ready;
	while (!front && *place)
		place = &(*place)->next;
	thread->state = THREAD_READY;
	thread->next = *place;
	*place = thread;
	core->ready_count++;
	core->give_way |= front;
	if (core == this_core())
		set_timer(core);
	else
		sbi_send_ipi(thread->core);
}

static struct thread *take_ready(struct core *core)
{
	struct thread *thread = core->ready;
	if (thread) {
		core->ready = thread->next;
		core->ready_count--;
	}
	return thread;
}

/* Takes the thread that has waited longest in the fullest queue, if its core then has no less to do than we. */
static struct thread *steal(struct core *core)
{
	struct core *fullest = NULL;
	for (uint64_t id = 0; id < MAX_HARTS; id++)
		if (cores[id].ready && &cores[id] != core && (!fullest || core_load(id) > core_load(fullest - cores)))
			fullest = &cores[id];
	if (!fullest || core_load(fullest - cores) < core_load(core - cores) + 2)
		return NULL;
	struct thread *thread = take_ready(fullest);
	thread->core = (uint64_t)(core - cores);
	return thread;
}

static void wake_sleepers_due(struct core *core)
{
	uint64_t now = time_now();
	while (core->sleepers && core->sleepers->due <= now) {
		struct thread *thread = core->sleepers;
		core->sleepers = thread->next;
		thread->timed_out = true;
		make_ready(thread, true);
	}
}

void schedule(void)
{
	struct core *core = this_core();
	core->timer = NEVER;
	interrupts_on();
	acquire(&lock);
	/* A core that joins takes its share. */
	for (struct thread *thread; (thread = steal(core));)
		make_ready(thread, false);
	for (;;) {
		struct thread *thread = take_ready(core);
		if (!thread)
			thread = steal(core);
		core->give_way = false;
		if (thread) {
			thread->state = THREAD_RUNNING;
			core->current = thread;
			core->slice_end = time_now() + ticks_of_ms(SLICE_MS);
			set_timer(core);
			stack_sync();
			swtch(&core->scheduler, &thread->context);
			core->current = NULL;
			/* The thread may have left from an interrupt; the scheduler itself is never in one. */
			this_hart()->were_on = true;
			continue;
		}
		set_timer(core);
		/* Interrupts stay off until WFI has seen them: one that comes now ends it. */
		push_off();
		release(&lock);
		wait_for_interrupt();
		pop_off();
		acquire(&lock);
	}
}

/* Leaves the running thread for the scheduler; the lock is held. */
static void leave(void)
{
	struct hart *hart = this_hart();
	struct core *core = this_core();
	if (hart->off_depth != 1)
		panic("thread %s sleeps with a lock held", core->current->name);
	/* Belongs to the thread, not to the hart: another hart may be the one that comes back. */
	bool were_on = hart->were_on;
	swtch(&core->current->context, &core->scheduler);
	this_hart()->were_on = were_on;
}

/* Where a new thread begins: the scheduler holds the lock. */
static void begin(void)
{
	struct thread *thread = this_core()->current;
	this_hart()->were_on = true;
	release(&lock);
	thread->run(thread->argument);
	acquire(&lock);
	this_core()->current->state = THREAD_FREE;
	leave();
	panic("a thread came back from its end");
}

struct thread *thread_start(const char *name, void (*run)(uint64_t argument), uint64_t argument)
{
	struct thread *thread = NULL;
	acquire(&lock);
	for (uint32_t i = 0; i < MAX_THREADS && !thread; i++)
		if (threads[i].state == THREAD_FREE && (threads[i].stack_top || (threads[i].stack_top = stack_alloc())))
			thread = &threads[i];
	if (thread) {
		uint64_t best = boot_hart;
		for (uint64_t id = 0; id < MAX_HARTS; id++)
			if (hart_online(id) && core_load(id) < core_load(best))
				best = id;
		*thread = (struct thread){
			.context = { .ra = (uint64_t)begin, .sp = thread->stack_top },
			.id = (uint32_t)(thread - threads),
			.name = name,
			.run = run,
			.argument = argument,
			.stack_top = thread->stack_top,
			.core = best,
		};
		make_ready(thread, false);
	}
	release(&lock);
	return thread;
}

void sleep_prepare(void) { acquire(&lock); }
void sleep_cancel(void) { release(&lock); }

bool sleep_on(const void *event, uint64_t due)
{
	struct core *core = this_core();
	struct thread *thread = core->current;
	thread->event = event;
	thread->due = due;
	thread->timed_out = false;
	thread->state = THREAD_ASLEEP;
	struct thread **place = &core->sleepers;
	while (*place && (*place)->due <= due)
		place = &(*place)->next;
	thread->next = *place;
	*place = thread;
	leave();
	bool woken = !thread->timed_out;
	release(&lock);
	return woken;
}

void sleep_until(uint64_t due)
{
	sleep_prepare();
	sleep_on(NULL, due);
}

void wake(const void *event)
{
	acquire(&lock);
	for (uint64_t id = 0; id < MAX_HARTS; id++) {
		struct thread **place = &cores[id].sleepers;
		while (*place) {
			struct thread *thread = *place;
			if (thread->event == event) {
				*place = thread->next;
				make_ready(thread, true);
			} else {
				place = &thread->next;
			}
		}
	}
	release(&lock);
}

void kernel_timer(void)
{
	struct core *core = this_core();
	acquire(&lock);
	core->timer = NEVER;
	wake_sleepers_due(core);
	if (core->current && core->ready && time_now() >= core->slice_end)
		core->give_way = true;
	set_timer(core);
	release(&lock);
}

void core_look(void)
{
	acquire(&lock);
	set_timer(this_core());
	release(&lock);
}

void kernel_after_interrupt(void)
{
	struct core *core = this_core();
	if (!core->give_way || !core->current)
		return;
	acquire(&lock);
	if (core->current && core->ready) {
		make_ready(core->current, false);
		leave();
	}
	release(&lock);
}
