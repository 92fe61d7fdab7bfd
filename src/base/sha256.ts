/**
 * SHA-256 (FIPS 180-4). Browsers give their own only to secure pages; a page from a plain HTTP address of a lecture room has
 * to reckon it itself.
 */

/** Bytes of a block. */
const BLOCK = 64;
/** Bytes of the message's length at its end. */
const LENGTH = 8;

/** Section 4.2.2 and 5.3.3: the first 32 bits of the fractions of the roots of the first primes. */
const PRIMES = firstPrimes(64);
const ROUND_WORDS = Int32Array.from(PRIMES, (prime) => fractionBits(Math.cbrt(prime)));
const INITIAL = Int32Array.from(PRIMES.slice(0, 8), (prime) => fractionBits(Math.sqrt(prime)));

/** The hash in hex: 64 digits. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const { subtle } = crypto as { readonly subtle?: typeof crypto.subtle };
  const digest = subtle ? new Uint8Array(await subtle.digest('SHA-256', bytes)) : reckonedSha256(bytes);
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The hash, 32 bytes, without the browser. */
export function reckonedSha256(bytes: Uint8Array): Uint8Array {
  const hash = INITIAL.slice();
  const schedule = new Int32Array(64);
  const whole = bytes.length - (bytes.length % BLOCK);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < whole; at += BLOCK) addBlock(hash, schedule, view, at);
  // Section 5.1.1: a one bit, zeroes, and the length in bits.
  const rest = bytes.subarray(whole);
  const end = new DataView(new ArrayBuffer(rest.length + 1 + LENGTH <= BLOCK ? BLOCK : 2 * BLOCK));
  rest.forEach((byte, i) => end.setUint8(i, byte));
  end.setUint8(rest.length, 0x80);
  end.setBigUint64(end.byteLength - LENGTH, BigInt(bytes.length) * 8n);
  for (let at = 0; at < end.byteLength; at += BLOCK) addBlock(hash, schedule, end, at);
  const digest = new DataView(new ArrayBuffer(32));
  hash.forEach((word, i) => digest.setInt32(4 * i, word));
  return new Uint8Array(digest.buffer);
}

/** Section 6.2.2. */
function addBlock(hash: Int32Array, schedule: Int32Array, view: DataView, at: number): void {
  const word = (i: number): number => schedule[i] ?? 0;
  for (let i = 0; i < 16; i++) schedule[i] = view.getInt32(at + 4 * i);
  for (let i = 16; i < 64; i++) {
    const [early, late] = [word(i - 15), word(i - 2)];
    const small = rotated(early, 7) ^ rotated(early, 18) ^ (early >>> 3);
    const large = rotated(late, 17) ^ rotated(late, 19) ^ (late >>> 10);
    schedule[i] = word(i - 16) + small + word(i - 7) + large;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = hash;
  for (let i = 0; i < 64; i++) {
    const sum = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
    const first = (h + sum + ((e & f) ^ (~e & g)) + (ROUND_WORDS[i] ?? 0) + word(i)) | 0;
    const second = (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((value, i) => (hash[i] = (hash[i] ?? 0) + value));
}

const rotated = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

function fractionBits(root: number): number {
  return Math.floor((root % 1) * 2 ** 32) | 0;
}

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  return primes;
}
