#include "heartbeat.h"

#include <stddef.h>

#include "channel.h"
#include "timer.h"

#define PERIOD_MS 100
#define LATE_MS 20
#define MISSED_MS 100

static void publish(uint64_t now)
{
	uint64_t n = status->beats + 1;
	for (uint32_t i = 0; i < peer_count; i++)
		channel_send(&peers[i], MSG_SYSTEM, SYSTEM_HEARTBEAT, 0, &n, sizeof n);
	status->last_beat = now;
	status->beats = n;
}

uint64_t heartbeat_period(void) { return ticks_of_ms(PERIOD_MS); }

void heartbeat(uint64_t *due, uint64_t now)
{
	for (; now > *due + ticks_of_ms(MISSED_MS); *due += heartbeat_period())
		status->beats_missed++;
	if (now < *due)
		return;
	if (now > *due + ticks_of_ms(LATE_MS))
		status->beats_late++;
	publish(now);
	*due += heartbeat_period();
}
