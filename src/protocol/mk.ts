/**
 * The management extension of the firmware, "MK": how the host instance (ID 0) gives kerf commands. guests/lib/mk.h says
 * the same in C.
 *
 * A call, from S-mode: a7 = SBI_EXT_MK, a6 = the verb's number, a0 = physical address of the rest of the line (UTF-8,
 * without the word `kerf` and the verb), a1 = its length in bytes, 0 … MK_TEXT_LIMIT. LOAD takes the image with it, too:
 * a2 = its physical address, a3 = its length in bytes, at most MK_IMAGE_LIMIT; a3 = 0: `--kernel` names a file that the
 * machine has already.
 *
 * The call is answered at once and the hart runs on: a command may take half a minute (`kill`), and may need the caller's
 * own harts meanwhile (`update host --cpus +2`), so that one that waited in the firmware would wait for ever.
 *     SUCCESS            the request is on its way; a1 = its ticket, a number that is never 0 nor given twice
 *     DENIED             the caller is not instance 0
 *     INVALID_PARAM      a text or an image that is longer than allowed
 *     INVALID_ADDRESS    a range that is not all the caller's to read
 *     ALREADY_STARTED    this hart has a request that is not answered yet: one at a time for each hart
 *
 * The request block (MK_REQUEST in the hart's block of the one memory) has two writers that take turns, by STATE:
 *     FREE     the firmware of that hart may write the block, and stores WRITING first;
 *     WRITING  it does; at the end it stores FILLED and signals the controller. A worker that dies here is replaced, and
 *              the next one may write;
 *     FILLED   the controller may read it; it copies text and image (which passes the gate once more, because memory may
 *              have been taken away since) and stores TAKEN. From here on the caller may change both without effect;
 *     TAKEN    the command waits or is carried out; the controller swaps it for FREE when the answer is sent or dropped,
 *              if the block still has that ticket.
 * BOOT says which boot of the caller asked. What a kernel asked that has ended since is carried out if it was taken, and
 * answered to nobody; the next kernel need not wait for it: to the firmware a block TAKEN by another boot is free.
 *
 * The answer comes on the management channel, with its doorbell: messages of class SYSTEM, subtype KERF_REPLY, in order,
 *     u64 ticket, u32 exit code (0, 1 other, 2 usage, 3 file), u32 part, u32 parts, text (the rest of the payload),
 * with parts 0 … parts − 1, of one answer at a time. The text is what a terminal would show, at most MK_REPLY_LIMIT bytes.
 * It leaves MK_SLOTS_KEPT slots of the ring free for other messages, and waits for the receiver to make room; one that
 * makes none for MK_REPLY_PATIENCE_MS loses the answer.
 */

/** Extension "MK". */
export const SBI_EXT_MK = 0x0808_4d4b;

/** The instance that may call. */
export const HOST_INSTANCE = 0;

/** Function numbers: one for each verb of kerf, and beyond them those that are no commands. */
export const MK_VERBS = {
  init: 0x00,
  create: 0x01,
  load: 0x02,
  exec: 0x03,
  console: 0x04,
  update: 0x05,
  kill: 0x06,
  unload: 0x07,
  delete: 0x08,
  show: 0x09,
  apply: 0x0a,
  rollback: 0x0b,
  help: 0x0c,
  handover: 0x0d,
} as const;
export type MkVerb = keyof typeof MK_VERBS;

/** Any instance, no arguments: the caller has put messages into its ring to the controller. */
export const MK_NOTIFY = 0x10;

/** Bytes. */
export const MK_TEXT_LIMIT = 1024;
/** Bytes; of all images that wait at one time, too. */
export const MK_IMAGE_LIMIT = 64 * 2 ** 20;
/** Bytes. */
export const MK_REPLY_LIMIT = 32 * 2 ** 10;
/** Bytes of text in one part: with what stands before it, as much as our kernels take in a payload. */
export const MK_PART_TEXT = 236;
export const MK_SLOTS_KEPT = 16;
export const MK_REPLY_PATIENCE_MS = 5_000;

/** Offsets in a payload of KERF_REPLY. */
export const KERF_REPLY = { TICKET: 0, EXIT_CODE: 8, PART: 12, PARTS: 16, TEXT: 20 } as const;

/** Offsets in the request block of a hart. */
export const MK_REQUEST = {
  /** u32 atomic: MK_FREE, MK_WRITING, MK_FILLED, MK_TAKEN. */
  STATE: 0x00,
  /** u32: function number of the verb. */
  VERB: 0x04,
  /** u64: the request's ticket: 16 × its number on this hart, + the hart. */
  TICKET: 0x08,
  /** u32: BOOT_ID of the caller. */
  BOOT: 0x10,
  /** u32: bytes of text. */
  TEXT_LENGTH: 0x14,
  /** u64: guest-physical address of the image. */
  IMAGE: 0x18,
  /** u32: bytes of the image, 0: none. */
  IMAGE_LENGTH: 0x20,
  TEXT: 0x40,
} as const;
export const MK_FREE = 0;
export const MK_WRITING = 1;
export const MK_FILLED = 2;
export const MK_TAKEN = 3;
