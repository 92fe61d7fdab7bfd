#include "follow.h"

#include "line.h"
#include "memlayout.h"
#include "migrate.h"
#include "page_run.h"
#include "printf.h"
#include "riscv.h"
#include "sbi.h"
#include "serve.h"
#include "spinlock.h"
#include "string.h"
#include "thread.h"
#include "timer.h"

#define LOOK_MS 20

/* Under the lock, which interrupts take too. */
static struct spinlock lock;
static struct {
	struct channel *from; /* NULL: nobody is followed */
	struct channel *telling; /* has to hear that we have taken over; NULL: nobody, or it is a peer no more */
	bool standby;
	uint64_t id;
	struct serve_state *staged, *copy; /* NULL until it is known how long they are */
	uint64_t pages;
	uint64_t chunks[SERVE_CHUNK_WORDS]; /* in `staged`, and not in `copy` yet */
	uint64_t counter, hash, bytes, last_heard;
	uint64_t epoch; /* of our peer's service; of ours once we have taken over */
	bool whole, final; /* a mark has come; the last one */
	bool paused; /* the next kernel is about to come in our peer's place */
	bool ended; /* there is no service to follow any more */
	bool cancelled; /* the copy must not become our service any more */
	struct channel *taken_from; /* who served before us, and has to hear that it does not any more; NULL: not by ourselves */
	bool resumed; /* our service is this copy, and nobody has been sent here yet as far as we know */
	uint64_t news; /* counts what the thread has to look at */
} now;
static uint32_t running; /* 1: the thread has not ended yet */

/* Under the lock. The peer's next kernel begins anew, too: a copy that is there stays until the mark. */
static void begin(uint64_t pages, uint64_t epoch)
{
	if (!pages || pages > SERVE_PAGES_MAX)
		return;
	/* Another service than the one that we have a copy of. */
	now.ended |= now.copy && pages != now.pages;
	now.epoch = epoch;
	now.paused = false;
	memset(now.chunks, 0, sizeof now.chunks);
	if (now.copy)
		return;
	now.staged = page_run_alloc(serve_range(pages));
	if (!now.staged)
		return;
	now.copy = page_run_alloc(serve_range(pages));
	if (!now.copy) {
		page_run_free(now.staged, serve_range(pages));
		now.staged = NULL;
		return;
	}
	now.pages = pages;
}

static void take_chunk(const struct message *message)
{
	uint64_t c = message_word(message, 0);
	if (c >= now.pages * SERVE_CHUNKS_OF_PAGE || message->length != sizeof c + SERVE_CHUNK)
		return;
	memcpy(serve_chunk(now.staged, (uint32_t)c), message->payload + sizeof c, SERVE_CHUNK);
	now.chunks[c / 64] |= 1ul << c % 64;
	now.bytes += SERVE_CHUNK;
}

static void take_mark(const struct message *message)
{
	if (!now.pages || now.final)
		return;
	for (uint32_t c = 0; c < now.pages * SERVE_CHUNKS_OF_PAGE; c++)
		if (now.chunks[c / 64] >> c % 64 & 1)
			memcpy(serve_chunk(now.copy, c), serve_chunk(now.staged, c), SERVE_CHUNK);
	memset(now.chunks, 0, sizeof now.chunks);
	now.counter = message_word(message, 0);
	now.hash = message_word(message, 1);
	now.final = message_word(message, 2) == MARK_SEALED;
	now.paused = message_word(message, 2) == MARK_PAUSED;
	now.whole = true;
}

/* A piece of what nobody follows here; not every one is answered. */
static void not_followed(struct channel *peer, uint32_t subtype)
{
	if (subtype != USER_STATE_BEGIN && subtype != USER_STATE_MARK)
		return;
	acquire(&lock);
	bool taken = now.resumed && now.taken_from == peer;
	uint64_t epoch = now.epoch;
	release(&lock);
	if (taken)
		channel_send(peer, MSG_USER, USER_TAKEN, 0, &epoch, sizeof epoch);
	else
		channel_send(peer, MSG_USER, USER_UNFOLLOW, 0, NULL, 0);
}

