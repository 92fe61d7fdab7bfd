/*
 * Requests are numbered on through the life of this kernel, and a window of them is outstanding at any time. Each is either
 * answered or dropped: dropped when no answer has come for a second, or when there was nobody to send it to. With `retry`
 * it is sent again instead, for as long as it takes; a service that had only lost the answer then counts it twice.
 *
 * Only a kernel that was asked may answer. It may answer MOVED: another kernel serves, and the request goes there. With a STANDBY, a request goes to the
 * other one of the two when nobody is there, or has been silent for a second. What one kernel had answered and the next has
 * not counted is lost; the counters in the answers show it.
 *
 * With a rate, request k is due k / rate seconds after the first, whatever became of those before: after a blackout the
 * window is sent at once, as impatient clients would. Without one, an answer makes room for the next request.
 */
#include "request.h"

#include "command.h"
#include "line.h"
#include "printf.h"
#include "riscv.h"
#include "spinlock.h"
#include "string.h"
#include "thread.h"
#include "timer.h"

#define WINDOW 32 /* half a ring, so that other messages find room */
#define LIMIT_MS 1000
#define NOBODY_WAIT_MS 1
#define COUNT_MAX 100000000
#define RATE_MAX 1000000

struct outstanding {
	uint64_t number, sent;
	struct channel *to;
	bool waiting, moved; /* it is to be sent again, now */
	uint32_t asked; /* bit i: it was sent to peers[i], which may answer it; nobody else may */
};

/*
 * A service gives each value of its counter to one request. One that comes twice was given by a kernel whose state the one
 * after it has not: what the first had answered is lost.
 */
#define SEEN_MAX 4096

/* Under the lock, which interrupts take too. */
static struct spinlock lock;
static struct outstanding window[WINDOW]; /* request n is at n % WINDOW */
static struct channel *server; /* who is asked next; NULL: that kernel was deleted, and there is no other */
static struct channel *other; /* who is asked when that one is silent; NULL: nobody */
static uint64_t seen[SEEN_MAX]; /* counters answered, each at its remainder */
static uint64_t moved; /* requests that were sent on by whom we asked */
static uint64_t highest; /* number answered */
static uint64_t last_answer; /* when; at first when we began to ask */
static uint64_t late, again; /* answers after we had given up; requests sent once more */

/* Of the next request; only the thread of the command has it. */
static uint64_t next_number = 1;

static void note_silence(uint64_t now)
{
	uint64_t silence = ns_of_ticks(now - last_answer);
	if (silence > status->requests_blackout)
		status->requests_blackout = silence;
}

static void note_counter(uint64_t counter)
{
	uint64_t *place = &seen[counter % SEEN_MAX];
	if (*place == counter)
		status->requests_lost++;
	*place = counter;
}

static uint32_t bit_of(const struct channel *peer) { return 1u << (peer - peers); }

/* A request is answered; the lock is held. */
static void answered(struct outstanding *request, uint64_t counter)
{
	uint64_t now = time_now();
	request->waiting = false;
	status->requests_answered++;
	if (request->number < highest)
		status->requests_out_of_order++;
	else
		highest = request->number;
	note_silence(now);
	last_answer = now;
	note_counter(counter);
}

/* Another kernel serves: this request goes there, and so do all that follow; the lock is held. */
static void go_to(struct outstanding *request, struct channel *from, const struct message *message)
{
	char name[NAME_SIZE] = "";
	uint32_t length = message->length > 8 ? message->length - 8 : 0;
	memcpy(name, message->payload + 8, length < NAME_SIZE - 1 ? length : NAME_SIZE - 1);
	struct channel *to = channel_find(name);
	if (!to || to == from)
		return;
	if (server == from) {
		server = to;
		if (other)
			other = from;
	}
	request->to = to;
	request->moved = true;
	moved++;
}

void request_message(struct channel *peer, const struct message *message)
{
	uint64_t number = message_word(message, 0);
	acquire(&lock);
	struct outstanding *request = &window[number % WINDOW];
	bool ours = request->waiting && request->number == number;
	if (ours && message->subtype == USER_REPLY && (request->asked & bit_of(peer)))
		answered(request, message_word(message, 1));
	else if (ours && message->subtype == USER_MOVED && peer == request->to && !request->moved)
		go_to(request, peer, message);
	else
		late++;
	release(&lock);
	wake(window);
}

