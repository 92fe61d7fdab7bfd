/** SBI extensions: a row for each function (SBI 2.0, chapters 4 to 12, and the legacy calls of chapter 5). */
import { ACCESS } from '../../hart/interpreter-abi.ts';
import { raiseInterrupt, signal, signalController } from '../../protocol/hart-protocol.ts';
import {
  EXIT_NONE,
  EXIT_PANIC,
  EXIT_REBOOT,
  EXIT_SHUTDOWN,
  FENCE_CODE,
  FENCE_TLB,
  HART,
  hartBlock,
  HSM_START_PENDING,
  HSM_STOPPED,
  INSTANCE,
  instanceBlock,
  REASON_START,
  REASON_STOP,
} from '../../protocol/layout.ts';
import { MK_NOTIFY, SBI_EXT_MK } from '../../protocol/mk.ts';
import { popConsoleInput } from '../console-ring.ts';
import { endInstance } from '../exit.ts';
import { requestFence } from '../fence.ts';
import { DBCN, writeByte } from './debug-console.ts';
import { countDoorbell, doorbellChannel, takeDoorbells, takeNotification } from './doorbell.ts';
import { ALL_HARTS, isFenceTarget, namedHarts } from './hart-mask.ts';
import { MK_COMMANDS } from './management.ts';
import {
  done,
  error,
  EXTENSION,
  SBI_ERROR,
  value,
  type SbiCall,
  type SbiFunctions,
  type SbiReply,
} from './sbi.ts';

/** Supervisor software interrupt in mip. */
const SSIP = 1 << 1;
/** Version 2.0 as BASE reports it: major in bits 30 … 24. */
const SPEC_VERSION = 2 << 24;
/** No number in the list of implementations is ours: the first beyond those assigned that fits the field's "unknown" use. */
const IMPLEMENTATION_ID = 0x4152_4348;
const IMPLEMENTATION_VERSION = 1;

const BASE: SbiFunctions = {
  0: () => value(SPEC_VERSION),
  1: () => value(IMPLEMENTATION_ID),
  2: () => value(IMPLEMENTATION_VERSION),
  3: (call) => value(extensionOf(Number(BigInt.asUintN(32, call.args[0]))) === undefined ? 0 : 1),
  4: () => value(0),
  5: () => value(0),
  6: () => value(0),
};

function setTimer(call: SbiCall): SbiReply {
  call.core.setTimer(call.args[0]);
  return done;
}

/**
 * IPIs to harts of the caller's kernel, and doorbells to others'. Refused as a whole if one of them is refused; waits as a
 * whole if one of the doorbells has to (doorbell-limit.ts).
 */
function sendIpi(call: SbiCall, mask: bigint, base: bigint): SbiReply {
  // Kept from the one look that allows the doorbell: the owner of a hart, or its channel, may be another at a second one.
  const channels = new Map<number, number>();
  const harts = namedHarts(call, mask, base, (hart) => {
    const channel = doorbellChannel(call, hart);
    if (channel >= 0) channels.set(hart, channel);
    return channel >= 0;
  });
  if (typeof harts === 'number') return error(harts);
  const wait = waitUntil(call, () => takeDoorbells(call, [...channels.values()]));
  if (wait) return wait;
  for (const hart of harts) {
    const channel = channels.get(hart);
    if (channel !== undefined) countDoorbell(call, hart, channel);
    raiseInterrupt(call.machine.words, hart, SSIP);
  }
  return done;
}

/** Asks for the time (ticks) of a call that has not waited yet. Null: it is now. */
function waitUntil(call: SbiCall, ask: () => number): SbiReply | null {
  if (call.waited) return null;
  const until = ask();
  return until > 0 && until > call.machine.time() ? { kind: 'wait', until } : null;
}

function remoteFence(call: SbiCall, mask: bigint, base: bigint, kinds: number): SbiReply {
  const harts = namedHarts(call, mask, base);
  if (typeof harts === 'number') return error(harts);
  if (harts.includes(call.core.id)) call.core.fence(kinds);
  const others = harts.filter((hart) => hart !== call.core.id && isFenceTarget(call, hart));
  return { kind: 'fence', pending: requestFence(call.machine.words, others, kinds) };
}

