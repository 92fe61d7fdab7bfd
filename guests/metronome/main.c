/*
 * metronome: a kernel for one thing, being on time. Its periodic tasks run in the timer interrupt of the boot hart, which
 * sleeps in WFI between them: no scheduler, no other thread, no lock that anybody else could hold. How late it is when it
 * wakes is measured by periodic.c; what is left of lateness comes from below, from the machine itself.
 *
 * Command line: period=US tasks=N. On the console: report, reset, quit.
 */
#include "channel.h"
#include "hart.h"
#include "heartbeat.h"
#include "panic.h"
#include "periodic.h"
#include "printf.h"
#include "riscv.h"
#include "sbi.h"
#include "start.h"
#include "string.h"
#include "timer.h"
#include "trap.h"

#define STATUS_MAGIC 0x01004f4e4f52544dul /* 'MTRONO\0\1' as it lies in memory */
#define LINE_MAX 32
#define DELETE 127

static struct periodic periodic;

/* The line being typed: filled by interrupts, taken by the loop of kernel_main once it is complete. */
static char line[LINE_MAX];
static uint32_t length;
static bool line_complete;

/* What the host asked for. */
static bool shutdown_asked;
static uint64_t shutdown_id;

void kernel_timer(void)
{
	/* First of all: what comes before this in the handler would be measured as part of the next task's latency. */
	uint64_t now = time_now();
	/* Tasks due together take turns, and one that waits for another is later by that. */
	for (uint32_t i = 0; i < periodic.count; i++, now = time_now())
		if (periodic_woke(&periodic, i, now))
			status->work++;
	timer_set(periodic_next(&periodic));
}

void kernel_soft(void) {}
void kernel_after_interrupt(void) {}

void kernel_key(char c)
{
	if (line_complete)
		return;
	if (c == '\r' || c == '\n') {
		line[length] = 0;
		line_complete = true;
		printf("\n");
	} else if ((c == '\b' || c == DELETE) && length) {
		length--;
		printf("\b \b");
	} else if (length + 1 < LINE_MAX && c >= ' ' && c <= '~') {
		line[length++] = c;
		printf("%c", c);
	}
}

static void answer(uint32_t subtype, uint64_t id, uint64_t what, int64_t result)
{
	struct {
		uint64_t what;
		int64_t status;
	} said = { what, result };
	channel_send(host, MSG_RESOURCE, subtype + RESOURCE_ACK, id, &said, sizeof said);
}

/* Rings of peers that were deleted, until the main loop has let go of them. Filled in the interrupt. */
static struct {
	uint64_t ring, id;
} leaving[MAX_PEERS];
static volatile uint32_t leaving_count;

/* Of a new peer we never hear, and one that goes is left. More cores or memory would be of no use here. */
static void resource_message(const struct message *message)
{
	if (message->subtype != RESOURCE_PEER_REMOVE) {
		answer(message->subtype, message->id, message_word(message, 0), SBI_ERR_NOT_SUPPORTED);
		return;
	}
	leaving[leaving_count].ring = message_word(message, 0);
	leaving[leaving_count].id = message->id;
	leaving_count++;
	/* The host waits for an answer to each: what comes now stays in its ring. */
	if (leaving_count == MAX_PEERS)
		channel_hold_back(host);
}

/* Nobody but this loop and its interrupts uses a channel, so one that is closed here is not in use. */
static void leave_deleted_peers(void)
{
	interrupts_off();
	while (leaving_count) {
		leaving_count--;
		struct channel *channel = channel_close(leaving[leaving_count].ring);
		if (channel)
			channel_unmap(channel);
		answer(RESOURCE_PEER_REMOVE, leaving[leaving_count].id, leaving[leaving_count].ring, SBI_SUCCESS);
	}
	interrupts_on();
	channel_go_on(host);
}

void kernel_message(struct channel *channel, const struct message *message)
{
	if (channel->is_host) {
		if (message->type == MSG_SYSTEM && message->subtype == SYSTEM_SHUTDOWN) {
			if (shutdown_is_over(message_word(message, 0)))
				return;
			shutdown_id = message->id;
			shutdown_asked = true;
		} else if (message->type == MSG_RESOURCE && message->subtype < RESOURCE_ACK) {
			resource_message(message);
		}
	} else if (message->type == MSG_USER && message->subtype == USER_PING) {
		channel_send(channel, MSG_USER, USER_PONG, message->id, message->payload, message->length);
	} else if (message->type == MSG_SYSTEM && message->subtype == SYSTEM_HEARTBEAT) {
		channel->beats_heard++;
		channel->last_heard = time_now();
	}
}

static void quit(void) { sbi_system_reset(RESET_SHUTDOWN, REASON_NONE); }

static void prompt(void) { printf("%s> ", boot_info.name[0] ? boot_info.name : "metronome"); }

static void run_line(void)
{
	if (strcmp(line, "report") == 0) {
		periodic_print(&periodic);
	} else if (strcmp(line, "reset") == 0) {
		interrupts_off();
		periodic_reset(&periodic);
		interrupts_on();
	} else if (strcmp(line, "quit") == 0) {
		quit();
	} else if (line[0]) {
		printf("report, reset or quit?\n");
	}
	length = 0;
	line_complete = false;
	prompt();
}

static void start_tasks(void)
{
	uint64_t period_us = PERIOD_DEFAULT_US, tasks = 1;
	boot_option_number("period", &period_us);
	boot_option_number("tasks", &tasks);
	if (!periodic_allowed(period_us, tasks)) {
		printf("metronome: period=%lu tasks=%lu is not possible (%d to %d us, 1 to %d tasks)\n", period_us, tasks,
			PERIOD_LEAST_US, PERIOD_MOST_US, PERIODIC_MAX);
		period_us = PERIOD_DEFAULT_US;
		tasks = 1;
	}
	printf("metronome%s%s: core %lu, %lu tasks of %lu us\n", boot_info.name[0] ? " on " : "", boot_info.name, boot_hart,
		tasks, period_us);
	periodic_start(&periodic, period_us, (uint32_t)tasks);
	timer_set(periodic_next(&periodic));
}

void kernel_main(void)
{
	*status = (struct status){ .harts_online = 1ul << boot_hart };
	__atomic_store_n(&status->magic, STATUS_MAGIC, __ATOMIC_RELEASE);
	hart_entered();
	/* What was published before our interrupts were on. */
	channel_drain_all();
	start_tasks();
	prompt();
	uint64_t beat_due = time_now() + heartbeat_period();
	for (;;) {
		/* Interrupts stay off until WFI has seen them: one that comes after the look at what there is to do ends it. */
		interrupts_off();
		if (!line_complete && !shutdown_asked && !leaving_count)
			wait_for_interrupt();
		interrupts_on();
		if (shutdown_asked) {
			channel_send(host, MSG_SYSTEM, SYSTEM_SHUTDOWN_ACK, shutdown_id, NULL, 0);
			quit();
		}
		if (leaving_count)
			leave_deleted_peers();
		if (line_complete)
			run_line();
		uint64_t now = time_now();
		if (now >= beat_due)
			periodic_publish(&periodic);
		heartbeat(&beat_due, now);
	}
}

/* One hart is all this kernel starts. */
void secondary_main(void) { panic("a second core"); }
