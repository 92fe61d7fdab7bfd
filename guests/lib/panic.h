/* The end of a kernel that cannot go on. */
#pragma once

struct frame;

/* Prints "panic: TEXT" and resets this kernel, and no other, with the reason "system failure". */
void panic(const char *text, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* The same for a fault, with the registers. */
void panic_fault(const struct frame *frame) __attribute__((noreturn));
