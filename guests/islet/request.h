/* The other side of serve: numbered requests to a peer, and what becomes of them. */
#pragma once

#include "channel.h"

/* In interrupt context: a peer's REPLY. */
void request_message(struct channel *peer, const struct message *message);
/* A peer is deleted: the other of the two is asked, if there is one; else the rest of the run is dropped. */
void request_forget(const struct channel *peer);
