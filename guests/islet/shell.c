#include "shell.h"

#include "beat.h"
#include "hart.h"
#include "hold.h"
#include "line.h"
#include "manage.h"
#include "memory.h"
#include "page.h"
#include "panic.h"
#include "peer.h"
#include "printf.h"
#include "riscv.h"
#include "spin.h"
#include "start.h"
#include "string.h"
#include "thread.h"
#include "timer.h"

#define ARGS_MAX 8
#define PING_MAX 1000

static void command_help(int argc, char **argv);

static void command_cores(int argc, char **argv)
{
	(void)argc, (void)argv;
	struct thread *self = this_thread();
	for (uint64_t id = 0; id < MAX_HARTS; id++)
		if (hart_online(id))
			printf("core %lu  online  threads %u  work %lu\n", id, core_load(id) - (self->core == id), spin_work(id));
}

static void command_threads(int argc, char **argv)
{
	(void)argc, (void)argv;
	static const char *const states[] = { "free", "ready", "running", "asleep" };
	for (uint32_t i = 0; i < MAX_THREADS; i++)
		if (threads[i].state != THREAD_FREE)
			printf("%2u %-8s %-8s core %-2lu work %lu\n", i, threads[i].name, states[threads[i].state],
				threads[i].core, threads[i].work);
}

static void command_uptime(int argc, char **argv)
{
	(void)argc, (void)argv;
	uint64_t ms = ms_of_ticks(time_now() - boot_info.boot_time);
	printf("up %lu.%03lu s\n", ms / 1000, ms % 1000);
}

static void command_mem(int argc, char **argv)
{
	(void)argc, (void)argv;
	printf("%lu MB at 0x%lx, %lu KB free\n", boot_info.memory_size >> 20, boot_info.memory_base,
		pages_free() * PAGE_SIZE >> 10);
	uint64_t start, end;
	for (uint32_t i = 0; page_region(i, &start, &end); i++)
		if (start - boot_info.memory_base >= boot_info.memory_size)
			printf("%lu MB at 0x%lx added\n", (end - start) >> 20, start);
	if (hold_now())
		printf("%lu MB held\n", hold_now());
}

static void command_hold(int argc, char **argv)
{
	uint64_t megabytes;
	if (argc < 2 || !parse_number(argv[1], &megabytes) || megabytes > pages_total() * PAGE_SIZE >> 20)
		printf("hold: a number of megabytes that there are, please\n");
	else if (hold_set(megabytes) < megabytes)
		printf("hold: only %lu MB were free\n", hold_now());
}

static void command_peers(int argc, char **argv)
{
	(void)argc, (void)argv;
	peer_print_all();
}

/* The peer named in argument 1. */
static struct channel *named_peer(int argc, char **argv)
{
	struct channel *peer = argc > 1 ? channel_find(argv[1]) : NULL;
	if (!peer)
		printf("%s: no peer %s\n", argv[0], argc > 1 ? argv[1] : "given");
	return peer;
}

static void command_ping(int argc, char **argv)
{
	uint64_t count = 1;
	struct channel *peer = named_peer(argc, argv);
	if (!peer)
		return;
	if (argc > 2 && (!parse_number(argv[2], &count) || count > PING_MAX))
		printf("ping: a count of at most %d, please\n", PING_MAX);
	else
		peer_ping(peer, (uint32_t)count);
}

/* Puts the words from `index` on together again. */
static void join(char *to, size_t size, int argc, char **argv, int index)
{
	size_t length = 0;
	to[0] = 0;
	for (; index < argc; index++)
		length += string_format(to + length, size - length, length ? " %s" : "%s", argv[index]);
}

static void command_send(int argc, char **argv)
{
	char text[LINE_MAX];
	struct channel *peer = named_peer(argc, argv);
	if (!peer)
		return;
	join(text, sizeof text, argc, argv, 2);
	peer_send_text(peer, text);
}

static void command_beat(int argc, char **argv)
{
	if (argc == 1)
		beat_print();
	else if (strcmp(argv[1], "on") == 0)
		beat_on();
	else if (strcmp(argv[1], "off") == 0)
		beat_off();
	else
		printf("beat: on or off?\n");
}

