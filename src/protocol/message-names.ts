/** Names of messages as a person reads them in a trace: the class and subtype of protocol/channel.ts, by name. */
import {
  MSG_IO,
  MSG_NETWORK,
  MSG_RESOURCE,
  MSG_SYSTEM,
  MSG_USER,
  RESOURCE,
  SYSTEM,
  USER,
} from './channel.ts';
import { NO_MESSAGE } from './trace.ts';

const CLASSES: Readonly<Record<number, { name: string; subtypes: Readonly<Record<string, number>> }>> = {
  [MSG_IO]: { name: 'IO', subtypes: {} },
  [MSG_RESOURCE]: { name: 'RESOURCE', subtypes: RESOURCE },
  [MSG_SYSTEM]: { name: 'SYSTEM', subtypes: SYSTEM },
  [MSG_USER]: { name: 'USER', subtypes: USER },
  [MSG_NETWORK]: { name: 'NETWORK', subtypes: {} },
};

/** `what`: word a of a PUBLISH or MESSAGE record. An unknown subtype is given as a number in hex. */
export function messageName(what: bigint): string {
  if (what === NO_MESSAGE) return 'no message';
  const type = Number(what >> 32n);
  const subtype = Number(what & 0xffff_ffffn);
  const known = CLASSES[type];
  const name = (number: number): string | undefined =>
    Object.entries(known?.subtypes ?? {}).find(([, value]) => value === number)?.[0];
  const plain = name(subtype);
  if (plain !== undefined) return plain;
  const acknowledged = type === MSG_RESOURCE ? name(subtype & ~RESOURCE.ACK) : undefined;
  if (acknowledged !== undefined && (subtype & RESOURCE.ACK) !== 0) return `${acknowledged} ACK`;
  return `${known?.name ?? `0x${type.toString(16)}`} 0x${subtype.toString(16)}`;
}

/** Class of a message, for colours and filters. */
export const messageClass = (what: bigint): string => CLASSES[Number(what >> 32n)]?.name ?? 'unknown';
