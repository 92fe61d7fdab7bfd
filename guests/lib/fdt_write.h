/* Writing a small flattened device tree (Devicetree Specification 0.4, chapter 5): node after node, in order. */
#pragma once

#include <stdint.h>

struct fdt_writer {
	uint8_t *blob;
	uint32_t size, at; /* of the buffer; where the structure block has come to */
	char names[64]; /* the strings block */
	uint32_t names_length;
};

/* Begins a tree in a buffer that is aligned to 8 bytes. */
void fdt_begin(struct fdt_writer *tree, void *buffer, uint32_t size);
void fdt_begin_node(struct fdt_writer *tree, const char *name);
void fdt_end_node(struct fdt_writer *tree);
void fdt_put_string(struct fdt_writer *tree, const char *name, const char *value);
/* Numbers of two cells each. */
void fdt_put_longs(struct fdt_writer *tree, const char *name, const uint64_t *values, uint32_t count);
/* Returns the bytes of the whole blob; 0: the buffer or the names were too small. */
uint32_t fdt_finish(struct fdt_writer *tree);
