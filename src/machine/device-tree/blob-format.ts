/** The flattened format, version 17 (Devicetree Specification 0.4, chapter 5). All words are big-endian. */

export const MAGIC = 0xd00d_feed;
export const VERSION = 17;
export const LAST_COMPATIBLE_VERSION = 16;

/** Offsets of the header's words (5.2). */
export const HEADER = {
  MAGIC: 0,
  TOTAL_SIZE: 4,
  STRUCTURE_OFFSET: 8,
  STRINGS_OFFSET: 12,
  RESERVATIONS_OFFSET: 16,
  VERSION: 20,
  LAST_COMPATIBLE_VERSION: 24,
  BOOT_HART: 28,
  STRINGS_SIZE: 32,
  STRUCTURE_SIZE: 36,
} as const;
export const HEADER_SIZE = 40;
/** An entry of the memory reservation block (5.3): address and size, 64 bits each; one of zeros ends it. */
export const RESERVATION_SIZE = 16;

/** Tokens of the structure block (5.4.1). */
export const TOKEN = { BEGIN_NODE: 1, END_NODE: 2, PROPERTY: 3, NOP: 4, END: 9 } as const;

/** Tokens begin at multiples of 4 bytes. */
export const aligned = (offset: number): number => (offset + 3) & ~3;
