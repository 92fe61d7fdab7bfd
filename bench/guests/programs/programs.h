/*
 * Integer programs that are compiled twice from the same text: for the guest, and for wasm32, against which the machine is
 * measured. Each does its work n times over and returns a number that depends on all of it. No libc, no 64-bit division.
 */
#pragma once

#include <stdint.h>

#ifdef __wasm__
#define BENCH(name) __attribute__((export_name(#name))) uint32_t name(uint32_t n)
#else
#define BENCH(name) uint32_t name(uint32_t n)
#endif

BENCH(bench_sieve);
BENCH(bench_sort);
BENCH(bench_hash);
BENCH(bench_crc);
BENCH(bench_interp);
BENCH(bench_list);
BENCH(bench_matrix);
BENCH(bench_fib);

/* Numbers that look random; the state must not be 0. */
static inline uint32_t next_random(uint32_t *state)
{
	uint32_t x = *state;
	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return *state = x;
}
