#include "beat.h"

#include "channel.h"
#include "command.h"
#include "heartbeat.h"
#include "printf.h"
#include "riscv.h"
#include "string.h"
#include "thread.h"
#include "timer.h"

static bool on;
/* The thread is there until it has seen that it should not be. */
static bool alive;

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
		printf("%s: heard %lu, silent for %lu ms\n", peers[i].name, peers[i].beats_heard,
			ms_of_ticks(time_now() - peers[i].last_heard));
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
