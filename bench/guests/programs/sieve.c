/* Sieve of Eratosthenes: byte stores with a stride. Returns the primes found, summed over the rounds. */
#include "programs.h"

#define LIMIT 65536u

static uint8_t composite[LIMIT];

uint32_t bench_sieve(uint32_t n)
{
	uint32_t found = 0;
	while (n--) {
		for (uint32_t i = 0; i < LIMIT; i++)
			composite[i] = 0;
		for (uint32_t i = 2; i < LIMIT; i++) {
			if (composite[i])
				continue;
			found++;
			for (uint32_t j = i + i; j < LIMIT; j += i)
				composite[j] = 1;
		}
	}
	return found;
}
