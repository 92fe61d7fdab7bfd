#include "virtio.h"

#include <stddef.h>

#include "fdt.h"
#include "page.h"
#include "plic.h"
#include "riscv.h"
#include "string.h"
#include "timer.h"
#include "vm.h"

/* Registers (4.2.2). */
#define MAGIC 0x00
#define VERSION 0x04
#define DEVICE_ID 0x08
#define DRIVER_FEATURES 0x20
#define DRIVER_FEATURES_SEL 0x24
#define QUEUE_SEL 0x30
#define QUEUE_SIZE_MAX 0x34
#define QUEUE_SIZE 0x38
#define QUEUE_READY 0x44
#define QUEUE_NOTIFY 0x50
#define INTERRUPT_STATUS 0x60
#define INTERRUPT_ACK 0x64
#define STATUS 0x70
#define QUEUE_DESCRIPTORS 0x80
#define QUEUE_AVAILABLE 0x90
#define QUEUE_USED 0xa0

#define MAGIC_VALUE 0x74726976
#define ACKNOWLEDGE 1
#define DRIVER 2
#define DRIVER_OK 4
#define FEATURES_OK 8
#define NEEDS_RESET 0x40
/* Feature bit 32, the only one that we ask for. */
#define VERSION_1_HIGH 1

#define ENTRIES 4
#define DESCRIPTOR_NEXT 1
#define DESCRIPTOR_WRITE 2
#define ANSWER_LIMIT_MS 1000

/* One page: the split virtqueue (2.7), and the space for requests. */
struct virtio_queue {
	struct {
		uint64_t address;
		uint32_t length;
		uint16_t flags, next;
	} descriptors[ENTRIES];
	struct {
		uint16_t flags, index, heads[ENTRIES];
	} available;
	struct {
		uint16_t flags, index;
		struct {
			uint32_t id, length;
		} entries[ENTRIES];
	} used __attribute__((aligned(4)));
	uint8_t space[VIRTIO_SPACE] __attribute__((aligned(16)));
};
_Static_assert(sizeof(struct virtio_queue) <= PAGE_SIZE, "a page has room for it");

struct virtio virtio_devices[VIRTIO_DEVICES];

static volatile uint32_t *reg(const struct virtio *device, uint64_t offset) { return direct(device->pa + offset); }

static void write_address(const struct virtio *device, uint64_t offset, const void *at)
{
	uint64_t pa = (uint64_t)at - DIRECT;
	*reg(device, offset) = (uint32_t)pa;
	*reg(device, offset + 4) = (uint32_t)(pa >> 32);
}

/* Initialisation in the order of 3.1.1. False: the device cannot be used. */
static bool bring_up(struct virtio *device)
{
	uint32_t status = ACKNOWLEDGE | DRIVER;
	*reg(device, STATUS) = 0;
	*reg(device, STATUS) = status;
	*reg(device, DRIVER_FEATURES_SEL) = 0;
	*reg(device, DRIVER_FEATURES) = 0;
	*reg(device, DRIVER_FEATURES_SEL) = 1;
	*reg(device, DRIVER_FEATURES) = VERSION_1_HIGH;
	*reg(device, STATUS) = status |= FEATURES_OK;
	*reg(device, QUEUE_SEL) = 0;
	if (!(*reg(device, STATUS) & FEATURES_OK) || *reg(device, QUEUE_SIZE_MAX) < ENTRIES)
		return false;
	memset(device->queue, 0, sizeof *device->queue);
	device->used = 0;
	*reg(device, QUEUE_SIZE) = ENTRIES;
	write_address(device, QUEUE_DESCRIPTORS, device->queue->descriptors);
	write_address(device, QUEUE_AVAILABLE, &device->queue->available);
	write_address(device, QUEUE_USED, &device->queue->used);
	*reg(device, QUEUE_READY) = 1;
	*reg(device, STATUS) = status | DRIVER_OK;
	return true;
}

static struct virtio *at_irq(uint32_t irq)
{
	for (uint32_t i = 0; i < VIRTIO_DEVICES; i++)
		if (virtio_devices[i].present && virtio_devices[i].irq == irq)
			return &virtio_devices[i];
	return NULL;
}

/* Whoever waits for an answer looks at the queue: all there is to do is to say that we have heard. */
static void interrupt(uint32_t irq)
{
	struct virtio *device = at_irq(irq);
	if (!device)
		return;
	acquire(&device->lock);
	if (device->present && device->irq == irq) {
		*reg(device, INTERRUPT_ACK) = *reg(device, INTERRUPT_STATUS);
		device->interrupts++;
	}
	release(&device->lock);
}

