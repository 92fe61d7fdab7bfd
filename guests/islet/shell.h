/* Reads lines and does what they say. */
#pragma once

#include <stdint.h>

void shell(uint64_t unused);
