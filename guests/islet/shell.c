#include "shell.h"

#include "channel.h"
#include "command.h"
#include "crew.h"
#include "hart.h"
#include "hold.h"
#include "line.h"
#include "manage.h"
#include "page.h"
#include "panic.h"
#include "printf.h"
#include "riscv.h"
#include "start.h"
#include "string.h"
#include "thread.h"
#include "timer.h"

#define ARGS_MAX 8

static void command_help(int argc, char **argv);

static void command_cores(int argc, char **argv)
{
	(void)argc, (void)argv;
	struct thread *self = this_thread();
	for (uint64_t id = 0; id < MAX_HARTS; id++)
		if (hart_online(id))
			printf("core %lu  online  threads %u  work %lu\n", id, core_load(id) - (self->core == id), crew_work(id));
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

static void command_panic(int argc, char **argv)
{
	char text[LINE_MAX];
	join_arguments(text, sizeof text, argc, argv, 1);
	panic("%s", text[0] ? text : "asked for");
}

static void command_poweroff(int argc, char **argv)
{
	(void)argc, (void)argv;
	power_off();
}

const struct command kernel_commands[] = {
	{ "help", "this list", command_help },
	{ "cores", "cores online, and their work", command_cores },
	{ "threads", "threads of the kernel", command_threads },
	{ "uptime", "machine time since boot", command_uptime },
	{ "mem", "memory of this kernel", command_mem },
	{ "hold", "N: keep N MB of it in use", command_hold },
	{ "panic", "[TEXT]: fail, this kernel alone", command_panic },
	{ "poweroff", "end this kernel", command_poweroff },
	{ 0 },
};

/* In the order of help. */
static const struct command *const tables[] = {
	kernel_commands,
	kerf_commands,
	peer_commands,
	beat_commands,
	serve_commands,
	request_commands,
	pingpong_commands,
	load_commands,
	counter_commands,
	storm_commands,
	metronome_commands,
	device_commands,
	memory_commands,
	misbehave_commands,
};
#define TABLES (sizeof tables / sizeof *tables)

static void command_help(int argc, char **argv)
{
	(void)argc, (void)argv;
	for (size_t i = 0; i < TABLES; i++)
		for (const struct command *command = tables[i]; command->name; command++)
			if (command->help)
				printf("%-9s %s\n", command->name, command->help);
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < TABLES; i++)
		for (const struct command *command = tables[i]; command->name; command++)
			if (strcmp(command->name, name) == 0)
				return command;
	return NULL;
}

struct channel *peer_argument(int argc, char **argv)
{
	struct channel *peer = argc > 1 ? channel_find(argv[1]) : NULL;
	if (!peer)
		printf("%s: no peer %s\n", argv[0], argc > 1 ? argv[1] : "given");
	return peer;
}

bool number_argument(int argc, char **argv, int index, uint64_t most, uint64_t *value)
{
	if (index < argc && parse_number(argv[index], value) && *value <= most)
		return true;
	printf("%s: a number of at most %lu, please\n", argv[0], most);
	return false;
}

void join_arguments(char *to, uint64_t size, int argc, char **argv, int index)
{
	size_t length = 0;
	to[0] = 0;
	for (; index < argc; index++)
		length += string_format(to + length, size - length, length ? " %s" : "%s", argv[index]);
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
		const struct command *command = find_command(argv[0]);
		if (command)
			command->run(argc, argv);
		else
			printf("%s: not a command; try help\n", argv[0]);
	}
}
