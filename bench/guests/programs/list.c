/* A walk along a linked list in random order of memory: each load waits for the one before. */
#include "programs.h"

#define NODES 16384u

static struct node {
	struct node *next;
	uint32_t value;
} nodes[NODES];

/* Links all nodes into one ring (Sattolo's shuffle of their order). */
static void link_nodes(void)
{
	static uint16_t order[NODES];
	uint32_t seed = 5;
	for (uint32_t i = 0; i < NODES; i++)
		order[i] = (uint16_t)i;
	for (uint32_t i = NODES - 1; i; i--) {
		uint32_t j = next_random(&seed) % i;
		uint16_t other = order[j];
		order[j] = order[i];
		order[i] = other;
	}
	for (uint32_t i = 0; i < NODES; i++) {
		nodes[order[i]].next = &nodes[order[(i + 1) % NODES]];
		nodes[order[i]].value = i;
	}
}

uint32_t bench_list(uint32_t n)
{
	uint32_t sum = 0;
	link_nodes();
	struct node *node = nodes;
	while (n--)
		for (uint32_t i = 0; i < NODES; i++, node = node->next)
			sum = sum * 31 + node->value;
	return sum;
}
