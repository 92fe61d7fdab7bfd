/* Time in ticks of mtime, and one deadline for each hart. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* From the device tree; 10 000 000 on this machine. */
extern uint64_t ticks_per_second;

static inline uint64_t ticks_of_ms(uint64_t ms) { return ms * (ticks_per_second / 1000); }
static inline uint64_t ms_of_ticks(uint64_t ticks) { return ticks / (ticks_per_second / 1000); }
static inline uint64_t ticks_of_us(uint64_t us) { return us * (ticks_per_second / 1000000); }
static inline uint64_t us_of_ticks(uint64_t ticks) { return ticks / (ticks_per_second / 1000000); }
/* Exact for a timebase that divides 1 GHz, as 10 MHz does. */
static inline uint64_t ns_of_ticks(uint64_t ticks) { return ticks * (1000000000 / ticks_per_second); }

/* sstc: the device tree says that the hart has stimecmp. Without it the firmware is asked for every deadline. */
void timer_init(bool sstc);
/* kernel_timer() on this hart once mtime reaches `ticks`. */
void timer_set(uint64_t ticks);
/* No timer interrupt on this hart: a hart with nothing due is not woken. */
void timer_stop(void);
