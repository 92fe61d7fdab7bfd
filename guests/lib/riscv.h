/* Control and status registers, by the names of the privileged specification. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define csr_read(name) \
	({ \
		uint64_t value_; \
		__asm__ volatile("csrr %0, " #name : "=r"(value_)); \
		value_; \
	})
#define csr_write(name, value) __asm__ volatile("csrw " #name ", %0" ::"r"((uint64_t)(value)) : "memory")
#define csr_set(name, bits) __asm__ volatile("csrs " #name ", %0" ::"r"((uint64_t)(bits)) : "memory")
#define csr_clear(name, bits) __asm__ volatile("csrc " #name ", %0" ::"r"((uint64_t)(bits)) : "memory")

#define SSTATUS_SIE (1ul << 1)

/* Bits of sie and sip, which are also the codes of scause with its top bit set. */
#define IRQ_SOFT 1
#define IRQ_TIMER 5
#define IRQ_EXTERNAL 9
#define SCAUSE_INTERRUPT (1ul << 63)

#define SATP_SV39 (8ul << 60)

static inline uint64_t time_now(void)
{
	uint64_t ticks;
	__asm__ volatile("rdtime %0" : "=r"(ticks));
	return ticks;
}

/* Instructions that this hart has retired. */
static inline uint64_t instructions_now(void)
{
	uint64_t count;
	__asm__ volatile("rdinstret %0" : "=r"(count));
	return count;
}

static inline void interrupts_on(void) { csr_set(sstatus, SSTATUS_SIE); }
static inline void interrupts_off(void) { csr_clear(sstatus, SSTATUS_SIE); }
static inline bool interrupts_enabled(void) { return csr_read(sstatus) & SSTATUS_SIE; }

/* Wakes for any interrupt that is pending and enabled in sie, also while sstatus.SIE is off. */
static inline void wait_for_interrupt(void) { __asm__ volatile("wfi" ::: "memory"); }

/* PAUSE of Zihintpause; a FENCE that does nothing where it is not known. */
static inline void pause(void) { __asm__ volatile(".insn 0x0100000f" ::: "memory"); }

static inline void flush_tlb(void) { __asm__ volatile("sfence.vma" ::: "memory"); }
