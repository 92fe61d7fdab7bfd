/** What a trace event says, in the page's words. */
import { INSTANCE_STATES, UPDATE_PHASES, type MachineView } from '../../protocol/machine-view.ts';
import { messageClass, messageName } from '../../protocol/message-names.ts';
import { SBI_EXT_MK } from '../../protocol/mk.ts';
import { POOL_DEVICES } from '../../protocol/pool-devices.ts';
import {
  HART_REST,
  INSTANCE_DELETED,
  ringSlotOf,
  TRACE_KIND,
  traceKindName,
  type TraceRecord,
} from '../../protocol/trace.ts';
import { instanceOf } from '../../store/core-moves.ts';
import { text } from '../text.ts';

const HSM_STATES = ['STARTED', 'STOPPED', 'START_PENDING', 'STOP_PENDING', 'SUSPENDED'];
const SBI_BASE = 0x10n;
/** Functions of the SBI extensions by number, as the specification calls them. */
const SBI_FUNCTIONS: Readonly<Record<string, readonly string[]>> = {
  TIME: ['set_timer'],
  sPI: ['send_ipi'],
  RFNC: ['fence_i', 'sfence_vma', 'sfence_vma_asid'],
  HSM: ['hart_start', 'hart_stop', 'hart_get_status', 'hart_suspend'],
  SRST: ['system_reset'],
  DBCN: ['write', 'read', 'write_byte'],
};
const LEGACY = ['set_timer', 'console_putchar', 'console_getchar', 'clear_ipi', 'send_ipi'];

const hex = (value: bigint | number): string => `0x${value.toString(16)}`;

/** Name of an SBI call: the extension's, which its ID spells in ASCII, and the function's. */
export function sbiName(extension: bigint, fn: bigint): string {
  if (extension < 0x10n) return `legacy ${LEGACY[Number(extension)] ?? extension}`;
  if (extension === SBI_BASE) return `BASE.${fn}`;
  if (extension === BigInt(SBI_EXT_MK)) return `MK.${fn}`;
  const letters = [24n, 16n, 8n, 0n].map((shift) => Number((extension >> shift) & 0xffn)).filter(Boolean);
  if (extension > 0xffff_ffffn || letters.some((code) => code < 0x20 || code > 0x7e))
    return `${hex(extension)}.${fn}`;
  const name = String.fromCharCode(...letters);
  return `${name}.${SBI_FUNCTIONS[name]?.[Number(fn)] ?? fn}`;
}

export function kernelName(view: MachineView, instance: number | null): string {
  if (instance === null || instance < 0) return text.timeline.pool;
  return instanceOf(view, instance)?.name ?? `kernel ${instance}`;
}

const laneName = (lane: number, harts: number): string =>
  lane >= harts ? text.timeline.controller : text.timeline.core(lane);

export const laneNameIn = (view: MachineView, lane: number): string => laneName(lane, view.config.harts);

function restWord(why: bigint): string {
  const name = Object.entries(HART_REST).find(([, value]) => BigInt(value) === why)?.[0];
  return text.timeline.event.rests[name ?? ''] ?? name ?? String(why);
}

function phaseOf(record: TraceRecord): string {
  const hart = Number(BigInt.asIntN(64, record.b));
  return hart < 0 ? (text.timeline.event.phaseOf[-1 - hart] ?? '') : text.timeline.core(hart);
}

function ownerByte(view: MachineView, byte: number): string {
  return text.timeline.event.ownerByte(byte, byte >= 1 && byte <= 64 ? kernelName(view, byte - 1) : null);
}

