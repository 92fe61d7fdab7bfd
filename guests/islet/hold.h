/* Memory kept in use on purpose. */
#pragma once

#include <stdint.h>

/* Makes it `megabytes` held, no more than there are; returns how many it is then. One caller at a time. */
uint64_t hold_set(uint64_t megabytes);
uint64_t hold_now(void);
