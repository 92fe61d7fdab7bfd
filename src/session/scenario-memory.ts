/** A kernel's private memory as a scenario looks at it: hashed, kept and compared, while the machine holds still. */
import { ok, refuse, type Result } from '../base/result.ts';
import { sha256 } from '../base/sha256.ts';
import type { InstanceView } from '../protocol/machine-view.ts';
import type { ScenarioHost } from './scenario-host.ts';

/** A guest-physical range. */
interface Region {
  readonly base: number;
  readonly size: number;
}

/** A kernel's private memory as it was, region by region. */
export interface Snapshot {
  readonly kernel: string;
  readonly regions: readonly (Region & { readonly bytes: Uint8Array })[];
}

/** Does something while no hart runs: the machine is paused for it, unless it already was. */
export async function still<T>(host: ScenarioHost, act: () => Promise<T> | T): Promise<T> {
  const { run } = await host.services.view();
  if (run === 'paused') return act();
  await host.services.pause();
  try {
    return await act();
  } finally {
    await host.services.resume();
  }
}

const noMemory = (instance: InstanceView): Result<never> =>
  refuse('no-memory', `${instance.name} has no memory yet`, 'create reserves it');

const regionsOf = (instance: InstanceView): readonly Region[] =>
  instance.memory === null ? [] : [instance.memory, ...instance.addedMemory];

/** The hash of all private memory. Refused: `no-memory`. */
export async function hashPrivate(instance: InstanceView, host: ScenarioHost): Promise<Result<string>> {
  if (instance.memory === null) return noMemory(instance);
  return ok(await still(host, () => host.services.hashMemory(instance.id)));
}

/** The hash of a range of private memory. Refused: `no-memory`; `not-its-memory` when not all of it is the kernel's. */
export async function hashRange(
  instance: InstanceView,
  range: Region,
  host: ScenarioHost,
): Promise<Result<string>> {
  const regions = regionsOf(instance);
  if (regions.length === 0) return noMemory(instance);
  const inside = regions.some(
    ({ base, size }) => range.base >= base && range.base + range.size <= base + size,
  );
  if (!inside) {
    const hex = (address: number): string => `0x${address.toString(16)}`;
    const owned = regions.map(({ base, size }) => `${hex(base)}-${hex(base + size - 1)}`).join(', ');
    const reason = `${range.size} bytes at ${hex(range.base)} are not all in ${instance.name}'s private memory`;
    return refuse('not-its-memory', `${reason}, which is ${owned}`, 'name a range inside one of these');
  }
  const bytes = await still(host, () => host.services.copyMemory(range.base, range.size));
  return ok(await sha256(bytes));
}

/** Refused: `no-memory`. */
export async function takeSnapshot(instance: InstanceView, host: ScenarioHost): Promise<Result<Snapshot>> {
  const regions = regionsOf(instance);
  if (regions.length === 0) return noMemory(instance);
  return ok(
    await still(host, async () => ({
      kernel: instance.name,
      regions: await Promise.all(
        regions.map(async (region) => ({
          ...region,
          bytes: await host.services.copyMemory(region.base, region.size),
        })),
      ),
    })),
  );
}

/** How many bytes differ. Refused: `other-memory` when the two are not of the same ranges. */
export function bytesChanged(before: Snapshot, after: Snapshot): Result<number> {
  const places = ({ regions }: Snapshot): string => regions.map(({ base, size }) => `${base}+${size}`).join();
  if (places(before) !== places(after)) {
    const reason = `the snapshots are of different memory: of ${before.kernel} before, of ${after.kernel} after`;
    return refuse('other-memory', reason, 'take both of one kernel, whose memory does not change in between');
  }
  let changed = 0;
  for (const [i, { bytes }] of before.regions.entries()) {
    const now = after.regions[i]?.bytes ?? bytes;
    for (let at = 0; at < bytes.length; at++) if (bytes[at] !== now[at]) changed += 1;
  }
  return ok(changed);
}
