#include "channel.h"

#include "hart.h"
#include "printf.h"
#include "sbi.h"
#include "start.h"
#include "string.h"
#include "timer.h"
#include "vm.h"

struct channel peers[MAX_PEERS];
uint32_t peer_count;
struct channel *host;

static struct channel host_channel = { .name = "host", .is_host = true };
static struct status private_status;
struct status *status = &private_status;

/* A property of the multikernel binding. */
static bool number(fdt_node node, const char *name, uint64_t *value)
{
	char full[64] = "multikernel,";
	string_copy(full + strlen(full), name, sizeof full - strlen(full));
	return fdt_number(node, full, value);
}

/* Fills a channel from the properties of a node; false when they are not all there. */
static bool attach(struct channel *channel, fdt_node node)
{
	uint64_t in, in_pages, out, out_pages;
	if (!number(node, "ipi-buffer", &in) || !number(node, "ipi-pages", &in_pages) ||
		!number(node, "host-ipi-buffer", &out) || !number(node, "host-ipi-pages", &out_pages) ||
		in_pages < RING_PAGES || out_pages < RING_PAGES)
		return false;
	if (!number(node, "host-ipi-cpu", &channel->tree_cpu))
		channel->tree_cpu = NO_RECEIVER;
	vm_map_direct(in, RING_PAGES * PAGE_SIZE);
	vm_map_direct(out, RING_PAGES * PAGE_SIZE);
	channel->out = direct(out);
	/* The controller emptied the ring before it started us. */
	channel->in = (struct ring_reader){ .ring = direct(in), .epoch = ((struct ring *)direct(in))->epoch };
	channel->last_heard = time_now();
	channel->open = true;
	return true;
}

void channel_init(fdt_node chosen)
{
	const char *name = fdt_string(chosen, "multikernel,instance-name");
	if (name)
		boot_info.name = name;
	if (attach(&host_channel, chosen)) {
		host = &host_channel;
		status = (struct status *)host->out->status;
	}
	for (fdt_node node = fdt_first_child(chosen); node; node = fdt_next_sibling(node)) {
		const char *peer = fdt_string(node, "multikernel,instance-name");
		if (!peer || strncmp(fdt_name(node), "peer@", 5) != 0 || peer_count == MAX_PEERS)
			continue;
		struct channel *channel = &peers[peer_count];
		if (!attach(channel, node))
			continue;
		string_copy(channel->name, peer, sizeof channel->name);
		peer_count++;
	}
}

struct channel *channel_find(const char *name)
{
	for (uint32_t i = 0; i < peer_count; i++)
		if (peers[i].open && strcmp(peers[i].name, name) == 0)
			return &peers[i];
	return NULL;
}

bool channel_add(const char *name, uint64_t in, uint64_t out)
{
	uint32_t place = 0;
	while (place < peer_count && peers[place].open)
		place++;
	if (place == MAX_PEERS)
		return false;
	struct channel *channel = &peers[place];
	vm_map_pages(in, RING_PAGES * PAGE_SIZE);
	vm_map_pages(out, RING_PAGES * PAGE_SIZE);
	string_copy(channel->name, name, sizeof channel->name);
	channel->out = direct(out);
	channel->in = (struct ring_reader){ .ring = direct(in), .epoch = ((struct ring *)direct(in))->epoch };
	channel->tree_cpu = NO_RECEIVER;
	channel->unringable = 0;
	channel->beats_heard = channel->malformed = channel->silences = 0;
	channel->silent = false;
	channel->last_heard = time_now();
	__atomic_store_n(&channel->open, true, __ATOMIC_RELEASE);
	if (place == peer_count)
		__atomic_store_n(&peer_count, place + 1, __ATOMIC_RELEASE);
	return true;
}

struct channel *channel_close(uint64_t in)
{
	for (uint32_t i = 0; i < peer_count; i++) {
		struct channel *channel = &peers[i];
		if (!channel->open || channel->in.ring != direct(in))
			continue;
		/* Under the lock: nobody is receiving. */
		acquire(&channel->lock);
		__atomic_store_n(&channel->open, false, __ATOMIC_SEQ_CST);
		release(&channel->lock);
		return channel;
	}
	return NULL;
}

bool shutdown_is_over(uint64_t until) { return until && time_now() > until; }

bool channel_in_use(const struct channel *channel) { return __atomic_load_n(&channel->users, __ATOMIC_SEQ_CST) != 0; }

