/**
 * Who called whom on a stopped hart's stack. A guest that is built with frame pointers tells it: below the address in s0 lie
 * the return address and the caller's s0 (RISC-V ELF psABI, "Frame Pointer Convention"). In any other the words of the
 * stack are looked through for what may be a return address.
 *
 * The guest wrote all of this, and may have written anything. Only its own memory is read, by its own page tables; frames
 * must lie ever higher in at most STACK_BYTES above the stack pointer, so that no chain goes round; and each address must
 * point behind a call of the guest's code. Of what passes all that, the guest itself has the last word.
 */
import type { GuestReader } from './guest-reader.ts';

/** How much of the stack is looked at, and how many addresses are enough. */
const STACK_BYTES = 8192n;
const MOST_CALLS = 32;

export interface StoppedHart {
  readonly sp: bigint;
  readonly ra: bigint;
  /** s0, the frame pointer of guests that keep one. */
  readonly fp: bigint;
  /** Where the last trap came from: its handler is as if called from there. */
  readonly epc: bigint;
}

export interface CallChain {
  /** Return addresses, that of the innermost call first. */
  readonly calls: readonly bigint[];
  /** `frames`: followed by frame pointers; `scan`: what looks like a return address, and may be left from an earlier call. */
  readonly from: 'frames' | 'scan';
}

export function callChain(reader: GuestReader, hart: StoppedHart): CallChain {
  const calls = framesOf(reader, hart);
  return calls.length > 0
    ? { calls, from: 'frames' }
    : { calls: possibleReturns(reader, hart), from: 'scan' };
}

/** Ends at the first frame that cannot be one; nothing when that is the first. */
function framesOf(reader: GuestReader, { sp, ra, fp, epc }: StoppedHart): bigint[] {
  const calls: bigint[] = [];
  const above = (frame: bigint, below: bigint): boolean =>
    (frame & 15n) === 0n && frame > below && frame <= sp + STACK_BYTES;
  let below = sp;
  let frame = fp;
  while (calls.length < MOST_CALLS) {
    if (!above(frame, below)) break;
    const saved = reader.doubleword(frame - 8n);
    if (saved === null) break;
    below = frame;
    if (saved === epc || isBehindCall(reader, saved)) {
      const caller = reader.doubleword(frame - 16n);
      // The outermost function was called by nobody, whatever its return address says.
      if (caller === null || caller === 0n) break;
      calls.push(saved);
      frame = caller;
    } else if (calls.length === 0 && above(saved, frame) && isBehindCall(reader, ra)) {
      // A function that calls nothing saves s0 alone; whom it returns to is in ra.
      calls.push(ra);
      frame = saved;
    } else break;
  }
  return calls;
}

/** `ra`, then words of the stack, that point behind a call. The scan ends where the stack is not mapped any more. */
function possibleReturns(reader: GuestReader, { sp, ra }: StoppedHart): bigint[] {
  const found: bigint[] = [];
  const take = (address: bigint): void => {
    if (isBehindCall(reader, address) && found.at(-1) !== address) found.push(address);
  };
  take(ra);
  const end = sp + STACK_BYTES;
  for (let at = (sp + 7n) & ~7n; at < end && found.length < MOST_CALLS; at += 8n) {
    const word = reader.doubleword(at);
    if (word === null) break;
    take(word);
  }
  return found;
}

/** Whether the instruction before `address` is JAL or JALR with ra as its destination, or C.JALR. */
function isBehindCall(reader: GuestReader, address: bigint): boolean {
  if ((address & 1n) !== 0n) return false;
  const last = reader.parcel(address - 2n);
  if (last === null) return false;
  if ((last & 0xf07f) === 0x9002 && (last & 0x0f80) !== 0) return true;
  const first = reader.parcel(address - 4n);
  if (first === null) return false;
  const destination = (first >> 7) & 31;
  const opcode = first & 0x7f;
  return destination === 1 && (opcode === 0x6f || opcode === 0x67);
}
