#include "manage.h"

#include "follow.h"
#include "handover.h"
#include "hart.h"
#include "line.h"
#include "migrate.h"
#include "panic.h"
#include "printf.h"
#include "request.h"
#include "riscv.h"
#include "sbi.h"
#include "serve.h"
#include "string.h"
#include "thread.h"
#include "timer.h"
#include "virtio.h"
#include "vm.h"

#define QUEUE 32
#define STOP_LIMIT_MS 1000
#define NOBODY (~0ul)

struct request {
	uint32_t type, subtype;
	uint64_t id;
	/*
	 * The hart; or base and size of the memory; or the rings of a channel, and whose; or registers and interrupt; or until
	 * when.
	 */
	uint64_t what, size;
	char name[NAME_SIZE];
	/* An ADD that came too late, or the REMOVE behind it, which says so. */
	bool withdrawn;
};

/* Where the name stands in the payload of PEER_ADD, and of DEVICE_ADD and DEVICE_REMOVE. */
#define PEER_NAME 24
#define DEVICE_NAME 16

/* Filled in the interrupt (by one hart at a time: the channel's lock), emptied by the thread. */
static struct request queue[QUEUE];
static uint32_t queue_in, queue_out;

static uint64_t stopper = NOBODY;

void manage_message(const struct message *message)
{
	uint32_t in = queue_in;
	struct request *request = &queue[in % QUEUE];
	*request = (struct request){ message->type, message->subtype, message->id, message_word(message, 0),
		message_word(message, 1), "", false };
	bool device = message->subtype == RESOURCE_DEVICE_ADD || message->subtype == RESOURCE_DEVICE_REMOVE;
	uint32_t at = device ? DEVICE_NAME : PEER_NAME;
	uint32_t length = message->length > at ? message->length - at : 0;
	memcpy(request->name, message->payload + at, length < NAME_SIZE ? length : NAME_SIZE - 1);
	__atomic_store_n(&queue_in, in + 1, __ATOMIC_RELEASE);
	/* No order is lost: the host waits for an answer to each. */
	if (in + 1 - __atomic_load_n(&queue_out, __ATOMIC_ACQUIRE) == QUEUE)
		channel_hold_back(host);
	wake(queue);
}

/*
 * The host follows a request that was not acknowledged in time by its opposite, and what it was about may be another's by
 * then. Marks what is queued behind an ADD and takes it back. True: there is such a request.
 */
static bool withdraw(const struct request *add, uint32_t opposite)
{
	uint32_t in = __atomic_load_n(&queue_in, __ATOMIC_ACQUIRE);
	for (uint32_t at = queue_out; at != in; at++) {
		struct request *remove = &queue[at % QUEUE];
		if (remove->type != MSG_RESOURCE || remove->subtype != opposite || remove->what != add->what)
			continue;
		remove->withdrawn = true;
		return true;
	}
	return false;
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
	/* At each request: had the queue been full just before this one went, the next would see that it is held back. */
	channel_go_on(host);
	return request;
}

static void acknowledge(const struct request *request, int64_t result)
{
	struct {
		uint64_t what;
		int64_t status;
	} answer = { request->what, result };
	channel_send(host, MSG_RESOURCE, request->subtype + RESOURCE_ACK, request->id, &answer, sizeof answer);
}

static void add_core(const struct request *request)
{
	int64_t error = hart_start(request->what);
	if (error)
		notice("core %lu did not join: %s\n", request->what, sbi_error_name(error));
	else
		notice("core %lu joined\n", request->what);
	acknowledge(request, error);
}

static void remove_core(const struct request *request)
{
	int64_t error = core_leave(request->what);
	if (error)
		notice("core %lu stays: %s\n", request->what, sbi_error_name(error));
	else
		notice("core %lu left\n", request->what);
	acknowledge(request, error);
}

static void add_memory(const struct request *request)
{
	bool added = vm_add_memory(request->what, request->size);
	notice(added ? "%lu MB at 0x%lx joined\n" : "%lu MB at 0x%lx did not join\n", request->size >> 20, request->what);
	acknowledge(request, added ? SBI_SUCCESS : SBI_ERR_INVALID_PARAM);
}

