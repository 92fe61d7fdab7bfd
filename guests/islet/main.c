/* islet: a small kernel for one part of a machine. Start reading here, then thread.c, then shell.c. */
#include "beat.h"
#include "channel.h"
#include "handover.h"
#include "hart.h"
#include "load.h"
#include "manage.h"
#include "misbehave.h"
#include "panic.h"
#include "printf.h"
#include "sbi.h"
#include "shell.h"
#include "start.h"
#include "thread.h"
#include "trap.h"
#include "virtio.h"

/* 'ISLET\0\0\1' as it lies in memory. */
#define STATUS_MAGIC 0x01000054454c5349ul

/* The block may still show what a kernel before us left. */
static void start_status(void)
{
	*status = (struct status){ 0 };
	__atomic_store_n(&status->magic, STATUS_MAGIC, __ATOMIC_RELEASE);
}

static void enter(void)
{
	/* First: whoever sees this hart online tells others, who look there. */
	__atomic_or_fetch(&status->harts_online, 1ul << this_hart()->id, __ATOMIC_RELEASE);
	hart_entered();
}

static void print_banner(void)
{
	char cores[64];
	hart_mask_text(cores, sizeof cores, harts_online_mask());
	printf("islet%s%s: cores %s, %lu MB at 0x%lx\n", boot_info.name[0] ? " on " : "", boot_info.name, cores,
		boot_info.memory_size >> 20, boot_info.memory_base);
}

/* Options of the command line: "beat", "spin=N". */
static void start_options(void)
{
	char value[8];
	uint64_t n;
	if (boot_option("beat", value, sizeof value))
		beat_on();
	if (boot_option_number("spin", &n))
		load_user(n < LOAD_MAX ? (uint32_t)n : LOAD_MAX);
}

void kernel_main(void)
{
	start_status();
	enter();
	hart_start_all();
	print_banner();
	if (!thread_start("shell", shell, 0))
		panic("no memory for the shell");
	virtio_start();
	manage_start();
	handover_start();
	start_options();
	/* What was published before our interrupts were on. */
	channel_drain_all();
	schedule();
	panic("the boot core left");
}

void secondary_main(void)
{
	enter();
	schedule();
	/* The core has been sent away. */
	__atomic_and_fetch(&status->harts_online, ~(1ul << this_hart()->id), __ATOMIC_RELAXED);
	sbi_hart_stop();
	panic("core %lu does not stop", this_hart()->id);
}

void kernel_soft(void)
{
	stop_if_asked();
	wedge_if_asked();
	core_look();
}
