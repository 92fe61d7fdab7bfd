/* CRC-32 by a table of 256 words: shifts, xors and one dependent load for each byte. */
#include "programs.h"

#define LENGTH 65536u

static uint32_t table[256];
static uint8_t data[LENGTH];

uint32_t bench_crc(uint32_t n)
{
	uint32_t seed = 3, crc = ~0u;
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;
		for (int bit = 0; bit < 8; bit++)
			c = c & 1 ? c >> 1 ^ 0xedb88320u : c >> 1;
		table[i] = c;
	}
	for (uint32_t i = 0; i < LENGTH; i++)
		data[i] = (uint8_t)next_random(&seed);
	while (n--)
		for (uint32_t i = 0; i < LENGTH; i++)
			crc = crc >> 8 ^ table[(crc ^ data[i]) & 255];
	return ~crc;
}
