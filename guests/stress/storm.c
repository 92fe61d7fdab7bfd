/*
 * The storm: every hart fences its siblings, which fence it at the same time, calls the next one, and waits for the answer;
 * the boot hart keeps a ping under way to each peer. So much is going on that one call's wake-up may be brought by another:
 * what is found here is what goes wrong when everything happens at once. That no single interrupt is lost is quiet.c's.
 *
 * Once a second of machine time the boot hart prints "stress ok N", where N counts the answers so far, and "stress LOST …"
 * when a hart of ours or a peer has owed an answer for five seconds.
 */
#include "hart.h"
#include "panic.h"
#include "printf.h"
#include "riscv.h"
#include "sbi.h"
#include "stress.h"
#include "string.h"
#include "timer.h"
#include "virtio.h"
#include "vm.h"

#define LIMIT_MS 5000
#define FENCES 4

/* A hart of ours: what the others have asked of it and what it has answered. */
static struct worker {
	uint64_t asked[MAX_HARTS], answered[MAX_HARTS]; /* by the hart that asks */
	uint64_t rounds;
	uint64_t seen_rounds, seen_at; /* by the boot hart's watch */
} workers[MAX_HARTS];

/* A ping to a peer that has no answer yet. */
static struct call {
	uint64_t number, answered, sent, epoch;
	bool waiting;
} calls[MAX_PEERS];

static uint64_t answers;
static volatile uint64_t boot_interrupts;

/* From the host, for the boot hart to do: by hart, the message and the bit that says that there is one. */
static uint64_t add_id[MAX_HARTS], remove_id[MAX_HARTS];
static uint32_t add_mask, remove_mask;
/* An order about memory or a device; subtype 0: none. */
static struct {
	uint32_t subtype;
	uint64_t id, what, size; /* base and size of the memory; or registers and interrupt of the device */
} order;
/* Harts that are to leave, and how many have left so far. */
static uint32_t leaving;
static uint64_t departures;

static void count(uint64_t *word) { __atomic_add_fetch(word, 1, __ATOMIC_SEQ_CST); }

/* Answers all that was asked of this hart. */
void storm_soft(void)
{
	uint64_t self = this_hart()->id;
	struct worker *worker = &workers[self];
	for (uint64_t id = 0; id < MAX_HARTS; id++) {
		uint64_t asked = load(&worker->asked[id]);
		if (asked == worker->answered[id])
			continue;
		store(&worker->answered[id], asked);
		sbi_send_ipi(id);
	}
}

/* Tells the boot hart that something came in while it was not asleep. */
void storm_after_interrupt(void)
{
	if (this_hart()->id == boot_hart)
		boot_interrupts++;
}

/* Of memory and devices: false for what we do not know, or while another such order is under way. */
static bool take_order(const struct message *message)
{
	bool known = message->subtype == RESOURCE_MEM_ADD || message->subtype == RESOURCE_MEM_REMOVE ||
		message->subtype == RESOURCE_DEVICE_ADD || message->subtype == RESOURCE_DEVICE_REMOVE;
	if (!known || __atomic_load_n(&order.subtype, __ATOMIC_ACQUIRE))
		return false;
	order.id = message->id;
	order.what = message_word(message, 0);
	order.size = message_word(message, 1);
	__atomic_store_n(&order.subtype, message->subtype, __ATOMIC_RELEASE);
	return true;
}

void storm_resource(const struct message *message)
{
	uint64_t hart = message_word(message, 0);
	bool of_hart = message->subtype == RESOURCE_CPU_ADD || message->subtype == RESOURCE_CPU_REMOVE;
	if (of_hart ? hart >= MAX_HARTS : !take_order(message)) {
		refuse_resource(message);
	} else if (message->subtype == RESOURCE_CPU_ADD) {
		add_id[hart] = message->id;
		__atomic_or_fetch(&add_mask, 1u << hart, __ATOMIC_RELEASE);
	} else if (message->subtype == RESOURCE_CPU_REMOVE) {
		remove_id[hart] = message->id;
		__atomic_or_fetch(&remove_mask, 1u << hart, __ATOMIC_RELEASE);
	}
}

