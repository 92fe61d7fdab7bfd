#include "cpio.h"

#include "string.h"

/* A header: six digits that say what it is, then fields of eight hexadecimal digits. */
#define MAGIC "070701"
#define MAGIC_SIZE 6
#define FIELD_SIZE 8
#define HEADER_SIZE (MAGIC_SIZE + 13 * FIELD_SIZE)
/* Numbers of fields. */
#define FILE_SIZE 6
#define NAME_SIZE 11
#define TRAILER "TRAILER!!!"

static uint64_t aligned(uint64_t offset) { return (offset + 3) & ~3ul; }

static bool field(const char *header, int number, uint64_t *value)
{
	const char *digits = header + MAGIC_SIZE + number * FIELD_SIZE;
	*value = 0;
	for (int i = 0; i < FIELD_SIZE; i++) {
		char c = digits[i];
		int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
		if (digit < 0)
			return false;
		*value = *value << 4 | (uint64_t)digit;
	}
	return true;
}

/* Fields have 32 bits, so no sum of them and an offset within the archive overflows. */
bool cpio_read(const struct cpio *archive, uint64_t offset, struct cpio_file *file)
{
	uint64_t name_size, file_size;
	if (offset > archive->size || archive->size - offset < HEADER_SIZE)
		return false;
	const char *header = archive->at + offset;
	if (strncmp(header, MAGIC, MAGIC_SIZE) != 0 || !field(header, NAME_SIZE, &name_size) ||
		!field(header, FILE_SIZE, &file_size))
		return false;
	uint64_t name = offset + HEADER_SIZE, data = aligned(name + name_size);
	if (name_size == 0 || data > archive->size || file_size > archive->size - data)
		return false;
	if (archive->at[name + name_size - 1] != 0 || strcmp(archive->at + name, TRAILER) == 0)
		return false;
	*file = (struct cpio_file){ archive->at + name, archive->at + data, file_size, aligned(data + file_size) };
	return true;
}

bool cpio_find(const struct cpio *archive, const char *name, struct cpio_file *file)
{
	for (uint64_t offset = 0; cpio_read(archive, offset, file); offset = file->next)
		if (strcmp(file->name, name) == 0)
			return true;
	return false;
}
