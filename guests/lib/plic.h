/* The interrupt controller. External interrupts all go to the boot hart: there are few. */
#pragma once

#include <stdint.h>

void plic_init(uint64_t pa, uint64_t size);
/* Sources are 1 … PLIC_SOURCES − 1. */
#define PLIC_SOURCES 32
/* Lets interrupt `irq` through to the boot hart, where it calls handler(irq). */
void plic_enable(uint32_t irq, void (*handler)(uint32_t irq));
/* Nothing of it comes through any more; a call of its handler may be under way. */
void plic_disable(uint32_t irq);
/* Claims and completes everything that is pending. */
void plic_interrupt(void);
