/* Reading the flattened device tree (Devicetree Specification 0.4, chapter 5). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Offset of a node's token in the structure block; 0, which is the root's, also means "none". */
typedef uint32_t fdt_node;

/* False: that is no device tree. */
bool fdt_init(const void *blob);
/* The tree that is read now. */
const void *fdt_blob(void);
uint32_t fdt_size(void);
/* "/chosen", "/cpus"; a component matches with or without its @address. 0 when there is none. */
fdt_node fdt_path(const char *path);
fdt_node fdt_first_child(fdt_node parent);
fdt_node fdt_next_sibling(fdt_node node);
const char *fdt_name(fdt_node node);
/* The first node of the whole tree that lists `compatible`; 0 when there is none. */
fdt_node fdt_compatible(const char *compatible);

/* NULL when the node has no such property. */
const void *fdt_property(fdt_node node, const char *name, uint32_t *length);
/* A string, or NULL. */
const char *fdt_string(fdt_node node, const char *name);
/* Whether a list of strings contains this one. */
bool fdt_lists(fdt_node node, const char *name, const char *string);
/* A number of one or two cells. */
bool fdt_number(fdt_node node, const char *name, uint64_t *value);
/* Entry `index` of a property that lists ranges: address and size, two cells each. */
bool fdt_range(fdt_node node, const char *name, uint32_t index, uint64_t *base, uint64_t *size);
/* The same of reg, of a node whose parent has two address cells and two size cells (the root and /soc). */
bool fdt_reg(fdt_node node, uint32_t index, uint64_t *base, uint64_t *size);
