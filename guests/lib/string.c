#include "string.h"

void *memset(void *to, int byte, size_t n)
{
	char *p = to;
	uint64_t word = (uint8_t)byte * 0x0101010101010101ul;
	if (((uintptr_t)p & 7) == 0)
		for (; n >= 8; n -= 8, p += 8)
			*(uint64_t *)p = word;
	while (n--)
		*p++ = (char)byte;
	return to;
}

void *memcpy(void *to, const void *from, size_t n)
{
	char *p = to;
	const char *q = from;
	if ((((uintptr_t)p | (uintptr_t)q) & 7) == 0)
		for (; n >= 8; n -= 8, p += 8, q += 8)
			*(uint64_t *)p = *(const uint64_t *)q;
	while (n--)
		*p++ = *q++;
	return to;
}

void *memmove(void *to, const void *from, size_t n)
{
	char *p = to;
	const char *q = from;
	if (p <= q || p >= q + n)
		return memcpy(to, from, n);
	while (n--)
		p[n] = q[n];
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *p = a, *q = b;
	for (; n--; p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}

size_t strlen(const char *s)
{
	size_t n = 0;
	while (s[n])
		n++;
	return n;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n && *a && *a == *b; n--)
		a++, b++;
	return n ? (uint8_t)*a - (uint8_t)*b : 0;
}

int strcmp(const char *a, const char *b) { return strncmp(a, b, SIZE_MAX); }

const char *string_find(const char *s, char c)
{
	for (; *s; s++)
		if (*s == c)
			return s;
	return NULL;
}

void string_copy(char *to, const char *from, size_t size)
{
	size_t i = 0;
	for (; i + 1 < size && from[i]; i++)
		to[i] = from[i];
	to[i] = 0;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

bool parse_number(const char *s, uint64_t *value)
{
	uint64_t base = 10, n = 0;
	if (s[0] == '0' && (s[1] | 0x20) == 'x')
		base = 16, s += 2;
	if (!*s)
		return false;
	for (; *s; s++) {
		uint64_t digit = (uint64_t)digit_value(*s);
		if (digit >= base || n > (UINT64_MAX - digit) / base)
			return false;
		n = n * base + digit;
	}
	*value = n;
	return true;
}
