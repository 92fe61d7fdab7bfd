#include "ring.h"

#include "riscv.h"
#include "string.h"

/* Words of a ring may change under us: each is read once, by name. */
static uint64_t load(const uint64_t *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }
static void store(uint64_t *word, uint64_t value) { __atomic_store_n(word, value, __ATOMIC_RELEASE); }

static struct slot *slot_at(struct ring *ring, uint64_t index) { return &ring->slots[index % RING_SLOTS]; }

uint64_t message_word(const struct message *message, uint32_t index)
{
	uint64_t word = 0;
	if (message->length >= 8 * (index + 1))
		memcpy(&word, message->payload + 8 * index, sizeof word);
	return word;
}

bool ring_send(struct ring *ring, uint64_t sender_cpu, const struct message *message)
{
	uint64_t head = load(&ring->head);
	/* Each failed swap means that another hart got a slot, unless the peer plays with our head: hence the count. */
	for (int tries = 0;; tries++) {
		if (head - load(&ring->tail) >= RING_SLOTS || tries == 2 * RING_SLOTS)
			return false;
		if (__atomic_compare_exchange_n(&ring->head, &head, head + 1, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
			break;
	}
	struct slot *slot = slot_at(ring, head);
	struct message_header header = {
		message->type, message->subtype, (uint32_t)message->id, (uint32_t)(message->id >> 32), message->length,
	};
	slot->sender_cpu = sender_cpu;
	slot->type = message->type;
	memcpy(slot->buffer, &header, sizeof header);
	memcpy(slot->buffer + MESSAGE_PAYLOAD, message->payload, message->length);
	store(&slot->data_size, MESSAGE_PAYLOAD + message->length);
	return true;
}

/* Copies a slot of `size` bytes out and then looks at the copy. */
static bool take(const struct slot *slot, uint64_t size, struct message *message)
{
	struct message_header header;
	if (size < MESSAGE_PAYLOAD || size > SLOT_BUFFER)
		return false;
	memcpy(&header, slot->buffer, sizeof header);
	if (header.payload_length > size - MESSAGE_PAYLOAD)
		return false;
	message->type = header.type;
	message->subtype = header.subtype;
	message->id = (uint64_t)header.id_high << 32 | header.id_low;
	message->length = header.payload_length < PAYLOAD_MAX ? header.payload_length : PAYLOAD_MAX;
	memcpy(message->payload, slot->buffer + MESSAGE_PAYLOAD, message->length);
	return true;
}

/* The controller has emptied the ring: begin again at slot 0. True: it had. */
static bool follow_epoch(struct ring_reader *reader)
{
	uint64_t epoch = load(&reader->ring->epoch);
	if (epoch == reader->epoch)
		return false;
	*reader = (struct ring_reader){ .ring = reader->ring, .epoch = epoch };
	store(&reader->ring->tail, 0);
	return true;
}

bool ring_receive(struct ring_reader *reader, struct message *message, bool *malformed)
{
	struct ring *ring = reader->ring;
	follow_epoch(reader);
	if (reader->closed)
		return false;
	struct slot *slot = slot_at(ring, reader->tail);
	uint64_t size = load(&slot->data_size);
	/*
	 * Claimed but not published. A slow sender is waited for, however long; only of one that the controller has declared
	 * dead do we know that it will not come, and look for what others of its harts published behind it.
	 */
	if (size == 0 && load(&ring->dead)) {
		for (int i = 0; i < RING_SLOTS && size == 0; i++)
			size = load(&(slot = slot_at(ring, ++reader->tail))->data_size);
		reader->closed = size == 0;
	}
	if (size == 0)
		return false;
	*malformed = !take(slot, size, message);
	store(&slot->data_size, 0);
	reader->tail++;
	store(&ring->tail, reader->tail);
	/* If the ring was emptied in between, this tail would look to its sender like a full ring. */
	follow_epoch(reader);
	return true;
}
