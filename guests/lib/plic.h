/* The interrupt controller. Each external interrupt goes to one hart: the boot hart, if nobody says otherwise. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

void plic_init(uint64_t pa, uint64_t size);
/* Sources are 1 … PLIC_SOURCES − 1. */
#define PLIC_SOURCES 32
#define NO_ROUTE (~0ul)
/* Lets interrupt `irq` through to the boot hart, where it calls handler(irq). */
void plic_enable(uint32_t irq, void (*handler)(uint32_t irq));
/* Nothing of it comes through any more; a call of its handler may be under way. */
void plic_disable(uint32_t irq);
/* From now on the interrupt comes to that hart, which must be ours and online. False: it is not enabled. */
bool plic_route(uint32_t irq, uint64_t hart);
/* Hart to which an interrupt comes; NO_ROUTE: it is not enabled. */
uint64_t plic_hart(uint32_t irq);
/* What comes to this hart comes to the boot hart from now on; what it has claimed it completes. */
void plic_leave(uint64_t hart);
/* Claims and completes everything that is pending at this hart. */
void plic_interrupt(void);
