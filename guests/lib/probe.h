/* Doing what may fault, and living to tell. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct frame;

/* Callee-saved registers to come back with (probe_run.S), and what the fault was. */
struct probe {
	uint64_t saved[14];
	uint64_t cause, address;
};

/* Called by trap(): true when a fault was expected here; the return then lands in probe_run. */
bool probe_caught(struct frame *frame);

/* Runs action(argument) with interrupts off. True: it came to its end. False: it faulted, see cause and address. */
bool probe(struct probe *probe, void (*action)(void *), void *argument);

/*
 * Maps the pages of [pa, pa + 8) at PROBE, does one access and unmaps. Widths are 1, 2, 4 and 8 bytes. On a fault,
 * probe->address is the physical address that faulted.
 */
bool probe_load(struct probe *probe, uint64_t pa, unsigned width, uint64_t *value);
bool probe_store(struct probe *probe, uint64_t pa, unsigned width, uint64_t value);
/* Adds to the number at pa by an AMO, of 8 bytes where pa is a multiple of 8 and 4 otherwise; *value becomes the old one. */
bool probe_amo(struct probe *probe, uint64_t pa, uint64_t *value);
/* Jumps there. The code found there may return to us; what else it does is its business. */
bool probe_fetch(struct probe *probe, uint64_t pa);
/* Loads through a page table whose second level is the page of pa: the entry used is the one at pa. */
bool probe_table(struct probe *probe, uint64_t pa);
/*
 * Puts a leaf entry without A and D at pa (*placed: whether that worked) and stores through it, so that the hardware would
 * set the bits there.
 */
bool probe_accessed_dirty(struct probe *probe, uint64_t pa, bool *placed);
