/** DBCN (SBI 2.0, chapter 12): console calls whose buffers are physical and pass the gate. */
import { ACCESS, type AccessKind } from '../../hart/interpreter-abi.ts';
import { RAM_BASE, RAM_HOST } from '../../protocol/layout.ts';
import { popConsoleInput, pushConsoleOutput } from '../console-ring.ts';
import { grantBuffer } from './buffer.ts';
import { done, error, SBI_ERROR, value, type SbiCall, type SbiFunctions, type SbiReply } from './sbi.ts';

/** A call moves at most this much; the caller asks again for the rest, as the specification lets it. */
const MOST = 4096;

/** Host address of the buffer (a0 bytes at a2:a1), or the error. Every page of it must be the caller's. */
function buffer(call: SbiCall, kind: AccessKind): { at: number; length: number } | number {
  const [length, low, high] = call.args;
  if (high !== 0n || low + length > BigInt(Number.MAX_SAFE_INTEGER)) return SBI_ERROR.INVALID_PARAM;
  const address = Number(low);
  if (!grantBuffer(call, address, Number(length), kind)) return SBI_ERROR.DENIED;
  return { at: RAM_HOST + (address - RAM_BASE), length: Math.min(MOST, Number(length)) };
}

const pushByte = ({ machine, instance }: SbiCall, byte: number): boolean =>
  pushConsoleOutput(machine.memory, instance, machine.hart, byte);

function write(call: SbiCall): SbiReply {
  const from = buffer(call, ACCESS.LOAD);
  if (typeof from === 'number') return error(from);
  const bytes = new Uint8Array(call.machine.memory.buffer, from.length === 0 ? 0 : from.at, from.length);
  let written = 0;
  while (written < bytes.length && pushByte(call, bytes[written] ?? 0)) written += 1;
  return value(written);
}

function read(call: SbiCall): SbiReply {
  const into = buffer(call, ACCESS.STORE);
  if (typeof into === 'number') return error(into);
  const bytes = new Uint8Array(call.machine.memory.buffer, into.length === 0 ? 0 : into.at, into.length);
  let count = 0;
  while (count < bytes.length) {
    const byte = popConsoleInput(call.machine.memory, call.instance, call.machine.hart);
    if (byte < 0) break;
    bytes[count++] = byte;
  }
  return value(count);
}

/** Unlike `write` this one waits until there is room (12.3). */
export function writeByte(call: SbiCall): SbiReply {
  return pushByte(call, Number(call.args[0] & 0xffn)) ? done : { kind: 'full' };
}

export const DBCN: SbiFunctions = { 0: write, 1: read, 2: writeByte };
