/* What the host asks of this kernel: take or give a core or memory, shut down. */
#pragma once

#include "channel.h"

/* Starts the thread that does it. */
void manage_start(void);
/* In interrupt context: puts the request into the thread's queue. */
void manage_message(const struct message *message);

/* Stops the other cores, then ends this kernel without a failure. */
void power_off(void) __attribute__((noreturn));
/* Stops all cores, this one last, and leaves memory as it is. */
void stop_all(void) __attribute__((noreturn));
/* In a software interrupt: stops this core if another one is in power_off() or stop_all(). */
void stop_if_asked(void);
