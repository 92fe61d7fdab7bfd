/* ns16550a. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

void uart_init(uint64_t pa);
bool uart_present(void);
void uart_put(char c);
/* The next character received, or -1. */
int uart_get(void);
