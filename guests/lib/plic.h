/* The interrupt controller. External interrupts all go to the boot hart: there are few. */
#pragma once

#include <stdint.h>

void plic_init(uint64_t pa, uint64_t size);
/* Lets interrupt `irq` through to the boot hart, where it calls handler(). One device is all there is so far. */
void plic_enable(uint32_t irq, void (*handler)(void));
/* Claims and completes everything that is pending. */
void plic_interrupt(void);
