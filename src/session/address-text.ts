/** Addresses as people write them: numbers, registers, CSRs and functions, with an offset. */
import { ok, refuse, type Result } from '../base/result.ts';
import { registerNumber } from '../isa/registers.ts';
import { csrByName } from '../machine/inspect/hart-report.ts';
import type { FunctionTable } from '../machine/loaders/elf-symbols.ts';
import { HART, hartBlock } from '../protocol/layout.ts';

/** A number: hexadecimal after 0x, or without it from 8 digits on, since that is how addresses are printed. */
const NUMBER = /^(?:0x([0-9a-f]{1,16})|([0-9a-f]{8,16}))$/i;
const OFFSET = /^(.*?)\s*([+-])\s*(0x[0-9a-f]{1,16}|\d{1,15})$/i;

const HINT =
  'Write it as 0x80200000, or as a register (sp, pc), a CSR (sepc) or a function, with +0x10 if need be.';

/** What names can mean: the registers of `hart`, if one is meant, and the functions of its kernel. */
export interface AddressNames {
  readonly memory: WebAssembly.Memory;
  readonly hart: number | null;
  readonly functions: FunctionTable | null;
}

/** An unsigned 64-bit number. Refused: `bad-address`. */
export function parseAddress(text: string, names: AddressNames): Result<bigint> {
  const written = text
    .trim()
    .replaceAll('_', (_, at: number, all: string) => (/^[0-9a-fx_]*$/i.test(all) ? '' : '_'));
  const whole = valueOf(written, names);
  if (whole !== null) return ok(BigInt.asUintN(64, whole));
  const [, base = '', sign, offset = ''] = OFFSET.exec(written) ?? [];
  const value = valueOf(base, names);
  if (value !== null)
    return ok(BigInt.asUintN(64, sign === '-' ? value - BigInt(offset) : value + BigInt(offset)));
  if (written === '') return refuse('bad-address', 'No address is given.', HINT);
  const known = names.functions ? 'a function of the kernel' : 'a function (none are known of this kernel)';
  return refuse('bad-address', `“${written}” is not a number, a register, a CSR or ${known}.`, HINT);
}

function valueOf(word: string, { memory, hart, functions }: AddressNames): bigint | null {
  // A register first: `a0`, like a function, may look like the beginning of a number.
  if (hart !== null) {
    const block = new DataView(memory.buffer, hartBlock(hart));
    if (word === 'pc') return block.getBigUint64(HART.PC, true);
    const x = registerNumber(word);
    if (x !== undefined) return block.getBigUint64(HART.X + x * 8, true);
    const csr = csrByName(memory, hart, word);
    if (csr !== null) return csr;
  }
  const named = functions?.addressOf(word) ?? null;
  if (named !== null) return named;
  const [, marked, bare] = NUMBER.exec(word) ?? [];
  const digits = marked ?? bare;
  return digits === undefined ? null : BigInt(`0x${digits}`);
}
