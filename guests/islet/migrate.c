#include "migrate.h"

#include "line.h"
#include "memlayout.h"
#include "page_run.h"
#include "riscv.h"
#include "serve.h"
#include "spinlock.h"
#include "string.h"
#include "thread.h"
#include "timer.h"

#define FULL_WAIT_US 200

/* Under the lock. One follower at a time. */
static struct spinlock lock;
static struct channel *follower; /* NULL: nobody */
static bool committing;
static uint64_t asked_by; /* id of the host's request; 0: the follower asked */
static uint64_t session; /* counts them: a thread that belongs to an older one ends */

/* Of the thread that has `busy`: one that was cancelled may still be at its last message when the next one begins. */
static struct serve_changes changes;
static uint32_t busy;

struct state_data {
	uint64_t chunk;
	char bytes[SERVE_CHUNK];
};

static struct channel *follower_of(uint64_t number, bool *final)
{
	acquire(&lock);
	struct channel *to = number == session ? follower : NULL;
	*final = committing;
	release(&lock);
	return to;
}

/* Sends, and waits while the ring is full. False: the session is over, or nobody is there. */
static bool put(uint64_t number, uint32_t subtype, const void *payload, uint32_t length)
{
	bool final;
	struct channel *to;
	while ((to = follower_of(number, &final))) {
		int result = channel_send(to, MSG_USER, subtype, 0, payload, length);
		if (result != SEND_FULL)
			return result == SEND_OK;
		sleep_until(time_now() + ticks_per_second * FULL_WAIT_US / 1000000);
	}
	return false;
}

static bool put_changes(uint64_t number, struct serve_state *copy)
{
	for (uint32_t c = 0; c < SERVE_CHUNK_WORDS * 64; c++) {
		struct state_data data = { .chunk = c };
		if (!(changes.chunks[c / 64] >> c % 64 & 1))
			continue;
		memcpy(data.bytes, serve_chunk(copy, c), SERVE_CHUNK);
		if (!put(number, USER_STATE_DATA, &data, sizeof data))
			return false;
	}
	return true;
}

/* Until the session is over or the final mark is sent. False: the follower is gone. */
static bool send_all(uint64_t number, struct serve_state *copy, uint64_t pages)
{
	if (!put(number, USER_STATE_BEGIN, &pages, sizeof pages))
		return false;
	for (;;) {
		bool final;
		if (!follower_of(number, &final))
			return true;
		if (!serve_changes(copy, &changes) || !put_changes(number, copy))
			return false;
		/* Sealed before it was looked at: nothing has changed since. */
		final = final && changes.hash;
		uint64_t mark[] = { changes.counter, changes.hash, final };
		if (!put(number, USER_STATE_MARK, mark, sizeof mark))
			return false;
		if (final)
			return true;
		/* Changes are gathered for a while; without any, the next one is waited for, or what ends this. */
		if (changes.any) {
			sleep_until(time_now() + ticks_of_ms(1));
			continue;
		}
		sleep_prepare();
		if (follower_of(number, &final) && !final)
			sleep_on(&serve_changed, time_now() + ticks_of_ms(MIGRATE_BEAT_MS));
		else
			sleep_cancel();
	}
}

static void migrate(uint64_t number)
{
	bool final;
	while (__atomic_exchange_n(&busy, 1, __ATOMIC_ACQ_REL))
		sleep_until(time_now() + ticks_of_ms(1));
	/* What the thread before us took is not in our copy. */
	if (follower_of(number, &final))
		serve_track(true);
	struct serve_state *range = serve_range_now();
	uint64_t pages = range ? range->pages : 0;
	struct serve_state *copy = pages ? page_run_alloc(serve_range(pages)) : NULL;
	if (!copy || !send_all(number, copy, pages)) {
		acquire(&lock);
		bool ours = number == session && follower;
		release(&lock);
		if (ours) {
			notice("nobody follows serve any more\n");
			migrate_cancel(asked_by);
		}
	}
	if (copy)
		page_run_free(copy, serve_range(pages));
	__atomic_store_n(&busy, 0, __ATOMIC_RELEASE);
}

bool migrate_start(struct channel *to, uint64_t id)
{
	acquire(&lock);
	bool can = to && !follower && serve_range_now();
	if (can) {
		follower = to;
		committing = false;
		asked_by = id;
		session++;
	}
	uint64_t number = session;
	release(&lock);
	if (!can)
		return false;
	serve_track(true);
	if (thread_start("migrate", migrate, number))
		return true;
	migrate_cancel(id);
	return false;
}

bool migrate_commit(void)
{
	acquire(&lock);
	bool can = follower && serve_range_now();
	release(&lock);
	if (!can)
		return false;
	serve_seal();
	acquire(&lock);
	committing = true;
	release(&lock);
	wake(&serve_changed);
	return true;
}

/* Returns whom it was sent to; NULL: nobody. */
static struct channel *end(bool *sealed)
{
	acquire(&lock);
	struct channel *to = follower;
	*sealed = committing;
	follower = NULL;
	committing = false;
	release(&lock);
	serve_track(false);
	wake(&serve_changed);
	return to;
}

void migrate_cancel(uint64_t id)
{
	bool sealed;
	if (asked_by == id && end(&sealed) && sealed)
		serve_unseal();
}

void migrate_forget(const struct channel *peer)
{
	acquire(&lock);
	bool ours = follower == peer;
	uint64_t id = asked_by;
	release(&lock);
	if (ours)
		migrate_cancel(id);
}

bool migrate_done(uint64_t *sent_on)
{
	bool sealed;
	struct channel *to = end(&sealed);
	*sent_on = to ? serve_move(to) : 0;
	return to;
}

void migrate_message(struct channel *peer, const struct message *message)
{
	bool final;
	uint64_t sent_on;
	if (message->subtype == USER_FOLLOW)
		migrate_start(peer, 0);
	/* It has not heard from us for too long, and serves: two must not. */
	else if (message->subtype == USER_TAKEN && follower_of(session, &final) == peer)
		migrate_done(&sent_on);
}
