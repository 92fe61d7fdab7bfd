/*
 * The kernel's table of names: one table, one lock, a search from the front. Large kernels have many of these (of files, of
 * devices, of processes), and cores that use them wait for each other. It is here to be waited for.
 */
#pragma once

#include <stdbool.h>

#define NAMES_MAX 64
#define NAME_LENGTH 16

/* False: the table is full, or has that name already. */
bool name_add(const char *name, void *value);
/* What the name stands for; NULL when it is not in the table. */
void *name_find(const char *name);
/* What it stood for. */
void *name_remove(const char *name);
