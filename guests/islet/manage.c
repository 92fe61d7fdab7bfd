#include "manage.h"

#include "hart.h"
#include "line.h"
#include "printf.h"
#include "riscv.h"
#include "sbi.h"
#include "thread.h"
#include "timer.h"

#define QUEUE 32
#define STOP_LIMIT_MS 1000
#define NOBODY (~0ul)

struct request {
	uint32_t type, subtype;
	uint64_t id, hart;
};

/* Filled in the interrupt (by one hart at a time: the channel's lock), emptied by the thread. */
static struct request queue[QUEUE];
static uint32_t queue_in, queue_out;

static uint64_t stopper = NOBODY;

void manage_message(const struct message *message)
{
	uint32_t in = queue_in;
	if (in - __atomic_load_n(&queue_out, __ATOMIC_ACQUIRE) == QUEUE)
		return;
	queue[in % QUEUE] = (struct request){ message->type, message->subtype, message->id, message_word(message, 0) };
	__atomic_store_n(&queue_in, in + 1, __ATOMIC_RELEASE);
	wake(queue);
}

static struct request next_request(void)
{
	sleep_prepare();
	while (__atomic_load_n(&queue_in, __ATOMIC_ACQUIRE) == queue_out) {
		sleep_on(queue, NEVER);
		sleep_prepare();
	}
	sleep_cancel();
	struct request request = queue[queue_out % QUEUE];
	__atomic_store_n(&queue_out, queue_out + 1, __ATOMIC_RELEASE);
	return request;
}

static void acknowledge(const struct request *request, int64_t result)
{
	struct {
		uint64_t hart;
		int64_t status;
	} answer = { request->hart, result };
	channel_send(host, MSG_RESOURCE, request->subtype + RESOURCE_ACK, request->id, &answer, sizeof answer);
}

static void add_core(const struct request *request)
{
	int64_t error = hart_start(request->hart);
	if (error)
		notice("core %lu did not join: %s\n", request->hart, sbi_error_name(error));
	else
		notice("core %lu joined\n", request->hart);
	acknowledge(request, error);
}

static void remove_core(const struct request *request)
{
	int64_t error = core_leave(request->hart);
	if (error)
		notice("core %lu stays: %s\n", request->hart, sbi_error_name(error));
	else
		notice("core %lu left\n", request->hart);
	acknowledge(request, error);
}

static void manage(uint64_t unused)
{
	(void)unused;
	for (;;) {
		struct request request = next_request();
		if (request.type == MSG_RESOURCE && request.subtype == RESOURCE_CPU_ADD) {
			add_core(&request);
		} else if (request.type == MSG_RESOURCE && request.subtype == RESOURCE_CPU_REMOVE) {
			remove_core(&request);
		} else if (request.type == MSG_SYSTEM && request.subtype == SYSTEM_SHUTDOWN) {
			notice("shutting down: the host asks for it\n");
			channel_send(host, MSG_SYSTEM, SYSTEM_SHUTDOWN_ACK, request.id, NULL, 0);
			power_off();
		}
	}
}

void manage_start(void)
{
	if (host)
		thread_start("manage", manage, 0);
}

void stop_if_asked(void)
{
	uint64_t who = __atomic_load_n(&stopper, __ATOMIC_ACQUIRE);
	if (who != NOBODY && who != this_hart()->id)
		sbi_hart_stop();
}

static bool all_others_stopped(void)
{
	for (uint64_t id = 0; id < MAX_HARTS; id++)
		if (id != this_hart()->id && hart_online(id) && sbi_hart_status(id).value != HSM_STOPPED)
			return false;
	return true;
}

void power_off(void)
{
	uint64_t nobody = NOBODY;
	push_off();
	uint64_t self = this_hart()->id;
	/* Two at once: the second stops like any other core. */
	if (!__atomic_compare_exchange_n(&stopper, &nobody, self, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		stop_if_asked();
	for (uint64_t id = 0; id < MAX_HARTS; id++)
		if (id != self && hart_online(id))
			sbi_send_ipi(id);
	/* Whatever a core does, the end comes. */
	for (uint64_t limit = time_now() + ticks_of_ms(STOP_LIMIT_MS); !all_others_stopped() && time_now() < limit;)
		pause();
	sbi_system_reset(RESET_SHUTDOWN, REASON_NONE);
}
