/*
 * Quiet: nothing wakes a hart but the one interrupt that it waits for. No timer, no fence, and one thing under way at a time:
 *
 * - Between two kernels of one hart, a ball. Each end sleeps until the other's doorbell brings it.
 * - Among the harts of one kernel without peers, a token. Each hart sleeps until the IPI of the one before brings it.
 *
 * What came is looked for in the interrupt alone, and answered when the interrupt has taken all there was, so that no answer
 * is found without an interrupt of its own. One doorbell or IPI that is lost, or that does not wake its hart, and all stands
 * still for ever: nobody asks twice. Only
 * the other end's start makes a new ball, since the old one may have gone down with it. status->work counts balls and
 * tokens that came; status->requests_blackout is the longest that a ball was away, in ns.
 */
#include "hart.h"
#include "riscv.h"
#include "sbi.h"
#include "start.h"
#include "stress.h"
#include "string.h"
#include "timer.h"

#define NOBODY (~0ul)

static uint64_t token = NOBODY;
/* Written by the hart's own interrupts: the token came. */
static volatile bool came[MAX_HARTS];

/* The ball that is in the air; older ones are let fall. Used in interrupts, by one hart, as what follows. */
static uint64_t ball, thrown;
/* What is to be done when all messages are taken. */
static struct channel *caught_from, *throw_to;
static uint64_t caught;

/* Of two ends one throws, by name. */
static bool throws(const struct channel *peer) { return strcmp(boot_info.name, peer->name) < 0; }

static void say(struct channel *peer, uint32_t subtype, uint64_t number)
{
	channel_send(peer, MSG_USER, subtype, 0, &number, sizeof number);
}

static void throw(struct channel *peer)
{
	thrown = time_now();
	say(peer, USER_BALL, ++ball);
}

void quiet_peer_message(struct channel *peer, const struct message *message)
{
	uint64_t number = message_word(message, 0);
	if (message->type != MSG_USER)
		return;
	if (message->subtype == USER_BALL) {
		__atomic_add_fetch(&status->work, 1, __ATOMIC_RELAXED);
		caught_from = peer;
		caught = number;
	} else if (message->subtype == USER_BALL_BACK && number == ball) {
		__atomic_add_fetch(&status->work, 1, __ATOMIC_RELAXED);
		uint64_t away = ns_of_ticks(time_now() - thrown);
		if (away > status->requests_blackout)
			status->requests_blackout = away;
		throw_to = peer;
	} else if (message->subtype == USER_FOLLOW) {
		throw_to = peer;
	}
}

void quiet_soft(void)
{
	uint64_t self = this_hart()->id;
	if (load(&token) == self)
		came[self] = true;
	if (self != boot_hart)
		return;
	if (caught_from)
		say(caught_from, USER_BALL_BACK, caught);
	if (throw_to)
		throw(throw_to);
	caught_from = throw_to = NULL;
}

/* Sleeps until the token comes, and hands it on; returns when something else woke the hart. */
static void pass_token(uint64_t self)
{
	interrupts_off();
	if (!came[self] && !(self == boot_hart && shutdown_asked()))
		wait_for_interrupt();
	interrupts_on();
	if (!came[self])
		return;
	came[self] = false;
	uint64_t next = self;
	do
		next = (next + 1) % MAX_HARTS;
	while (!hart_online(next));
	__atomic_add_fetch(&status->work, 1, __ATOMIC_RELAXED);
	store(&token, next);
	sbi_send_ipi(next);
}

void quiet_secondary(void)
{
	interrupts_on();
	for (;;)
		pass_token(this_hart()->id);
}

void quiet_main(void)
{
	came[boot_hart] = harts_online_mask() != 1ul << boot_hart;
	interrupts_off();
	/* What came before there were interrupts. */
	quiet_soft();
	for (uint32_t i = 0; i < peer_count; i++) {
		if (throws(&peers[i]))
			throw(&peers[i]);
		else
			say(&peers[i], USER_FOLLOW, 0);
	}
	interrupts_on();
	for (;;) {
		obey_shutdown();
		pass_token(boot_hart);
	}
}
