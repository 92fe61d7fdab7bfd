/* Product of matrices of 32-bit numbers: multiplies and loads in regular order. */
#include "programs.h"

#define SIZE 48

static uint32_t a[SIZE][SIZE], b[SIZE][SIZE], c[SIZE][SIZE];

uint32_t bench_matrix(uint32_t n)
{
	uint32_t seed = 9, sum = 0;
	for (int i = 0; i < SIZE; i++)
		for (int j = 0; j < SIZE; j++) {
			a[i][j] = next_random(&seed);
			b[i][j] = next_random(&seed);
		}
	while (n--) {
		for (int i = 0; i < SIZE; i++)
			for (int j = 0; j < SIZE; j++) {
				uint32_t product = 0;
				for (int k = 0; k < SIZE; k++)
					product += a[i][k] * b[k][j];
				c[i][j] = product;
			}
		for (int i = 0; i < SIZE; i++) {
			sum = sum * 33 + c[i][SIZE - 1 - i];
			a[i][n % SIZE] ^= c[i][i];
		}
	}
	return sum;
}
