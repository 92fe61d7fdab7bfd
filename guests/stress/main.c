/*
 * stress: harts that fence each other, ring each other and sleep, all the time. For finding lost wake-ups: every call for
 * an answer must be answered, and a hart that waits for one sleeps without a timer, so that nothing else wakes it.
 *
 * The boot hart alone keeps a timer. Once a second of machine time it prints "stress ok N", where N counts the answers so
 * far, and it prints "stress LOST …" when a hart of ours or a peer has owed an answer for five seconds.
 */
#include "channel.h"
#include "hart.h"
#include "printf.h"
#include "riscv.h"
#include "sbi.h"
#include "timer.h"
#include "trap.h"

#define LIMIT_MS 5000
#define FENCES 4
#define STATUS_MAGIC 0x0100535345525453ul /* 'STRESS\0\1' as it lies in memory */

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

/* From the host, for the boot hart to do. */
static uint64_t add_id[MAX_HARTS];
static uint32_t add_mask;
static bool shutdown;
static uint64_t shutdown_id;

static uint64_t load(const uint64_t *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }
static void store(uint64_t *word, uint64_t value) { __atomic_store_n(word, value, __ATOMIC_RELEASE); }
static void count(uint64_t *word) { __atomic_add_fetch(word, 1, __ATOMIC_ACQ_REL); }

void kernel_soft(void)
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

void kernel_timer(void) {}

/* Tells the boot hart that something came in while it was not asleep. */
void kernel_after_interrupt(void)
{
	if (this_hart()->id == boot_hart)
		boot_interrupts++;
}

void kernel_key(char c) { (void)c; }

static void host_message(const struct message *message)
{
	uint64_t hart = message_word(message, 0);
	if (message->type == MSG_SYSTEM && message->subtype == SYSTEM_SHUTDOWN) {
		shutdown_id = message->id;
		__atomic_store_n(&shutdown, true, __ATOMIC_RELEASE);
	} else if (message->type == MSG_RESOURCE && message->subtype == RESOURCE_CPU_ADD && hart < MAX_HARTS) {
		add_id[hart] = message->id;
		__atomic_or_fetch(&add_mask, 1u << hart, __ATOMIC_RELEASE);
	}
}

void kernel_message(struct channel *channel, const struct message *message)
{
	if (channel->is_host) {
		host_message(message);
	} else if (message->type == MSG_USER && message->subtype == USER_PING) {
		channel_send(channel, MSG_USER, USER_PONG, message->id, message->payload, message->length);
	} else if (message->type == MSG_USER && message->subtype == USER_PONG) {
		store(&calls[channel - peers].answered, message_word(message, 0));
	}
}

/* Sleeps until *word is `value`, which an interrupt brings about; no timer but the boot hart's. */
static void wait_for(const uint64_t *word, uint64_t value)
{
	for (;;) {
		interrupts_off();
		if (load(word) == value)
			break;
		wait_for_interrupt();
		interrupts_on();
	}
	interrupts_on();
}

/* Fences all siblings, wherever they are, which may be in the middle of fencing us. */
static void fence_siblings(uint64_t self)
{
	uint64_t mask = harts_online_mask() & ~(1ul << self);
	for (int i = 0; mask && i < FENCES; i++) {
		int64_t error = sbi_remote_sfence(mask);
		if (error)
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
		*number = __atomic_add_fetch(&workers[next].asked[self], 1, __ATOMIC_ACQ_REL);
		sbi_send_ipi(next);
	}
	return next;
}

void secondary_main(void)
{
	hart_entered();
	uint64_t self = this_hart()->id, number;
	__atomic_or_fetch(&status->harts_online, 1ul << self, __ATOMIC_RELAXED);
	interrupts_on();
	for (;;) {
		fence_siblings(self);
		uint64_t next = ask_next(self, &number);
		if (next != self)
			wait_for(&workers[next].answered[self], number);
		count(&answers);
		count(&workers[self].rounds);
		__atomic_add_fetch(&status->work, 1, __ATOMIC_RELAXED);
	}
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

static void obey_host(void)
{
	if (__atomic_load_n(&shutdown, __ATOMIC_ACQUIRE)) {
		channel_send(host, MSG_SYSTEM, SYSTEM_SHUTDOWN_ACK, shutdown_id, NULL, 0);
		sbi_system_reset(RESET_SHUTDOWN, REASON_NONE);
	}
	uint32_t add = __atomic_exchange_n(&add_mask, 0, __ATOMIC_ACQUIRE);
	for (uint64_t hart = 0; hart < MAX_HARTS; hart++) {
		if (!(add >> hart & 1))
			continue;
		uint64_t answer[2] = { hart, (uint64_t)hart_start(hart) };
		channel_send(host, MSG_RESOURCE, RESOURCE_CPU_ADD + RESOURCE_ACK, add_id[hart], answer, sizeof answer);
	}
}

void kernel_main(void)
{
	hart_entered();
	*status = (struct status){ .magic = STATUS_MAGIC, .harts_online = 1ul << boot_hart };
	hart_start_all();
	char cores[64];
	hart_mask_text(cores, sizeof cores, harts_online_mask());
	printf("stress: cores %s, peers %u\n", cores, peer_count);
	interrupts_on();
	channel_drain_all();
	uint64_t second = time_now() + ticks_per_second, number;
	for (;;) {
		uint64_t seen = boot_interrupts;
		obey_host();
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
