/* int probe_run(struct probe *, void (*action)(void *), void *argument): 0 when action returned, 1 when it faulted. */
	.text
	.globl probe_run
probe_run:
	sd ra, 0(a0)
	sd sp, 8(a0)
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11
	sd s\n, 16+\n*8(a0)
	.endr
	mv s0, a0
	mv t0, a1
	mv a0, a2
	jalr t0
	mv a0, s0
	li t0, 0
	j restore

/* trap() returns here with a0 = the probe (probe_caught). */
	.globl probe_landing
probe_landing:
	li t0, 1
restore:
	ld ra, 0(a0)
	ld sp, 8(a0)
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11
	ld s\n, 16+\n*8(a0)
	.endr
	mv a0, t0
	ret
