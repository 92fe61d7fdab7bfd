/*
 * Beats. Beat n is due at t0 + n × 100 ms of machine time; published more than 20 ms after that it is late, after more than
 * 100 ms, or never, it is missed.
 */
#pragma once

void beat_on(void);
void beat_off(void);
/* Our own beats, and what we hear of each peer's. */
void beat_print(void);
