#include "printf.h"

#include <stdbool.h>
#include <stdint.h>

#include "console.h"
#include "string.h"

struct sink {
	char *to;
	size_t size, length;
};

static void put(struct sink *sink, char c)
{
	if (sink->length + 1 < sink->size)
		sink->to[sink->length++] = c;
}

static void put_field(struct sink *sink, const char *s, size_t width, bool left, char fill)
{
	size_t length = strlen(s);
	size_t pad = width > length ? width - length : 0;
	for (; !left && pad; pad--)
		put(sink, fill);
	while (*s)
		put(sink, *s++);
	for (; left && pad; pad--)
		put(sink, ' ');
}

/* Digits of n, the last at end[-1]; returns the first. */
static char *digits(char *end, uint64_t n, uint64_t base)
{
	*--end = 0;
	do
		*--end = "0123456789abcdef"[n % base];
	while (n /= base);
	return end;
}

size_t format(char *to, size_t size, const char *text, va_list args)
{
	struct sink sink = { to, size, 0 };
	for (; *text; text++) {
		if (*text != '%') {
			put(&sink, *text);
			continue;
		}
		bool left = false, is_long = false;
		char fill = ' ', number[24], *end = number + sizeof number;
		size_t width = 0;
		for (text++; *text == '-' || *text == '0'; text++)
			*text == '-' ? (left = true) : (fill = '0');
		for (; *text >= '0' && *text <= '9'; text++)
			width = width * 10 + (size_t)(*text - '0');
		for (; *text == 'l'; text++)
			is_long = true;
		switch (*text) {
		case 'd': {
			int64_t n = is_long ? va_arg(args, int64_t) : va_arg(args, int);
			char *first = digits(end, n < 0 ? -(uint64_t)n : (uint64_t)n, 10);
			if (n < 0)
				*--first = '-';
			put_field(&sink, first, width, left, fill);
			break;
		}
		case 'u':
		case 'x': {
			uint64_t n = is_long ? va_arg(args, uint64_t) : va_arg(args, unsigned);
			put_field(&sink, digits(end, n, *text == 'x' ? 16 : 10), width, left, fill);
			break;
		}
		case 's':
			put_field(&sink, va_arg(args, const char *), width, left, ' ');
			break;
		case 'c':
			put(&sink, (char)va_arg(args, int));
			break;
		default:
			put(&sink, *text);
		}
	}
	if (size)
		to[sink.length] = 0;
	return sink.length;
}

size_t string_format(char *to, size_t size, const char *text, ...)
{
	va_list args;
	va_start(args, text);
	size_t length = format(to, size, text, args);
	va_end(args);
	return length;
}

void printf(const char *text, ...)
{
	char line[PRINT_MAX];
	va_list args;
	va_start(args, text);
	size_t length = format(line, sizeof line, text, args);
	va_end(args);
	console_write(line, length);
}
