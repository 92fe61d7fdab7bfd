/* Balls that go to a peer and come back: what a message between two kernels costs. */
#pragma once

#include "channel.h"

/* With interrupts off: a peer's BALL, BALL_BACK or POLL. */
void ball_message(struct channel *peer, const struct message *message);
