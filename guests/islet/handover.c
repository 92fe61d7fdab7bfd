#include "handover.h"

#include "channel.h"
#include "fdt_write.h"
#include "follow.h"
#include "kho.h"
#include "line.h"
#include "manage.h"
#include "memlayout.h"
#include "migrate.h"
#include "page.h"
#include "page_run.h"
#include "printf.h"
#include "sbi.h"
#include "serve.h"
#include "string.h"
#include "vm.h"

#define SERVE_COMPATIBLE "islet,serve-v2"

/* Only the thread of manage.c uses them. The page of the tree, once there is one, is kept for the next time. */
static void *tree;
static struct serve_state *preserved;

static uint64_t pa_of(const void *page) { return (uint64_t)page - DIRECT; }

static uint32_t write_tree(void)
{
	struct fdt_writer to;
	fdt_begin(&to, tree, PAGE_SIZE);
	fdt_begin_node(&to, "");
	fdt_put_string(&to, "compatible", KHO_COMPATIBLE);
	if (preserved) {
		uint64_t range[] = { pa_of(preserved), serve_range(preserved->pages) * PAGE_SIZE };
		fdt_begin_node(&to, "serve");
		fdt_put_string(&to, "compatible", SERVE_COMPATIBLE);
		fdt_put_longs(&to, "reg", range, 2);
		fdt_end_node(&to);
	}
	fdt_end_node(&to);
	return fdt_finish(&to);
}

static void preserve(uint64_t id)
{
	preserved = serve_range_now();
	if (!tree)
		tree = page_alloc_lasting();
	uint64_t length = tree ? write_tree() : 0;
	uint64_t answer[] = { length ? SBI_SUCCESS : (uint64_t)SBI_ERR_FAILED, tree ? pa_of(tree) : 0, length };
	channel_send(host, MSG_SYSTEM, SYSTEM_KHO_PRESERVED, id, answer, sizeof answer);
}

static void freeze(uint64_t id)
{
	uint64_t answer[3] = { SBI_SUCCESS };
	struct serve_state *sealed = serve_seal();
	if (sealed) {
		answer[1] = sealed->counter;
		answer[2] = sealed->hash;
	}
	/* The service was switched on or off since the tree was written. */
	if (sealed != preserved) {
		answer[0] = (uint64_t)SBI_ERR_FAILED;
		serve_unseal();
	} else {
		migrate_pause();
	}
	channel_send(host, MSG_SYSTEM, SYSTEM_KHO_FROZEN, id, answer, sizeof answer);
}

/* The peer of the channel in whose ring at `in` we receive. */
static struct channel *peer_at(uint64_t in)
{
	for (uint32_t i = 0; i < peer_count; i++)
		if (peers[i].open && peers[i].in.ring == direct(in))
			return &peers[i];
	return NULL;
}

static void answer(uint32_t subtype, uint64_t id, bool done, uint64_t counter, uint64_t value)
{
	uint64_t words[] = { done ? SBI_SUCCESS : (uint64_t)SBI_ERR_FAILED, counter, value };
	channel_send(host, MSG_SYSTEM, subtype, id, words, sizeof words);
}

static void commit(uint64_t id)
{
	bool sealed = migrate_commit();
	struct serve_state *state = serve_range_now();
	answer(SYSTEM_HANDOVER_SEALED, id, sealed, sealed && state ? state->counter : 0, sealed && state ? state->hash : 0);
}

static void cancel(uint64_t id, uint64_t begun_with)
{
	migrate_cancel(begun_with);
	follow_cancel(begun_with);
	answer(SYSTEM_HANDOVER_CANCELLED, id, true, 0, 0);
}

static void move(uint64_t id)
{
	uint64_t sent_on;
	bool moved = migrate_done(&sent_on);
	answer(SYSTEM_HANDOVER_MOVED, id, moved, sent_on, 0);
}

void handover_request(uint32_t subtype, uint64_t id, uint64_t in)
{
	switch (subtype) {
	case SYSTEM_KHO_PRESERVE:
		preserve(id);
		break;
	case SYSTEM_KHO_FREEZE:
		freeze(id);
		break;
	case SYSTEM_KHO_STOP:
		stop_all();
	case SYSTEM_KHO_ABORT:
		serve_unseal();
		migrate_unpause();
		notice("the hand-over was called off\n");
		break;
	case SYSTEM_HANDOVER_FOLLOW:
		answer(SYSTEM_HANDOVER_FOLLOWING, id, follow_start(peer_at(in), false, id), 0, 0);
		break;
	case SYSTEM_HANDOVER_SEND:
		answer(SYSTEM_HANDOVER_SENDING, id, migrate_start(peer_at(in), id), 0, 0);
		break;
	case SYSTEM_HANDOVER_COMMIT:
		commit(id);
		break;
	case SYSTEM_HANDOVER_MOVE:
		move(id);
		break;
	case SYSTEM_HANDOVER_CANCEL:
		cancel(id, in);
		break;
	}
}

/* NULL: it is ours and goes on. Else what is wrong, and its pages are free. */
static const char *adopt(const struct kho_range *range)
{
	uint32_t pages = (uint32_t)(range->size / PAGE_SIZE);
	const char *wrong = "nothing that this kernel knows";
	if (range->compatible && strcmp(range->compatible, SERVE_COMPATIBLE) == 0)
		wrong = serve_adopt(direct(range->base), pages);
	if (wrong)
		page_run_free(direct(range->base), pages);
	return wrong;
}

void handover_start(void)
{
	if (!kho_found())
		return;
	uint64_t answer[4] = { SBI_SUCCESS };
	/* Requests that come from here on are held back until the state that came over has been told as it came. */
	serve_seal();
	for (uint32_t i = 0; i < kho_range_count; i++) {
		const char *wrong = adopt(&kho_ranges[i]);
		if (wrong) {
			printf("handed over: 0x%lx: %s\n", kho_ranges[i].base, wrong);
			answer[0] = (uint64_t)SBI_ERR_FAILED;
		}
	}
	kho_done();
	struct serve_state *state = serve_range_now();
	if (state) {
		answer[1] = state->counter;
		answer[2] = state->hash;
		answer[3] = state->unanswered;
		printf("handed over: serve, counter %lu, hash 0x%016lx\n", state->counter, state->hash);
	}
	if (host)
		channel_send(host, MSG_SYSTEM, SYSTEM_KHO_FINISH, 0, answer, sizeof answer);
	/* Before we answer anybody: who followed the kernel before us follows us, or says that it serves. */
	if (state && state->follower[0])
		migrate_start(channel_find(state->follower), 0);
	serve_unseal();
}
