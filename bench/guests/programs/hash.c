/* A hash table with open addressing: insert and look up; scattered loads. */
#include "programs.h"

#define SLOTS 16384u
#define KEYS 8192u

static uint32_t keys[SLOTS], values[SLOTS];

/* FNV-1a over the four bytes of a key. */
static uint32_t hash(uint32_t key)
{
	uint32_t h = 2166136261u;
	for (int i = 0; i < 4; i++, key >>= 8)
		h = (h ^ (key & 255)) * 16777619u;
	return h;
}

static uint32_t slot_of(uint32_t key)
{
	uint32_t slot = hash(key) % SLOTS;
	while (keys[slot] && keys[slot] != key)
		slot = (slot + 1) % SLOTS;
	return slot;
}

uint32_t bench_hash(uint32_t n)
{
	uint32_t seed = 7, sum = 0;
	while (n--) {
		uint32_t first = seed;
		for (uint32_t i = 0; i < SLOTS; i++)
			keys[i] = 0;
		for (uint32_t i = 0; i < KEYS; i++) {
			uint32_t key = next_random(&seed), slot = slot_of(key);
			keys[slot] = key;
			values[slot] = i;
		}
		for (uint32_t i = 0; i < KEYS; i++)
			sum += values[slot_of(next_random(&first))] * i;
	}
	return sum;
}
