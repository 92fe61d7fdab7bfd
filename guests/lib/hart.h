/* The harts of this kernel. tp holds the address of the running hart's struct at all times. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "memlayout.h"

struct probe;

struct hart {
	uint64_t stack_top; /* offset 0: entry.S */
	uint64_t emergency_top; /* offset 8: trap.S; the stack for saying that a stack has overflowed */
	uint64_t id;
	bool online;
	uint32_t off_depth; /* push_off nesting */
	bool were_on;
	uint64_t stacks_seen; /* vm.c, stack_sync */
	struct probe *probe; /* set while a fault is expected (probe.c) */
};

extern struct hart harts[MAX_HARTS];
/* Hart IDs that the device tree lists, and the hart that booted. */
extern uint64_t hart_list[MAX_HARTS];
extern uint32_t hart_count;
extern uint64_t boot_hart;

static inline struct hart *this_hart(void)
{
	struct hart *hart;
	__asm__ volatile("mv %0, tp" : "=r"(hart));
	return hart;
}

/*
 * How long a hart may take to come or to go: below the five seconds after which the host does without our answer, so that
 * it hears from us what did not go well. On a host that is busy with other things a hart may well take one or two.
 */
#define HART_LIMIT_MS 4000

/* Fills what the hart needs before its first trap, but for the stack. */
void hart_prepare(struct hart *hart, uint64_t id);
/*
 * Starts a hart, which comes to secondary_main(), and waits until it is there; nothing is done when it is there already.
 * Returns an SBI error: DENIED when the hart is not ours, which is normal: the device tree lists all harts of the machine.
 */
int64_t hart_start(uint64_t id);
/* Starts all that the firmware gives us. */
void hart_start_all(void);
bool hart_online(uint64_t id);
/*
 * The same, asked of the firmware: to it a hart that was taken away is stopped. One that had no time to say that it left is
 * offline from then on.
 */
bool hart_here(uint64_t id);
/* Bit h set for every hart h that is online. */
uint64_t harts_online_mask(void);
/* Called by secondary_main() first: the hart is online and takes interrupts from here on. */
void hart_entered(void);
/* The running hart counts as offline and takes no more interrupts; all that is left to it is to stop. */
void hart_left(void);
/* Writes the harts of a mask as text: "0 1", "0-3 7". */
void hart_mask_text(char *to, uint64_t size, uint64_t mask);

/* Each kernel has these two: where the boot hart and the other harts arrive, on stacks of their own. */
void kernel_main(void) __attribute__((noreturn));
void secondary_main(void) __attribute__((noreturn));