void request_forget(const struct channel *peer)
{
	acquire(&lock);
	if (other == peer)
		other = NULL;
	if (server == peer) {
		server = other;
		other = NULL;
	}
	/* To whoever serves instead at once; if nobody does, they wait for their limit. */
	for (uint32_t i = 0; i < WINDOW; i++) {
		/* Whoever gets its place was not asked. */
		window[i].asked &= ~bit_of(peer);
		if (window[i].waiting && window[i].to == peer) {
			window[i].to = server;
			window[i].moved = server;
		}
	}
	release(&lock);
	wake(window);
}

static void begin(struct channel *first, struct channel *second)
{
	acquire(&lock);
	server = first;
	other = second;
	memset(seen, 0, sizeof seen);
	memset(window, 0, sizeof window);
	last_answer = time_now();
	highest = late = again = moved = 0;
	status->requests_sent = status->requests_answered = status->requests_dropped = 0;
	status->requests_out_of_order = status->requests_blackout = status->requests_lost = 0;
	release(&lock);
}

static int send(uint64_t number, struct channel *to)
{
	/* Any argument will do; one that follows from the number lets two services be compared that were asked the same. */
	uint64_t request[] = { number, number * number };
	return to ? channel_send(to, MSG_USER, USER_REQUEST, number, request, sizeof request) : SEND_NOT_RUNNING;
}

/* The one that we ask does not answer, or is not there; the lock is held. */
static void turn_to_other(const struct channel *from)
{
	if (!other || from != server)
		return;
	struct channel *next = other;
	other = server;
	server = next;
}

/* What to do about a request. Returns whom to send it to again; NULL: nothing is to be sent. */
static struct channel *look_at(struct outstanding *request, uint64_t now, bool retry)
{
	struct channel *to = NULL;
	acquire(&lock);
	bool expired = request->waiting && now - request->sent >= ticks_of_ms(LIMIT_MS);
	if (request->waiting && request->moved) {
		to = request->to;
	} else if (expired && retry && server) {
		turn_to_other(request->to);
		to = request->to = server;
		again++;
	} else if (expired) {
		request->waiting = false;
		status->requests_dropped++;
	}
	if (to) {
		request->sent = now;
		request->moved = false;
		request->asked |= bit_of(to);
	}
	release(&lock);
	return to;
}

/* It could not be sent: it is to be tried again soon, and elsewhere if there is nobody. */
static void put_off(struct outstanding *request, int result)
{
	acquire(&lock);
	if (result == SEND_NOT_RUNNING) {
		turn_to_other(request->to);
		request->to = server;
	}
	request->moved = request->to;
	release(&lock);
}

/* Deals with all that wait. Returns how many are outstanding, and when one of them has to be looked at next. */
static uint32_t look_after(bool retry, uint64_t *first)
{
	/* One time for all: else a request could be over its limit when its turn comes, and one sent before it not yet. */
	uint64_t now = time_now();
	uint32_t count = 0;
	*first = NEVER;
	/* The oldest first, so that what is sent again is in order. */
	for (uint64_t i = 0; i < WINDOW; i++) {
		struct outstanding *request = &window[(next_number + i) % WINDOW];
		struct channel *to = look_at(request, now, retry);
		int result = to ? send(request->number, to) : SEND_OK;
		if (result == SEND_FULL || (result == SEND_NOT_RUNNING && retry))
			put_off(request, result);
		acquire(&lock);
		if (request->waiting) {
			uint64_t limit = request->moved ? now + ticks_of_ms(NOBODY_WAIT_MS) : request->sent + ticks_of_ms(LIMIT_MS);
			count++;
			*first = limit < *first ? limit : *first;
		}
		release(&lock);
	}
	return count;
}

