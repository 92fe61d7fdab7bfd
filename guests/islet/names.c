#include "names.h"

#include <stddef.h>

#include "spinlock.h"
#include "string.h"

static struct entry {
	char name[NAME_LENGTH]; /* "" : the entry is free */
	void *value;
} entries[NAMES_MAX];
static struct spinlock lock;

/* The entry with this name, or NULL; the lock is held. Every entry is looked at: a free one may lie before it. */
static struct entry *search(const char *name)
{
	for (struct entry *entry = entries; entry < entries + NAMES_MAX; entry++)
		if (strcmp(entry->name, name) == 0)
			return entry;
	return NULL;
}

bool name_add(const char *name, void *value)
{
	acquire(&lock);
	struct entry *entry = search(name) ? NULL : search("");
	if (entry) {
		string_copy(entry->name, name, sizeof entry->name);
		entry->value = value;
	}
	release(&lock);
	return entry;
}

void *name_find(const char *name)
{
	acquire(&lock);
	struct entry *entry = search(name);
	void *value = entry ? entry->value : NULL;
	release(&lock);
	return value;
}

void *name_remove(const char *name)
{
	acquire(&lock);
	struct entry *entry = search(name);
	void *value = entry ? entry->value : NULL;
	if (entry)
		*entry = (struct entry){ 0 };
	release(&lock);
	return value;
}