static void command_spin(int argc, char **argv)
{
	uint64_t n;
	if (argc < 2 || !parse_number(argv[1], &n) || n > SPIN_MAX)
		printf("spin: a number of at most %d, please\n", SPIN_MAX);
	else if (spin_set((uint32_t)n) < n)
		printf("spin: no room for so many threads\n");
}

static void command_panic(int argc, char **argv)
{
	char text[LINE_MAX];
	join(text, sizeof text, argc, argv, 1);
	panic("%s", text[0] ? text : "asked for");
}

static void command_poweroff(int argc, char **argv)
{
	(void)argc, (void)argv;
	power_off();
}

static const struct command {
	const char *name, *help; /* NULL: a variant that help does not list */
	void (*run)(int argc, char **argv);
} commands[] = {
	{ "help", "this list", command_help },
	{ "cores", "cores online, and their work", command_cores },
	{ "threads", "threads of the kernel", command_threads },
	{ "uptime", "machine time since boot", command_uptime },
	{ "mem", "memory of this kernel", command_mem },
	{ "hold", "N: keep N MB of it in use", command_hold },
	{ "peers", "kernels we have a channel to", command_peers },
	{ "ping", "NAME [COUNT]: message and answer", command_ping },
	{ "send", "NAME TEXT: print on its console", command_send },
	{ "beat", "[on|off]: a heartbeat each 100 ms", command_beat },
	{ "spin", "N: make it N busy threads", command_spin },
	{ "peek", "ADDR: read (also peek8, 16, 32)", command_peek },
	{ "poke", "ADDR VALUE: write (also poke8, 16, 32)", command_poke },
	{ "amo", "ADDR: add 1 atomically", command_amo },
	{ "fetch", "ADDR: run code there", command_fetch },
	{ "ptwalk", "ADDR: use a page table there", command_ptwalk },
	{ "adwalk", "ADDR: a leaf there, A and D clear", command_adwalk },
	{ "dbcn", "ADDR [LENGTH]: firmware prints it", command_dbcn },
	{ "panic", "[TEXT]: fail, this kernel alone", command_panic },
	{ "poweroff", "end this kernel", command_poweroff },
	{ "peek8", NULL, command_peek },
	{ "peek16", NULL, command_peek },
	{ "peek32", NULL, command_peek },
	{ "peek64", NULL, command_peek },
	{ "poke8", NULL, command_poke },
	{ "poke16", NULL, command_poke },
	{ "poke32", NULL, command_poke },
	{ "poke64", NULL, command_poke },
};
#define COMMANDS (sizeof commands / sizeof *commands)

static void command_help(int argc, char **argv)
{
	(void)argc, (void)argv;
	for (size_t i = 0; i < COMMANDS; i++)
		if (commands[i].help)
			printf("%-9s %s\n", commands[i].name, commands[i].help);
}

/* Cuts a line into words, in place; the last word allowed takes the rest. */
static int split(char *line, char **argv)
{
	int argc = 0;
	while (argc < ARGS_MAX) {
		while (*line == ' ')
			line++;
		if (!*line)
			break;
		argv[argc++] = line;
		if (argc == ARGS_MAX)
			break;
		while (*line && *line != ' ')
			line++;
		if (*line)
			*line++ = 0;
	}
	return argc;
}

void shell(uint64_t unused)
{
	(void)unused;
	char prompt[NAME_SIZE + 4];
	string_format(prompt, sizeof prompt, "%s> ", boot_info.name[0] ? boot_info.name : "islet");
	line_set_prompt(prompt);
	for (;;) {
		char line[LINE_MAX], *argv[ARGS_MAX];
		line_read(line);
		int argc = split(line, argv);
		if (!argc)
			continue;
		size_t i = 0;
		while (i < COMMANDS && strcmp(commands[i].name, argv[0]) != 0)
			i++;
		if (i < COMMANDS)
			commands[i].run(argc, argv);
		else
			printf("%s: not a command; try help\n", argv[0]);
	}
}
