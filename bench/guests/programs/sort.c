/* Heap sort of 32-bit numbers: compares, swaps and branches that no predictor likes. */
#include "programs.h"

#define COUNT 8192u

static uint32_t numbers[COUNT];

static void sift(uint32_t root, uint32_t end)
{
	uint32_t value = numbers[root];
	for (uint32_t child; (child = 2 * root + 1) < end; root = child) {
		if (child + 1 < end && numbers[child + 1] > numbers[child])
			child++;
		if (numbers[child] <= value)
			break;
		numbers[root] = numbers[child];
	}
	numbers[root] = value;
}

uint32_t bench_sort(uint32_t n)
{
	uint32_t seed = 1, sum = 0;
	while (n--) {
		for (uint32_t i = 0; i < COUNT; i++)
			numbers[i] = next_random(&seed);
		for (uint32_t i = COUNT / 2; i--;)
			sift(i, COUNT);
		for (uint32_t end = COUNT - 1; end; end--) {
			uint32_t last = numbers[end];
			numbers[end] = numbers[0];
			numbers[0] = last;
			sift(0, end);
		}
		for (uint32_t i = 0; i < COUNT; i++)
			sum = sum * 31 + numbers[i];
	}
	return sum;
}
