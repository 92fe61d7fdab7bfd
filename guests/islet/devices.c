/* The devices that this kernel was given, and commands that use them. */
#include "command.h"
#include "disk.h"
#include "line.h"
#include "memlayout.h"
#include "plic.h"
#include "printf.h"
#include "rng.h"
#include "string.h"
#include "thread.h"
#include "virtio.h"

#define RANDOM_MOST 256
#define ROW 16

static const char *type_name(uint32_t type)
{
	return type == VIRTIO_ENTROPY ? "entropy" : type == VIRTIO_BLOCK ? "disk" : "unknown";
}

static void command_devices(int argc, char **argv)
{
	(void)argc, (void)argv;
	uint32_t count = 0;
	for (uint32_t i = 0; i < VIRTIO_DEVICES; i++) {
		const struct virtio *device = &virtio_devices[i];
		if (!device->present)
			continue;
		printf("%-6s %-8s at 0x%lx, interrupt %u, taken %lu times\n", device->name, type_name(device->type),
			device->pa, device->irq, device->interrupts);
		count++;
	}
	if (!count)
		printf("no devices\n");
}

static void command_random(int argc, char **argv)
{
	uint8_t bytes[RANDOM_MOST];
	uint64_t n = ROW;
	if (argc > 1 && !number_argument(argc, argv, 1, RANDOM_MOST, &n))
		return;
	const char *name = argc > 2 ? argv[2] : NULL;
	if (!rng_read(name, bytes, n)) {
		printf("random: no entropy%s%s\n", name ? " from " : "", name ? name : "");
		return;
	}
	for (uint64_t row = 0; row < n; row += ROW) {
		char text[2 * ROW + 1] = "";
		for (uint64_t i = row; i < n && i < row + ROW; i++)
			string_format(text + 2 * (i - row), 3, "%02x", bytes[i]);
		printf("%s\n", text);
	}
}

/* A sector as text: up to the first 0, and what is not printable as a dot. */
static void print_sector(uint64_t sector, char *text)
{
	for (uint32_t i = 0; i < SECTOR_SIZE && text[i]; i++)
		if (text[i] < ' ' || text[i] > '~')
			text[i] = '.';
	text[LINE_MAX] = 0;
	printf("sector %lu: %s\n", sector, text[0] ? text : "(empty)");
}

static void command_sector(int argc, char **argv)
{
	char data[SECTOR_SIZE] = "";
	uint64_t sector;
	if (!number_argument(argc, argv, 1, UINT64_MAX, &sector))
		return;
	join_arguments(data, sizeof data, argc, argv, 2);
	bool done = argc > 2 ? disk_write(NULL, sector, data) : disk_read(NULL, sector, data);
	if (!done)
		printf("sector: no disk, or no such sector\n");
	else
		print_sector(sector, data);
}

static void command_irq(int argc, char **argv)
{
	uint64_t irq, hart;
	if (argc > 1) {
		if (!number_argument(argc, argv, 1, PLIC_SOURCES - 1, &irq) || !number_argument(argc, argv, 2, MAX_HARTS - 1, &hart))
			return;
		if (!core_take_interrupt(hart, (uint32_t)irq))
			printf("irq: no such interrupt in use, or no such core\n");
	}
	for (uint32_t i = 1; i < PLIC_SOURCES; i++)
		if (plic_hart(i) != NO_ROUTE)
			printf("interrupt %-2u at core %lu\n", i, plic_hart(i));
}

const struct command device_commands[] = {
	{ "devices", "devices of this kernel", command_devices },
	{ "irq", "[N CORE]: where interrupts go", command_irq },
	{ "random", "[N] [NAME]: N random bytes", command_random },
	{ "sector", "N [TEXT]: read the disk, or write", command_sector },
	{ 0 },
};