/** What happened, in a few words. */
export function eventTitle(view: MachineView, record: TraceRecord): string {
  const words = text.timeline.event;
  const { kind, instance, a, b, c } = record;
  switch (kind) {
    case TRACE_KIND.HART_RUN:
      return words.run;
    case TRACE_KIND.HART_REST:
      return words.rest(restWord(a));
    case TRACE_KIND.HART_STATE:
      return words.hsm(HSM_STATES[Number(a)] ?? String(a));
    case TRACE_KIND.INSTANCE_STATE: {
      const name = kernelName(view, instance);
      if (a === INSTANCE_DELETED) return words.deleted(name);
      const state = INSTANCE_STATES[Number(a)];
      return words.state(name, state ? text.state[state] : String(a));
    }
    case TRACE_KIND.SBI:
      return words.sbi(sbiName(a, b));
    case TRACE_KIND.DOORBELL:
      return words.doorbell(kernelName(view, Number(b)), Number(a));
    case TRACE_KIND.GATE_FAULT:
      return words.fault(hex(a));
    case TRACE_KIND.HART_OWNER:
      return words.owner(Number(a), kernelName(view, c - 1), kernelName(view, Number(b) - 1));
    case TRACE_KIND.DEVICE_OWNER: {
      const device = POOL_DEVICES[Number(a)]?.name ?? `device ${a}`;
      return words.device(device, kernelName(view, c - 1), kernelName(view, Number(b) - 1));
    }
    case TRACE_KIND.MEMORY_OWNER:
      return words.memory(Number(a & 0xffff_ffffn), ownerByte(view, c), ownerByte(view, Number(b)));
    case TRACE_KIND.MESSAGE:
      return words.controller(messageName(a));
    case TRACE_KIND.PHASE: {
      const phase = UPDATE_PHASES[Number(a)];
      return words.phase(phaseOf(record), phase ? text.phase.word[phase] : String(a));
    }
    case TRACE_KIND.PHASE_END:
      return words.phaseEnd(phaseOf(record));
    case TRACE_KIND.HART_LOST:
      return words.coreLost(Number(a));
    case TRACE_KIND.TRAP:
      return words.trap(words.causes[Number(a)] ?? words.cause(String(a)));
    case TRACE_KIND.SOFT_INTERRUPT:
      return words.softInterrupt;
    case TRACE_KIND.PUBLISH:
      return words.publish(messageName(a));
    case TRACE_KIND.DRAIN:
      return words.drain(Number(b));
    case TRACE_KIND.RING_SKIPPED:
      return words.skipped(Number(b));
    default:
      return words.other(traceKindName(kind));
  }
}

/** The words of a record with their names, beyond what its title says. */
export function eventWords(view: MachineView, record: TraceRecord): (readonly [string, string])[] {
  const { words } = text.timeline;
  const { kind, a, b, c } = record;
  switch (kind) {
    case TRACE_KIND.HART_STATE:
      return [[words.pc, hex(b)]];
    case TRACE_KIND.INSTANCE_STATE:
      return [[words.boot, String(b)]];
    case TRACE_KIND.SBI:
      return [[words.error, String(c | 0)]];
    case TRACE_KIND.DOORBELL:
      return [[words.channel, String(c)]];
    case TRACE_KIND.GATE_FAULT:
      return [
        [words.owner, ownerByte(view, Number(b))],
        [words.access, String(c)],
      ];
    case TRACE_KIND.MEMORY_OWNER:
      return [[words.address, hex(0x8000_0000n + (a >> 32n) * 4096n)]];
    case TRACE_KIND.TRAP:
      return [
        [words.tval, hex(b)],
        [words.privilege, words.modes[c] ?? String(c)],
      ];
    case TRACE_KIND.SOFT_INTERRUPT:
      return [
        [words.pc, hex(a)],
        [words.privilege, words.modes[c] ?? String(c)],
      ];
    case TRACE_KIND.MESSAGE:
      return [[words.id, String(b)]];
    case TRACE_KIND.PUBLISH: {
      const { channel, slot } = ringSlotOf(c);
      return [
        [words.class, messageClass(a)],
        [words.id, String(b)],
        [words.channel, String(channel)],
        [words.slot, String(slot)],
      ];
    }
    case TRACE_KIND.DRAIN:
    case TRACE_KIND.RING_SKIPPED: {
      const { channel, slot } = ringSlotOf(c);
      return [
        [words.channel, String(channel)],
        [words.slot, String(slot)],
      ];
    }
    default:
      return [];
  }
}

/** One sentence for whoever hears the page instead of seeing it. */
export function eventSentence(view: MachineView, record: TraceRecord, lane: number): string {
  const where = laneNameIn(view, lane);
  const kernel = record.instance === null ? '' : ` (${kernelName(view, record.instance)})`;
  return text.timeline.selected(
    eventTitle(view, record),
    `${where}${kernel}`,
    text.timeline.instant(record.time),
  );
}
