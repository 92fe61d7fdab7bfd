#include "sbi.h"

#include "mk.h"
#include "riscv.h"
#include "string.h"
#include "vm.h"

#define EXT_BASE 0x10
#define EXT_TIME 0x54494d45
#define EXT_IPI 0x735049
#define EXT_RFENCE 0x52464e43
#define EXT_HSM 0x48534d
#define EXT_SRST 0x53525354
#define EXT_DBCN 0x4442434e
#define EXT_MK 0x08084d4b
#define EXT_LEGACY_PUTCHAR 1

static struct sbi_result call(uint64_t extension, uint64_t function, uint64_t arg0, uint64_t arg1, uint64_t arg2, uint64_t arg3)
{
	register uint64_t a0 __asm__("a0") = arg0;
	register uint64_t a1 __asm__("a1") = arg1;
	register uint64_t a2 __asm__("a2") = arg2;
	register uint64_t a3 __asm__("a3") = arg3;
	register uint64_t a6 __asm__("a6") = function;
	register uint64_t a7 __asm__("a7") = extension;
	__asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a3), "r"(a6), "r"(a7) : "memory");
	return (struct sbi_result){ (int64_t)a0, a1 };
}

const char *sbi_error_name(int64_t error)
{
	static const char *const names[] = {
		"success", "failed", "not supported", "invalid parameter", "denied", "invalid address",
		"already available", "already started", "already stopped", "no shared memory",
	};
	uint64_t index = (uint64_t)-error;
	return index < sizeof names / sizeof *names ? names[index] : "unknown error";
}

bool sbi_has_extension(uint64_t extension) { return call(EXT_BASE, 3, extension, 0, 0, 0).value != 0; }

void sbi_set_timer(uint64_t ticks) { call(EXT_TIME, 0, ticks, 0, 0, 0); }

int64_t sbi_send_ipi(uint64_t hart) { return call(EXT_IPI, 0, 1, hart, 0, 0).error; }

int64_t sbi_remote_sfence(uint64_t hart_mask) { return call(EXT_RFENCE, 1, hart_mask, 0, 0, ~0ul).error; }

int64_t sbi_hart_start(uint64_t hart, uint64_t entry, uint64_t opaque)
{
	return call(EXT_HSM, 0, hart, entry, opaque, 0).error;
}

int64_t sbi_hart_stop(void) { return call(EXT_HSM, 1, 0, 0, 0, 0).error; }

struct sbi_result sbi_hart_status(uint64_t hart) { return call(EXT_HSM, 2, hart, 0, 0, 0); }

void sbi_system_reset(uint32_t type, uint32_t reason)
{
	call(EXT_SRST, 0, type, reason, 0, 0);
	/* Firmware without SRST: nothing more can be done, and nothing may be. */
	interrupts_off();
	for (;;)
		wait_for_interrupt();
}

struct sbi_result sbi_console_write(uint64_t pa, uint64_t length) { return call(EXT_DBCN, 0, length, pa, 0, 0); }

void sbi_puts(const char *text)
{
	if (sbi_has_extension(EXT_DBCN)) {
		sbi_console_write(image_pa(text), strlen(text));
		return;
	}
	for (; *text; text++)
		call(EXT_LEGACY_PUTCHAR, 0, (uint8_t)*text, 0, 0, 0);
}

void sbi_mk_notify(void) { call(EXT_MK, MK_NOTIFY, 0, 0, 0, 0); }

struct sbi_result mk_command(uint64_t verb, uint64_t text, uint64_t length, uint64_t image, uint64_t image_size)
{
	return call(EXT_MK, verb, text, length, image, image_size);
}
