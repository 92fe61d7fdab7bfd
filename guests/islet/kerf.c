/*
 * A command goes to the machine's controller through the firmware, which answers at once with a ticket; what came of the
 * command arrives later, as messages that bear the ticket. The kernel to `load` is a file of our RAM disk, and goes along.
 */
#include "kerf.h"

#include "command.h"
#include "console.h"
#include "cpio.h"
#include "line.h"
#include "mk.h"
#include "printf.h"
#include "start.h"
#include "string.h"
#include "thread.h"
#include "timer.h"
#include "vm.h"

/* How often a wait looks for Ctrl-C. */
#define LOOK_MS 50
#define FILE_NAME_MAX 64

static const struct {
	const char *name;
	uint64_t number;
} verbs[] = {
	{ "init", MK_INIT }, { "create", MK_CREATE }, { "load", MK_LOAD }, { "exec", MK_EXEC }, { "console", MK_CONSOLE },
	{ "update", MK_UPDATE }, { "kill", MK_KILL }, { "unload", MK_UNLOAD }, { "delete", MK_DELETE }, { "show", MK_SHOW },
	{ "apply", MK_APPLY }, { "rollback", MK_ROLLBACK }, { "help", MK_HELP },
	{ "handover", MK_HANDOVER },
};
#define VERBS (sizeof verbs / sizeof *verbs)

/* The firmware reads it by its physical address: so it is no thread's stack, whose pages may lie anywhere. */
static char text[MK_TEXT_MAX];

/*
 * The answer that is arriving, or the last that did. Written in interrupts, one part after the other; read by the shell
 * when `complete` is the ticket that it waits for. Answers come in the order of the commands, so that nothing is written
 * over what the shell reads: it has given no later command.
 */
static struct {
	uint64_t ticket, complete;
	uint32_t exit_code, length;
	char text[MK_REPLY_MAX + 1]; /* and a newline */
} answer;

void kerf_message(const struct message *message)
{
	struct kerf_reply reply;
	if (message->length < KERF_REPLY_TEXT)
		return;
	memcpy(&reply, message->payload, KERF_REPLY_TEXT);
	if (reply.part == 0) {
		answer.ticket = reply.ticket;
		answer.length = 0;
	} else if (reply.ticket != answer.ticket) {
		return;
	}
	uint32_t length = message->length - KERF_REPLY_TEXT;
	if (length > MK_REPLY_MAX - answer.length)
		length = MK_REPLY_MAX - answer.length;
	memcpy(answer.text + answer.length, message->payload + KERF_REPLY_TEXT, length);
	answer.length += length;
	answer.exit_code = reply.exit_code;
	if (reply.part + 1 == reply.parts) {
		__atomic_store_n(&answer.complete, reply.ticket, __ATOMIC_RELEASE);
		wake(&answer);
	}
}

/* False: Ctrl-C. The command goes on all the same. */
static bool wait_for_answer(uint64_t ticket)
{
	for (;;) {
		sleep_prepare();
		if (__atomic_load_n(&answer.complete, __ATOMIC_ACQUIRE) == ticket) {
			sleep_cancel();
			return true;
		}
		sleep_on(&answer, time_now() + ticks_of_ms(LOOK_MS));
		if (line_interrupted())
			return false;
	}
}

/* Copies the value of `flag` ("--kernel NAME" or "--kernel=NAME") to `to`; false when it is not on the line. */
static bool flag_value(const char *flag, char *to, uint64_t size)
{
	uint64_t length = strlen(flag);
	for (const char *at = text; *at; at++) {
		if (strncmp(at, flag, length) != 0 || (at != text && at[-1] != ' ') || (at[length] != ' ' && at[length] != '='))
			continue;
		uint64_t n = 0;
		for (at += length + 1; at[n] && at[n] != ' ' && n + 1 < size; n++)
			to[n] = at[n];
		to[n] = 0;
		return true;
	}
	return false;
}

/* Where the kernel lies that `load` names; size 0: the RAM disk has no such file, and the machine may have one. */
static struct cpio_file kernel_file(uint64_t verb)
{
	char name[FILE_NAME_MAX];
	struct cpio_file file;
	if (verb == MK_LOAD && flag_value("--kernel", name, sizeof name) && cpio_find(&boot_info.ram_disk, name, &file))
		return file;
	return (struct cpio_file){ .size = 0 };
}

static void print_error(int64_t error)
{
	switch (error) {
	case SBI_ERR_DENIED:
		printf("kerf: the firmware denies it: only the host instance (ID 0) manages the others\n");
		break;
	case SBI_ERR_ALREADY_STARTED:
		printf("kerf: the last command of this core is not answered yet\n");
		break;
	case SBI_ERR_NOT_SUPPORTED:
		printf("kerf: this machine is not divided\n");
		break;
	default:
		printf("kerf: error %ld (%s)\n", error, sbi_error_name(error));
	}
}

static void print_answer(void)
{
	/* In one piece, so that no news comes before its end. */
	if (answer.length && answer.text[answer.length - 1] != '\n')
		answer.text[answer.length++] = '\n';
	console_write(answer.text, answer.length);
	if (answer.exit_code)
		printf("exit %u\n", answer.exit_code);
}

static void command_kerf(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "help";
	size_t i = 0;
	while (i < VERBS && strcmp(verbs[i].name, name) != 0)
		i++;
	if (i == VERBS) {
		printf("kerf: no verb %s; try kerf help\n", name);
		return;
	}
	join_arguments(text, sizeof text, argc, argv, 2);
	struct cpio_file kernel = kernel_file(verbs[i].number);
	uint64_t image = kernel.size ? (uint64_t)kernel.data - DIRECT : 0;
	struct sbi_result given = mk_command(verbs[i].number, image_pa(text), strlen(text), image, kernel.size);
	if (given.error)
		print_error(given.error);
	else if (wait_for_answer(given.value))
		print_answer();
	else
		printf("kerf: no longer waiting; the command goes on\n");
}

static void command_ls(int argc, char **argv)
{
	(void)argc, (void)argv;
	struct cpio_file file;
	for (uint64_t offset = 0; cpio_read(&boot_info.ram_disk, offset, &file); offset = file.next)
		printf("%8lu  %s\n", file.size, file.name);
}

const struct command kerf_commands[] = {
	{ "kerf", "VERB ARGS: manage the other kernels", command_kerf },
	{ "ls", "files of the RAM disk", command_ls },
	{ 0 },
};
