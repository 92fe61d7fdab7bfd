/* Sv39 page tables. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memlayout.h"
#include "riscv.h"

#define PTE_V (1ul << 0)
#define PTE_R (1ul << 1)
#define PTE_W (1ul << 2)
#define PTE_X (1ul << 3)
#define PTE_G (1ul << 5)
#define PTE_A (1ul << 6)
#define PTE_D (1ul << 7)

typedef uint64_t page_table[512];

static inline uint64_t pte_table(uint64_t pa) { return pa >> 12 << 10 | PTE_V; }

/* A and D are set from the start: the kernel has no use for them, and hardware need not update them (Svade). */
static inline uint64_t pte_leaf(uint64_t pa, uint64_t rights)
{
	return pa >> 12 << 10 | rights | PTE_V | PTE_A | PTE_D;
}

static inline uint64_t pte_pa(uint64_t pte) { return pte << 10 >> 20 << 12; }

/* Index into the table of this level: 2 the root, 0 the pages. */
static inline uint64_t vpn(uint64_t va, int level) { return va >> (12 + 9 * level) & 511; }

/* Physical memory that vm_start or vm_map_direct has mapped, as a pointer. */
static inline void *direct(uint64_t pa) { return (void *)(DIRECT + pa); }

/* Physical address of a variable of the kernel's image. */
extern uint64_t kernel_pa;
static inline uint64_t image_pa(const void *va) { return (uint64_t)va - KERNEL + kernel_pa; }

/* satp of the final table, for harts that start later. */
extern uint64_t kernel_satp;

/* Builds the final table (image, own memory at DIRECT) and switches to it. */
void vm_start(uint64_t memory_base, uint64_t memory_size);
/* Maps [pa, pa + size) at DIRECT, readable and writable: a device or a channel. */
void vm_map_direct(uint64_t pa, uint64_t size);
/* The same for a range that harts may have looked at already, and its reverse; on all our harts. */
void vm_map_pages(uint64_t pa, uint64_t size);
void vm_unmap_pages(uint64_t pa, uint64_t size);
/*
 * Takes memory that was given to the running kernel into use, on all its harts: [pa, pa + size), whole megapages of 2 MiB
 * that are not mapped yet. False: they are not that, or there is no room to remember them.
 */
bool vm_add_memory(uint64_t pa, uint64_t size);
/* The reverse: afterwards no hart reaches it. False, and nothing changed: not whole megapages, or a page is in use. */
bool vm_remove_memory(uint64_t pa, uint64_t size);
/* Maps one page; replaces what was there. The caller flushes. */
void vm_map_page(uint64_t va, uint64_t pa, uint64_t rights);
void vm_unmap_page(uint64_t va);
/* Sets an entry of the root table, for experiments with page tables; 0 removes. The caller flushes. */
void vm_set_root(uint64_t va, uint64_t pte);

/* A new stack with a guard below; returns its top, or 0 when memory or slots have run out. */
uint64_t stack_alloc(void);
/*
 * To be called before a hart goes to a stack that another one may have made: it may remember that nothing was mapped there
 * (privileged specification, SFENCE.VMA), and could then not even take the fault.
 */
void stack_sync(void);
