/*
 * The first page table. This file runs at physical addresses: it may use only what the compiler reaches relative to the
 * program counter, so no table of pointers and no string in an array.
 *
 * The table stays for good: harts started later come through it too. It maps
 *   - the GiB in which the image lies to itself, so that the instruction after the write of satp is there;
 *   - KERNEL to the image, with the rights of each section;
 *   - the first 8 GiB at DIRECT, enough to read the device tree. vm.c then builds the table that maps no more than is ours.
 */
#include "vm.h"

#define EARLY_GIB 8

extern char _start[], text_end[], rodata_end[], bss_end[];

uint64_t kernel_pa;
uint64_t early_satp;
static page_table early_root __attribute__((aligned(PAGE_SIZE)));
page_table kernel_l1 __attribute__((aligned(PAGE_SIZE)));
static page_table kernel_l0 __attribute__((aligned(PAGE_SIZE)));

/* Returns the value for satp. */
uint64_t early_map(uint64_t load)
{
	kernel_pa = load;
	uint64_t gib = load >> 30;
	early_root[gib] = pte_leaf(gib << 30, PTE_R | PTE_X);
	for (uint64_t i = 0; i < EARLY_GIB; i++)
		early_root[vpn(DIRECT, 2) + i] = pte_leaf(i << 30, PTE_R | PTE_W);
	early_root[vpn(KERNEL, 2)] = pte_table((uint64_t)kernel_l1);
	kernel_l1[vpn(KERNEL, 1)] = pte_table((uint64_t)kernel_l0);
	for (uint64_t pa = load; pa < (uint64_t)bss_end; pa += PAGE_SIZE) {
		uint64_t rights = pa < (uint64_t)text_end ? PTE_R | PTE_X : pa < (uint64_t)rodata_end ? PTE_R : PTE_R | PTE_W;
		kernel_l0[(pa - load) / PAGE_SIZE] = pte_leaf(pa, rights);
	}
	early_satp = SATP_SV39 | (uint64_t)early_root >> 12;
	return early_satp;
}
