/* What the two kinds of stress share, and what each of them has. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "channel.h"

static inline uint64_t load(const uint64_t *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }
static inline void store(uint64_t *word, uint64_t value) { __atomic_store_n(word, value, __ATOMIC_RELEASE); }

/* The host wants the kernel to end; the boot hart then does not come back from obey_shutdown(). */
bool shutdown_asked(void);
void obey_shutdown(void);

/* Answers that it is not supported: whoever asked need not wait. */
void refuse_resource(const struct message *message);

/* The hart is online; storm_main and quiet_main are the boot hart's, with interrupts on. */
void storm_main(void) __attribute__((noreturn));
void storm_secondary(void) __attribute__((noreturn));
void storm_soft(void);
void storm_after_interrupt(void);
/* In interrupt context: what the host asks of our resources. The quiet kernels refuse all of it. */
void storm_resource(const struct message *message);
void storm_peer_message(struct channel *channel, const struct message *message);

void quiet_main(void) __attribute__((noreturn));
void quiet_secondary(void) __attribute__((noreturn));
void quiet_soft(void);
void quiet_peer_message(struct channel *channel, const struct message *message);
