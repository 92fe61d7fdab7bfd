/*
 * Each core has a run queue, a list of sleepers and a scheduler, which is a loop on a stack of its own; swtch goes from the
 * scheduler to a thread and back. A thread that wakes from sleep goes to the front of its core's queue and takes the core
 * at once, unless it has used up its share; busy threads share what is left in slices. A core without work takes waiting threads from the core that has
 * most; without any it sleeps in WFI with no timer unless a sleeper of its own is due.
 *
 * A core that is to leave gives its threads away, and no other thread comes to it: every place where a thread gets a core
 * asks home_for(). The core then finds nothing to run, and its scheduler returns.
 *
 * One lock guards all of this. It is held across swtch: the side that arrives releases what the side that left acquired.
 */
#include "thread.h"

#include <stddef.h>

#include "hart.h"
#include "panic.h"
#include "plic.h"
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
	uint64_t began; /* when the running thread got the core */
	uint64_t slice_end;
	uint64_t timer; /* what the hart's timer is set to */
	bool give_way; /* the running thread should let the next one run */
	bool leaving; /* takes no threads, and stops when the running one is gone */
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

/* The core with least to do among those that stay. */
static uint64_t least_loaded(void)
{
	uint64_t best = boot_hart;
	for (uint64_t id = 0; id < MAX_HARTS; id++)
		if (hart_online(id) && !cores[id].leaving && core_load(id) < core_load(best))
			best = id;
	return best;
}

/* The core where a thread stays that is at home on `core`. */
static uint64_t home_for(const struct core *core) { return core->leaving ? least_loaded() : (uint64_t)(core - cores); }

/* Makes a core look at its queue and its sleepers, which have changed. */
static void nudge(struct core *core)
{
	if (core == this_core())
		set_timer(core);
	else
		sbi_send_ipi((uint64_t)(core - cores));
}

/* Puts a thread into its core's queue; to the front is behind those that are in front already. */
static void make_ready(struct thread *thread, bool front)
{
	thread->core = home_for(&cores[thread->core]);
	struct core *core = &cores[thread->core];
	struct thread **place = &core->ready;
	if (!front)
		thread->used = 0;
	while (*place && (!front || (*place)->front))
		place = &(*place)->next;
	thread->front = front;
	thread->state = THREAD_READY;
	thread->next = *place;
	*place = thread;
	core->ready_count++;
	core->give_way |= front;
	nudge(core);
}

/* Puts a thread among its core's sleepers. */
static void make_sleeper(struct thread *thread)
{
	thread->core = home_for(&cores[thread->core]);
	struct core *core = &cores[thread->core];
	struct thread **place = &core->sleepers;
	while (*place && (*place)->due <= thread->due)
		place = &(*place)->next;
	thread->state = THREAD_ASLEEP;
	thread->next = *place;
	*place = thread;
	if (place == &core->sleepers && core != this_core())
		nudge(core);
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

/*
 * A thread that wakes goes in front while it has had no more of the core than its share: what it runs is held against it
 * until it has slept that long for each of the others, or waited its turn behind them.
 */
static void wake_up(struct thread *thread)
{
	uint64_t others = core_load(thread->core);
	uint64_t earned = (time_now() - thread->slept) / (others ? others : 1);
	thread->used -= earned < thread->used ? earned : thread->used;
	make_ready(thread, thread->used < ticks_of_ms(SLICE_MS));
}

static void wake_sleepers_due(struct core *core)
{
	uint64_t now = time_now();
	while (core->sleepers && core->sleepers->due <= now) {
		struct thread *thread = core->sleepers;
		core->sleepers = thread->next;
		thread->timed_out = true;
		wake_up(thread);
	}
}

/* Wakes those who wait for the event; the lock is held. */
static void wake_all(const void *event)
{
	for (uint64_t id = 0; id < MAX_HARTS; id++) {
		struct thread **place = &cores[id].sleepers;
		while (*place) {
			struct thread *thread = *place;
			if (thread->event == event) {
				*place = thread->next;
				wake_up(thread);
			} else {
				place = &thread->next;
			}
		}
	}
}

void schedule(void)
{
	struct core *core = this_core();
	core->timer = NEVER;
	interrupts_on();
	acquire(&lock);
	/* A core that joins takes its share. */
	for (struct thread *thread; !core->leaving && (thread = steal(core));)
		make_ready(thread, false);
	while (!core->leaving) {
		struct thread *thread = take_ready(core);
		if (!thread)
			thread = steal(core);
		core->give_way = false;
		if (thread) {
			thread->state = THREAD_RUNNING;
			core->current = thread;
			core->began = time_now();
			core->slice_end = core->began + ticks_of_ms(SLICE_MS);
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
	/* Before the lock is free: from here on nobody takes this core for one of ours. */
	push_off();
	hart_left();
	core->leaving = false;
	wake_all(core);
	release(&lock);
}

/* Gives away what waits and sleeps on a core that is leaving; the lock is held. */
static void give_away(struct core *core)
{
	for (struct thread *thread; (thread = take_ready(core));)
		make_ready(thread, false);
	struct thread *sleepers = core->sleepers;
	core->sleepers = NULL;
	while (sleepers) {
		struct thread *thread = sleepers;
		sleepers = thread->next;
		make_sleeper(thread);
	}
}

int64_t core_leave(uint64_t hart)
{
	/* One that is not there has nothing to leave. */
	if (!hart_here(hart))
		return SBI_SUCCESS;
	/* Doorbells come to the boot hart, and it is where threads and interrupts go when no other core is left. */
	if (hart == boot_hart)
		return SBI_ERR_DENIED;
	struct core *core = &cores[hart];
	acquire(&lock);
	core->leaving = true;
	core->give_way = true;
	give_away(core);
	nudge(core);
	release(&lock);
	plic_leave(hart);
	acquire(&lock);
	for (uint64_t limit = time_now() + ticks_of_ms(HART_LIMIT_MS); core->leaving;) {
		if (time_now() > limit) {
			core->leaving = false;
			release(&lock);
			return SBI_ERR_FAILED;
		}
		/* The caller may itself run on that core: it wakes on another one. */
		sleep_on(core, limit);
		acquire(&lock);
	}
	release(&lock);
	/* A few instructions from here to there. */
	while (sbi_hart_status(hart).value != HSM_STOPPED)
		pause();
	return SBI_SUCCESS;
}

bool core_take_interrupt(uint64_t hart, uint32_t irq)
{
	if (!hart_online(hart) || !plic_route(irq, hart))
		return false;
	/* One that began to leave before has taken its interrupts along already, one that begins now takes this one, too. */
	acquire(&lock);
	bool stays = hart_online(hart) && !cores[hart].leaving;
	release(&lock);
	if (!stays)
		plic_leave(hart);
	return stays;
}

/* The running thread is about to leave the core. */
static void charge(struct core *core) { core->current->used += time_now() - core->began; }

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
		*thread = (struct thread){
			.context = { .ra = (uint64_t)begin, .sp = thread->stack_top },
			.id = (uint32_t)(thread - threads),
			.name = name,
			.run = run,
			.argument = argument,
			.stack_top = thread->stack_top,
			.core = least_loaded(),
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
	charge(core);
	thread->event = event;
	thread->due = due;
	thread->slept = time_now();
	thread->timed_out = false;
	make_sleeper(thread);
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
	wake_all(event);
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
	if (core->current && (core->ready || core->leaving)) {
		charge(core);
		/* One that was in front and gives way to another such waits behind that one only. */
		make_ready(core->current, core->current->front && core->current->used < ticks_of_ms(SLICE_MS));
		leave();
	}
	release(&lock);
}
