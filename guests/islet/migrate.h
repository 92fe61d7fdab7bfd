/*
 * The sending side of a hand-over by messages: the state of `serve` goes to a peer while it changes. First all of it, then
 * what has changed since, as long as somebody follows.
 *
 *   STATE_BEGIN (u64 pages, u64 epoch), then again and again
 *   STATE_DATA  (u64 chunk, its bytes) …
 *   STATE_MARK  (u64 counter, u64 hash, u64 how): what has come so far is the state as of one moment. At least every
 *               MIGRATE_BEAT_MS, which is the heartbeat of the service. `how` is one of MARK_*.
 *   STATE_END   The service was ended on purpose (`serve off`), or is not there: there is nothing to take over.
 *
 * and from a standby, which follows without a controller
 *
 *   FOLLOW      Send me the state; from one that follows already: from its beginning.
 *   UNFOLLOW    I do not follow you: the answer to STATE_BEGIN and STATE_MARK of one who is not followed.
 *   TAKEN (u64 epoch)  I serve under this epoch: the same answer of one that has taken over from the sender. Sent unasked at a
 *               take-over, and again while the ring is full or nobody runs there, until the peer has it or is deleted.
 *
 * Who serves. A service has an epoch: 1 at `serve on`, one more in each kernel beside the last one, be that a hand-over or
 * a standby that takes over; the next kernel in the same place (kexec) keeps it, because the controller has seen the one before
 * it stop. The epoch and the follower's name lie in the state (serve.h), so the next kernel in place goes on sending, with a
 * STATE_BEGIN, before it answers anybody. Who serves and hears TAKEN with a higher epoch from the last one that followed it ends
 * its service, and sends who asks to that one. From nobody else: no other peer can end a service.
 *
 * A follower takes over when its peer has been silent for FOLLOW_SILENT_MS, or does not run. Before a kexec hand-over
 * freezes, the sealed state is sent with MARK_PAUSED: the follower then has everything that was answered, and waits for
 * FOLLOW_PAUSE_MS, also while nobody runs there. If the next kernel does not come, nothing is lost.
 *
 * Two serve at once
 *   - for a moment, when a follower takes over from one that was only slow: until that one has drained its ring. No kernel can
 *     stop another one; what it answered meanwhile is lost, and the client counts it.
 *   - likewise when the next kernel in place comes after FOLLOW_PAUSE_MS: until the answer to its STATE_BEGIN.
 *   - for good, when somebody types `serve on` where a service was lost or moved from: that is a second service.
 * Two never go on serving the same state, unless their channel is deleted in between: then nobody can tell either.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "channel.h"

#define MIGRATE_BEAT_MS 50

#define MARK_GOES_ON 0
#define MARK_SEALED 1 /* the last one, and the hash is that of the state: the follower is to serve */
#define MARK_PAUSED 2 /* sealed for the next kernel in this place */

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
/* The service is about to be ended on purpose: the follower is told, and takes nothing over. */
void migrate_end(void);
/* It is sealed for the next kernel in place. Returns when the follower has been sent all of it, or has read too slowly. */
void migrate_pause(void);
void migrate_unpause(void);
/* In interrupt context: a peer wants to follow, or does not, or says that it serves now. */
void migrate_message(struct channel *peer, const struct message *message);
