#include "beat.h"

#include "channel.h"
#include "command.h"
#include "heartbeat.h"
#include "line.h"
#include "printf.h"
#include "riscv.h"
#include "string.h"
#include "thread.h"
#include "timer.h"

/* A peer that beat and has not been heard for so long has fallen silent: the patience of a standby, five beats. */
#define SILENT_MS 500

static bool on;
/* The thread is there until it has seen that it should not be. */
static bool alive;

/* Says once of each peer that it has fallen silent, at most a period after it has. */
static void listen(void)
{
	for (uint32_t i = 0; i < peer_count; i++) {
		struct channel *peer = &peers[i];
		if (!peer->open || !peer->beats_heard)
			continue;
		/* Read before the clock: a beat that is heard meanwhile must not lie in the future. */
		uint64_t heard = __atomic_load_n(&peer->last_heard, __ATOMIC_ACQUIRE);
		uint64_t since = time_now() - heard;
		bool silent = since >= ticks_of_ms(SILENT_MS);
		if (silent && !peer->silent) {
			peer->silences++;
			notice("%s is silent: no beat for %lu ms\n", peer->name, ms_of_ticks(since));
		}
		peer->silent = silent;
	}
}

static void beat(uint64_t unused)
{
	(void)unused;
	uint64_t due = time_now() + heartbeat_period();
	for (;;) {
		sleep_prepare();
		if (!on) {
			alive = false;
			sleep_cancel();
			return;
		}
		sleep_on(&on, due);
		heartbeat(&due, time_now());
		listen();
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

static void beat_off(void)
{
	sleep_prepare();
	on = false;
	sleep_cancel();
	wake(&on);
}

static void print(void)
{
	printf("beat %s: sent %lu, late %lu, missed %lu\n", on ? "on" : "off", status->beats, status->beats_late,
		status->beats_missed);
	for (uint32_t i = 0; i < peer_count; i++) {
		if (!peers[i].open)
			continue;
		printf("%s: heard %lu, silent for %lu ms, fell silent %lu times\n", peers[i].name, peers[i].beats_heard,
			ms_of_ticks(time_now() - peers[i].last_heard), peers[i].silences);
	}
}

static void command_beat(int argc, char **argv)
{
	if (argc == 1)
		print();
	else if (strcmp(argv[1], "on") == 0)
		beat_on();
	else if (strcmp(argv[1], "off") == 0)
		beat_off();
	else
		printf("beat: on or off?\n");
}

const struct command beat_commands[] = {
	{ "beat", "[on|off]: a heartbeat each 100 ms", command_beat },
	{ 0 },
};