static void remove_memory(const struct request *request)
{
	bool removed = vm_remove_memory(request->what, request->size);
	notice(removed ? "%lu MB at 0x%lx left\n" : "%lu MB at 0x%lx stay: in use\n", request->size >> 20, request->what);
	acknowledge(request, removed ? SBI_SUCCESS : SBI_ERR_FAILED);
}

static void add_peer(const struct request *request)
{
	bool added = channel_add(request->name, request->what, request->size);
	notice(added ? "%s is a peer now\n" : "%s is one peer too many\n", request->name);
	acknowledge(request, added ? SBI_SUCCESS : SBI_ERR_FAILED);
}

static void remove_peer(const struct request *request)
{
	struct channel *channel = channel_close(request->what);
	/* One that we never took, or that was there twice, is not used either. */
	if (channel) {
		/* Its place is the next one's: nobody may go on to mean the kernel that was there. */
		follow_forget(channel);
		migrate_forget(channel);
		serve_forget(channel);
		request_forget(channel);
		while (channel_in_use(channel))
			sleep_until(time_now() + ticks_of_ms(1));
		channel_unmap(channel);
		notice("%s is a peer no more\n", channel->name);
	}
	acknowledge(request, SBI_SUCCESS);
}

static void add_device(const struct request *request)
{
	bool added = virtio_add(request->what, (uint32_t)request->size, request->name);
	notice(added ? "%s joined\n" : "%s did not join\n", request->name);
	acknowledge(request, added ? SBI_SUCCESS : SBI_ERR_FAILED);
}

/* One that we never took is not used either. */
static void remove_device(const struct request *request)
{
	if (virtio_remove(request->what))
		notice("%s left\n", request->name);
	acknowledge(request, SBI_SUCCESS);
}

/* What the host asks of our resources, who does it, and what takes it back when it comes too late. */
static const struct {
	uint32_t subtype;
	void (*run)(const struct request *request);
	uint32_t opposite;
} resource_requests[] = {
	{ RESOURCE_CPU_ADD, add_core, RESOURCE_CPU_REMOVE },
	{ RESOURCE_CPU_REMOVE, remove_core, 0 },
	{ RESOURCE_MEM_ADD, add_memory, RESOURCE_MEM_REMOVE },
	{ RESOURCE_MEM_REMOVE, remove_memory, 0 },
	{ RESOURCE_DEVICE_ADD, add_device, RESOURCE_DEVICE_REMOVE },
	{ RESOURCE_DEVICE_REMOVE, remove_device, 0 },
	{ RESOURCE_PEER_ADD, add_peer, 0 },
	{ RESOURCE_PEER_REMOVE, remove_peer, 0 },
};
#define RESOURCE_REQUESTS (sizeof resource_requests / sizeof *resource_requests)

/* A host that asks for something we do not know hears that, and need not wait. */
static void resource(const struct request *request)
{
	size_t i = 0;
	while (i < RESOURCE_REQUESTS && resource_requests[i].subtype != request->subtype)
		i++;
	if (i == RESOURCE_REQUESTS)
		acknowledge(request, SBI_ERR_NOT_SUPPORTED);
	else if (request->withdrawn)
		acknowledge(request, SBI_SUCCESS);
	else if (resource_requests[i].opposite && withdraw(request, resource_requests[i].opposite))
		acknowledge(request, SBI_ERR_DENIED);
	else
		resource_requests[i].run(request);
}

static void manage(uint64_t unused)
{
	(void)unused;
	for (;;) {
		struct request request = next_request();
		if (request.type == MSG_RESOURCE) {
			resource(&request);
		} else if (request.type == MSG_SYSTEM && request.subtype == SYSTEM_SHUTDOWN) {
			if (shutdown_is_over(request.what))
				continue;
			notice("shutting down: the host asks for it\n");
			channel_send(host, MSG_SYSTEM, SYSTEM_SHUTDOWN_ACK, request.id, NULL, 0);
			power_off();
		} else if (request.type == MSG_SYSTEM) {
			handover_request(request.subtype, request.id, request.what);
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

/* Interrupts are off when it returns. */
static void stop_others(void)
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
}

void power_off(void)
{
	stop_others();
	sbi_system_reset(RESET_SHUTDOWN, REASON_NONE);
}

void stop_all(void)
{
	stop_others();
	sbi_hart_stop();
	panic("core %lu does not stop", this_hart()->id);
}
