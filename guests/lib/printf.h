/* Formatted text: %d %u %x (with l for 64 bits), %s %c %%, with a width, '-' and '0'. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

/* The longest text that one printf prints. */
#define PRINT_MAX 256

/* Writes at most size - 1 characters and ends the string; returns how many. */
size_t format(char *to, size_t size, const char *text, va_list args);
size_t string_format(char *to, size_t size, const char *text, ...) __attribute__((format(printf, 3, 4)));
/* Prints on the console, as one piece also when several harts print. */
void printf(const char *text, ...) __attribute__((format(printf, 1, 2)));
