/* Talking to peers. */
#pragma once

#include <stdint.h>

#include "channel.h"

/* Sends `count` pings, one after the other, and prints what comes of each. */
void peer_ping(struct channel *peer, uint32_t count);
/* The peer prints the text on its console. */
void peer_send_text(struct channel *peer, const char *text);
void peer_print_all(void);
