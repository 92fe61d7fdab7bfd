/*
 * Kexec hand-over of this kernel: what it preserves, and what it finds. Messages of class SYSTEM, from and to the host:
 *
 *   PRESERVE  →  PRESERVED (i64 status, u64 address, u64 bytes of a tree as kho.h has it): all goes on as before
 *   FREEZE    →  FROZEN (i64 status, u64 counter, u64 hash of serve): serve answers nothing any more
 *   STOP         all cores stop, this kernel is over; what the tree names stays as it is
 *   ABORT        the hand-over is called off: serve answers what it has held back, and goes on
 *   FINISH       from a kernel that has found a tree: i64 status, u64 counter, u64 hash, u64 requests left unanswered
 */
#pragma once

#include <stdint.h>

/*
 * And of a hand-over to a kernel beside this one (migrate.h, follow.h). u64 ring: where we receive from the other kernel.
 * All answers are i64 status, u64, u64.
 *
 *   FOLLOW (ring)  →  FOLLOWING; READY (counter, bytes) when all of the state has come; DONE (counter, hash) when we serve
 *   SEND (ring)    →  SENDING
 *   COMMIT         →  SEALED (counter, hash): we answer nothing any more
 *   MOVE           →  MOVED (requests sent on): the other one serves, who asks us is sent there
 *   CANCEL (id)    →  CANCELLED: what FOLLOW or SEND of this id began is over: nobody follows, nobody sends, no service of it
 *                     begins any more; a service that was sealed goes on
 *
 * In the thread that does what the host asks. `in` is the first word of the request.
 */
void handover_request(uint32_t subtype, uint64_t id, uint64_t in);
/* Takes over what a kernel before us has left, if one has, and tells the host. */
void handover_start(void);
