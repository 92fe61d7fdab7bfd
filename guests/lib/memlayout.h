/*
 * Where things lie. Virtual addresses are Sv39; every kernel built on this library sees the same map, wherever in
 * physical memory it was loaded.
 *
 *   0x00000000_40000000  PROBE    two pages at a time, for looking at memory that may not be ours (probe.c)
 *   0x00000010_00000000  WALK     a page table under test (probe.c)
 *   0xffffffc0_00000000  DIRECT   physical address p lies at DIRECT + p: own memory, channels, UART, PLIC
 *   0xffffffe0_00000000  STACKS   16 KiB a stack: 8 KiB of nothing (the guard), then 8 KiB of stack
 *   0xffffffff_80000000  KERNEL   the image in 4 KiB pages: text r-x, constants r--, data and bss rw-
 *
 * Physical addresses of devices come from the device tree.
 */
#pragma once

#define PAGE_SIZE 4096ul

#define PROBE 0x0000000040000000ul
#define WALK 0x0000001000000000ul
#define DIRECT 0xffffffc000000000ul
#define DIRECT_SIZE (STACKS - DIRECT)
#define STACKS 0xffffffe000000000ul
#define KERNEL 0xffffffff80000000ul

/* The trap vector tells a stack from its guard by this one bit of the stack pointer, so the sizes go together. */
#define STACK_SIZE 8192ul
#define STACK_BIT 13
#define STACK_SLOTS 128

#define MAX_HARTS 16
