#include "command.h"
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

static void command_peek(int argc, char **argv)
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

static void command_poke(int argc, char **argv)
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

static void command_fetch(int argc, char **argv)
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

static void command_amo(int argc, char **argv)
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

static void command_ptwalk(int argc, char **argv)
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

static void command_adwalk(int argc, char **argv)
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

static void command_dbcn(int argc, char **argv)
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

#define WILD_MOST 1000000

/* The generator of load.c's user work: Marsaglia's xorshift64; never 0 when the state is not. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Writes without aim, each one survived: random words at random multiples of 8 in [base, base + size). */
static void command_wild(int argc, char **argv)
{
	struct probe probe;
	uint64_t n, seed, base, size, faults = 0;
	if (!number_argument(argc, argv, 1, WILD_MOST, &n) || !number_argument(argc, argv, 2, UINT64_MAX, &seed) ||
		!address(argc, argv, 3, &base) || !number_argument(argc, argv, 4, PHYSICAL_LIMIT - base, &size))
		return;
	if (base % 8 || size < 8) {
		printf("wild: a multiple of 8 to begin at, and 8 bytes or more\n");
		return;
	}
	/* Neighbouring seeds give unlike sequences, and seed 0 gives one at all. */
	uint64_t state = (seed + 1) * 0x9e3779b97f4a7c15 | 1;
	for (uint64_t i = 0; i < n; i++) {
		uint64_t pa = base + next_random(&state) % (size / 8) * 8;
		if (!probe_store(&probe, pa, 8, next_random(&state)))
			faults++;
	}
	printf("wild: %lu writes, %lu faulted\n", n, faults);
}

const struct command memory_commands[] = {
	{ "peek", "ADDR: read (also peek8, 16, 32)", command_peek },
	{ "poke", "ADDR VALUE: write (also poke8, 16, 32)", command_poke },
	{ "amo", "ADDR: add 1 atomically", command_amo },
	{ "fetch", "ADDR: run code there", command_fetch },
	{ "ptwalk", "ADDR: use a page table there", command_ptwalk },
	{ "adwalk", "ADDR: a leaf there, A and D clear", command_adwalk },
	{ "wild", "N SEED BASE SIZE: random writes", command_wild },
	{ "dbcn", "ADDR [LENGTH]: firmware prints it", command_dbcn },
	{ "peek8", NULL, command_peek },
	{ "peek16", NULL, command_peek },
	{ "peek32", NULL, command_peek },
	{ "peek64", NULL, command_peek },
	{ "poke8", NULL, command_poke },
	{ "poke16", NULL, command_poke },
	{ "poke32", NULL, command_poke },
	{ "poke64", NULL, command_poke },
	{ 0 },
};