void channel_unmap(struct channel *channel)
{
	vm_unmap_pages((uint64_t)channel->in.ring - DIRECT, RING_PAGES * PAGE_SIZE);
	vm_unmap_pages((uint64_t)channel->out - DIRECT, RING_PAGES * PAGE_SIZE);
}

/* Counted before it looks: whoever closes the channel looks at the count afterwards, so one of the two sees the other. */
static bool enter(struct channel *channel)
{
	__atomic_add_fetch(&channel->users, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&channel->open, __ATOMIC_SEQ_CST))
		return true;
	__atomic_sub_fetch(&channel->users, 1, __ATOMIC_SEQ_CST);
	return false;
}

static void leave(struct channel *channel) { __atomic_sub_fetch(&channel->users, 1, __ATOMIC_SEQ_CST); }

uint64_t channel_receiver(struct channel *channel)
{
	if (!enter(channel))
		return NO_RECEIVER;
	uint64_t hart = __atomic_load_n(&channel->out->receiver_cpu, __ATOMIC_ACQUIRE);
	leave(channel);
	return hart;
}

/*
 * Rings the other end. The ring's word is the newer one: the peer may have been started again on other harts. A number that
 * is no hart is never given to the firmware, to which ~0 would mean all harts of our own.
 */
static int ring_doorbell(struct channel *channel)
{
	uint64_t hart = __atomic_load_n(&channel->out->receiver_cpu, __ATOMIC_ACQUIRE);
	if (channel->is_host) {
		sbi_mk_notify();
		return SEND_OK;
	}
	if (hart == NO_RECEIVER)
		return SEND_NOT_RUNNING;
	if (hart >= MAX_HARTS)
		hart = channel->tree_cpu;
	if (hart >= MAX_HARTS) {
		/* Once: heartbeats come this way many times a second. */
		if (!__atomic_exchange_n(&channel->unringable, 1, __ATOMIC_RELAXED))
			printf("%s cannot be rung: neither its ring nor host-ipi-cpu names a hart below %d\n", channel->name,
				MAX_HARTS);
		return SEND_DENIED;
	}
	return sbi_send_ipi(hart) ? SEND_DENIED : SEND_OK;
}

static int post(struct channel *channel, struct message *message, const void *payload, uint32_t length)
{
	if (!channel->is_host && __atomic_load_n(&channel->out->receiver_cpu, __ATOMIC_ACQUIRE) == NO_RECEIVER)
		return SEND_NOT_RUNNING;
	if (!message->id)
		message->id = __atomic_add_fetch(&channel->next_id, 1, __ATOMIC_RELAXED);
	message->length = length < PAYLOAD_MAX ? length : PAYLOAD_MAX;
	memcpy(message->payload, payload, message->length);
	return ring_send(channel->out, this_hart()->id, message) ? SEND_OK : SEND_FULL;
}

int channel_post(struct channel *channel, uint32_t type, uint32_t subtype, uint64_t id, const void *payload, uint32_t length)
{
	struct message message = { .type = type, .subtype = subtype, .id = id };
	if (!enter(channel))
		return SEND_NOT_RUNNING;
	int posted = post(channel, &message, payload, length);
	leave(channel);
	return posted;
}

int channel_send(struct channel *channel, uint32_t type, uint32_t subtype, uint64_t id, const void *payload, uint32_t length)
{
	int posted = channel_post(channel, type, subtype, id, payload, length);
	if (posted == SEND_NOT_RUNNING || !enter(channel))
		return posted;
	int rung = ring_doorbell(channel);
	leave(channel);
	return posted == SEND_OK ? rung : posted;
}

uint32_t channel_poll(struct channel *channel)
{
	struct message message;
	bool malformed;
	uint32_t taken = 0;
	acquire(&channel->lock);
	if (!channel->open) {
		release(&channel->lock);
		return 0;
	}
	/* One ring full at most: whatever is published later comes with a doorbell of its own. */
	for (; taken < RING_SLOTS && !channel->held_back && ring_receive(&channel->in, &message, &malformed); taken++) {
		if (malformed)
			channel->malformed++;
		else
			kernel_message(channel, &message);
	}
	release(&channel->lock);
	return taken;
}

void channel_hold_back(struct channel *channel) { channel->held_back = true; }

void channel_go_on(struct channel *channel)
{
	acquire(&channel->lock);
	bool held_back = channel->held_back;
	channel->held_back = false;
	release(&channel->lock);
	if (held_back)
		channel_poll(channel);
}

void channel_drain_all(void)
{
	if (host)
		channel_poll(host);
	for (uint32_t i = 0; i < peer_count; i++)
		channel_poll(&peers[i]);
}
