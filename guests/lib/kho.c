#include "kho.h"

#include "fdt.h"
#include "memlayout.h"
#include "page.h"
#include "page_run.h"
#include "panic.h"
#include "vm.h"

struct kho_range kho_ranges[KHO_RANGES_MAX];
uint32_t kho_range_count;
static uint64_t tree_base, tree_size;

static void keep(uint64_t base, uint64_t size)
{
	if (!page_keep(base, base + size))
		panic("more is left to us than can be kept");
}

static void read_tree(void)
{
	if (!fdt_init(direct(tree_base)))
		panic("no tree at linux,kho-fdt, 0x%lx", tree_base);
	for (fdt_node node = fdt_first_child(0); node; node = fdt_next_sibling(node)) {
		struct kho_range range = { .compatible = fdt_string(node, "compatible") };
		for (uint32_t i = 0; fdt_reg(node, i, &range.base, &range.size); i++) {
			if (kho_range_count == KHO_RANGES_MAX)
				panic("more than %d ranges are left to us", KHO_RANGES_MAX);
			keep(range.base, range.size);
			kho_ranges[kho_range_count++] = range;
		}
	}
}

void kho_init(void)
{
	uint64_t base, size;
	fdt_node chosen = fdt_path("/chosen");
	if (!chosen)
		return;
	if (fdt_range(chosen, "linux,kho-scratch", 0, &base, &size))
		page_scratch(base, base + size);
	if (!fdt_range(chosen, "linux,kho-fdt", 0, &tree_base, &size))
		return;
	tree_size = (size + PAGE_SIZE - 1) & -PAGE_SIZE;
	keep(tree_base, tree_size);
	const void *own = fdt_blob();
	read_tree();
	fdt_init(own);
}

bool kho_found(void) { return tree_size; }

void kho_done(void)
{
	kho_range_count = 0;
	page_keep_end();
	page_run_free(direct(tree_base), (uint32_t)(tree_size / PAGE_SIZE));
}
