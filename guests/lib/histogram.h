/*
 * A histogram of times that keeps its precision at every size: below 32 each value has a bucket of its own, above that
 * every power of two is cut into 16. So a percentile is never more than 1/16 too great, and the whole takes a few
 * kilobytes however many values come in.
 */
#pragma once

#include <stdint.h>

#define HISTOGRAM_STEPS 16ul /* buckets in a power of two */
#define HISTOGRAM_STEP_BITS 4
/* Values of 2^40 and more (a day, in ticks of 100 ns) share the last bucket. */
#define HISTOGRAM_MAX_BITS 40
#define HISTOGRAM_BUCKETS (HISTOGRAM_STEPS * (HISTOGRAM_MAX_BITS - HISTOGRAM_STEP_BITS + 1))

struct histogram {
	uint64_t count, max;
	uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_clear(struct histogram *histogram);
void histogram_add(struct histogram *histogram, uint64_t value);
/*
 * The value that `per_mille` thousandths of all values do not exceed, rounded up to the end of its bucket; 0 when there
 * are no values. May run while values are added: it then gives the percentile of some of them.
 */
uint64_t histogram_percentile(const struct histogram *histogram, uint32_t per_mille);
