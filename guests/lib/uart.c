#include "uart.h"

#include "riscv.h"
#include "vm.h"

/* Registers with the divisor latch off. */
#define RBR 0 /* read: received byte */
#define THR 0 /* write: byte to send */
#define IER 1
#define FCR 2
#define LCR 3
#define LSR 5

#define IER_RECEIVED 1
#define FCR_ENABLE_CLEAR 7
#define LCR_8N1 3
#define LSR_RECEIVED (1 << 0)
#define LSR_EMPTY (1 << 5)

static volatile uint8_t *regs;

void uart_init(uint64_t pa)
{
	vm_map_direct(pa, PAGE_SIZE);
	regs = direct(pa);
	regs[LCR] = LCR_8N1;
	regs[FCR] = FCR_ENABLE_CLEAR;
	regs[IER] = IER_RECEIVED;
}

bool uart_present(void) { return regs; }

void uart_put(char c)
{
	while (!(regs[LSR] & LSR_EMPTY))
		pause();
	regs[THR] = (uint8_t)c;
}

int uart_get(void) { return regs[LSR] & LSR_RECEIVED ? regs[RBR] : -1; }
