/* Fibonacci numbers by recursion: calls and returns. */
#include "programs.h"

#define DEPTH 20

static __attribute__((noinline)) uint32_t fib(uint32_t i) { return i < 2 ? i : fib(i - 1) + fib(i - 2); }

uint32_t bench_fib(uint32_t n)
{
	uint32_t sum = 0;
	/* Each call hangs on the one before, or a compiler would make it once. */
	while (n--)
		sum = sum * 3 + fib(DEPTH - (sum & 1));
	return sum;
}
