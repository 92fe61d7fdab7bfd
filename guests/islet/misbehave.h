/* Faults of this kernel, made on purpose. */
#pragma once

/* In a software interrupt: spins with interrupts off for as long as `wedge` has asked for. */
void wedge_if_asked(void);
