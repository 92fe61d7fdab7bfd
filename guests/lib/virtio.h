/*
 * Devices behind virtio-mmio (virtio 1.2): those that the device tree lists, and those that the host adds and takes away
 * while the kernel runs. One request at a time for each device; the device is trusted no further than that it answers.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "spinlock.h"

#define VIRTIO_DEVICES 8
#define VIRTIO_NAME 16
/* Device IDs. */
#define VIRTIO_BLOCK 2
#define VIRTIO_ENTROPY 4

/* Bytes of ours that are in the device's reach, for the requests of its driver. */
#define VIRTIO_SPACE 2048

struct virtio_queue;

struct virtio {
	struct spinlock lock;
	bool present;
	char name[VIRTIO_NAME];
	uint64_t pa;
	uint32_t irq, type;
	uint64_t interrupts; /* taken since it was added */
	struct virtio_queue *queue;
	uint16_t used; /* requests answered */
};

struct virtio_buffer {
	void *at; /* inside the space of the device */
	uint32_t length;
	bool device_writes;
};

extern struct virtio virtio_devices[VIRTIO_DEVICES];

/* Adds the devices of the device tree. */
void virtio_start(void);
/* Adds the device whose registers are at `pa`. False: there is none, it does not work, or there is no room. */
bool virtio_add(uint64_t pa, uint32_t irq, const char *name);
/* Lets go of the device at `pa`: when it returns, nothing touches it any more. False: there is none. */
bool virtio_remove(uint64_t pa);
/* The device of that name with its lock held, of any name when NULL; NULL: none of this type. */
struct virtio *virtio_take(const char *name, uint32_t type);
void virtio_give(struct virtio *device);

/* The space for requests, VIRTIO_SPACE bytes. */
void *virtio_space(struct virtio *device);
/*
 * Makes one request of a device that is held and waits for its answer: buffers that it reads come first. Returns how many
 * bytes it has written, or −1: it did not answer within a second, or failed, and has been reset.
 */
int64_t virtio_request(struct virtio *device, const struct virtio_buffer *buffers, uint32_t count);
