/* kerf: managing the other kernels of the machine, for the host instance. */
#pragma once

#include "channel.h"

/* In interrupt context: a part of an answer. */
void kerf_message(const struct message *message);
