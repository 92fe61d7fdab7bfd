#include "memory.h"

#include "printf.h"
#include "probe.h"
#include "sbi.h"
#include "string.h"
#include "trap.h"

#define PHYSICAL_LIMIT (1ul << 56)

/* Reads argument `index` as a physical address. */
static bool address(int argc, char **argv, int index, uint64_t *pa)
{
	if (index < argc && parse_number(argv[index], pa) && *pa < PHYSICAL_LIMIT)
		return true;
	printf("%s: a physical address, please\n", argv[0]);
	return false;
}

static void print_fault(const struct probe *probe)
{
	printf("fault: %s at 0x%lx (cause %lu)\n", exception_name(probe->cause), probe->address, probe->cause);
}

/* Bytes, of the bits that a command's name ends in: "poke16"; 8 bytes for none. */
static unsigned width_of(const char *command)
{
	uint64_t bits = 64;
	parse_number(command + strlen("poke"), &bits);
	return (unsigned)bits / 8;
}

void command_peek(int argc, char **argv)
{
	struct probe probe;
	uint64_t pa, value;
	unsigned width = width_of(argv[0]);
	if (!address(argc, argv, 1, &pa))
		return;
	if (probe_load(&probe, pa, width, &value))
		printf("0x%lx: 0x%lx\n", pa, value);
	else
		print_fault(&probe);
}

void command_poke(int argc, char **argv)
{
	struct probe probe;
	uint64_t pa, value;
	if (!address(argc, argv, 1, &pa))
		return;
	if (argc < 3 || !parse_number(argv[2], &value))
		printf("%s: a value, please\n", argv[0]);
	else if (probe_store(&probe, pa, width_of(argv[0]), value))
		printf("0x%lx <- 0x%lx\n", pa, value);
	else
		print_fault(&probe);
}

void command_fetch(int argc, char **argv)
{
	struct probe probe;
	uint64_t pa;
	if (!address(argc, argv, 1, &pa))
		return;
	if (probe_fetch(&probe, pa))
		printf("code at 0x%lx returned\n", pa);
	else
		print_fault(&probe);
}

void command_amo(int argc, char **argv)
{
	struct probe probe;
	uint64_t pa, value = 1;
	if (!address(argc, argv, 1, &pa))
		return;
	if (probe_amo(&probe, pa, &value))
		printf("0x%lx: added 1 to 0x%lx\n", pa, value);
	else
		print_fault(&probe);
}

void command_ptwalk(int argc, char **argv)
{
	struct probe probe;
	uint64_t pa;
	if (!address(argc, argv, 1, &pa))
		return;
	if (probe_table(&probe, pa))
		printf("walked through 0x%lx\n", pa);
	else
		print_fault(&probe);
}

void command_adwalk(int argc, char **argv)
{
	struct probe probe;
	uint64_t pa;
	bool placed;
	if (!address(argc, argv, 1, &pa))
		return;
	bool walked = probe_accessed_dirty(&probe, pa, &placed);
	if (!placed)
		printf("cannot place an entry there; using what is\n");
	if (walked)
		printf("walked through 0x%lx\n", pa);
	else
		print_fault(&probe);
}

void command_dbcn(int argc, char **argv)
{
	uint64_t pa, length = 8;
	if (!address(argc, argv, 1, &pa))
		return;
	if (argc > 2 && !parse_number(argv[2], &length)) {
		printf("dbcn: a length, please\n");
		return;
	}
	struct sbi_result result = sbi_console_write(pa, length);
	if (result.error)
		printf("dbcn: error %ld (%s)\n", result.error, sbi_error_name(result.error));
	else
		printf("\ndbcn: %lu bytes printed\n", result.value);
}
