/* The other side of serve: numbered requests to a peer, and what becomes of them. */
#pragma once

#include "channel.h"

/* In interrupt context: a peer's REPLY. */
void request_message(struct channel *peer, const struct message *message);
