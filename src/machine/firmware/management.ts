/** MK: kerf commands of the host instance (protocol/mk.ts has the protocol; this is the side of the calling hart). */
import { ACCESS } from '../../hart/interpreter-abi.ts';
import { signalController } from '../../protocol/hart-protocol.ts';
import { HART, hartBlock, INSTANCE, instanceBlock, RAM_BASE, RAM_HOST } from '../../protocol/layout.ts';
import {
  HOST_INSTANCE,
  MK_FILLED,
  MK_IMAGE_LIMIT,
  MK_REQUEST,
  MK_TAKEN,
  MK_TEXT_LIMIT,
  MK_VERBS,
  MK_WRITING,
} from '../../protocol/mk.ts';
import { grantBuffer } from './buffer.ts';
import { error, SBI_ERROR, value, type SbiCall, type SbiFunctions, type SbiReply } from './sbi.ts';

/** Harts that a ticket has room for beside the number of the request. */
const TICKETS = 16n;

/** Writes a request for the controller into the block of the calling hart, and gives its ticket. */
function request(call: SbiCall, verb: number): SbiReply {
  const { machine, instance } = call;
  if (instance !== HOST_INSTANCE) return error(SBI_ERROR.DENIED);
  const block = hartBlock(machine.hart) + HART.MK_REQUEST;
  const state = (block + MK_REQUEST.STATE) >> 2;
  const boot = Atomics.load(machine.words, (instanceBlock(instance) + INSTANCE.BOOT_ID) >> 2);
  const before = Atomics.load(machine.words, state);
  const ours = machine.words[(block + MK_REQUEST.BOOT) >> 2] === boot;
  if (before === MK_FILLED || (before === MK_TAKEN && ours)) return error(SBI_ERROR.ALREADY_STARTED);
  const [textAt, textLength] = call.args;
  const [imageAt, imageLength] = verb === MK_VERBS.load ? [call.args[2], call.args[3]] : [0n, 0n];
  if (textLength > BigInt(MK_TEXT_LIMIT) || imageLength > BigInt(MK_IMAGE_LIMIT))
    return error(SBI_ERROR.INVALID_PARAM);
  if (!mayRead(call, textAt, textLength) || !mayRead(call, imageAt, imageLength))
    return error(SBI_ERROR.INVALID_ADDRESS);

  Atomics.store(machine.words, state, MK_WRITING);
  const bytes = new Uint8Array(machine.memory.buffer);
  const view = new DataView(machine.memory.buffer, block);
  const from = textLength === 0n ? 0 : RAM_HOST + (Number(textAt) - RAM_BASE);
  bytes.copyWithin(block + MK_REQUEST.TEXT, from, from + Number(textLength));
  const number = view.getBigUint64(MK_REQUEST.TICKET, true) / TICKETS + 1n;
  const ticket = number * TICKETS + BigInt(machine.hart);
  view.setBigUint64(MK_REQUEST.TICKET, ticket, true);
  view.setUint32(MK_REQUEST.VERB, verb, true);
  view.setUint32(MK_REQUEST.BOOT, boot, true);
  view.setUint32(MK_REQUEST.TEXT_LENGTH, Number(textLength), true);
  view.setBigUint64(MK_REQUEST.IMAGE, imageLength === 0n ? 0n : imageAt, true);
  view.setUint32(MK_REQUEST.IMAGE_LENGTH, Number(imageLength), true);
  Atomics.store(machine.words, state, MK_FILLED);
  signalController(machine.words);
  return value(ticket);
}

/** A length within its limit at an address of any size; addresses beyond 2^53 are none of RAM's. */
const mayRead = (call: SbiCall, address: bigint, length: bigint): boolean =>
  grantBuffer(call, Number(address), Number(length), ACCESS.LOAD);

/** A function for each verb. */
export const MK_COMMANDS: SbiFunctions = Object.fromEntries(
  Object.values(MK_VERBS).map((verb) => [verb, (call: SbiCall) => request(call, verb)] as const),
);
