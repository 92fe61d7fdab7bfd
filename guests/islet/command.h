/* The commands of the shell. Each subject keeps its own, in a table that shell.c lists. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct channel;

struct command {
	const char *name, *help; /* help NULL: a variant that help does not list */
	void (*run)(int argc, char **argv);
};

/* An entry without a name ends a table. */
extern const struct command kernel_commands[], peer_commands[], beat_commands[], load_commands[], storm_commands[],
	metronome_commands[], serve_commands[], request_commands[], pingpong_commands[], counter_commands[],
	kerf_commands[], device_commands[], memory_commands[], misbehave_commands[];

/* The peer named in argument 1; NULL after saying that there is none. */
struct channel *peer_argument(int argc, char **argv);
/* Argument `index`, a number of at most `most`; false after saying so. */
bool number_argument(int argc, char **argv, int index, uint64_t most, uint64_t *value);
/* Puts the words from `index` on together again. */
void join_arguments(char *to, uint64_t size, int argc, char **argv, int index);
