#include "serve.h"

#include "memlayout.h"
#include "page_run.h"
#include "printf.h"
#include "spinlock.h"
#include "string.h"
#include "thread.h"

#define CELLS_OF_PAGE (PAGE_SIZE / sizeof(uint64_t))

struct held {
	struct channel *peer; /* NULL: deleted since */
	uint64_t id, number, argument;
};

/* All under the lock, which interrupts take too. */
static struct spinlock lock;
static struct serve_state *state; /* NULL: no service */
static bool sealed;
static struct held held[SERVE_HELD];
static uint32_t held_count;
static struct channel *referred; /* who serves instead of us */
static bool tracking;
static uint64_t dirty[SERVE_CHUNK_WORDS];
const char serve_changed;
static uint64_t dropped; /* requests that were or should have been held, and get no answer */

static uint64_t *cells_of(struct serve_state *range) { return (uint64_t *)((char *)range + PAGE_SIZE); }

/* Every bit of x changes about half of the result (the last steps of splitmix64). */
static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ul;
	x = (x ^ x >> 27) * 0x94d049bb133111ebul;
	return x ^ x >> 31;
}

static uint64_t hash_of(struct serve_state *range)
{
	uint64_t hash = mix(range->counter + 1);
	uint64_t *cells = cells_of(range);
	for (uint64_t i = 0; i < range->pages * CELLS_OF_PAGE; i++)
		hash = mix(hash ^ cells[i]);
	return hash;
}

/* Changes the state by one request; the lock is held. Returns the counter after it. */
static uint64_t apply(uint64_t number, uint64_t argument)
{
	uint64_t place = mix(number + 1), cell = place % (state->pages * CELLS_OF_PAGE);
	cells_of(state)[cell] += mix(place ^ argument);
	uint64_t chunk = cell * sizeof(uint64_t) / SERVE_CHUNK;
	dirty[chunk / 64] |= 1ul << chunk % 64;
	status->served = ++state->counter;
	return state->counter;
}

static void reply(const struct held *request, uint64_t counter)
{
	uint64_t answer[] = { request->number, counter };
	/* No second try if the ring is full: the one who asked keeps count of what is missing. */
	channel_send(request->peer, MSG_USER, USER_REPLY, request->id, answer, sizeof answer);
}

/* Says who serves instead. */
static void refer(const struct held *request, const struct channel *to)
{
	struct {
		uint64_t number;
		char name[NAME_SIZE];
	} answer = { .number = request->number };
	string_copy(answer.name, to->name, sizeof answer.name);
	channel_send(request->peer, MSG_USER, USER_MOVED, request->id, &answer, sizeof answer);
}

void serve_message(struct channel *peer, const struct message *message)
{
	struct held request = { peer, message->id, message_word(message, 0), message_word(message, 1) };
	uint64_t counter = 0;
	struct channel *elsewhere = NULL;
	acquire(&lock);
	if (sealed) {
		if (held_count < SERVE_HELD)
			held[held_count++] = request;
		else
			dropped++;
		if (state)
			state->unanswered++;
	} else if (state) {
		counter = apply(request.number, request.argument);
	} else {
		elsewhere = referred;
	}
	bool wanted = tracking;
	release(&lock);
	if (counter)
		reply(&request, counter);
	else if (elsewhere)
		refer(&request, elsewhere);
	if (counter && wanted)
		wake(&serve_changed);
}

struct serve_state *serve_seal(void)
{
	acquire(&lock);
	sealed = true;
	struct serve_state *range = state;
	if (range) {
		range->hash = hash_of(range);
		range->unanswered = held_count;
	}
	release(&lock);
	return range;
}

struct serve_state *serve_range_now(void) { return __atomic_load_n(&state, __ATOMIC_ACQUIRE); }

uint64_t serve_epoch(void)
{
	acquire(&lock);
	uint64_t epoch = state ? state->epoch : 0;
	release(&lock);
	return epoch;
}

void serve_followed_by(const char *name)
{
	acquire(&lock);
	if (state)
		string_copy(state->follower, name, sizeof state->follower);
	release(&lock);
}

void serve_unseal(void)
{
	/* One at a time, because a reply takes long; what comes in between queues behind. */
	for (uint32_t i = 0;; i++) {
		acquire(&lock);
		bool more = (state || referred) && i < held_count;
		if (!more) {
			dropped += held_count - i;
			held_count = 0;
			sealed = false;
			release(&lock);
			return;
		}
		struct held request = held[i];
		struct channel *elsewhere = referred;
		uint64_t counter = state && request.peer ? apply(request.number, request.argument) : 0;
		dropped += !request.peer;
		release(&lock);
		if (!request.peer)
			continue;
		if (counter)
			reply(&request, counter);
		else
			refer(&request, elsewhere);
	}
}

