#include "console.h"

#include "plic.h"
#include "riscv.h"
#include "sbi.h"
#include "spinlock.h"
#include "string.h"
#include "uart.h"

static struct spinlock lock;
static bool panicked;

static void received(uint32_t irq)
{
	(void)irq;
	for (int c; (c = uart_get()) >= 0;)
		kernel_key((char)c);
}

void console_init(uint64_t uart_pa, uint32_t irq)
{
	uart_init(uart_pa);
	plic_enable(irq, received);
}

void console_panic(void) { __atomic_store_n(&panicked, true, __ATOMIC_RELAXED); }

void console_lock(void)
{
	push_off();
	while (!__atomic_load_n(&panicked, __ATOMIC_RELAXED) && __atomic_exchange_n(&lock.held, 1, __ATOMIC_ACQUIRE))
		pause();
}

void console_unlock(void)
{
	__atomic_store_n(&lock.held, 0, __ATOMIC_RELEASE);
	pop_off();
}

/* Before the UART is known, through the firmware: from a buffer in the image, whose physical address it needs. */
static void put_early(const char *text, size_t length)
{
	static char piece[64];
	while (length) {
		size_t n = length < sizeof piece - 1 ? length : sizeof piece - 1;
		memcpy(piece, text, n);
		piece[n] = 0;
		sbi_puts(piece);
		text += n;
		length -= n;
	}
}

void console_put(const char *text, size_t length)
{
	if (!uart_present()) {
		put_early(text, length);
		return;
	}
	for (; length--; text++) {
		if (*text == '\n')
			uart_put('\r');
		uart_put(*text);
	}
}

void console_write(const char *text, size_t length)
{
	console_lock();
	console_put(text, length);
	console_unlock();
}