/** Addresses, sizes, ASIDs are not looked at: every remote SFENCE.VMA drops the whole TLB, which it may. */
const RFENCE: SbiFunctions = {
  0: (call) => remoteFence(call, call.args[0], call.args[1], FENCE_CODE),
  1: (call) => remoteFence(call, call.args[0], call.args[1], FENCE_TLB),
  2: (call) => remoteFence(call, call.args[0], call.args[1], FENCE_TLB),
};

/** HART_START: the compare-and-swap has one winner, who alone writes where the hart starts (hart-protocol.ts). */
function hartStart(call: SbiCall): SbiReply {
  const { machine, instance } = call;
  const [hartid, address, opaque] = call.args;
  if (hartid >= BigInt(machine.harts)) return error(SBI_ERROR.INVALID_PARAM);
  const hart = Number(hartid);
  if (machine.ownerOf(hart) !== instance) return error(SBI_ERROR.DENIED);
  if (address > BigInt(Number.MAX_SAFE_INTEGER) || (address & 1n) !== 0n)
    return error(SBI_ERROR.INVALID_ADDRESS);
  if (!machine.gate.grant(instance, Number(address), 2, ACCESS.FETCH))
    return error(SBI_ERROR.INVALID_ADDRESS);
  const block = hartBlock(hart);
  const before = Atomics.compareExchange(
    machine.words,
    (block + HART.HSM) >> 2,
    HSM_STOPPED,
    HSM_START_PENDING,
  );
  if (before !== HSM_STOPPED) return error(SBI_ERROR.ALREADY_AVAILABLE);
  const view = new DataView(machine.memory.buffer, block);
  view.setBigUint64(HART.START_PC, address, true);
  view.setBigUint64(HART.START_OPAQUE, opaque, true);
  view.setUint32(HART.START_PRIVILEGE, 1, true);
  signal(machine.words, hart, REASON_START);
  // A kernel that ends stops all its harts; one that another hart starts at that moment may have been stopped already.
  const exit = Atomics.load(machine.words, (instanceBlock(instance) + INSTANCE.EXIT) >> 2);
  if (exit !== EXIT_NONE) signal(machine.words, hart, REASON_STOP);
  return done;
}

function hartStatus(call: SbiCall): SbiReply {
  const { machine } = call;
  if (call.args[0] >= BigInt(machine.harts)) return error(SBI_ERROR.INVALID_PARAM);
  const hart = Number(call.args[0]);
  // One that the kernel may own but does not looks stopped: it may be given to it later.
  if (machine.ownerOf(hart) !== call.instance) return value(HSM_STOPPED);
  return value(Atomics.load(machine.words, (hartBlock(hart) + HART.HSM) >> 2));
}

const RETENTIVE = 0n;
const NON_RETENTIVE = 0x8000_0000n;

function hartSuspend(call: SbiCall): SbiReply {
  const [type, pc, opaque] = call.args;
  const suspendType = BigInt.asUintN(32, type);
  if (suspendType === RETENTIVE) return { kind: 'suspend', resume: null };
  if (suspendType !== NON_RETENTIVE) return error(SBI_ERROR.INVALID_PARAM);
  const inReach = pc <= BigInt(Number.MAX_SAFE_INTEGER) && (pc & 1n) === 0n;
  if (!inReach || !call.machine.gate.grant(call.instance, Number(pc), 2, ACCESS.FETCH))
    return error(SBI_ERROR.INVALID_ADDRESS);
  return { kind: 'suspend', resume: { pc, opaque } };
}

const HSM: SbiFunctions = {
  0: hartStart,
  1: () => ({ kind: 'stopped' }),
  2: hartStatus,
  3: hartSuspend,
};

/** SRST ends the caller's kernel and never the machine. Reason 1 is a system failure: a panic. */
function systemReset(call: SbiCall): SbiReply {
  const [type, reason] = call.args.map((arg) => Number(BigInt.asUintN(32, arg)));
  if (type === undefined || type > 2 || reason === undefined || reason > 1)
    return error(SBI_ERROR.INVALID_PARAM);
  const exit = reason === 1 ? EXIT_PANIC : type === 0 ? EXIT_SHUTDOWN : EXIT_REBOOT;
  endInstance(call.machine.memory, call.instance, exit, reason);
  return { kind: 'stopped' };
}