void storm_peer_message(struct channel *channel, const struct message *message)
{
	if (message->type == MSG_USER && message->subtype == USER_PING)
		channel_send(channel, MSG_USER, USER_PONG, message->id, message->payload, message->length);
	else if (message->type == MSG_USER && message->subtype == USER_PONG)
		store(&calls[channel - peers].answered, message_word(message, 0));
}

/* Sleeps until `next` has answered, which an interrupt tells, or has left; no timer but the boot hart's. */
static void wait_for_answer(uint64_t next, uint64_t self, uint64_t number)
{
	for (;;) {
		interrupts_off();
		if (load(&workers[next].answered[self]) == number || !hart_online(next))
			break;
		wait_for_interrupt();
		interrupts_on();
	}
	interrupts_on();
}

/* Fences all siblings, wherever they are, which may be in the middle of fencing us. One that has left may be refused. */
static void fence_siblings(uint64_t self)
{
	uint64_t left = __atomic_load_n(&departures, __ATOMIC_SEQ_CST);
	uint64_t mask = harts_online_mask() & ~(1ul << self);
	for (int i = 0; mask && i < FENCES; i++) {
		int64_t error = sbi_remote_sfence(mask);
		if (error && left == __atomic_load_n(&departures, __ATOMIC_SEQ_CST))
			printf("stress LOST fence: %s\n", sbi_error_name(error));
	}
}

/* Asks the next hart after `self` that is online. Returns it, or self when there is no other. */
static uint64_t ask_next(uint64_t self, uint64_t *number)
{
	uint64_t next = self;
	do
		next = (next + 1) % MAX_HARTS;
	while (!hart_online(next));
	if (next != self) {
		*number = __atomic_add_fetch(&workers[next].asked[self], 1, __ATOMIC_SEQ_CST);
		sbi_send_ipi(next);
	}
	return next;
}

/* What was asked before this hart counted as offline is answered; who asks after that sees that it is. */
static void __attribute__((noreturn)) leave(uint64_t self)
{
	interrupts_off();
	hart_left();
	__atomic_and_fetch(&leaving, ~(1u << self), __ATOMIC_SEQ_CST);
	count(&departures);
	storm_soft();
	__atomic_and_fetch(&status->harts_online, ~(1ul << self), __ATOMIC_RELAXED);
	sbi_hart_stop();
	panic("core %lu does not stop", self);
}

void storm_secondary(void)
{
	uint64_t self = this_hart()->id, number;
	storm_soft();
	interrupts_on();
	while (!(__atomic_load_n(&leaving, __ATOMIC_ACQUIRE) >> self & 1)) {
		fence_siblings(self);
		uint64_t next = ask_next(self, &number);
		if (next != self)
			wait_for_answer(next, self, number);
		count(&answers);
		count(&workers[self].rounds);
		__atomic_add_fetch(&status->work, 1, __ATOMIC_RELAXED);
	}
	leave(self);
}

/* Keeps one ping under way to each peer. An answer owed by a peer that was stopped meanwhile is not lost. */
static void call_peers(void)
{
	uint64_t now = time_now();
	for (uint32_t i = 0; i < peer_count; i++) {
		struct call *call = &calls[i];
		bool fresh = load(&peers[i].in.ring->epoch) == call->epoch && load(&peers[i].out->receiver_cpu) != NO_RECEIVER;
		if (call->waiting && load(&call->answered) == call->number) {
			count(&answers);
			call->waiting = false;
		} else if (call->waiting && (!fresh || now - call->sent > ticks_of_ms(LIMIT_MS))) {
			if (fresh)
				printf("stress LOST ping %lu to %s\n", call->number, peers[i].name);
			call->waiting = false;
		}
		if (call->waiting)
			continue;
		/* All is set before the answer can come. */
		uint64_t payload[2] = { ++call->number, now };
		call->sent = now;
		call->epoch = load(&peers[i].in.ring->epoch);
		call->waiting = channel_send(&peers[i], MSG_USER, USER_PING, 0, payload, sizeof payload) == SEND_OK;
	}
}

