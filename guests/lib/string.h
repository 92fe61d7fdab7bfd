/*
 * The few functions of <string.h> that the compiler and we need. GCC may call memset, memcpy, memmove and memcmp of its own
 * accord, also in freestanding code: they stay though nobody here calls the last two.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void *memset(void *to, int byte, size_t n);
void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
/* The first c in s, or NULL. */
const char *string_find(const char *s, char c);
/* Copies at most size - 1 characters and always ends the string. */
void string_copy(char *to, const char *from, size_t size);
/* Reads a whole decimal or 0x number; false when it is none or does not fit. */
bool parse_number(const char *s, uint64_t *value);
