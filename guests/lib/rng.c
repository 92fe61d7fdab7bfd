#include "rng.h"

#include <stddef.h>

#include "string.h"
#include "virtio.h"

static bool fill(struct virtio *device, uint8_t *to, uint64_t length)
{
	while (length) {
		uint32_t part = length < VIRTIO_SPACE ? (uint32_t)length : VIRTIO_SPACE;
		struct virtio_buffer buffer = { virtio_space(device), part, true };
		/* A device may give fewer than were asked for (5.4.6). */
		int64_t got = virtio_request(device, &buffer, 1);
		if (got < 1 || got > part)
			return false;
		memcpy(to, buffer.at, (size_t)got);
		/* Nobody reads them here afterwards. */
		memset(buffer.at, 0, (size_t)got);
		to += got;
		length -= (uint64_t)got;
	}
	return true;
}

bool rng_read(const char *name, void *to, uint64_t length)
{
	struct virtio *device = virtio_take(name, VIRTIO_ENTROPY);
	if (!device)
		return false;
	bool filled = fill(device, to, length);
	virtio_give(device);
	return filled;
}