/* Sends the next request, for which there is room. False: try again later. */
static bool ask_next(bool retry)
{
	struct outstanding *request = &window[next_number % WINDOW];
	/* Before it is sent: the answer may be here before channel_send returns. */
	acquire(&lock);
	struct channel *to = server;
	*request = (struct outstanding){ next_number, time_now(), to, true, false, to ? bit_of(to) : 0 };
	release(&lock);
	int result = send(next_number, to);
	bool gone = result == SEND_OK || result == SEND_DENIED;
	if (!gone) {
		acquire(&lock);
		request->waiting = false;
		if (result == SEND_NOT_RUNNING)
			turn_to_other(to);
		release(&lock);
	}
	/* A full ring is a server that has a lot to do; only where there is none the request is lost. */
	if (!gone && to && (retry || result == SEND_FULL))
		return false;
	status->requests_sent++;
	status->requests_dropped += !gone;
	next_number++;
	return gone;
}

/* Sleeps until an answer makes room at `request`, or one was moved since there were so many, or until `due`. */
static void wait_for_room(const struct outstanding *request, uint64_t moved_before, uint64_t due)
{
	sleep_prepare();
	bool news = __atomic_load_n(&moved, __ATOMIC_RELAXED) != moved_before;
	if (__atomic_load_n(&request->waiting, __ATOMIC_RELAXED) && !news)
		sleep_on(window, due);
	else
		sleep_cancel();
}

static uint64_t earlier(uint64_t a, uint64_t b) { return a < b ? a : b; }

static void run(uint64_t count, uint64_t rate, bool retry)
{
	uint64_t first = next_number, began = time_now(), not_before = began;
	while (!line_interrupted()) {
		uint64_t limit, sent = next_number - first, moved_before = __atomic_load_n(&moved, __ATOMIC_RELAXED);
		uint32_t outstanding = look_after(retry, &limit);
		if (sent == count && !outstanding)
			break;
		uint64_t due = rate ? began + sent * ticks_per_second / rate : began;
		due = due > not_before ? due : not_before;
		const struct outstanding *place = &window[next_number % WINDOW];
		bool room = sent < count && !__atomic_load_n(&place->waiting, __ATOMIC_ACQUIRE);
		if (room && time_now() >= due) {
			if (!ask_next(retry))
				not_before = time_now() + ticks_of_ms(NOBODY_WAIT_MS);
		} else if (room) {
			sleep_until(earlier(due, limit));
		} else if (sent < count) {
			wait_for_room(place, moved_before, limit);
		} else {
			/* The last ones: any answer, or the next limit. */
			sleep_prepare();
			sleep_on(window, earlier(limit, time_now() + ticks_of_ms(NOBODY_WAIT_MS)));
		}
	}
}

static void print(const char *name, uint64_t ticks)
{
	acquire(&lock);
	struct status now = *status;
	uint64_t after = late, repeated = again, elsewhere = moved;
	release(&lock);
	printf("request %s: sent %lu, answered %lu, dropped %lu, out of order %lu, late %lu, sent again %lu\n", name,
		now.requests_sent, now.requests_answered, now.requests_dropped, now.requests_out_of_order, after, repeated);
	if (elsewhere || now.requests_lost)
		printf("moved %lu, answered and then lost %lu\n", elsewhere, now.requests_lost);
	printf("longest silence %lu us, %lu answers a second\n", now.requests_blackout / 1000,
		ticks ? now.requests_answered * ticks_per_second / ticks : 0);
}

static void command_request(int argc, char **argv)
{
	uint64_t count, rate = 0;
	bool retry = argc > 3 && strcmp(argv[argc - 1], "retry") == 0;
	argc -= retry;
	char *second = argc > 1 ? (char *)string_find(argv[1], ',') : NULL;
	if (second)
		*second++ = 0;
	struct channel *peer = peer_argument(argc, argv), *standby = second ? channel_find(second) : NULL;
	if (second && !standby)
		printf("request: no peer %s\n", second);
	if (!peer || (second && !standby) || !number_argument(argc, argv, 2, COUNT_MAX, &count) ||
		(argc > 3 && !number_argument(argc, argv, 3, RATE_MAX, &rate)))
		return;
	retry |= standby != NULL;
	begin(peer, standby);
	uint64_t began = time_now();
	run(count, rate, retry);
	acquire(&lock);
	/* What never came was silence to the end. */
	if (status->requests_answered < status->requests_sent)
		note_silence(time_now());
	memset(window, 0, sizeof window);
	release(&lock);
	print(peer->name, time_now() - began);
}

const struct command request_commands[] = {
	{ "request", "NAME[,STANDBY] COUNT [RATE] [retry]: ask its serve", command_request },
	{ 0 },
};
