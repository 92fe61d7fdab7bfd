/*
 * The receiving side of a hand-over by messages (migrate.h has them): keeps a copy of a peer's service up to date, and goes
 * on with it when the host says so, or, as a standby, when the peer has been silent for FOLLOW_SILENT_MS or has stopped
 * (FOLLOW_PAUSE_MS where it has said that the next kernel comes in its place). What is received becomes the copy at each mark alone: the copy is the state as of one moment, never a mixture.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "channel.h"

#define FOLLOW_SILENT_MS 500
/* More than a kexec hand-over takes; one that takes longer finds that its service is taken. */
#define FOLLOW_PAUSE_MS 2000

/*
 * Begins to follow. `id` is that of the host's request, which READY and DONE have, too; a standby tells the peer, not the
 * host. False: there is a service here, or somebody is followed already.
 */
bool follow_start(struct channel *from, bool standby, uint64_t id);
/*
 * Forgets what was received under this id, also if the service goes on here already; nothing about any other. When it
 * returns, nobody is followed under this id and no service of its begins any more. Only for a thread: it may have to wait.
 */
void follow_cancel(uint64_t id);
/*
 * A peer is deleted, and its channel closed: what was received from it is forgotten; a standby takes over, which is waited
 * for.
 */
void follow_forget(const struct channel *peer);
/* In interrupt context: a piece of the state. */
void follow_message(struct channel *peer, const struct message *message);
void follow_print(void);