void follow_message(struct channel *peer, const struct message *message)
{
	acquire(&lock);
	bool ours = peer == now.from;
	bool told = now.whole && !now.final;
	if (ours) {
		now.last_heard = time_now();
		if (message->subtype == USER_STATE_BEGIN)
			begin(message_word(message, 0), message_word(message, 1));
		else if (message->subtype == USER_STATE_DATA)
			take_chunk(message);
		else if (message->subtype == USER_STATE_END)
			now.ended = true;
		else
			take_mark(message);
	}
	bool news = ours && (now.ended || (now.whole && (!told || now.final)));
	now.news += news;
	release(&lock);
	if (news)
		wake(&now);
	if (!ours)
		not_followed(peer, message->subtype);
}

static void tell(uint32_t subtype, int64_t status, uint64_t counter, uint64_t value)
{
	uint64_t answer[] = { (uint64_t)status, counter, value };
	channel_send(host, MSG_SYSTEM, subtype, now.id, answer, sizeof answer);
}

/* Nothing that arrives afterwards is looked at: what has arrived is the thread's alone. */
static void stop_listening(struct channel *taken_from)
{
	acquire(&lock);
	now.from = NULL;
	now.taken_from = now.telling = taken_from;
	now.epoch++;
	release(&lock);
}

static void give_back(struct serve_state *range)
{
	if (range)
		page_run_free(range, serve_range(now.pages));
}

/* The copy becomes our service. NULL: it has; else why not. */
static const char *resume(const uint64_t *hash)
{
	const char *wrong = serve_prepare(now.copy, now.pages, now.counter, now.epoch, hash);
	if (wrong)
		return wrong;
	/* A cancel comes before, and there is no service, or after, and finds it. */
	acquire(&lock);
	wrong = now.cancelled ? "it was called off" : serve_resume(now.copy);
	now.resumed = !wrong;
	release(&lock);
	if (!wrong)
		now.copy = NULL;
	return wrong;
}

/* The host has let the other one seal its service. */
static void commit(void)
{
	const char *wrong = resume(&now.hash);
	if (wrong)
		notice("serve does not go on here: %s\n", wrong);
	else
		notice("serve goes on here, counter %lu, hash 0x%016lx\n", now.counter, now.hash);
	tell(SYSTEM_HANDOVER_DONE, wrong ? SBI_ERR_FAILED : SBI_SUCCESS, now.counter, now.hash);
}

/*
 * False: its ring is full, or nobody runs there, which may be the blackout of a hand-over. Under the lock, under which the
 * peer is forgotten: the place of its channel is the next one's.
 */
static bool tell_taken(void)
{
	acquire(&lock);
	int result = now.telling ? channel_send(now.telling, MSG_USER, USER_TAKEN, 0, &now.epoch, sizeof now.epoch) : SEND_OK;
	bool told = result != SEND_FULL && result != SEND_NOT_RUNNING;
	if (told)
		now.telling = NULL;
	release(&lock);
	return told;
}

static void take_over(const char *name, uint64_t silent)
{
	const char *wrong = resume(NULL);
	if (wrong) {
		notice("%s is silent, and serve does not go on here: %s\n", name, wrong);
		return;
	}
	/* One that was only slow still serves, until it has been told. */
	bool told = tell_taken();
	notice("%s was silent for %lu ms: serve goes on here, counter %lu\n", name, ms_of_ticks(silent), now.counter);
	while (!told) {
		sleep_until(time_now() + ticks_of_ms(LOOK_MS));
		told = tell_taken();
	}
}

static void ended(void)
{
	__atomic_store_n(&running, 0, __ATOMIC_RELEASE);
	wake(&running);
}

