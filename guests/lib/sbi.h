/* Calls to the firmware (RISC-V SBI 2.0), and to the machine's controller (extension MK). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SBI_SUCCESS 0
#define SBI_ERR_FAILED (-1)
#define SBI_ERR_NOT_SUPPORTED (-2)
#define SBI_ERR_INVALID_PARAM (-3)
#define SBI_ERR_DENIED (-4)
#define SBI_ERR_ALREADY_AVAILABLE (-6)
#define SBI_ERR_ALREADY_STARTED (-7)

struct sbi_result {
	int64_t error;
	uint64_t value;
};

/* States of HART_GET_STATUS. */
#define HSM_STARTED 0
#define HSM_STOPPED 1

#define RESET_SHUTDOWN 0
#define REASON_NONE 0
#define REASON_SYSTEM_FAILURE 1

/* "failed", "denied" …: the name of an error without its prefix. */
const char *sbi_error_name(int64_t error);

bool sbi_has_extension(uint64_t extension);
void sbi_set_timer(uint64_t ticks);
int64_t sbi_send_ipi(uint64_t hart);
/* SFENCE.VMA of everything on the harts of a mask; returns when all have done it. */
int64_t sbi_remote_sfence(uint64_t hart_mask);
int64_t sbi_hart_start(uint64_t hart, uint64_t entry, uint64_t opaque);
int64_t sbi_hart_stop(void);
struct sbi_result sbi_hart_status(uint64_t hart);
void sbi_system_reset(uint32_t type, uint32_t reason) __attribute__((noreturn));
/* The firmware prints bytes that lie at a physical address (DBCN). */
struct sbi_result sbi_console_write(uint64_t pa, uint64_t length);
/* Prints text before there is a console: DBCN, or the legacy call of old firmware. The text must be in the image. */
void sbi_puts(const char *text);
/* Tells the controller that there are messages in our ring to it. */
void sbi_mk_notify(void);
