/*
 * Rings and messages: the C side of src/protocol/channel.ts, which says how they are used. A ring has many senders (the
 * harts of one kernel) and one receiver (the kernel at the other end). Both ends can write every byte of it at any time,
 * so nothing read here is trusted: indices are masked, lengths are read once and bounded, loops are counted.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RING_SLOTS 64
#define RING_PAGES 66
#define SLOT_BUFFER 4096
#define NO_RECEIVER (~0ul)

struct slot {
	uint64_t sender_cpu;
	uint64_t type;
	uint64_t data_size; /* nonzero: published */
	uint8_t buffer[SLOT_BUFFER];
};

struct ring {
	uint64_t head;
	uint8_t pad0[0x38];
	uint64_t tail; /* a copy for the sender; the receiver's own is private */
	uint8_t pad1[0x38];
	uint64_t epoch;
	uint64_t dead;
	uint64_t receiver_cpu;
	uint8_t pad2[0x200 - 0x98];
	uint8_t status[0x1000 - 0x200];
	struct slot slots[RING_SLOTS];
};

_Static_assert(offsetof(struct ring, tail) == 0x40 && offsetof(struct ring, epoch) == 0x80, "channel.ts");
_Static_assert(offsetof(struct ring, receiver_cpu) == 0x90 && offsetof(struct ring, status) == 0x200, "channel.ts");
_Static_assert(offsetof(struct ring, slots) == 0x1000 && sizeof(struct slot) == 4120, "channel.ts");

#define MSG_IO 0x1000
#define MSG_RESOURCE 0x2000
#define MSG_SYSTEM 0x3000
#define MSG_USER 0x4000
#define MSG_NETWORK 0x5000

#define RESOURCE_CPU_ADD 1
#define RESOURCE_CPU_REMOVE 2
#define RESOURCE_MEM_ADD 3
#define RESOURCE_MEM_REMOVE 4
#define RESOURCE_DEVICE_ADD 6
#define RESOURCE_DEVICE_REMOVE 7
#define RESOURCE_PEER_ADD 8
#define RESOURCE_PEER_REMOVE 9
#define RESOURCE_ACK 0x100
#define SYSTEM_HEARTBEAT 1
#define SYSTEM_SHUTDOWN 2
#define SYSTEM_SHUTDOWN_ACK 3
#define SYSTEM_KERF_REPLY 5
#define SYSTEM_KHO_PRESERVE 0x10
#define SYSTEM_KHO_PRESERVED 0x11
#define SYSTEM_KHO_FREEZE 0x12
#define SYSTEM_KHO_FROZEN 0x13
#define SYSTEM_KHO_STOP 0x14
#define SYSTEM_KHO_ABORT 0x15
#define SYSTEM_KHO_FINISH 0x16
#define SYSTEM_HANDOVER_FOLLOW 0x20
#define SYSTEM_HANDOVER_FOLLOWING 0x21
#define SYSTEM_HANDOVER_SEND 0x22
#define SYSTEM_HANDOVER_SENDING 0x23
#define SYSTEM_HANDOVER_READY 0x24
#define SYSTEM_HANDOVER_COMMIT 0x25
#define SYSTEM_HANDOVER_SEALED 0x26
#define SYSTEM_HANDOVER_DONE 0x27
#define SYSTEM_HANDOVER_MOVE 0x28
#define SYSTEM_HANDOVER_MOVED 0x29
#define SYSTEM_HANDOVER_CANCEL 0x2a
#define SYSTEM_HANDOVER_CANCELLED 0x2b
#define USER_PING 1
#define USER_PONG 2
#define USER_TEXT 3
#define USER_REQUEST 4
#define USER_REPLY 5
#define USER_BALL 6
#define USER_BALL_BACK 7
#define USER_POLL 8
#define USER_FOLLOW 9
#define USER_STATE_BEGIN 10
#define USER_STATE_DATA 11
#define USER_STATE_MARK 12
#define USER_MOVED 13
#define USER_TAKEN 14
#define USER_STATE_END 15
#define USER_UNFOLLOW 16

/* As it lies in a slot's buffer, where it is aligned to 4 bytes only: hence the words of 32 bits. */
struct message_header {
	uint32_t type, subtype, id_low, id_high, payload_length;
};

#define MESSAGE_PAYLOAD sizeof(struct message_header)
/* The longest payload that our kernels send or look at; a longer one is cut. */
#define PAYLOAD_MAX 256

struct message {
	uint32_t type, subtype;
	uint64_t id;
	uint32_t length;
	uint8_t payload[PAYLOAD_MAX];
};

/* Word `index` of 64 bits of a payload, 0 where the payload is too short. */
uint64_t message_word(const struct message *message, uint32_t index);

/* Publishes a message. False: the ring is full (ENOSPC). Safe in threads and interrupts, on all harts at once. */
bool ring_send(struct ring *ring, uint64_t sender_cpu, const struct message *message);

/* What the receiver keeps to itself. */
struct ring_reader {
	struct ring *ring;
	uint64_t tail, epoch;
	bool closed; /* the sender is dead and all it published is taken: nothing more until a new epoch */
};

/* Takes the next published message; *malformed says that its slot held none. False: there is nothing to take. */
bool ring_receive(struct ring_reader *reader, struct message *message, bool *malformed);
