/*
 * The firmware's extension MK: kerf commands, for the host instance alone. The C side of src/protocol/mk.ts, which says
 * how a command is given and how its answer comes.
 */
#pragma once

#include <stdint.h>

#include "sbi.h"

#define MK_INIT 0x00
#define MK_CREATE 0x01
#define MK_LOAD 0x02
#define MK_EXEC 0x03
#define MK_CONSOLE 0x04
#define MK_UPDATE 0x05
#define MK_KILL 0x06
#define MK_UNLOAD 0x07
#define MK_DELETE 0x08
#define MK_SHOW 0x09
#define MK_APPLY 0x0a
#define MK_ROLLBACK 0x0b
#define MK_HELP 0x0c
#define MK_HANDOVER 0x0d
#define MK_NOTIFY 0x10

#define MK_TEXT_MAX 1024
#define MK_REPLY_MAX 32768

/* The payload of SYSTEM_KERF_REPLY; the text follows. */
struct kerf_reply {
	uint64_t ticket;
	uint32_t exit_code, part, parts;
};
/* Where the text begins: no padding lies before it. */
#define KERF_REPLY_TEXT 20

/*
 * Gives a command: its verb, and the rest of the line, which lies at a physical address. A kernel to load comes with it
 * where image_size is not 0. The value of the result is the ticket that the answer will have.
 */
struct sbi_result mk_command(uint64_t verb, uint64_t text, uint64_t length, uint64_t image, uint64_t image_size);
