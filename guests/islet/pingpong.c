/*
 * A ball is sent to a peer, which sends it back at once; then the next one. By doorbell, each end sleeps until the other
 * rings, which the firmware does for it: two interrupts and four calls for a round trip. Polled, both ends keep looking at
 * their ring, and nobody is called; a thread of the peer does that for as long as balls come.
 *
 * Counted are instructions of the core that throws and of the one that answers, all of them from one throw to the next:
 * while a core sleeps it executes none, while it polls it does nothing else.
 */
#include "pingpong.h"

#include "command.h"
#include "hart.h"
#include "line.h"
#include "printf.h"
#include "riscv.h"
#include "spinlock.h"
#include "string.h"
#include "thread.h"
#include "timer.h"

#define COUNT_MAX 1000000
#define LIMIT_MS 1000
/* The peer stops polling when no ball has come for so long, and no one can make it go on for longer. */
#define QUIET_MS 100
#define QUIET_MOST_MS 1000
/* Not counted: the peer's thread has to start, and caches and translations to fill. */
#define WARM_UP 4
#define LOST_MOST 3
/* Looks at the ring between two at the clock. */
#define LOOKS 64

struct ball {
	uint64_t number, polled;
	uint64_t hart, instructions; /* of who sends it back */
};

/* The last ball that came back; its number is written last. */
static struct ball back;

/* For each peer, whether we poll for its balls, and how long still. Under the lock. */
static struct spinlock lock;
static struct poller {
	bool running;
	uint64_t until, quiet;
} pollers[MAX_PEERS];

static bool should_poll(struct poller *poller)
{
	acquire(&lock);
	poller->running = time_now() < poller->until;
	bool running = poller->running;
	release(&lock);
	return running;
}

static void poll(uint64_t index)
{
	while (should_poll(&pollers[index]))
		for (int i = 0; i < LOOKS; i++)
			if (!channel_poll(&peers[index]))
				pause();
}

/* A peer will send balls without ringing. */
static void start_polling(uint64_t index, uint64_t quiet)
{
	struct poller *poller = &pollers[index];
	acquire(&lock);
	poller->quiet = quiet < ticks_of_ms(QUIET_MOST_MS) ? quiet : ticks_of_ms(QUIET_MOST_MS);
	poller->until = time_now() + poller->quiet;
	bool start = !poller->running;
	poller->running = true;
	release(&lock);
	if (start && !thread_start("poll", poll, index)) {
		acquire(&lock);
		poller->running = false;
		release(&lock);
	}
}

static void throw_back(struct channel *peer, const struct message *message)
{
	struct ball ball = { message_word(message, 0), message_word(message, 1), this_hart()->id, instructions_now() };
	if (!ball.polled) {
		channel_send(peer, MSG_USER, USER_BALL_BACK, message->id, &ball, sizeof ball);
		return;
	}
	struct poller *poller = &pollers[peer - peers];
	channel_post(peer, MSG_USER, USER_BALL_BACK, message->id, &ball, sizeof ball);
	acquire(&lock);
	poller->until = time_now() + poller->quiet;
	release(&lock);
}

static void caught(const struct message *message)
{
	back.hart = message_word(message, 2);
	back.instructions = message_word(message, 3);
	__atomic_store_n(&back.number, message_word(message, 0), __ATOMIC_RELEASE);
	if (!message_word(message, 1))
		wake(&back);
}

void ball_message(struct channel *peer, const struct message *message)
{
	if (message->subtype == USER_BALL)
		throw_back(peer, message);
	else if (message->subtype == USER_BALL_BACK)
		caught(message);
	else if (message->subtype == USER_POLL)
		start_polling((uint64_t)(peer - peers), message_word(message, 0));
}

static bool is_back(uint64_t number) { return __atomic_load_n(&back.number, __ATOMIC_ACQUIRE) == number; }

static bool poll_for(struct channel *peer, uint64_t number)
{
	uint64_t limit = time_now() + ticks_of_ms(LIMIT_MS);
	do {
		for (int i = 0; i < LOOKS; i++) {
			channel_poll(peer);
			if (is_back(number))
				return true;
			pause();
		}
	} while (time_now() < limit);
	return false;
}

static bool sleep_for(uint64_t number)
{
	uint64_t limit = time_now() + ticks_of_ms(LIMIT_MS);
	for (;;) {
		sleep_prepare();
		if (is_back(number)) {
			sleep_cancel();
			return true;
		}
		if (!sleep_on(&back, limit))
			return is_back(number);
	}
}

/* Throws a ball and waits for it. */
static bool throw(struct channel *peer, bool polled)
{
	static uint64_t number;
	struct ball ball = { .number = ++number, .polled = polled };
	if (polled)
		return channel_post(peer, MSG_USER, USER_BALL, 0, &ball, 2 * sizeof(uint64_t)) == SEND_OK && poll_for(peer, number);
	return channel_send(peer, MSG_USER, USER_BALL, 0, &ball, 2 * sizeof(uint64_t)) == SEND_OK && sleep_for(number);
}

/* Instructions from one reading to the next: only such pairs count of which both are of one core. */
struct meter {
	uint64_t hart, last, sum, pairs;
};

static void meter_read(struct meter *meter, uint64_t hart, uint64_t instructions)
{
	if (hart == meter->hart && meter->last) {
		meter->sum += instructions - meter->last;
		meter->pairs++;
	}
	meter->hart = hart;
	meter->last = instructions;
}

static uint64_t meter_mean(const struct meter *meter) { return meter->pairs ? meter->sum / meter->pairs : 0; }

static void read_both(struct meter *here, struct meter *there)
{
	/* Not moved to another core between the two. */
	push_off();
	uint64_t hart = this_hart()->id, instructions = instructions_now();
	pop_off();
	meter_read(here, hart, instructions);
	meter_read(there, back.hart, back.instructions);
}

static void play(struct channel *peer, uint64_t count, bool polled)
{
	struct meter here = { 0 }, there = { 0 };
	uint64_t quiet = ticks_of_ms(QUIET_MS), done = 0, lost = 0, ticks = 0;
	if (polled)
		channel_send(peer, MSG_USER, USER_POLL, 0, &quiet, sizeof quiet);
	for (int i = 0; i < WARM_UP; i++)
		throw(peer, polled);
	read_both(&here, &there);
	while (done < count && lost < LOST_MOST && !line_interrupted()) {
		uint64_t began = time_now();
		if (!throw(peer, polled)) {
			lost++;
			continue;
		}
		ticks += time_now() - began;
		done++;
		read_both(&here, &there);
		__atomic_add_fetch(&status->work, 1, __ATOMIC_RELAXED);
	}
	printf("pingpong %s %s: round trips %lu, lost %lu, ticks %lu\n", peer->name, polled ? "polled" : "by doorbell", done, lost,
		ticks);
	if (done)
		printf("each: %lu ns, %lu instructions here, %lu there\n", ns_of_ticks(ticks) / done, meter_mean(&here),
			meter_mean(&there));
}

static void command_pingpong(int argc, char **argv)
{
	uint64_t count;
	struct channel *peer = peer_argument(argc, argv);
	if (!peer || !number_argument(argc, argv, 2, COUNT_MAX, &count))
		return;
	if (argc > 3 && strcmp(argv[3], "polled") != 0)
		printf("pingpong: polled, or nothing?\n");
	else
		play(peer, count, argc > 3);
}

const struct command pingpong_commands[] = {
	{ "pingpong", "NAME COUNT [polled]: cost of a message", command_pingpong },
	{ 0 },
};
