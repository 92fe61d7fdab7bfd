/* The kernel's console. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Each kernel has this: a key, in interrupt context on the boot hart. */
void kernel_key(char c);

void console_init(uint64_t uart_pa, uint32_t irq);
/* Prints a piece as a whole; a newline becomes CR LF. */
void console_write(const char *text, size_t length);

/* The same in several calls that nobody else's output may part. */
void console_lock(void);
void console_put(const char *text, size_t length);
void console_unlock(void);

/* From now on nobody holds the console back: the hart that had it may never give it up. */
void console_panic(void);
