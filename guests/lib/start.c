/*
 * From the first instruction at KERNEL to kernel_main: read the device tree, hand the memory out, find the devices. On the
 * boot hart, on the boot stack, with interrupts off.
 */
#include "start.h"

#include "channel.h"
#include "console.h"
#include "fdt.h"
#include "hart.h"
#include "kho.h"
#include "page.h"
#include "panic.h"
#include "plic.h"
#include "printf.h"
#include "riscv.h"
#include "string.h"
#include "timer.h"
#include "vm.h"

extern char bss_end[];

struct boot_info boot_info = { .name = "", .command_line = "" };

/* Calls visit() for each region of memory that the device tree gives us. */
static void each_memory(void (*visit)(uint64_t base, uint64_t size))
{
	for (fdt_node node = fdt_first_child(0); node; node = fdt_next_sibling(node)) {
		const char *type = fdt_string(node, "device_type");
		uint64_t base, size;
		if (!type || strcmp(type, "memory") != 0)
			continue;
		for (uint32_t i = 0; fdt_reg(node, i, &base, &size); i++)
			visit(base, size);
	}
}

static void find_ours(uint64_t base, uint64_t size)
{
	if (kernel_pa >= base && kernel_pa - base < size)
		boot_info.memory_base = base, boot_info.memory_size = size;
}

/* Regions beside the one we were loaded in. */
static void add_other(uint64_t base, uint64_t size)
{
	if (base != boot_info.memory_base && !vm_add_memory(base, size))
		printf("memory at 0x%lx is not used: no whole 2 MB blocks\n", base);
}

/* Of [*start, *end), keeps the larger side of what lies in it at `pa`. */
static void leave_out(uint64_t *start, uint64_t *end, uint64_t pa, uint64_t size)
{
	uint64_t after = (pa + size + PAGE_SIZE - 1) & -PAGE_SIZE;
	if (size == 0 || pa < *start || pa >= *end)
		return;
	if (pa - *start >= *end - after)
		*end = pa & -PAGE_SIZE;
	else
		*start = after;
}

/* One that does not lie in our memory is not looked at: only that is mapped. */
static void find_ram_disk(void)
{
	uint64_t start, end;
	fdt_node chosen = fdt_path("/chosen");
	if (!chosen || !fdt_number(chosen, "linux,initrd-start", &start) || !fdt_number(chosen, "linux,initrd-end", &end))
		return;
	if (start >= boot_info.memory_base && start < end && end - boot_info.memory_base <= boot_info.memory_size)
		boot_info.ram_disk = (struct cpio){ direct(start), end - start };
}

static void find_memory(uint64_t tree_pa)
{
	each_memory(find_ours);
	if (!boot_info.memory_size)
		panic("the device tree has no memory for us");
	/* Free is what follows the image, up to the device tree and the RAM disk if they follow too. */
	uint64_t start = image_pa(bss_end), end = (boot_info.memory_base + boot_info.memory_size) & -PAGE_SIZE;
	leave_out(&start, &end, tree_pa, fdt_size());
	find_ram_disk();
	leave_out(&start, &end, (uint64_t)boot_info.ram_disk.at - DIRECT, boot_info.ram_disk.size);
	/* In two, so that none lies on both sides of the end of scratch; which is first is handed out first. */
	uint64_t low_end = page_scratch_end(start, end);
	page_add(start, low_end);
	page_add(low_end, end);
}

/* Returns whether the harts have stimecmp. */
static bool find_harts(void)
{
	bool sstc = true;
	fdt_node cpus = fdt_path("/cpus");
	fdt_number(cpus, "timebase-frequency", &ticks_per_second);
	for (fdt_node cpu = fdt_first_child(cpus); cpu; cpu = fdt_next_sibling(cpu)) {
		const char *type = fdt_string(cpu, "device_type");
		uint64_t id;
		if (!type || strcmp(type, "cpu") != 0 || !fdt_number(cpu, "reg", &id) || id >= MAX_HARTS)
			continue;
		if (hart_count < MAX_HARTS)
			hart_list[hart_count++] = id;
		const char *isa = fdt_string(cpu, "riscv,isa");
		bool named = fdt_lists(cpu, "riscv,isa-extensions", "sstc");
		for (; isa && !named && (isa = string_find(isa, '_')); isa++)
			named = strncmp(isa, "_sstc", 5) == 0 && (isa[5] == 0 || isa[5] == '_');
		sstc = sstc && named;
	}
	return sstc && hart_count;
}

static void find_devices(void)
{
	uint64_t base, size, irq;
	fdt_node plic = fdt_compatible("sifive,plic-1.0.0");
	fdt_node uart = fdt_compatible("ns16550a");
	if (plic && uart && fdt_reg(plic, 0, &base, &size) && fdt_number(uart, "interrupts", &irq)) {
		plic_init(base, size);
		if (fdt_reg(uart, 0, &base, &size))
			console_init(base, (uint32_t)irq);
	}
}

/* Returns the top of the stack on which the boot hart goes on. */
uint64_t start(uint64_t hart_id, uint64_t tree_pa)
{
	boot_hart = hart_id;
	boot_info.boot_time = time_now();
	uint64_t index = hart_id < MAX_HARTS ? hart_id : 0;
	__asm__ volatile("mv tp, %0" ::"r"(&harts[index]));
	hart_prepare(this_hart(), index);
	if (index != hart_id)
		panic("hart %lu is more than there may be", hart_id);
	if (!fdt_init(direct(tree_pa)))
		panic("no device tree at 0x%lx", tree_pa);
	kho_init();
	find_memory(tree_pa);
	uint64_t tree_size = fdt_size();
	vm_start(boot_info.memory_base, boot_info.memory_size);
	/* Kept readable wherever it lies, for names and the command line. */
	vm_map_direct(tree_pa, tree_size);
	timer_init(find_harts());
	find_devices();
	each_memory(add_other);
	fdt_node chosen = fdt_path("/chosen");
	if (chosen) {
		const char *line = fdt_string(chosen, "bootargs");
		boot_info.command_line = line ? line : "";
		channel_init(chosen);
	}
	uint64_t stack = stack_alloc();
	if (!stack)
		panic("no memory for a stack");
	this_hart()->stack_top = stack;
	stack_sync();
	return stack;
}

static bool is_gap(char c) { return c == ' ' || c == ','; }

bool boot_option(const char *name, char *to, uint64_t size)
{
	size_t length = strlen(name);
	for (const char *at = boot_info.command_line; *at;) {
		while (is_gap(*at))
			at++;
		const char *word = at;
		while (*at && !is_gap(*at))
			at++;
		if (strncmp(word, name, length) != 0 || (word[length] != '=' && word + length != at))
			continue;
		const char *value = word[length] == '=' ? word + length + 1 : at;
		uint64_t n = (uint64_t)(at - value) + 1;
		string_copy(to, value, n < size ? n : size);
		return true;
	}
	return false;
}

bool boot_option_number(const char *name, uint64_t *value)
{
	char text[24];
	return boot_option(name, text, sizeof text) && parse_number(text, value);
}
