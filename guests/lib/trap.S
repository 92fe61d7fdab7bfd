/*
 * Every trap of a running kernel: save the registers on the present stack, call trap(), restore, return. The scheduler may
 * switch threads inside trap(), so the return may happen on another hart: tp is not restored.
 */
#include "memlayout.h"
#define FRAME 304	/* struct frame */

	.text
	.balign 4
	.globl trap_vector
trap_vector:
	csrw sscratch, t0
	addi sp, sp, -FRAME
	srli t0, sp, STACK_BIT
	andi t0, t0, 1
	beqz t0, overflow
	addi t0, sp, FRAME
	sd t0, 2*8(sp)
save:
	csrr t0, sscratch
	sd ra, 1*8(sp)
	sd gp, 3*8(sp)
	sd tp, 4*8(sp)
	sd t0, 5*8(sp)
	.irp n, 6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	sd x\n, \n*8(sp)
	.endr
	csrr t0, sepc
	csrr t1, sstatus
	csrr t2, scause
	csrr t3, stval
	sd t0, 32*8(sp)
	sd t1, 33*8(sp)
	sd t2, 34*8(sp)
	sd t3, 35*8(sp)
	/* The interrupted code stands in the chain of frame pointers as if it had called. */
	sd s0, 36*8(sp)
	sd t0, 37*8(sp)
	addi s0, sp, FRAME
	mv a0, sp
	call trap

	ld t0, 32*8(sp)
	ld t1, 33*8(sp)
	csrw sepc, t0
	csrw sstatus, t1
	ld ra, 1*8(sp)
	ld gp, 3*8(sp)
	.irp n, 5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	ld x\n, \n*8(sp)
	.endr
	ld sp, 2*8(sp)
	sret

/* The frame would lie in the guard below a stack. Only panic comes after this. */
overflow:
	addi t0, sp, FRAME
	ld sp, 8(tp)		/* hart.emergency_top */
	addi sp, sp, -FRAME
	sd t0, 2*8(sp)
	j save
