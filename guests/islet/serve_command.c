/* The command by which the shell begins, ends, seals and moves the service, or follows that of a peer. */
#include <stdbool.h>

#include "command.h"
#include "follow.h"
#include "migrate.h"
#include "page_run.h"
#include "printf.h"
#include "serve.h"
#include "string.h"

/* Hands the service over from this kernel to itself: out, away, in again, and not one request lost. */
static const char *move(void)
{
	struct serve_state *range = serve_seal();
	if (!range)
		return "there is no service";
	uint32_t pages = serve_range(range->pages);
	void *copy = page_run_alloc(pages);
	if (!copy)
		return "no memory for a copy";
	serve_export(copy, pages);
	serve_stop();
	const char *wrong = serve_import(copy, pages);
	page_run_free(copy, pages);
	return wrong ? wrong : "moved";
}

static void command_serve(int argc, char **argv)
{
	uint64_t pages = SERVE_PAGES_DEFAULT;
	const char *verb = argc > 1 ? argv[1] : "status";
	if (strcmp(verb, "on") == 0) {
		if (argc > 2 && !number_argument(argc, argv, 2, SERVE_PAGES_MAX, &pages))
			return;
		if (!pages || !serve_start((uint32_t)pages))
			printf("serve: %s\n", pages ? "on already, or no memory" : "one page at least");
	} else if (strcmp(verb, "off") == 0) {
		/* First: it says that there is nothing to take over. */
		migrate_end();
		serve_stop();
		serve_unseal();
	} else if (strcmp(verb, "seal") == 0) {
		serve_seal();
	} else if (strcmp(verb, "unseal") == 0) {
		serve_unseal();
	} else if (strcmp(verb, "move") == 0) {
		printf("serve: %s\n", move());
		serve_unseal();
	} else if (strcmp(verb, "standby") == 0 && argc > 2) {
		struct channel *peer = channel_find(argv[2]);
		if (!peer || !follow_start(peer, true, 0))
			printf("serve: %s\n", peer ? "on already, or following already" : "no such peer");
	} else if (strcmp(verb, "status") == 0) {
		serve_print();
		follow_print();
	} else {
		printf("serve: on, off, status, seal, unseal, move or standby NAME?\n");
	}
}

const struct command serve_commands[] = {
	{ "serve", "on [PAGES]|off|status|seal|unseal|move|standby NAME", command_serve },
	{ 0 },
};
