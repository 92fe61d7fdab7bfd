#include "fdt_write.h"

#include <stdbool.h>

#include "string.h"

#define MAGIC 0xd00dfeed
#define VERSION 17
#define COMPATIBLE_VERSION 16
#define HEADER_SIZE 40
#define RESERVATIONS_SIZE 16 /* of the empty list: its end alone */
#define BEGIN_NODE 1
#define END_NODE 2
#define PROP 3
#define END 9

/* What does not fit is counted and not written; fdt_finish says so. */
static void put_bytes(struct fdt_writer *tree, const void *bytes, uint32_t length)
{
	if (length <= tree->size && tree->at <= tree->size - length)
		memcpy(tree->blob + tree->at, bytes, length);
	tree->at += length;
}

static void put_word(struct fdt_writer *tree, uint32_t value)
{
	uint8_t bytes[] = { value >> 24, value >> 16, value >> 8, value };
	put_bytes(tree, bytes, sizeof bytes);
}

static void pad(struct fdt_writer *tree)
{
	static const uint8_t zeros[3];
	put_bytes(tree, zeros, -tree->at & 3);
}

/* Offset of a property's name in the strings block. */
static uint32_t name_offset(struct fdt_writer *tree, const char *name)
{
	uint32_t length = (uint32_t)strlen(name) + 1, at = 0;
	while (at < tree->names_length && strcmp(tree->names + at, name) != 0)
		at += (uint32_t)strlen(tree->names + at) + 1;
	if (at < tree->names_length)
		return at;
	if (length > sizeof tree->names - at) {
		tree->at = tree->size + 1;
		return 0;
	}
	memcpy(tree->names + at, name, length);
	tree->names_length += length;
	return at;
}

void fdt_begin(struct fdt_writer *tree, void *buffer, uint32_t size)
{
	*tree = (struct fdt_writer){ .blob = buffer, .size = size, .at = HEADER_SIZE + RESERVATIONS_SIZE };
	if (size >= tree->at)
		memset(buffer, 0, tree->at);
}

void fdt_begin_node(struct fdt_writer *tree, const char *name)
{
	put_word(tree, BEGIN_NODE);
	put_bytes(tree, name, (uint32_t)strlen(name) + 1);
	pad(tree);
}

void fdt_end_node(struct fdt_writer *tree) { put_word(tree, END_NODE); }

static void begin_property(struct fdt_writer *tree, const char *name, uint32_t length)
{
	put_word(tree, PROP);
	put_word(tree, length);
	put_word(tree, name_offset(tree, name));
}

void fdt_put_string(struct fdt_writer *tree, const char *name, const char *value)
{
	uint32_t length = (uint32_t)strlen(value) + 1;
	begin_property(tree, name, length);
	put_bytes(tree, value, length);
	pad(tree);
}

void fdt_put_longs(struct fdt_writer *tree, const char *name, const uint64_t *values, uint32_t count)
{
	begin_property(tree, name, 8 * count);
	for (uint32_t i = 0; i < count; i++) {
		put_word(tree, (uint32_t)(values[i] >> 32));
		put_word(tree, (uint32_t)values[i]);
	}
}

uint32_t fdt_finish(struct fdt_writer *tree)
{
	uint32_t structure = HEADER_SIZE + RESERVATIONS_SIZE;
	put_word(tree, END);
	uint32_t strings = tree->at;
	put_bytes(tree, tree->names, tree->names_length);
	uint32_t total = tree->at;
	if (total > tree->size)
		return 0;
	uint32_t header[] = { MAGIC, total, structure, strings, HEADER_SIZE, VERSION, COMPATIBLE_VERSION, 0,
		tree->names_length, strings - structure };
	tree->at = 0;
	for (uint32_t i = 0; i < sizeof header / sizeof *header; i++)
		put_word(tree, header[i]);
	return total;
}
