/*
 * A service with a state that must not be lost: it answers numbered requests of peers, counts them, and keeps data that
 * every one of them has changed. All of it lies in one flat range of physical pages, so that it can be handed to another
 * kernel: in place, to one that is told where it lies, or copied, to one that is sent it.
 *
 *   page 0        struct serve_state
 *   page 1 …      cells of 64 bits. A request adds a number that depends on the request alone to one cell that depends on
 *                 the request alone: whatever the order, the same requests make the same data, and a lost one shows.
 *
 * Messages: REQUEST (u64 number, u64 argument) is answered by REPLY (u64 number, u64 counter after it) with the same id.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "channel.h"

#define SERVE_MAGIC 0x0100004556524553ul /* 'SERVE\0\0\1' as it lies in memory */
#define SERVE_VERSION 2ul
#define SERVE_PAGES_MAX 64
#define SERVE_PAGES_DEFAULT 4

struct serve_state {
	uint64_t magic, version;
	uint64_t counter; /* requests answered since the service first began, in whatever kernel */
	uint64_t pages; /* that follow this one */
	uint64_t hash; /* of counter and data, as they were at the last serve_seal or serve_export */
	uint64_t unanswered; /* requests taken since the seal, which only who made it can answer */
	uint64_t epoch; /* 1 where it first began, one more in each kernel beside the last one (migrate.h); not in the hash */
	char follower[NAME_SIZE]; /* peer that is sent the state, by this kernel and by the next one in its place; "": none */
};

/* Pages of the whole range for a state with so many pages of data. */
static inline uint32_t serve_range(uint64_t pages) { return (uint32_t)pages + 1; }

/* Begins with nothing. False: it serves already, or there is no memory. */
bool serve_start(uint32_t pages);
/* Ends the service and gives its pages back. A seal stays. */
void serve_stop(void);

/*
 * From here on requests are held back, SERVE_HELD of them, and the state stays as it is; its hash is brought up to date.
 * Returns the range, NULL when there is no service: requests for one that is about to come can be held as well.
 * serve_unseal answers what was held; without a service, it drops it.
 */
#define SERVE_HELD 128
struct serve_state *serve_seal(void);
void serve_unseal(void);

/* The range as it lies there, NULL when there is no service. */
struct serve_state *serve_range_now(void);
/* 0: there is no service. */
uint64_t serve_epoch(void);
/* Who is sent the state; "": nobody. */
void serve_followed_by(const char *name);

/*
 * For one who sends the state elsewhere while it changes. serve_track: all of it counts as changed. serve_changes copies
 * what has changed since the last call, as of one moment, to a range of the same length, and says which chunks those are.
 * False: there is no service. serve_changed is woken by each change.
 */
#define SERVE_CHUNK 128
#define SERVE_CHUNKS_OF_PAGE (4096 / SERVE_CHUNK)
#define SERVE_CHUNK_WORDS (SERVE_PAGES_MAX * SERVE_CHUNKS_OF_PAGE / 64)
struct serve_changes {
	uint64_t chunks[SERVE_CHUNK_WORDS]; /* bit c: chunk c of the data */
	uint64_t counter;
	uint64_t hash; /* while it is sealed; else 0 */
	bool any;
};
void serve_track(bool on);
bool serve_changes(struct serve_state *to, struct serve_changes *changes);
extern const char serve_changed;
/* Chunk c of the data of a range. */
static inline char *serve_chunk(struct serve_state *range, uint32_t c)
{
	return (char *)range + 4096 + c * SERVE_CHUNK;
}

/*
 * Who asks while there is no service here is told to ask that kernel, by MOVED (u64 number, its name); NULL: is told
 * nothing. serve_move ends the service and answers so what was held back; returns how many requests that were.
 */
void serve_refer(struct channel *to);
uint64_t serve_move(struct channel *to);
/* A peer is deleted: nobody is sent there, and what was held back for it is dropped. */
void serve_forget(const struct channel *peer);
/*
 * In two steps to go on with data that has arrived in pieces: the long one, in which the data has to have that hash, where
 * one is given, and the short one, which may be taken under a lock. NULL: it is done, after the second the range is the
 * service's; else why not.
 */
const char *serve_prepare(struct serve_state *range, uint64_t pages, uint64_t counter, uint64_t epoch,
	const uint64_t *hash);
const char *serve_resume(struct serve_state *range);

/* Copies the range, as of one moment, to `pages` pages. False: no service, or its range is of another length. */
bool serve_export(void *to, uint32_t pages);
/*
 * Goes on where another one stopped, with a copy of its range. Returns NULL, or what is wrong with it: nothing in it is
 * believed before it has been looked at. There must be no service. A seal stays.
 */
const char *serve_import(const void *from, uint32_t pages);
/* The same in place: the pages are ours from now on, and are given to the allocator when the service stops. */
const char *serve_adopt(void *range, uint32_t pages);

/* Prints how the service is: one line. */
void serve_print(void);

/* In interrupt context: a peer's request. */
void serve_message(struct channel *peer, const struct message *message);
