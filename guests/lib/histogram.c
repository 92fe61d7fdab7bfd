#include "histogram.h"

#include "string.h"

static unsigned bits_of(uint64_t value)
{
	unsigned bits = 0;
	for (; value; value >>= 1)
		bits++;
	return bits;
}

/* The leading bit of a value says which power of two, the HISTOGRAM_STEP_BITS bits after it which step. */
static uint64_t bucket_of(uint64_t value)
{
	unsigned bits = bits_of(value);
	if (bits <= HISTOGRAM_STEP_BITS)
		return value;
	if (bits > HISTOGRAM_MAX_BITS)
		return HISTOGRAM_BUCKETS - 1;
	unsigned shift = bits - HISTOGRAM_STEP_BITS - 1;
	return (uint64_t)(shift + 1) * HISTOGRAM_STEPS + (value >> shift) - HISTOGRAM_STEPS;
}

/* The greatest value that falls into a bucket. */
static uint64_t bucket_end(uint64_t bucket)
{
	if (bucket < HISTOGRAM_STEPS)
		return bucket;
	uint64_t shift = bucket / HISTOGRAM_STEPS - 1;
	return ((bucket % HISTOGRAM_STEPS + HISTOGRAM_STEPS + 1) << shift) - 1;
}

void histogram_clear(struct histogram *histogram) { memset(histogram, 0, sizeof *histogram); }

void histogram_add(struct histogram *histogram, uint64_t value)
{
	histogram->count++;
	histogram->buckets[bucket_of(value)]++;
	if (value > histogram->max)
		histogram->max = value;
}

uint64_t histogram_percentile(const struct histogram *histogram, uint32_t per_mille)
{
	/* The rank is rounded up: of a hundred values, the 99th is the first that leaves at most one above it. */
	uint64_t rank = (histogram->count * per_mille + 999) / 1000;
	uint64_t seen = 0;
	for (uint64_t bucket = 0; bucket < HISTOGRAM_BUCKETS && rank; bucket++) {
		seen += histogram->buckets[bucket];
		if (seen >= rank && bucket < HISTOGRAM_BUCKETS - 1) {
			uint64_t end = bucket_end(bucket);
			return end < histogram->max ? end : histogram->max;
		}
	}
	return histogram->max;
}
