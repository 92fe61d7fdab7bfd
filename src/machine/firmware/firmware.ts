/**
 * Firmware in TypeScript: answers the SBI calls of kernels that are entered in S-mode, in M-mode's place. It knows which
 * hart and which memory belong to which kernel; it is not on the path of loads, stores or arithmetic, and every entry
 * is counted and traced so that this can be checked.
 */
import type { HartCore } from '../../hart/environment.ts';
import { INSTANCE, instanceBlock } from '../../protocol/layout.ts';
import { TRACE_KIND } from '../../protocol/trace.ts';
import type { PendingFence } from '../fence.ts';
import type { MachineContext } from './context.ts';
import { functionOf, isLegacy } from './extensions.ts';
import { error, SBI_ERROR, type SbiReply } from './sbi.ts';

/** What the hart does after the call; pc is behind the ECALL already, but for `full` and `wait`. */
export type FirmwareOutcome =
  | { readonly kind: 'done' }
  /** pc is at the ECALL still: nothing is executed until the console has room, and then the call is made again. */
  | { readonly kind: 'full' }
  /** pc is at the ECALL still: nothing is executed until this machine time (ticks), and then the call is made again. */
  | { readonly kind: 'wait'; readonly until: number }
  /** Waits until the fence is complete, then a0 = 0. */
  | { readonly kind: 'fence'; readonly pending: PendingFence }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'suspend'; readonly resume: { readonly pc: bigint; readonly opaque: bigint } | null };

const A0 = 10;
const A1 = 11;
const A6 = 16;
const A7 = 17;

/** Answers the ECALL at pc of a hart that an instance owns. `waited`: its outcome was `wait` or `full`, and that is over. */
export function handleEcall(core: HartCore, machine: MachineContext, waited = false): FirmwareOutcome {
  const instance = machine.owner();
  if (instance === null) return { kind: 'stopped' };
  const extension = Number(BigInt.asUintN(32, core.x(A7)));
  const fid = Number(BigInt.asUintN(32, core.x(A6)));
  if (!waited) Atomics.add(machine.words, (instanceBlock(instance) + INSTANCE.FIRMWARE_ENTRIES) >> 2, 1);
  core.setPc(core.pc() + 4n);
  const args = [core.x(10), core.x(11), core.x(12), core.x(13), core.x(14), core.x(15)] as const;
  const call = functionOf(extension, fid);
  const reply: SbiReply = call
    ? call({ core, machine, instance, args, waited })
    : error(SBI_ERROR.NOT_SUPPORTED);
  if (reply.kind === 'full' || reply.kind === 'wait') {
    core.setPc(core.pc() - 4n);
    return reply;
  }
  machine.trace(
    TRACE_KIND.SBI,
    BigInt(extension),
    BigInt(fid),
    reply.kind === 'value' ? reply.error >>> 0 : 0,
  );
  switch (reply.kind) {
    case 'value':
      core.setX(A0, BigInt.asUintN(64, BigInt(reply.error)));
      core.setX(A1, BigInt.asUintN(64, reply.value));
      return { kind: 'done' };
    case 'legacy':
      core.setX(A0, BigInt.asUintN(64, reply.value));
      return { kind: 'done' };
    case 'suspend':
      core.setX(A0, 0n);
      core.setX(A1, 0n);
      return reply;
    case 'fence':
      if (!isLegacy(extension)) core.setX(A1, 0n);
      return reply;
    case 'stopped':
      return reply;
  }
}
