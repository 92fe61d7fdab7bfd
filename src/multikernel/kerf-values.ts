/** The values that kerf's flags take: sizes, addresses, lists of harts and of names. Text in, numbers out. */
import { ok, refuse, type Result } from '../base/result.ts';

/** Binary units only: kerf's KB is 1024 bytes, as in the original. */
const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  K: 2 ** 10,
  KB: 2 ** 10,
  KIB: 2 ** 10,
  M: 2 ** 20,
  MB: 2 ** 20,
  MIB: 2 ** 20,
  G: 2 ** 30,
  GB: 2 ** 30,
  GIB: 2 ** 30,
};

/** Hart numbers a list may name at all; what the machine really has is a matter of validation. */
const HART_LIMIT = 1024;
/** Above any address of the machine and far inside exact integers, so that sums stay exact. */
const ADDRESS_LIMIT = 2 ** 48;

/** Bytes of a size such as `64M`, `512KB`, `1GiB` or `0x200000`; case of the unit does not matter. */
export function parseSize(text: string): Result<number> {
  // Hexadecimal digits include B, so a hexadecimal size has no unit.
  const match = /^(?:(0x[0-9a-f]+)|(\d+)\s*([a-z]*))$/i.exec(text);
  const unit = UNITS[(match?.[3] ?? '').toUpperCase()];
  const bytes = match === null || unit === undefined ? NaN : Number(match[1] ?? match[2]) * unit;
  if (!(bytes > 0 && bytes < ADDRESS_LIMIT)) {
    return refuse('bad-size', `"${text}" is not a size`, 'write a number with a unit K, M or G, such as 64M');
  }
  return ok(bytes);
}

/** A guest-physical address such as `0x84000000`, or a decimal number. */
export function parseAddress(text: string): Result<number> {
  const address = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : NaN;
  if (!(address >= 0 && address < ADDRESS_LIMIT)) {
    return refuse(
      'bad-address',
      `"${text}" is not an address`,
      'write it in hexadecimal, such as 0x84000000',
    );
  }
  return ok(address);
}

/** A whole number of at least `least`, in decimal. */
export function parseCount(text: string, least: number): Result<number> {
  const count = /^\d{1,6}$/.test(text) ? Number(text) : NaN;
  if (!(count >= least)) {
    return refuse(
      'bad-number',
      `"${text}" is not a whole number from ${least} up`,
      'write it in decimal digits',
    );
  }
  return ok(count);
}

/**
 * Harts of a list with ranges, such as `0-1,3`, in the order written. A hart named twice stays in twice: that is refused
 * by validation, with the machine's state.
 */
export function parseHartList(text: string): Result<number[]> {
  const bad = (what: string): Result<never> =>
    refuse(
      'bad-list',
      `"${text}" is not a list of harts: ${what}`,
      'write numbers and ranges, such as 0-1,3',
    );
  const harts: number[] = [];
  for (const item of text.split(',')) {
    const match = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(item.trim());
    if (!match) return bad(item.trim() === '' ? 'an item is empty' : `"${item.trim()}"`);
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (last < first) return bad(`the range ${item.trim()} runs backwards`);
    if (last >= HART_LIMIT) return bad(`hart numbers are below ${HART_LIMIT}`);
    for (let hart = first; hart <= last; hart += 1) harts.push(hart);
  }
  return ok(harts);
}

/** What `update --cpus` asks for: the whole new set, or harts to add (`+2`) or to remove (`-2,3`). */
export interface HartChange {
  readonly kind: 'set' | 'add' | 'remove';
  readonly harts: readonly number[];
}

export function parseHartChange(text: string): Result<HartChange> {
  const sign = text.charAt(0);
  const kind = sign === '+' ? 'add' : sign === '-' ? 'remove' : 'set';
  const list = parseHartList(kind === 'set' ? text : text.slice(1));
  return list.ok ? ok({ kind, harts: list.value }) : list;
}

/** What `update --memory` asks for: bytes to add or to remove, and where; base null: the controller chooses. */
export interface MemoryChange {
  readonly kind: 'add' | 'remove';
  readonly size: number;
  readonly base: number | null;
}

/** `+8M`, `-8M` or `-8M@0x84000000`. */
export function parseMemoryChange(text: string): Result<MemoryChange> {
  const sign = text.charAt(0);
  if (sign !== '+' && sign !== '-') {
    return refuse(
      'bad-size',
      `"${text}" says neither + nor -`,
      'write +SIZE to add memory, -SIZE to take it',
    );
  }
  const [sizeText = '', baseText, ...more] = text.slice(1).split('@');
  const size = parseSize(more.length === 0 ? sizeText : text);
  if (!size.ok) return size;
  const base = baseText === undefined ? ok(null) : parseAddress(baseText);
  return base.ok ? ok({ kind: sign === '+' ? 'add' : 'remove', size: size.value, base: base.value }) : base;
}

/** Names of a list such as `alpha,beta`; the empty text is the empty list. */
export function parseNameList(text: string): Result<string[]> {
  if (text === '') return ok([]);
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) {
    return refuse(
      'bad-list',
      `"${text}" is not a list of names: an item is empty`,
      'write names with commas between',
    );
  }
  return ok(names);
}

/** What `update --devices` asks for: the whole new set, or devices to add (`+rng0`) or to remove (`-rng0`). */
export interface DeviceChange {
  readonly kind: 'set' | 'add' | 'remove';
  readonly names: readonly string[];
}

export function parseDeviceChange(text: string): Result<DeviceChange> {
  const sign = text.charAt(0);
  const kind = sign === '+' ? 'add' : sign === '-' ? 'remove' : 'set';
  const names = parseNameList(kind === 'set' ? text : text.slice(1));
  if (!names.ok) return names;
  if (kind === 'set' || names.value.length > 0) return ok({ kind, names: names.value });
  return refuse('bad-list', `"${text}" names no device`, 'write names with commas between');
}

/** `0-1,3` for 0, 1, 3; `none` for no hart. Expects ascending order. */
export function formatHarts(harts: readonly number[]): string {
  if (harts.length === 0) return 'none';
  const runs: string[] = [];
  let start = 0;
  for (let i = 1; i <= harts.length; i += 1) {
    const previous = harts[i - 1] ?? 0;
    if (i < harts.length && harts[i] === previous + 1) continue;
    const first = harts[start] ?? 0;
    runs.push(first === previous ? `${first}` : `${first}-${previous}`);
    start = i;
  }
  return runs.join(',');
}

/** The shortest exact form of a size: `64M`, `1536K`, `4100` bytes. */
export function formatSize(bytes: number): string {
  for (const [unit, size] of [
    ['G', 2 ** 30],
    ['M', 2 ** 20],
    ['K', 2 ** 10],
  ] as const) {
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return `${bytes}`;
}

export const formatAddress = (address: number): string => `0x${address.toString(16).padStart(8, '0')}`;

/** First and last address of a range. */
export const formatRange = (base: number, size: number): string =>
  `${formatAddress(base)}-${formatAddress(base + size - 1)}`;
