#include "disk.h"

#include <stddef.h>

#include "string.h"
#include "virtio.h"

#define TYPE_IN 0
#define TYPE_OUT 1
#define STATUS_OK 0
#define STATUS_NONE 0xff

/* A request in the space of the device (5.2.6). */
struct block_request {
	uint32_t type, reserved;
	uint64_t sector;
	uint8_t data[SECTOR_SIZE];
	uint8_t status;
};
_Static_assert(sizeof(struct block_request) <= VIRTIO_SPACE, "a request has room");

static bool transfer(struct virtio *device, uint32_t type, uint64_t sector, uint8_t *data)
{
	struct block_request *request = virtio_space(device);
	*request = (struct block_request){ .type = type, .sector = sector, .status = STATUS_NONE };
	if (type == TYPE_OUT)
		memcpy(request->data, data, SECTOR_SIZE);
	const struct virtio_buffer buffers[] = {
		{ request, offsetof(struct block_request, data), false },
		{ request->data, SECTOR_SIZE, type == TYPE_IN },
		{ &request->status, 1, true },
	};
	bool done = virtio_request(device, buffers, 3) >= 0 && request->status == STATUS_OK;
	if (done && type == TYPE_IN)
		memcpy(data, request->data, SECTOR_SIZE);
	return done;
}

static bool with_disk(const char *name, uint32_t type, uint64_t sector, uint8_t *data)
{
	struct virtio *device = virtio_take(name, VIRTIO_BLOCK);
	if (!device)
		return false;
	bool done = transfer(device, type, sector, data);
	virtio_give(device);
	return done;
}

bool disk_read(const char *name, uint64_t sector, void *to) { return with_disk(name, TYPE_IN, sector, to); }

bool disk_write(const char *name, uint64_t sector, const void *from)
{
	uint8_t data[SECTOR_SIZE];
	memcpy(data, from, SECTOR_SIZE);
	return with_disk(name, TYPE_OUT, sector, data);
}
