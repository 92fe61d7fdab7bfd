/*
 * Beats. A kernel's beat n is due at t0 + n * 100 ms. It is late if it was published more than 20 ms after it was due, and
 * missed if more than 100 ms after or never; the kernel counts its own in the status block.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Ticks from one beat to the next. */
uint64_t heartbeat_period(void);
/* At `now`: publishes the beat due at *due to all peers, if it is, counts those that were missed, and sets the next. */
void heartbeat(uint64_t *due, uint64_t now);
