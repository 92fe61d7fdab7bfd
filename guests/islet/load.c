#include "load.h"

#include "command.h"
#include "crew.h"
#include "names.h"
#include "page.h"
#include "printf.h"
#include "riscv.h"
#include "string.h"
#include "thread.h"

/* A piece of user work: this many steps of a generator of random numbers. */
#define STEPS 1000
#define LOOKUPS 4

_Static_assert(LOAD_MAX <= CREW_MAX && LOAD_MAX <= NAMES_MAX, "a name for each thread");

static bool compute(uint64_t index, uint64_t round)
{
	uint64_t x = index + 1 + (round << 8);
	for (int i = 0; i < STEPS; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
	}
	/* Without this, a compiler may see that nobody reads x. */
	__asm__ volatile("" ::"r"(x));
	return true;
}

static bool use_kernel(uint64_t index, uint64_t round)
{
	char name[NAME_LENGTH];
	uint64_t *page = page_alloc();
	if (!page)
		return false;
	*page = round;
	string_format(name, sizeof name, "load-%lu", index);
	name_add(name, page);
	for (int i = 0; i < LOOKUPS; i++)
		name_find(name);
	page_free(name_remove(name));
	return true;
}

/* The least that a thread can sleep: it must not get more than its share by that. */
static bool nap(uint64_t index, uint64_t round)
{
	compute(index, round);
	sleep_until(time_now() + 1);
	return true;
}

static struct crew nap_crew = { .name = "nap", .work = nap };
static struct crew user_crew = { .name = "spin", .work = compute };
static struct crew kernel_crew = { .name = "load", .work = use_kernel };

uint32_t load_user(uint32_t n) { return crew_set(&user_crew, n); }
uint32_t load_kernel(uint32_t n) { return crew_set(&kernel_crew, n); }

static void set_load(int argc, char **argv, int index, uint32_t (*set)(uint32_t n))
{
	uint64_t n;
	if (number_argument(argc, argv, index, LOAD_MAX, &n) && set((uint32_t)n) < n)
		printf("%s: no room for so many threads\n", argv[0]);
}

static void command_spin(int argc, char **argv) { set_load(argc, argv, 1, load_user); }

static uint32_t load_nap(uint32_t n) { return crew_set(&nap_crew, n); }
static void command_nap(int argc, char **argv) { set_load(argc, argv, 1, load_nap); }

static void command_load(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "user") == 0)
		set_load(argc, argv, 2, load_user);
	else if (argc > 1 && strcmp(argv[1], "kernel") == 0)
		set_load(argc, argv, 2, load_kernel);
	else
		printf("load: user or kernel?\n");
}

const struct command load_commands[] = {
	{ "spin", "N: make it N busy threads", command_spin },
	{ "nap", "N: N threads that sleep for a tick after each piece", command_nap },
	{ "load", "user|kernel N: N threads of that work", command_load },
	{ 0 },
};
