/*
 * A kernel that does on purpose what a broken or hostile one might, so that tests and scenarios can show that it costs
 * nobody else anything:
 *   - wedge: every core of this kernel spins with interrupts off, or rests (`still`); nothing is acknowledged and no ring
 *     is drained;
 *   - claim: a slot of a peer's ring is claimed and never published, as if the sender had died in between;
 *   - flood: messages without waiting for room, and how many were refused;
 *   - ring: threads that ring a peer as fast as they can, without a message.
 * For lies in the words of a ring, `poke` does: the ring to a peer is ours to write.
 */
#include "misbehave.h"

#include "channel.h"
#include "command.h"
#include "crew.h"
#include "hart.h"
#include "printf.h"
#include "riscv.h"
#include "sbi.h"
#include "spinlock.h"
#include "string.h"
#include "thread.h"
#include "timer.h"

#define WEDGE_MOST_MS 60000
#define FLOOD_MOST 1000
#define RINGERS_MOST 16

/* When the wedge ends; 0: there is none. Written before that: whether the cores rest meanwhile. */
static uint64_t wedged_until;
static bool wedged_still;

/* Only the timer, masked like all else, ends a rest. */
static void rest_until(uint64_t until)
{
	uint64_t enabled = csr_read(sie);
	csr_write(sie, until == NEVER ? 0 : 1ul << IRQ_TIMER);
	if (until != NEVER)
		timer_set(until);
	while (time_now() < until)
		wait_for_interrupt();
	csr_write(sie, enabled);
}

void wedge_if_asked(void)
{
	uint64_t until = __atomic_load_n(&wedged_until, __ATOMIC_ACQUIRE);
	if (until && wedged_still)
		rest_until(until);
	/* For ever without a look at the clock: nothing but a jump to itself. */
	while (until == NEVER)
		__asm__ volatile("");
	while (time_now() < until)
		;
}

static void command_wedge(int argc, char **argv)
{
	uint64_t ms = 0;
	bool still = argc > 1 && strcmp(argv[argc - 1], "still") == 0;
	argc -= still;
	if (argc > 1 && !number_argument(argc, argv, 1, WEDGE_MOST_MS, &ms))
		return;
	push_off();
	wedged_still = still;
	__atomic_store_n(&wedged_until, argc > 1 ? time_now() + ticks_of_ms(ms) : NEVER, __ATOMIC_RELEASE);
	for (uint64_t id = 0; id < MAX_HARTS; id++)
		if (hart_online(id) && id != this_hart()->id)
			sbi_send_ipi(id);
	wedge_if_asked();
	pop_off();
}

static void claim(struct channel *peer)
{
	uint64_t slot = __atomic_fetch_add(&peer->out->head, 1, __ATOMIC_ACQ_REL);
	printf("claimed slot %lu of %s\n", slot, peer->name);
}

static void flood(struct channel *peer, uint64_t count)
{
	uint64_t sent = 0, full = 0;
	for (uint64_t n = 1; n <= count; n++) {
		char text[24];
		int length = string_format(text, sizeof text, "flood %lu", n);
		int result = channel_send(peer, MSG_USER, USER_TEXT, 0, text, (uint32_t)length);
		sent += result == SEND_OK;
		full += result == SEND_FULL;
	}
	printf("flood: %lu sent, %lu refused because the ring is full\n", sent, full);
}

/* Whom the crew rings. */
static struct channel *rung;

static bool ring_peer(uint64_t index, uint64_t round)
{
	(void)index, (void)round;
	return sbi_send_ipi(rung->out->receiver_cpu & (MAX_HARTS - 1)) == SBI_SUCCESS;
}

static struct crew ringers = { .name = "ring", .work = ring_peer };

static void command_misbehave(int argc, char **argv)
{
	uint64_t n;
	/* KIND PEER [N]: the peer is argument 1 of what follows the name of the command. */
	struct channel *peer = argc > 2 ? peer_argument(argc - 1, argv + 1) : NULL;
	if (argc < 3)
		printf("misbehave: claim, flood or ring, and a peer, please\n");
	if (!peer)
		return;
	if (strcmp(argv[1], "claim") == 0) {
		claim(peer);
	} else if (strcmp(argv[1], "flood") == 0) {
		if (number_argument(argc, argv, 3, FLOOD_MOST, &n))
			flood(peer, n);
	} else if (strcmp(argv[1], "ring") == 0) {
		if (!number_argument(argc, argv, 3, RINGERS_MOST, &n))
			return;
		rung = peer;
		if (crew_set(&ringers, (uint32_t)n) < n)
			printf("misbehave: no room for so many threads\n");
	} else {
		printf("misbehave: %s is nothing it can do\n", argv[1]);
	}
}

const struct command misbehave_commands[] = {
	{ "wedge", "[MS] [still]: all cores spin, interrupts off", command_wedge },
	{ "misbehave", "claim|flood|ring PEER [N]: see misbehave.c", command_misbehave },
	{ 0 },
};
