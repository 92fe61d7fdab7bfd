#include "line.h"

#include <stdint.h>

#include "console.h"
#include "printf.h"
#include "string.h"
#include "thread.h"

#define KEYS 256
#define CTRL(letter) ((letter)-'@')
#define ESCAPE 27
#define DELETE 127
#define ERASE_LINE "\r\033[K"

/* From the interrupt to the shell: one producer, one consumer. */
static char keys[KEYS];
static uint32_t keys_in, keys_out;
static bool interrupted;

/* Under the lock of the console. */
static char prompt[48];
static char line[LINE_MAX];
static uint32_t length;
static bool typing;

void kernel_key(char c)
{
	uint32_t in = keys_in;
	if (c == CTRL('C'))
		__atomic_store_n(&interrupted, true, __ATOMIC_RELAXED);
	/* A full buffer drops what it cannot hold, as a terminal line does. */
	if (in - __atomic_load_n(&keys_out, __ATOMIC_ACQUIRE) < KEYS) {
		keys[in % KEYS] = c;
		__atomic_store_n(&keys_in, in + 1, __ATOMIC_RELEASE);
	}
	wake(keys);
}

static char read_key(void)
{
	uint32_t out = keys_out;
	sleep_prepare();
	while (__atomic_load_n(&keys_in, __ATOMIC_ACQUIRE) == out) {
		sleep_on(keys, NEVER);
		sleep_prepare();
	}
	sleep_cancel();
	char c = keys[out % KEYS];
	__atomic_store_n(&keys_out, out + 1, __ATOMIC_RELEASE);
	return c;
}

bool line_interrupted(void) { return __atomic_load_n(&interrupted, __ATOMIC_RELAXED); }

void line_set_prompt(const char *text) { string_copy(prompt, text, sizeof prompt); }

static void put(const char *text) { console_put(text, strlen(text)); }

static void draw(void)
{
	put(prompt);
	console_put(line, length);
}

/* Acts on a key. True: the line is complete. */
static bool edit(char c)
{
	switch (c) {
	case '\r':
	case '\n':
		put("\n");
		return true;
	case CTRL('C'):
		put("^C\n");
		length = 0;
		draw();
		break;
	case CTRL('U'):
		length = 0;
		put(ERASE_LINE);
		draw();
		break;
	case '\b':
	case DELETE:
		if (length) {
			length--;
			put("\b \b");
		}
		break;
	default:
		if (c >= ' ' && length + 1 < LINE_MAX) {
			line[length++] = c;
			console_put(&c, 1);
		}
	}
	return false;
}

/*
 * Cursor keys and the like are sequences ESC [ … letter, of which nothing must reach the line. Gives the key behind an ESC
 * that begins none (somebody pressed Escape), or 0.
 */
static char after_escape(void)
{
	char c;
	do
		c = read_key();
	while (c == ESCAPE);
	if (c != '[')
		return c;
	while (read_key() < '@')
		;
	return 0;
}

void line_read(char *to)
{
	static char last;
	__atomic_store_n(&interrupted, false, __ATOMIC_RELAXED);
	console_lock();
	length = 0;
	typing = true;
	draw();
	console_unlock();
	for (bool done = false; !done;) {
		char c = read_key();
		if (c == ESCAPE)
			c = after_escape();
		bool second_half = c == '\n' && last == '\r';
		last = c;
		if (!c || second_half)
			continue;
		console_lock();
		done = edit(c);
		if (done) {
			typing = false;
			memcpy(to, line, length);
			to[length] = 0;
		}
		console_unlock();
	}
}

void notice(const char *text, ...)
{
	char news[PRINT_MAX];
	va_list args;
	va_start(args, text);
	format(news, sizeof news, text, args);
	va_end(args);
	console_lock();
	if (typing)
		put(ERASE_LINE);
	put(news);
	if (typing)
		draw();
	console_unlock();
}
