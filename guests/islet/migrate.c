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
/* The host waits a second for FROZEN. */
#define PAUSE_LIMIT_MS 200

/* Under the lock. One follower at a time. */
static struct spinlock lock;
static struct channel *follower; /* NULL: nobody */
static struct channel *partner; /* the last one that followed by itself: may say that it serves instead; NULL: nobody may */
static bool committing;
/* The service is sealed for the next kernel in our place: the follower is to be told; it has been, and hears no more. */
static bool pausing, paused;
static bool ending; /* the service is over */
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

static bool is_set(const bool *flag)
{
	acquire(&lock);
	bool set = *flag;
	release(&lock);
	return set;
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

/* The mark that says so has been sent. Nothing more is, until migrate_unpause. */
static void stay_paused(uint64_t number)
{
	bool final;
	acquire(&lock);
	paused = pausing;
	pausing = false;
	release(&lock);
	wake(&paused);
	while (is_set(&paused) && follower_of(number, &final))
		sleep_until(time_now() + ticks_of_ms(1));
}

/* Until the session is over or the final mark is sent. False: the follower is gone. */
static bool send_all(uint64_t number, struct serve_state *copy, uint64_t pages)
{
	uint64_t start[] = { pages, serve_epoch() };
	if (!put(number, USER_STATE_BEGIN, start, sizeof start))
		return false;
	for (;;) {
		bool final;
		if (!follower_of(number, &final))
			return true;
		bool pause = is_set(&pausing);
		if (is_set(&ending) || !serve_changes(copy, &changes)) {
			put(number, USER_STATE_END, NULL, 0);
			return false;
		}
		if (!put_changes(number, copy))
			return false;
		/* Sealed before it was looked at: nothing has changed since. */
		final = final && changes.hash;
		pause = pause && changes.hash;
		uint64_t mark[] = { changes.counter, changes.hash, final ? MARK_SEALED : pause ? MARK_PAUSED : MARK_GOES_ON };
		if (!put(number, USER_STATE_MARK, mark, sizeof mark))
			return false;
		if (final)
			return true;
		if (pause) {
			stay_paused(number);
			continue;
		}
		/* Changes are gathered for a while; without any, the next one is waited for, or what ends this. */
		if (changes.any) {
			sleep_until(time_now() + ticks_of_ms(1));
			continue;
		}
		sleep_prepare();
		if (follower_of(number, &final) && !final && !is_set(&pausing) && !is_set(&ending))
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
	/* One that follows already and asks again has forgotten what it had. */
	bool anew = follower == to && !asked_by && !id;
	bool can = to && (!follower || anew) && serve_range_now();
	if (can) {
		follower = to;
		if (!id)
			partner = to;
		committing = pausing = paused = ending = false;
		asked_by = id;
		session++;
	}
	uint64_t number = session;
	release(&lock);
	if (!can)
		return false;
	if (!id)
		serve_followed_by(to->name);
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
	committing = pausing = paused = ending = false;
	release(&lock);
	serve_track(false);
	serve_followed_by("");
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
	if (partner == peer)
		partner = NULL;
	release(&lock);
	if (ours)
		migrate_cancel(id);
}

void migrate_end(void)
{
	acquire(&lock);
	ending = follower;
	release(&lock);
	wake(&serve_changed);
}

void migrate_pause(void)
{
	uint64_t limit = time_now() + ticks_of_ms(PAUSE_LIMIT_MS);
	acquire(&lock);
	pausing = follower && !asked_by;
	release(&lock);
	wake(&serve_changed);
	for (;;) {
		sleep_prepare();
		if (!is_set(&pausing)) {
			sleep_cancel();
			return;
		}
		/* A follower that reads nothing: it may take over in the blackout, and the epochs decide. */
		if (!sleep_on(&paused, limit))
			return;
	}
}

void migrate_unpause(void)
{
	acquire(&lock);
	pausing = paused = false;
	release(&lock);
	wake(&serve_changed);
}

/* A follower serves now. Two must not: the one with the lower epoch ends. */
static void taken(struct channel *by, uint64_t epoch)
{
	bool sealed, may;
	acquire(&lock);
	may = by == partner;
	release(&lock);
	uint64_t ours = serve_epoch();
	if (!may || !ours || epoch <= ours)
		return;
	end(&sealed);
	serve_move(by);
	notice("%s serves, epoch %lu: serve ends here\n", by->name, epoch);
}

static void unfollowed(const struct channel *by)
{
	acquire(&lock);
	bool ours = by == follower && !asked_by;
	if (ours)
		partner = NULL;
	release(&lock);
	if (!ours)
		return;
	migrate_cancel(0);
	notice("%s does not follow serve any more\n", by->name);
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
	if (message->subtype == USER_FOLLOW)
		migrate_start(peer, 0);
	else if (message->subtype == USER_TAKEN)
		taken(peer, message_word(message, 0));
	else
		unfollowed(peer);
}