static void follow(uint64_t unused)
{
	(void)unused;
	bool told = false;
	for (;;) {
		acquire(&lock);
		struct channel *from = now.from;
		bool whole = now.whole, final = now.final, standby = now.standby;
		bool paused = now.paused, over = now.ended;
		uint64_t silent = time_now() - now.last_heard, news = now.news;
		release(&lock);
		if (!from)
			break;
		bool gone = standby && (silent >= ticks_of_ms(paused ? FOLLOW_PAUSE_MS : FOLLOW_SILENT_MS) ||
			(!paused && channel_receiver(from) == NO_RECEIVER));
		if (whole && !told) {
			told = true;
			if (standby)
				notice("standby for %s: all of its serve is here\n", from->name);
			else
				tell(SYSTEM_HANDOVER_READY, SBI_SUCCESS, now.counter, now.bytes);
		}
		if (over && standby) {
			stop_listening(NULL);
			serve_refer(NULL);
			notice("%s has ended its serve: nobody is followed any more\n", from->name);
			break;
		}
		if (final || gone) {
			char name[NAME_SIZE];
			string_copy(name, from->name, sizeof name);
			stop_listening(final && !standby ? NULL : from);
			if (final && !standby)
				commit();
			else if (whole)
				take_over(name, silent);
			else
				notice("%s is gone before all of its serve was here\n", name);
			break;
		}
		sleep_prepare();
		if (__atomic_load_n(&now.news, __ATOMIC_ACQUIRE) == news)
			sleep_on(&now, time_now() + ticks_of_ms(LOOK_MS));
		else
			sleep_cancel();
	}
	give_back(now.staged);
	give_back(now.copy);
	ended();
}

static void wait_for_end(void)
{
	sleep_prepare();
	while (__atomic_load_n(&running, __ATOMIC_ACQUIRE)) {
		sleep_on(&running, NEVER);
		sleep_prepare();
	}
	sleep_cancel();
}

bool follow_start(struct channel *from, bool standby, uint64_t id)
{
	if (!from || serve_range_now())
		return false;
	/* Whom we had taken over from, and could not tell so far, need not hear it from us any more: we do not serve. */
	acquire(&lock);
	bool telling = now.telling;
	now.telling = NULL;
	release(&lock);
	if (telling)
		wait_for_end();
	if (__atomic_exchange_n(&running, 1, __ATOMIC_ACQ_REL))
		return false;
	acquire(&lock);
	memset(&now, 0, sizeof now);
	now.standby = standby;
	now.id = id;
	now.last_heard = time_now();
	now.from = from;
	release(&lock);
	serve_refer(from);
	if (standby)
		channel_send(from, MSG_USER, USER_FOLLOW, 0, NULL, 0);
	if (thread_start("follow", follow, 0))
		return true;
	stop_listening(NULL);
	serve_refer(NULL);
	give_back(now.staged);
	give_back(now.copy);
	ended();
	return false;
}

void follow_cancel(uint64_t id)
{
	acquire(&lock);
	bool ours = now.id == id;
	if (ours) {
		now.cancelled = true;
		now.from = NULL;
		now.news++;
	}
	release(&lock);
	if (!ours)
		return;
	wake(&now);
	wait_for_end();
	/* The host has given it up after we began: the other one serves. */
	if (now.resumed)
		serve_stop();
	now.resumed = false;
	if (!serve_range_now())
		serve_refer(NULL);
}

void follow_forget(const struct channel *peer)
{
	for (;;) {
		acquire(&lock);
		bool ours = now.from == peer, standby = now.standby;
		if (now.telling == peer)
			now.telling = NULL;
		if (now.taken_from == peer)
			now.taken_from = NULL;
		uint64_t id = now.id;
		release(&lock);
		if (!ours)
			return;
		if (standby)
			sleep_until(time_now() + ticks_of_ms(1));
		else
			follow_cancel(id);
	}
}

void follow_print(void)
{
	acquire(&lock);
	if (now.from)
		printf("following %s: counter %lu, received %lu KB, heard %lu ms ago\n", now.from->name, now.counter,
			now.bytes >> 10, ms_of_ticks(time_now() - now.last_heard));
	release(&lock);
}