/* A place for a device, locked; NULL: all are taken, or the device is there already. */
static struct virtio *free_place(uint64_t pa)
{
	struct virtio *found = NULL;
	for (uint32_t i = 0; i < VIRTIO_DEVICES; i++) {
		struct virtio *device = &virtio_devices[i];
		if (device->present && device->pa == pa)
			return NULL;
		if (!device->present && !found)
			found = device;
	}
	if (found)
		acquire(&found->lock);
	return found;
}

bool virtio_add(uint64_t pa, uint32_t irq, const char *name)
{
	if (pa % PAGE_SIZE || pa >= DIRECT_SIZE || irq == 0 || irq >= PLIC_SOURCES)
		return false;
	struct virtio *device = free_place(pa);
	if (!device)
		return false;
	vm_map_pages(pa, PAGE_SIZE);
	device->pa = pa;
	device->irq = irq;
	device->interrupts = 0;
	string_copy(device->name, name, sizeof device->name);
	if (!device->queue)
		device->queue = page_alloc();
	bool there = device->queue && *reg(device, MAGIC) == MAGIC_VALUE && *reg(device, VERSION) == 2;
	device->type = there ? *reg(device, DEVICE_ID) : 0;
	device->present = device->type != 0 && bring_up(device);
	if (device->present)
		plic_enable(irq, interrupt);
	else
		*reg(device, STATUS) = 0;
	bool added = device->present;
	release(&device->lock);
	return added;
}

bool virtio_remove(uint64_t pa)
{
	for (uint32_t i = 0; i < VIRTIO_DEVICES; i++) {
		struct virtio *device = &virtio_devices[i];
		acquire(&device->lock);
		bool found = device->present && device->pa == pa;
		if (found) {
			device->present = false;
			*reg(device, STATUS) = 0;
			plic_disable(device->irq);
		}
		release(&device->lock);
		if (found)
			return true;
	}
	return false;
}

void virtio_start(void)
{
	fdt_node soc = fdt_path("/soc");
	for (fdt_node node = soc ? fdt_first_child(soc) : 0; node; node = fdt_next_sibling(node)) {
		uint64_t base, size, irq;
		const char *name = fdt_string(node, "multikernel,device-name");
		if (fdt_lists(node, "compatible", "virtio,mmio") && fdt_reg(node, 0, &base, &size) &&
			fdt_number(node, "interrupts", &irq))
			virtio_add(base, (uint32_t)irq, name ? name : fdt_name(node));
	}
}

struct virtio *virtio_take(const char *name, uint32_t type)
{
	for (uint32_t i = 0; i < VIRTIO_DEVICES; i++) {
		struct virtio *device = &virtio_devices[i];
		acquire(&device->lock);
		if (device->present && device->type == type && (!name || strcmp(device->name, name) == 0))
			return device;
		release(&device->lock);
	}
	return NULL;
}

void virtio_give(struct virtio *device) { release(&device->lock); }

void *virtio_space(struct virtio *device) { return device->queue->space; }

static bool answered(const struct virtio *device)
{
	return __atomic_load_n(&device->queue->used.index, __ATOMIC_ACQUIRE) != device->used;
}

int64_t virtio_request(struct virtio *device, const struct virtio_buffer *buffers, uint32_t count)
{
	struct virtio_queue *queue = device->queue;
	for (uint32_t i = 0; i < count; i++) {
		bool last = i + 1 == count;
		queue->descriptors[i].address = (uint64_t)buffers[i].at - DIRECT;
		queue->descriptors[i].length = buffers[i].length;
		queue->descriptors[i].flags =
			(last ? 0 : DESCRIPTOR_NEXT) | (buffers[i].device_writes ? DESCRIPTOR_WRITE : 0);
		queue->descriptors[i].next = (uint16_t)(i + 1);
	}
	uint16_t index = queue->available.index;
	queue->available.heads[index % ENTRIES] = 0;
	__atomic_store_n(&queue->available.index, (uint16_t)(index + 1), __ATOMIC_RELEASE);
	/* The device sees the request in memory before it is told of it. */
	__asm__ volatile("fence rw, rw" ::: "memory");
	*reg(device, QUEUE_NOTIFY) = 0;
	uint64_t limit = time_now() + ticks_of_ms(ANSWER_LIMIT_MS);
	while (!answered(device) && !(*reg(device, STATUS) & NEEDS_RESET) && time_now() < limit)
		pause();
	if (!answered(device)) {
		bring_up(device);
		return -1;
	}
	return queue->used.entries[device->used++ % ENTRIES].length;
}
