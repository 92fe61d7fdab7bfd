#include "beat.h"

#include "channel.h"
#include "printf.h"
#include "riscv.h"
#include "thread.h"
#include "timer.h"

#define PERIOD_MS 100
#define LATE_MS 20
#define MISSED_MS 100

static bool on;
/* The thread is there until it has seen that it should not be. */
static bool alive;

static void publish(uint64_t now)
{
	uint64_t n = status->beats + 1;
	for (uint32_t i = 0; i < peer_count; i++)
		channel_send(&peers[i], MSG_SYSTEM, SYSTEM_HEARTBEAT, 0, &n, sizeof n);
	status->last_beat = now;
	status->beats = n;
}

static void beat(uint64_t unused)
{
	(void)unused;
	uint64_t period = ticks_of_ms(PERIOD_MS);
	uint64_t due = time_now() + period;
	for (;;) {
		sleep_prepare();
		if (!on) {
			alive = false;
			sleep_cancel();
			return;
		}
		sleep_on(&on, due);
		uint64_t now = time_now();
		for (; now > due + ticks_of_ms(MISSED_MS); due += period)
			status->beats_missed++;
		if (now < due)
			continue;
		if (now > due + ticks_of_ms(LATE_MS))
			status->beats_late++;
		publish(now);
		due += period;
	}
}

void beat_on(void)
{
	sleep_prepare();
	bool start = !alive;
	on = alive = true;
	sleep_cancel();
	if (start && !thread_start("beat", beat, 0)) {
		on = alive = false;
		printf("beat: no room for a thread\n");
	}
}

void beat_off(void)
{
	sleep_prepare();
	on = false;
	sleep_cancel();
	wake(&on);
}

void beat_print(void)
{
	printf("beat %s: sent %lu, late %lu, missed %lu\n", on ? "on" : "off", status->beats, status->beats_late,
		status->beats_missed);
	for (uint32_t i = 0; i < peer_count; i++)
		printf("%s: heard %lu, silent for %lu ms\n", peers[i].name, peers[i].beats_heard,
			ms_of_ticks(time_now() - peers[i].last_heard));
}