/* False: there is a service already. */
static bool begin_with(struct serve_state *range)
{
	acquire(&lock);
	bool first = !state;
	if (first) {
		state = range;
		referred = NULL;
		status->served = range->counter;
	}
	release(&lock);
	return first;
}

bool serve_start(uint32_t pages)
{
	struct serve_state *range = page_run_alloc(serve_range(pages));
	if (!range)
		return false;
	memset(range, 0, serve_range(pages) * PAGE_SIZE);
	*range = (struct serve_state){ .magic = SERVE_MAGIC, .version = SERVE_VERSION, .pages = pages, .epoch = 1 };
	if (begin_with(range))
		return true;
	page_run_free(range, serve_range(pages));
	return false;
}

void serve_stop(void)
{
	acquire(&lock);
	struct serve_state *range = state;
	state = NULL;
	release(&lock);
	if (range)
		page_run_free(range, serve_range(range->pages));
}

void serve_track(bool on)
{
	acquire(&lock);
	tracking = on;
	memset(dirty, 0xff, sizeof dirty);
	release(&lock);
}

bool serve_changes(struct serve_state *to, struct serve_changes *changes)
{
	acquire(&lock);
	*changes = (struct serve_changes){ 0 };
	for (uint32_t c = 0; state && c < state->pages * SERVE_CHUNKS_OF_PAGE; c++) {
		if (!(dirty[c / 64] >> c % 64 & 1))
			continue;
		memcpy(serve_chunk(to, c), serve_chunk(state, c), SERVE_CHUNK);
		dirty[c / 64] &= ~(1ul << c % 64);
		changes->chunks[c / 64] |= 1ul << c % 64;
		changes->any = true;
	}
	bool there = state;
	if (there) {
		changes->counter = state->counter;
		changes->hash = sealed ? state->hash : 0;
	}
	release(&lock);
	return there;
}

void serve_refer(struct channel *to)
{
	acquire(&lock);
	referred = to;
	release(&lock);
}

void serve_forget(const struct channel *peer)
{
	acquire(&lock);
	if (referred == peer)
		referred = NULL;
	/* In their places: serve_unseal may be going through them. */
	for (uint32_t i = 0; i < held_count; i++)
		if (held[i].peer == peer)
			held[i].peer = NULL;
	release(&lock);
}

uint64_t serve_move(struct channel *to)
{
	acquire(&lock);
	uint64_t count = held_count;
	referred = to;
	release(&lock);
	serve_stop();
	serve_unseal();
	return count;
}

const char *serve_prepare(struct serve_state *range, uint64_t pages, uint64_t counter, uint64_t epoch,
	const uint64_t *hash)
{
	*range = (struct serve_state){ .magic = SERVE_MAGIC, .version = SERVE_VERSION, .counter = counter, .pages = pages,
		.epoch = epoch };
	range->hash = hash_of(range);
	return hash && range->hash != *hash ? "a hash that is not its data's" : NULL;
}

const char *serve_resume(struct serve_state *range)
{
	return begin_with(range) ? NULL : "a service is there already";
}

bool serve_export(void *to, uint32_t pages)
{
	acquire(&lock);
	bool fits = state && pages == serve_range(state->pages);
	if (fits) {
		state->hash = hash_of(state);
		memcpy(to, state, pages * PAGE_SIZE);
	}
	release(&lock);
	return fits;
}

const char *serve_adopt(void *range, uint32_t pages)
{
	struct serve_state *found = range;
	if (found->magic != SERVE_MAGIC)
		return "no state of this service";
	if (found->version != SERVE_VERSION)
		return "a version that is not known";
	if (!found->pages || found->pages > SERVE_PAGES_MAX || serve_range(found->pages) != pages)
		return "a wrong number of pages";
	if (found->hash != hash_of(found))
		return "a hash that is not its data's";
	found->follower[NAME_SIZE - 1] = 0;
	return begin_with(found) ? NULL : "a service is there already";
}

const char *serve_import(const void *from, uint32_t pages)
{
	void *range = page_run_alloc(pages);
	if (!range)
		return "no memory";
	/* The copy is looked at, not the original: whose that is may still change it. */
	memcpy(range, from, pages * PAGE_SIZE);
	const char *wrong = serve_adopt(range, pages);
	if (wrong)
		page_run_free(range, pages);
	return wrong;
}

void serve_print(void)
{
	acquire(&lock);
	struct serve_state now = state ? *state : (struct serve_state){ 0 };
	now.hash = state ? hash_of(state) : 0;
	uint64_t waiting = held_count, lost = dropped;
	const char *how = sealed ? "sealed" : state ? "on" : "off";
	release(&lock);
	printf("serve %s: counter %lu, pages %lu, hash 0x%016lx, held %lu, dropped %lu, epoch %lu\n", how, now.counter, now.pages,
		now.hash, waiting, lost, now.epoch);
}
