/* The thread that beats (heartbeat.h says how), and what we hear of each peer's beats. */
#pragma once

void beat_on(void);
