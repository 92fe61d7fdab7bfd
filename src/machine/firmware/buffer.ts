/** Ranges of the caller's memory that a call names: physical addresses, which pass the gate. */
import type { AccessKind } from '../../hart/interpreter-abi.ts';
import { INSTANCE, instanceBlock } from '../../protocol/layout.ts';
import { TRACE_KIND } from '../../protocol/trace.ts';
import type { SbiCall } from './sbi.ts';

/**
 * May the caller make this access to `length` bytes at `address` (any number)? A refusal is counted and traced as one of
 * the gate's, at the first address that is refused. No bytes are always granted.
 */
export function grantBuffer(call: SbiCall, address: number, length: number, kind: AccessKind): boolean {
  const { machine, instance } = call;
  if (length === 0 || machine.gate.grant(instance, address, length, kind)) return true;
  Atomics.add(machine.words, (instanceBlock(instance) + INSTANCE.GATE_FAULTS) >> 2, 1);
  const refused = machine.gate.refusedAt(instance, address, length, kind);
  machine.trace(TRACE_KIND.GATE_FAULT, BigInt(refused), BigInt(machine.gate.ownerByte(refused)), kind);
  return false;
}
