/*
 * Kexec hand-over: a kernel boots on memory in which another one has left something. The names are Linux's: in /chosen,
 * `linux,kho-scratch` is a range (address, size) in which nothing is ever left, so that the next kernel can start there, and
 * `linux,kho-fdt` a range with a tree that says what was left, and where:
 *
 *   / { compatible = "kho-v1"; NAME { compatible = "WHAT"; reg = <address size> ...; }; ... }
 *
 * The controller has looked the tree over: its ranges are whole pages of ours, outside of scratch, and do not overlap.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define KHO_COMPATIBLE "kho-v1"
#define KHO_RANGES_MAX 16

struct kho_range {
	const char *compatible; /* in the tree: good until kho_done() */
	uint64_t base, size; /* physical */
};

extern struct kho_range kho_ranges[KHO_RANGES_MAX];
extern uint32_t kho_range_count;

/* Reads both properties, and keeps the pages that they name back. Before the first page_add. */
void kho_init(void);
/* Whether another kernel has left a tree, be it an empty one. */
bool kho_found(void);
/* Gives the pages of the tree to the allocator: everything in it has been dealt with. */
void kho_done(void);