static void watch_siblings(void)
{
	uint64_t now = time_now();
	for (uint64_t id = 0; id < MAX_HARTS; id++) {
		struct worker *worker = &workers[id];
		uint64_t rounds = load(&worker->rounds);
		if (id == boot_hart || !hart_online(id) || rounds != worker->seen_rounds || !worker->seen_at) {
			worker->seen_rounds = rounds;
			worker->seen_at = now;
		} else if (now - worker->seen_at > ticks_of_ms(LIMIT_MS)) {
			printf("stress LOST core %lu in round %lu\n", id, rounds);
			worker->seen_at = now;
		}
	}
}

static int64_t remove_hart(uint64_t hart)
{
	if (hart == boot_hart)
		return SBI_ERR_DENIED;
	__atomic_or_fetch(&leaving, 1u << hart, __ATOMIC_RELEASE);
	sbi_send_ipi(hart);
	for (uint64_t limit = time_now() + ticks_of_ms(LIMIT_MS); sbi_hart_status(hart).value != HSM_STOPPED;) {
		if (time_now() > limit) {
			printf("stress LOST core %lu, which was to leave\n", hart);
			return SBI_ERR_FAILED;
		}
		pause();
	}
	return SBI_SUCCESS;
}

static void answer(uint32_t subtype, uint64_t id, uint64_t what, int64_t status)
{
	uint64_t words[2] = { what, (uint64_t)status };
	channel_send(host, MSG_RESOURCE, subtype + RESOURCE_ACK, id, words, sizeof words);
}

static void obey(uint32_t *mask, const uint64_t *ids, uint32_t subtype, int64_t (*run)(uint64_t hart))
{
	uint32_t asked = __atomic_exchange_n(mask, 0, __ATOMIC_ACQUIRE);
	for (uint64_t hart = 0; hart < MAX_HARTS; hart++) {
		if (!(asked >> hart & 1))
			continue;
		answer(subtype, ids[hart], hart, run(hart));
	}
}

/* Memory is written to when it comes: it must be ours. A device that we did not take is not used either. */
static bool carry_out(void)
{
	switch (order.subtype) {
	case RESOURCE_MEM_ADD:
		if (!vm_add_memory(order.what, order.size))
			return false;
		memset(direct(order.what), 0x5a, order.size);
		return true;
	case RESOURCE_MEM_REMOVE:
		return vm_remove_memory(order.what, order.size);
	case RESOURCE_DEVICE_ADD:
		return virtio_add(order.what, (uint32_t)order.size, "device");
	default:
		virtio_remove(order.what);
		return true;
	}
}

static void obey_order(void)
{
	if (!__atomic_load_n(&order.subtype, __ATOMIC_ACQUIRE))
		return;
	int64_t status = carry_out() ? SBI_SUCCESS : SBI_ERR_FAILED;
	uint32_t subtype = order.subtype;
	uint64_t id = order.id, what = order.what;
	/* The next one may come as soon as this one is answered. */
	__atomic_store_n(&order.subtype, 0, __ATOMIC_RELEASE);
	answer(subtype, id, what, status);
}

void storm_main(void)
{
	uint64_t second = time_now() + ticks_per_second, number;
	virtio_start();
	for (;;) {
		uint64_t seen = boot_interrupts;
		obey_shutdown();
		obey(&remove_mask, remove_id, RESOURCE_CPU_REMOVE, remove_hart);
		obey(&add_mask, add_id, RESOURCE_CPU_ADD, hart_start);
		obey_order();
		fence_siblings(boot_hart);
		call_peers();
		watch_siblings();
		ask_next(boot_hart, &number);
		if (time_now() >= second) {
			printf("stress ok %lu\n", load(&answers));
			second += ticks_per_second;
		}
		/* Answers and orders wake us before that; one that came since the top of the loop is looked at first. */
		timer_set(second);
		interrupts_off();
		if (seen == boot_interrupts)
			wait_for_interrupt();
		interrupts_on();
	}
}
