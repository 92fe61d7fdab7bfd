#include "fdt.h"

#include <stddef.h>

#include "string.h"

#define MAGIC 0xd00dfeed
#define BEGIN_NODE 1
#define END_NODE 2
#define PROP 3
#define NOP 4

static const uint8_t *blob;
static uint32_t structure, structure_end, strings;

static uint32_t word(uint32_t offset)
{
	const uint8_t *p = blob + offset;
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t aligned(uint32_t offset) { return (offset + 3) & ~3u; }

bool fdt_init(const void *at)
{
	blob = at;
	if (word(0) != MAGIC)
		return false;
	structure = word(8);
	strings = word(12);
	structure_end = structure + word(36);
	return true;
}

const void *fdt_blob(void) { return blob; }
uint32_t fdt_size(void) { return word(4); }

/* Node offsets are kept relative to the structure block, so that the root is 0. */
static uint32_t token_at(fdt_node node) { return structure + node; }
const char *fdt_name(fdt_node node) { return (const char *)blob + token_at(node) + 4; }

/* Offset after the token at `at`, whatever it is. */
static uint32_t after_token(uint32_t at)
{
	switch (word(at)) {
	case BEGIN_NODE:
		return aligned(at + 4 + (uint32_t)strlen((const char *)blob + at + 4) + 1);
	case PROP:
		return aligned(at + 12 + word(at + 4));
	default:
		return at + 4;
	}
}

/* The first node that begins at or after `at` before the node around it ends. */
static fdt_node next_here(uint32_t at)
{
	while (at < structure_end && (word(at) == PROP || word(at) == NOP))
		at = after_token(at);
	return at < structure_end && word(at) == BEGIN_NODE ? at - structure : 0;
}

fdt_node fdt_first_child(fdt_node parent) { return next_here(after_token(token_at(parent))); }

fdt_node fdt_next_sibling(fdt_node node)
{
	uint32_t at = token_at(node), depth = 0;
	do {
		depth += word(at) == BEGIN_NODE;
		depth -= word(at) == END_NODE;
		at = after_token(at);
	} while (depth && at < structure_end);
	return next_here(at);
}

fdt_node fdt_path(const char *path)
{
	fdt_node node = 0;
	while (*path == '/') {
		size_t length = 0;
		for (path++; path[length] && path[length] != '/';)
			length++;
		for (node = fdt_first_child(node); node; node = fdt_next_sibling(node)) {
			const char *name = fdt_name(node);
			if (strncmp(name, path, length) == 0 && (name[length] == 0 || name[length] == '@'))
				break;
		}
		if (!node)
			return 0;
		path += length;
	}
	return node;
}

fdt_node fdt_compatible(const char *compatible)
{
	for (uint32_t at = after_token(structure); at < structure_end; at = after_token(at))
		if (word(at) == BEGIN_NODE && fdt_lists(at - structure, "compatible", compatible))
			return at - structure;
	return 0;
}

const void *fdt_property(fdt_node node, const char *name, uint32_t *length)
{
	uint32_t at = after_token(token_at(node));
	for (; at < structure_end && (word(at) == PROP || word(at) == NOP); at = after_token(at)) {
		if (word(at) == PROP && strcmp((const char *)blob + strings + word(at + 8), name) == 0) {
			*length = word(at + 4);
			return blob + at + 12;
		}
	}
	return NULL;
}

const char *fdt_string(fdt_node node, const char *name)
{
	uint32_t length;
	const char *value = fdt_property(node, name, &length);
	return value && length && value[length - 1] == 0 ? value : NULL;
}

bool fdt_lists(fdt_node node, const char *name, const char *string)
{
	uint32_t length;
	const char *list = fdt_property(node, name, &length);
	for (uint32_t at = 0; list && at < length; at += (uint32_t)strlen(list + at) + 1)
		if (strcmp(list + at, string) == 0)
			return true;
	return false;
}

bool fdt_number(fdt_node node, const char *name, uint64_t *value)
{
	uint32_t length;
	const uint8_t *p = fdt_property(node, name, &length);
	if (!p || (length != 4 && length != 8))
		return false;
	*value = 0;
	while (length--)
		*value = *value << 8 | *p++;
	return true;
}

bool fdt_range(fdt_node node, const char *name, uint32_t index, uint64_t *base, uint64_t *size)
{
	uint32_t length;
	const uint8_t *ranges = fdt_property(node, name, &length);
	if (!ranges || length < (index + 1) * 16)
		return false;
	uint32_t at = (uint32_t)(ranges - blob) + index * 16;
	*base = (uint64_t)word(at) << 32 | word(at + 4);
	*size = (uint64_t)word(at + 8) << 32 | word(at + 12);
	return true;
}

bool fdt_reg(fdt_node node, uint32_t index, uint64_t *base, uint64_t *size)
{
	return fdt_range(node, "reg", index, base, size);
}
