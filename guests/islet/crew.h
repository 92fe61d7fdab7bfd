/* Crews: threads that do the same piece of work over and over, until there should be fewer of them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "spinlock.h"

#define CREW_MAX 32

struct crew {
	const char *name;
	/* One piece of work by member `index`, in its round `round`. False: it could not be done, and does not count. */
	bool (*work)(uint64_t index, uint64_t round);
	uint32_t wanted;
	struct spinlock lock;
	struct crew_member {
		struct crew *crew; /* which a thread finds by its argument, a member */
		bool alive; /* its thread is there, until it has seen that it should not be */
	} members[CREW_MAX];
};

/* Makes it n members, CREW_MAX at most; those that are too many end by themselves. Returns how many there could be. */
uint32_t crew_set(struct crew *crew, uint32_t n);
/* Pieces of work that all crews have done on a core since boot. */
uint64_t crew_work(uint64_t hart);
