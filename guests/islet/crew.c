#include "crew.h"

#include "channel.h"
#include "hart.h"
#include "thread.h"

static uint64_t work[MAX_HARTS];

/* Whether member `index` should end; from then on it counts as gone. */
static bool should_end(struct crew *crew, uint64_t index)
{
	if (index < __atomic_load_n(&crew->wanted, __ATOMIC_RELAXED))
		return false;
	acquire(&crew->lock);
	if (index >= crew->wanted)
		crew->members[index].alive = false;
	bool end = !crew->members[index].alive;
	release(&crew->lock);
	return end;
}

static void member(uint64_t argument)
{
	const struct crew_member *self = (const struct crew_member *)argument;
	struct crew *crew = self->crew;
	uint64_t index = (uint64_t)(self - crew->members);
	struct thread *thread = this_thread();
	for (uint64_t round = 0; !should_end(crew, index); round++) {
		if (!crew->work(index, round))
			continue;
		__atomic_add_fetch(&thread->work, 1, __ATOMIC_RELAXED);
		__atomic_add_fetch(&work[this_hart()->id], 1, __ATOMIC_RELAXED);
		__atomic_add_fetch(&status->work, 1, __ATOMIC_RELAXED);
	}
}

/* Under the lock of the crew. */
static bool hire(struct crew *crew, uint32_t index)
{
	struct crew_member *self = &crew->members[index];
	self->crew = crew;
	self->alive = self->alive || thread_start(crew->name, member, (uint64_t)self);
	return self->alive;
}

uint32_t crew_set(struct crew *crew, uint32_t n)
{
	uint32_t count = 0;
	acquire(&crew->lock);
	crew->wanted = n < CREW_MAX ? n : CREW_MAX;
	while (count < crew->wanted && hire(crew, count))
		count++;
	crew->wanted = count;
	release(&crew->lock);
	return count;
}

uint64_t crew_work(uint64_t hart) { return __atomic_load_n(&work[hart], __ATOMIC_RELAXED); }
