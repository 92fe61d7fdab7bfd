/*
 * The sending side of a hand-over by messages: the state of `serve` goes to a peer while it changes. First all of it, then
 * what has changed since, as long as somebody follows.
 *
 *   STATE_BEGIN (u64 pages), then again and again
 *   STATE_DATA  (u64 chunk, its bytes) …
 *   STATE_MARK  (u64 counter, u64 hash, u64 final): what has come so far is the state as of one moment. At least every
 *               MIGRATE_BEAT_MS, which is the heartbeat of the service. With `final` it is sealed, and this is its hash.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "channel.h"

#define MIGRATE_BEAT_MS 50

/* Begins to send to a peer. False: there is no service, or no memory, or somebody is sent to already. Any context. */
bool migrate_start(struct channel *to, uint64_t id);
/* Seals the service, sends what is left and the final mark. False: nothing is being sent. */
bool migrate_commit(void);
/* Ends what was begun with this id; a service that was sealed for it goes on. */
void migrate_cancel(uint64_t id);
/*
 * The follower serves from now on: the service here ends, and who asks is sent there; how many requests were is told.
 * False: nobody follows, and the service goes on.
 */
bool migrate_done(uint64_t *sent_on);
/* A peer is deleted: if it was the follower, nothing is sent any more. */
void migrate_forget(const struct channel *peer);
/* In interrupt context: a peer wants to follow, or says that it serves now. */
void migrate_message(struct channel *peer, const struct message *message);
