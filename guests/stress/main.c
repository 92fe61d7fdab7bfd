/*
 * stress: finds lost wake-ups. By default a storm (storm.c); with "quiet" on the command line, harts each of which has one
 * single source of waking (quiet.c).
 */
#include "hart.h"
#include "printf.h"
#include "riscv.h"
#include "sbi.h"
#include "start.h"
#include "stress.h"
#include "trap.h"

#define STATUS_MAGIC 0x0100535345525453ul /* 'STRESS\0\1' as it lies in memory */

static bool quiet;
static bool shutdown;
static uint64_t shutdown_id;

void kernel_soft(void)
{
	if (quiet)
		quiet_soft();
	else
		storm_soft();
}

void kernel_timer(void) {}

void kernel_after_interrupt(void)
{
	if (!quiet)
		storm_after_interrupt();
}

void kernel_key(char c) { (void)c; }

void kernel_message(struct channel *channel, const struct message *message)
{
	if (channel->is_host && message->type == MSG_SYSTEM && message->subtype == SYSTEM_SHUTDOWN) {
		if (shutdown_is_over(message_word(message, 0)))
			return;
		shutdown_id = message->id;
		__atomic_store_n(&shutdown, true, __ATOMIC_RELEASE);
	} else if (quiet && !channel->is_host) {
		quiet_peer_message(channel, message);
	} else if (channel->is_host && message->type == MSG_RESOURCE && message->subtype < RESOURCE_ACK) {
		if (quiet)
			refuse_resource(message);
		else
			storm_resource(message);
	} else if (!quiet && !channel->is_host) {
		storm_peer_message(channel, message);
	}
}

void refuse_resource(const struct message *message)
{
	uint64_t answer[2] = { message_word(message, 0), (uint64_t)SBI_ERR_NOT_SUPPORTED };
	channel_send(host, MSG_RESOURCE, message->subtype + RESOURCE_ACK, message->id, answer, sizeof answer);
}

bool shutdown_asked(void) { return __atomic_load_n(&shutdown, __ATOMIC_ACQUIRE); }

void obey_shutdown(void)
{
	if (!shutdown_asked())
		return;
	channel_send(host, MSG_SYSTEM, SYSTEM_SHUTDOWN_ACK, shutdown_id, NULL, 0);
	sbi_system_reset(RESET_SHUTDOWN, REASON_NONE);
}

void secondary_main(void)
{
	hart_entered();
	__atomic_or_fetch(&status->harts_online, 1ul << this_hart()->id, __ATOMIC_RELAXED);
	if (quiet)
		quiet_secondary();
	storm_secondary();
}

void kernel_main(void)
{
	hart_entered();
	char value[2], cores[64];
	quiet = boot_option("quiet", value, sizeof value);
	*status = (struct status){ .magic = STATUS_MAGIC, .harts_online = 1ul << boot_hart };
	hart_start_all();
	hart_mask_text(cores, sizeof cores, harts_online_mask());
	printf("stress: cores %s, peers %u\n", cores, peer_count);
	interrupts_on();
	channel_drain_all();
	if (quiet)
		quiet_main();
	storm_main();
}
