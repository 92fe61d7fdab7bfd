/** MK: kerf commands of the host instance (protocol/mk.ts has the protocol; this is the side of the calling hart). */
import { ACCESS } from '../../hart/interpreter-abi.ts';
import { signalController } from '../../protocol/hart-protocol.ts';
import { HART, hartBlock, INSTANCE, instanceBlock, RAM_BASE, RAM_HOST } from '../../protocol/layout.ts';
import {
  HOST_INSTANCE,
  MK_FILLED,
  MK_FREE,
  MK_IMAGE_LIMIT,
  MK_REQUEST,
  MK_TEXT_LIMIT,
  MK_VERBS,
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
  if (Atomics.load(machine.words, state) !== MK_FREE) return error(SBI_ERROR.ALREADY_STARTED);
  const [textAt, textLength] = call.args;
  const [imageAt, imageLength] = verb === MK_VERBS.load ? [call.args[2], call.args[3]] : [0n, 0n];
  if (textLength > BigInt(MK_TEXT_LIMIT) || imageLength > BigInt(MK_IMAGE_LIMIT))
    return error(SBI_ERROR.INVALID_PARAM);
  if (!mayRead(call, textAt, textLength) || !mayRead(call, imageAt, imageLength))
    return error(SBI_ERROR.INVALID_ADDRESS);

  const bytes = new Uint8Array(machine.memory.buffer);
  const view = new DataView(machine.memory.buffer, block);
  const from = textLength === 0n ? 0 : RAM_HOST + (Number(textAt) - RAM_BASE);
  bytes.copyWithin(block + MK_REQUEST.TEXT, from, from + Number(textLength));
  const ticket = view.getBigUint64(MK_REQUEST.TICKET, true) / TICKETS + 1n;
  const numbered = ticket * TICKETS + BigInt(machine.hart);
  view.setBigUint64(MK_REQUEST.TICKET, numbered, true);
  view.setUint32(MK_REQUEST.VERB, verb, true);
  const boot = Atomics.load(machine.words, (instanceBlock(instance) + INSTANCE.BOOT_ID) >> 2);
  view.setUint32(MK_REQUEST.BOOT, boot, true);
  view.setUint32(MK_REQUEST.TEXT_LENGTH, Number(textLength), true);
  view.setBigUint64(MK_REQUEST.IMAGE, imageLength === 0n ? 0n : imageAt, true);
  view.setUint32(MK_REQUEST.IMAGE_LENGTH, Number(imageLength), true);
  Atomics.store(machine.words, state, MK_FILLED);
  signalController(machine.words);
  return value(numbered);
}

/** A length within its limit at an address of any size; addresses beyond 2^53 are none of RAM's. */
const mayRead = (call: SbiCall, address: bigint, length: bigint): boolean =>
  grantBuffer(call, Number(address), Number(length), ACCESS.LOAD);

/** A function for each verb. */
export const MK_COMMANDS: SbiFunctions = Object.fromEntries(
  Object.values(MK_VERBS).map((verb) => [verb, (call: SbiCall) => request(call, verb)] as const),
);
