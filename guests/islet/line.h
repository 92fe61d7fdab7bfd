/* The line that is being typed, and what is printed while it is. */
#pragma once

#include <stdbool.h>

#define LINE_MAX 160

void line_set_prompt(const char *prompt);
/* Prompts and waits for a line. Backspace, Ctrl-U (erase the line) and Ctrl-C (give it up) edit. */
void line_read(char *to);
/* Whether Ctrl-C was typed since the last line; for commands that take long. */
bool line_interrupted(void);
/* Prints a line of news above the line being typed. Any context. */
void notice(const char *text, ...) __attribute__((format(printf, 1, 2)));
