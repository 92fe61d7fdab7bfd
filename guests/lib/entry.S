/*
 * The first instructions of a kernel: the header of a RISC-V `Image`, the entry of the boot hart and the entry of the
 * harts that the kernel starts. Both run at physical addresses with satp = 0 until they jump to KERNEL.
 */
#include "memlayout.h"

	.section .head, "ax"
	.globl _start
_start:
	.option push
	.option norvc
	j boot			/* code0: the loader jumps to the first byte */
	nop			/* code1 */
	.option pop
	.dword 0		/* text_offset: any 2 MiB boundary will do */
	.dword image_size	/* with bss */
	.dword 0		/* flags: little-endian */
	.word 2			/* version 0.2 */
	.word 0
	.dword 0
	.ascii "RISCV\0\0\0"
	.ascii "RSC\x05"
	.word 0

/* Continues at the virtual address of the next line. Uses t0 to t2. early_root maps both here and there. */
.macro go_virtual
	lla t0, 1f
	lla t1, _start
	sub t0, t0, t1
	ld t1, link_address
	add t0, t0, t1
	jr t0
1:
.endm

/* a0 = hart ID, a1 = physical address of the device tree (SBI, "boot"). */
boot:
	csrw sie, zero
	mv s0, a0
	mv s1, a1
	lla t0, bss_start
	lla t1, bss_end
1:	sd zero, 0(t0)
	addi t0, t0, 8
	bltu t0, t1, 1b
	lla sp, boot_stack_top
	lla a0, _start
	call early_map
	csrw satp, a0
	sfence.vma
	go_virtual
	lla sp, boot_stack_top
	lla t0, early_trap
	csrw stvec, t0
	mv a0, s0
	mv a1, s1
	call start
	/* start() returns the top of the boot hart's own stack. */
	mv sp, a0
	lla t0, trap_vector
	csrw stvec, t0
	call kernel_main

/* Where HART_START sends a hart: a0 = hart ID, a1 = opaque: its struct hart, a virtual address. */
	.globl secondary_entry
secondary_entry:
	csrw sie, zero
	mv s1, a1
	ld t0, early_satp
	csrw satp, t0
	sfence.vma
	go_virtual
	mv tp, s1
	ld t0, kernel_satp
	csrw satp, t0
	sfence.vma
	ld sp, 0(tp)		/* hart.stack_top */
	lla t0, trap_vector
	csrw stvec, t0
	call secondary_main

/* A fault before there is a stack to save registers on: say so and stop. */
	.balign 4
early_trap:
	lla sp, boot_stack_top
	csrr a0, scause
	csrr a1, sepc
	csrr a2, stval
	call early_fault

	.balign 8
link_address:
	.dword KERNEL

	.section .bss
	.balign 16
	.space 4096
boot_stack_top:
