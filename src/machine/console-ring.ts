/**
 * The console rings of an instance. Output: its harts produce (UART, SBI console calls), the services thread consumes.
 * Input: the services thread produces, its harts consume.
 *
 * Each ring has one consumer or producer thread at the services' end. At the guest's end several harts may come at once, so
 * that end takes LOCK, a word that holds 1 + hart for as long as one byte takes, in code that cannot throw or park. Nobody
 * goes on without it, however slow the host lets its holder be: two that write the same slot lose a byte. A worker that
 * dies with it leaves it taken, until the services thread has seen that no worker runs the hart (`releaseConsoles`).
 *
 * Who publishes output into an empty ring wakes the controller's thread. The consumer looks at HEAD again after it has
 * stored TAIL: either it sees the byte, or the producer sees the ring empty and wakes it. In the same way a hart that waits
 * for room sets its bit of WAITING before it looks at TAIL, and the consumer looks at WAITING after it has stored TAIL.
 */
import { signalController, wake } from '../protocol/hart-protocol.ts';
import {
  CONSOLE_IN_SIZE,
  CONSOLE_OUT_SIZE,
  CONSOLE_RING,
  EXIT_PANIC_REPORTED,
  INSTANCE,
  instanceBlock,
  MAX_HARTS,
  MAX_INSTANCES,
} from '../protocol/layout.ts';
import { endInstance } from './exit.ts';

/** Words of the ring header beside CONSOLE_RING: the lock of the guest's end, how much of PANIC has been met, and WAITING. */
const LOCK = 12;
const MATCHED = 16;
/** Harts that wait for room in the output ring, one bit each. */
const WAITING = 20;
/** Tries for LOCK before a hart lets its holder have the processor between two of them. */
const LOCK_SPINS = 1_000;
const LOCK_REST_MS = 1;
const OUT_CAPACITY = CONSOLE_OUT_SIZE;

/** A line that begins like this ends the instance (machine.md: "reported by console"). */
const PANIC = new TextEncoder().encode('Kernel panic');
/** MATCHED beyond the length of PANIC: inside and behind a time stamp (`[    1.234567] `), or the line cannot match any more. */
const IN_STAMP = 253;
const BEHIND_STAMP = 254;
const NO_MATCH = 255;
const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const STAMP_OPENS = 91;
const STAMP_CLOSES = 93;

const views = new WeakMap<WebAssembly.Memory, { readonly words: Int32Array; readonly bytes: Uint8Array }>();

function viewsOf(memory: WebAssembly.Memory): { readonly words: Int32Array; readonly bytes: Uint8Array } {
  let found = views.get(memory);
  if (found === undefined) {
    found = { words: new Int32Array(memory.buffer), bytes: new Uint8Array(memory.buffer) };
    views.set(memory, found);
  }
  return found;
}

/** Does `work` for a hart while no other hart is at this end of the ring. With all harts in one thread it never waits. */
function locked<T>(words: Int32Array, ring: number, hart: number, work: () => T): T {
  const lock = (ring + LOCK) >> 2;
  for (let tries = 1; ; tries++) {
    const holder = Atomics.compareExchange(words, lock, 0, hart + 1);
    if (holder === 0) break;
    // One that has let go meanwhile ends this at once; one that lets go later does not notify, which costs more than it saves.
    if (tries % LOCK_SPINS === 0) Atomics.wait(words, lock, holder, LOCK_REST_MS);
  }
  const result = work();
  Atomics.store(words, lock, 0);
  return result;
}

/** Gives back what the worker of a hart held when it died. Services thread, when no worker runs the hart any more. */
export function releaseConsoles(words: Int32Array, hart: number): void {
  for (let instance = 0; instance < MAX_INSTANCES; instance++)
    for (const ring of [inRing(instance), outRing(instance)])
      Atomics.compareExchange(words, (ring + LOCK) >> 2, hart + 1, 0);
}

const outRing = (instance: number): number => instanceBlock(instance) + INSTANCE.CONSOLE_OUT;
const inRing = (instance: number): number => instanceBlock(instance) + INSTANCE.CONSOLE_IN;
const load = (words: Int32Array, ring: number, offset: number): number =>
  Atomics.load(words, (ring + offset) >> 2) >>> 0;

/** Moves HEAD or TAIL on by one. The mover is the only one: it has LOCK. */
const advance = (words: Int32Array, ring: number, offset: number, from: number): void =>
  void Atomics.store(words, (ring + offset) >> 2, (from + 1) | 0);

/** Bytes of room in the output ring. */
export function consoleSpace(memory: WebAssembly.Memory, instance: number): number {
  const { words } = viewsOf(memory);
  const ring = outRing(instance);
  return OUT_CAPACITY - ((load(words, ring, CONSOLE_RING.HEAD) - load(words, ring, CONSOLE_RING.TAIL)) >>> 0);
}

/** True: there is room in the output ring. False: the hart is woken when there is; a bit that is left only wakes once too often. */
export function awaitConsoleRoom(memory: WebAssembly.Memory, instance: number, hart: number): boolean {
  const at = (outRing(instance) + WAITING) >> 2;
  Atomics.or(viewsOf(memory).words, at, 1 << hart);
  if (consoleSpace(memory, instance) === 0) return false;
  Atomics.and(viewsOf(memory).words, at, ~(1 << hart));
  return true;
}

/** Adds a byte to the output, for one of the instance's harts. False, and nothing done, when the ring is full. */
export function pushConsoleOutput(
  memory: WebAssembly.Memory,
  instance: number,
  hart: number,
  byte: number,
): boolean {
  const { words, bytes } = viewsOf(memory);
  const ring = outRing(instance);
  const outcome = locked(words, ring, hart, () => {
    const head = load(words, ring, CONSOLE_RING.HEAD);
    const tail = load(words, ring, CONSOLE_RING.TAIL);
    if ((head - tail) >>> 0 >= OUT_CAPACITY) return 'full';
    bytes[ring + CONSOLE_RING.DATA + (head % OUT_CAPACITY)] = byte;
    advance(words, ring, CONSOLE_RING.HEAD, head);
    const panicked = watch(words, ring, byte);
    if (load(words, ring, CONSOLE_RING.TAIL) === head) signalController(words);
    return panicked ? 'panicked' : 'pushed';
  });
  if (outcome === 'panicked') endInstance(memory, instance, EXIT_PANIC_REPORTED, 0);
  return outcome !== 'full';
}

/** Follows the line that is printed; true when it has ended and was the report of a panic, so that all of it is seen. */
function watch(words: Int32Array, ring: number, byte: number): boolean {
  const at = (ring + MATCHED) >> 2;
  const matched = words[at] ?? 0;
  const ended = byte === NEWLINE || byte === RETURN;
  words[at] = ended ? 0 : follow(matched, byte);
  return ended && matched === PANIC.length;
}

/** MATCHED after one more byte of a line. Linux puts the time in brackets before what it prints. */
function follow(matched: number, byte: number): number {
  if (matched === PANIC.length || matched === NO_MATCH) return matched;
  if (matched === IN_STAMP) return byte === STAMP_CLOSES ? BEHIND_STAMP : IN_STAMP;
  if ((matched === 0 || matched === BEHIND_STAMP) && byte === STAMP_OPENS) return IN_STAMP;
  if (matched === BEHIND_STAMP) return byte === SPACE ? 0 : NO_MATCH;
  return PANIC[matched] === byte ? matched + 1 : NO_MATCH;
}

/** Takes everything that is in the output ring. Services thread only. */
export function drainConsoleOutput(memory: WebAssembly.Memory, instance: number): Uint8Array {
  const { words, bytes } = viewsOf(memory);
  const ring = outRing(instance);
  const taken: number[] = [];
  for (;;) {
    const head = load(words, ring, CONSOLE_RING.HEAD);
    let tail = load(words, ring, CONSOLE_RING.TAIL);
    if (head === tail) return Uint8Array.from(taken);
    if (taken.length > OUT_CAPACITY) {
      // A ring that was not empty wakes nobody by what comes next.
      signalController(words);
      return Uint8Array.from(taken);
    }
    for (; tail !== head; tail = (tail + 1) >>> 0) {
      taken.push(bytes[ring + CONSOLE_RING.DATA + (tail % OUT_CAPACITY)] ?? 0);
    }
    Atomics.store(words, (ring + CONSOLE_RING.TAIL) >> 2, tail);
    wakeWaiting(words, ring);
  }
}

function wakeWaiting(words: Int32Array, ring: number): void {
  if (Atomics.load(words, (ring + WAITING) >> 2) === 0) return;
  const waiting = Atomics.exchange(words, (ring + WAITING) >> 2, 0);
  for (let hart = 0; hart < MAX_HARTS; hart++) if ((waiting & (1 << hart)) !== 0) wake(words, hart);
}

/** Puts as many of `text` into the input ring as there is room for. Returns how many. Services thread only. */
export function pushConsoleInput(memory: WebAssembly.Memory, instance: number, text: Uint8Array): number {
  const { words, bytes } = viewsOf(memory);
  const ring = inRing(instance);
  let head = load(words, ring, CONSOLE_RING.HEAD);
  let pushed = 0;
  for (const byte of text) {
    if ((head - load(words, ring, CONSOLE_RING.TAIL)) >>> 0 >= CONSOLE_IN_SIZE) break;
    bytes[ring + CONSOLE_RING.DATA + (head % CONSOLE_IN_SIZE)] = byte;
    head = (head + 1) >>> 0;
    pushed += 1;
  }
  Atomics.store(words, (ring + CONSOLE_RING.HEAD) >> 2, head);
  return pushed;
}

/** True when there is input to take. */
export function consoleInputWaiting(memory: WebAssembly.Memory, instance: number): boolean {
  const { words } = viewsOf(memory);
  const ring = inRing(instance);
  return load(words, ring, CONSOLE_RING.HEAD) !== load(words, ring, CONSOLE_RING.TAIL);
}

/** Takes a byte of input for one of the instance's harts; −1 when there is none. */
export function popConsoleInput(memory: WebAssembly.Memory, instance: number, hart: number): number {
  const { words, bytes } = viewsOf(memory);
  const ring = inRing(instance);
  return locked(words, ring, hart, () => {
    const tail = load(words, ring, CONSOLE_RING.TAIL);
    if (tail === load(words, ring, CONSOLE_RING.HEAD)) return -1;
    const byte = bytes[ring + CONSOLE_RING.DATA + (tail % CONSOLE_IN_SIZE)] ?? 0;
    advance(words, ring, CONSOLE_RING.TAIL, tail);
    return byte;
  });
}

/**
 * Makes the rings ready for another kernel of the instance: input that the last one did not read is dropped, output that
 * is not drained yet stays, and the line that it left unfinished is not the next one's. Services thread, while no hart of
 * the instance runs.
 */
export function restartConsole(memory: WebAssembly.Memory, instance: number): void {
  const { words } = viewsOf(memory);
  const input = inRing(instance);
  Atomics.store(words, (input + CONSOLE_RING.TAIL) >> 2, load(words, input, CONSOLE_RING.HEAD));
  for (const ring of [input, outRing(instance)]) {
    Atomics.store(words, (ring + LOCK) >> 2, 0);
    Atomics.store(words, (ring + MATCHED) >> 2, 0);
    Atomics.store(words, (ring + WAITING) >> 2, 0);
  }
}