const SRST: SbiFunctions = { 0: systemReset };

const MK: SbiFunctions = {
  ...MK_COMMANDS,
  [MK_NOTIFY]: (call) => {
    const wait = waitUntil(call, () => takeNotification(call));
    if (wait) return wait;
    call.machine.lookAtRings();
    signalController(call.machine.words);
    return done;
  },
};

const EXTENSIONS: Readonly<Record<number, SbiFunctions>> = {
  [EXTENSION.BASE]: BASE,
  [EXTENSION.TIME]: { 0: setTimer },
  [EXTENSION.IPI]: { 0: (call) => sendIpi(call, call.args[0], call.args[1]) },
  [EXTENSION.RFENCE]: RFENCE,
  [EXTENSION.HSM]: HSM,
  [EXTENSION.SRST]: SRST,
  [EXTENSION.DBCN]: DBCN,
  [SBI_EXT_MK]: MK,
};

const asLegacy = (reply: SbiReply): SbiReply =>
  reply.kind === 'value' ? { kind: 'legacy', value: BigInt(reply.error) } : reply;

/**
 * Legacy masks lie in the caller's virtual memory: one unsigned long, because that holds all harts of the machine. A null
 * pointer is every hart of the caller's kernel, as firmware in use has it. Only harts of that kernel can be named: the
 * doorbell came with the IPI extension. A mask that cannot be read, or names another hart, is an error in a0, where the
 * chapter lets an implementation choose its negative number.
 */
function legacyMask(call: SbiCall, act: (call: SbiCall, mask: bigint, base: bigint) => SbiReply): SbiReply {
  const pointer = call.args[0];
  if (pointer === 0n) return asLegacy(act(call, 0n, ALL_HARTS));
  const mask = call.core.loadVirtual(pointer);
  if (mask === null) return { kind: 'legacy', value: BigInt(SBI_ERROR.INVALID_ADDRESS) };
  const harts = namedHarts(call, mask, 0n);
  if (typeof harts === 'number') return { kind: 'legacy', value: BigInt(harts) };
  return asLegacy(act(call, mask, 0n));
}

/** Legacy extensions by their number (a7); a6 is not looked at. */
const LEGACY: SbiFunctions = {
  0: (call) => asLegacy(setTimer(call)),
  1: (call) => asLegacy(writeByte(call)),
  2: ({ machine, instance }) => ({
    kind: 'legacy',
    value: BigInt(popConsoleInput(machine.memory, instance, machine.hart)),
  }),
  3: (call) => {
    Atomics.and(call.machine.words, (hartBlock(call.core.id) + HART.MIP) >> 2, ~SSIP);
    return { kind: 'legacy', value: 0n };
  },
  4: (call) => legacyMask(call, sendIpi),
  5: (call) => legacyMask(call, (_, mask, base) => remoteFence(call, mask, base, FENCE_CODE)),
  6: (call) => legacyMask(call, (_, mask, base) => remoteFence(call, mask, base, FENCE_TLB)),
  7: (call) => legacyMask(call, (_, mask, base) => remoteFence(call, mask, base, FENCE_TLB)),
  8: (call) => {
    endInstance(call.machine.memory, call.instance, EXIT_SHUTDOWN, 0);
    return { kind: 'stopped' };
  },
};

/** The functions of extension `number` (an unsigned 32-bit number), legacy ones as an extension of one function each. */
function extensionOf(number: number): SbiFunctions | undefined {
  if (number in LEGACY) return LEGACY;
  return EXTENSIONS[number];
}

/** Legacy calls change a0 alone (chapter 5). */
export const isLegacy = (extension: number): boolean => extension in LEGACY;

/** The function that a call with these a7 and a6 names. */
export function functionOf(extension: number, fid: number): ((call: SbiCall) => SbiReply) | undefined {
  return extension in LEGACY ? LEGACY[extension] : EXTENSIONS[extension]?.[fid];
}
