/* Channels: to the other kernels (peers) and to the machine's controller (the host). */
#pragma once

#include <stddef.h>

#include "fdt.h"
#include "ring.h"
#include "spinlock.h"

#define MAX_PEERS 16
#define NAME_SIZE 32

struct channel {
	char name[NAME_SIZE];
	struct ring *out; /* we send here */
	struct ring_reader in; /* and receive here, under the lock */
	struct spinlock lock;
	uint64_t tree_cpu; /* hart to ring by the device tree, when the ring does not name a sensible one */
	uint64_t next_id;
	bool is_host;
	bool open; /* false: the other kernel was deleted, or is yet to come */
	bool held_back; /* by channel_hold_back() */
	uint32_t users; /* threads and interrupts that are sending just now */
	uint32_t unringable; /* 1: and we have said so */

	/* What the peer told us; written in interrupts, read by anybody. */
	uint64_t beats_heard, last_heard;
	uint64_t silences; /* times it beat and then fell silent; counted by who listens, like `silent` */
	bool silent;
	uint64_t malformed; /* slots that held no message */
};

extern struct channel peers[MAX_PEERS];
/* Places taken, of which some may not be open. */
extern uint32_t peer_count;
/* The management channel; NULL where there is none. */
extern struct channel *host;

/* Reads the channels of /chosen (README.md has the properties). */
void channel_init(fdt_node chosen);
struct channel *channel_find(const char *name);
/* Hart at which the other end takes doorbells; NO_RECEIVER when it does not run. */
uint64_t channel_receiver(struct channel *channel);

/*
 * Channels that come and go while we run, named by the physical address of the ring in which we receive; one caller at a
 * time. channel_add: false when there are MAX_PEERS. channel_close: from now on nobody begins to use it; NULL when there is
 * none. When channel_in_use() is false the region can be given up by channel_unmap(), and its place is taken by the next.
 */
bool channel_add(const char *name, uint64_t in, uint64_t out);
struct channel *channel_close(uint64_t in);
bool channel_in_use(const struct channel *channel);
void channel_unmap(struct channel *channel);

/* Results of sending. */
#define SEND_OK 0
#define SEND_FULL (-1)
#define SEND_NOT_RUNNING (-2)
#define SEND_DENIED (-3) /* the firmware refused the doorbell, or nobody named a hart to ring */

/*
 * Sends a message and rings. id 0 means the next of this channel. Any context. FULL rings too: a peer that missed a
 * doorbell makes room then.
 */
int channel_send(struct channel *channel, uint32_t type, uint32_t subtype, uint64_t id, const void *payload,
	uint32_t length);

/* The same without ringing, for a receiver that polls. */
int channel_post(struct channel *channel, uint32_t type, uint32_t subtype, uint64_t id, const void *payload,
	uint32_t length);

/* Whether a request of the host to shut down came too late: `until` is its first word, machine time in ticks (0: never). */
bool shutdown_is_over(uint64_t until);

/* Takes what one peer has published, as channel_drain_all does. Returns how many messages that were. */
uint32_t channel_poll(struct channel *channel);
/*
 * For kernel_message(), which has no room for a message after this one: what comes stays in the ring, whose sender sees that
 * it is full, until channel_go_on(), which takes it. That is for a thread to call.
 */
void channel_hold_back(struct channel *channel);
void channel_go_on(struct channel *channel);
/*
 * Takes everything that all peers and the host have published and hands it to kernel_message(). Runs at each software
 * interrupt; once more after channel_init, for what came before.
 */
void channel_drain_all(void);

/*
 * Each kernel has this: a message, with interrupts off and the channel's lock held (so: no channel_drain_all or
 * channel_poll).
 */
void kernel_message(struct channel *channel, const struct message *message);

/*
 * The status block (channel.ts, STATUS, has the units), in our ring to the host; a private page where there is none.
 * Each word is written by one subject of the kernel, and read by anybody at any time.
 */
struct status {
	uint64_t magic, beats, beats_late, beats_missed, last_beat, work, harts_online;
	uint64_t reserved;
	/* Periodic tasks (periodic.c). The period is written last: nonzero, the other words hold something. */
	uint64_t metronome_period, metronome_count, metronome_missed;
	uint64_t metronome_p50, metronome_p99, metronome_max;
	uint64_t jitter_p50, jitter_p99, jitter_max;
	/* Requests answered for peers (islet's serve.c). */
	uint64_t served;
	/* Requests to a peer (islet's request.c). */
	uint64_t requests_sent, requests_answered, requests_dropped, requests_out_of_order, requests_blackout;
	uint64_t requests_lost;
};
_Static_assert(offsetof(struct status, metronome_period) == 0x40, "channel.ts");
_Static_assert(offsetof(struct status, served) == 0x88 && sizeof(struct status) == 0xc0, "channel.ts");

extern struct status *status;
