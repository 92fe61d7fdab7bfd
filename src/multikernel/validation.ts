/**
 * The rules for names, harts and memory. Each check reads the machine's state, changes nothing, and refuses with a code,
 * who asked what and what is the case, and what to do. A command is planned as a whole from these before anything is
 * written (plan-create.ts, plan-update.ts).
 */
import { assert } from '../base/assert.ts';
import { ok, refuse, type Result } from '../base/result.ts';
import { CHANNEL_PAGES } from '../protocol/channel.ts';
import { CONTROLLER_END, GONE_END, MAX_CHANNELS, PAGE_SIZE, RAM_BASE } from '../protocol/layout.ts';
import { otherEnd, type Channel, type ChannelEnd, type ChannelTable } from './channels.ts';
import type { DeviceTable } from './device-table.ts';
import { runsOf } from './instance-memory.ts';
import { wayTo } from './instance-states.ts';
import type { Instance, InstanceTable } from './instances.ts';
import { formatAddress, formatHarts, formatRange, formatSize } from './kerf-values.ts';
import { addressPage, pageAddress, type Ownership, type PageRun } from './ownership.ts';
import { largestKernel, placeChannel, placeKernel, totalPages, withoutRun } from './pool.ts';

/** What the checks read. */
export interface MachineState {
  readonly ownership: Ownership;
  readonly instances: InstanceTable;
  readonly channels: ChannelTable;
  readonly devices: DeviceTable;
  /** The hart's worker died and has not been replaced. */
  lost(hart: number): boolean;
  /** Why the hart has no worker and will get none, in words, or null. Such a hart is lost, too. */
  noWorker(hart: number): string | null;
  /** Hart at which an active instance takes interrupts and doorbells: the one it booted on. */
  interruptHart(instance: Instance): number;
}

/** Less than this holds no kernel with its device tree. */
const LEAST_MEMORY = 0x20_0000;

export function findInstance(state: MachineState, name: string): Result<Instance> {
  const instance = state.instances.byName(name);
  if (instance) return ok(instance);
  const names = state.instances.list().map((each) => each.name);
  return refuse(
    'no-such-instance',
    `there is no instance "${name}"`,
    names.length > 0 ? `the instances are ${names.join(', ')}` : 'make one with kerf create',
  );
}

export function checkNewName(state: MachineState, name: string): Result<string> {
  if (!/^[a-z][a-z0-9-]{0,14}$/.test(name)) {
    return refuse(
      'bad-name',
      `"${name}" cannot be the name of an instance`,
      'a name is 1 to 15 small letters, digits and hyphens, and begins with a letter',
    );
  }
  const taken = state.instances.byName(name);
  if (!taken) return ok(name);
  return refuse(
    'name-taken',
    `${name} exists already: instance ${taken.id}, ${taken.state}`,
    'choose another name, or delete that instance',
  );
}

/** Harts for `who` by number: each once, of this machine, free. */
export function checkFreeHarts(
  state: MachineState,
  who: string,
  wanted: readonly number[],
): Result<number[]> {
  const harts = [...wanted].sort((one, other) => one - other);
  for (const [index, hart] of harts.entries()) {
    const known = checkHartNumber(state, who, hart, harts[index - 1] === hart);
    if (!known.ok) return known;
    const owner = state.ownership.hartOwner(hart);
    if (owner !== null) {
      const holder = state.instances.byId(owner);
      assert(holder, `hart ${hart} belongs to an instance that is none`);
      return refuse(
        'hart-not-free',
        `${who} cannot have hart ${hart}: ${holder.name} owns it and is ${holder.state}`,
        `${freeHartsHint(state)}; to take it: ${takeHart(state, holder, hart).join(', then ')}`,
      );
    }
    const usable = checkWorker(state, who, hart);
    if (!usable.ok) return usable;
    if (state.lost(hart)) return lostHart(who, hart);
  }
  return ok(harts);
}

/** Lines that free a hart of an instance. */
const takeHart = (state: MachineState, holder: Instance, hart: number): readonly string[] => [
  ...(staysAt(state, holder, hart) ? [`kerf kill ${holder.name}`] : wayTo(holder, 'update')),
  `kerf update ${holder.name} --cpus -${hart}`,
];

/** A running kernel keeps the hart that it booted on. */
export const staysAt = (state: MachineState, owner: Instance, hart: number): boolean =>
  owner.state === 'active' && state.interruptHart(owner) === hart;

/** Rules that hold for any list of harts: a number of this machine, named once. */
export function checkHartNumber(
  state: MachineState,
  who: string,
  hart: number,
  again: boolean,
): Result<number> {
  const { harts } = state.ownership;
  if (again) return refuse('hart-twice', `${who}: hart ${hart} is given twice`, 'name each hart once');
  if (hart < harts) return ok(hart);
  return refuse(
    'no-such-hart',
    `${who} cannot have hart ${hart}: this machine has harts 0-${harts - 1}`,
    freeHartsHint(state),
  );
}

/** That the hart can run at all. */
export function checkWorker(state: MachineState, who: string, hart: number): Result<number> {
  const reason = state.noWorker(hart);
  if (reason === null) return ok(hart);
  return refuse(
    'hart-no-worker',
    `${who} cannot run on hart ${hart}: hart ${hart} has no worker: ${firstLine(reason)}`,
    'use other harts; only a new machine has new workers',
  );
}

/** The lowest `count` free harts. */
export function chooseFreeHarts(state: MachineState, who: string, count: number): Result<number[]> {
  const free = state.ownership.hartsOf(null).filter((hart) => !state.lost(hart));
  if (free.length >= count) return ok(free.slice(0, count));
  const workerless = state.ownership.hartsOf(null).filter((hart) => state.noWorker(hart) !== null);
  const [first] = workerless;
  if (first !== undefined && free.length + workerless.length >= count) {
    const refused = checkWorker(state, who, first);
    if (!refused.ok) return refused;
  }
  return refuse(
    'not-enough-harts',
    `${who} asks for ${count} harts and ${free.length} of ${state.ownership.harts} are free (${formatHarts(free)})`,
    'ask for fewer, or free some: kerf update NAME --cpus -LIST',
  );
}

export function checkBootHart(
  who: string,
  harts: readonly number[],
  bootCpu: number | null,
): Result<number | null> {
  if (bootCpu === null || harts.includes(bootCpu)) return ok(bootCpu);
  return refuse(
    'boot-hart-not-owned',
    `${who} cannot boot on hart ${bootCpu}: its harts are ${formatHarts(harts)}`,
    'name one of them with --boot-cpu, or leave it out: the lowest boots',
  );
}

/** A place for a kernel's private memory of `size` bytes: at `base`, or where the pool has one. */
export function checkMemory(
  state: MachineState,
  who: string,
  size: number,
  base: number | null,
): Result<PageRun> {
  if (size % PAGE_SIZE !== 0) {
    return refuse(
      'memory-not-aligned',
      `${who}: ${size} bytes are not whole pages of 4K`,
      'round the size to 4K',
    );
  }
  if (size < LEAST_MEMORY) {
    return refuse(
      'memory-too-small',
      `${who} asks for ${formatSize(size)}, and no kernel lives in less than ${formatSize(LEAST_MEMORY)}`,
      'ask for more with --memory',
    );
  }
  return base === null
    ? placeAnywhere(state, who, size / PAGE_SIZE)
    : placeAt(state, who, { page: addressPage(base), pages: size / PAGE_SIZE });
}

function placeAnywhere(state: MachineState, who: string, pages: number): Result<PageRun> {
  const free = state.ownership.freeRuns();
  const place = placeKernel(free, pages);
  if (place) return ok(place);
  const total = totalPages(free);
  const asked = `${who} asks for ${formatSize(pages * PAGE_SIZE)} of memory`;
  const hint = 'ask for less, or delete an instance';
  return total < pages
    ? refuse('not-enough-memory', `${asked} and the pool has ${formatSize(total * PAGE_SIZE)} free`, hint)
    : refuse(
        'memory-in-pieces',
        `${asked}; ${formatSize(total * PAGE_SIZE)} are free, but the largest piece at a 2M boundary has ${formatSize(largestKernel(free) * PAGE_SIZE)}`,
        hint,
      );
}

function placeAt(state: MachineState, who: string, run: PageRun): Result<PageRun> {
  const { ramPages } = state.ownership;
  const base = pageAddress(run.page);
  const range = formatRange(base, run.pages * PAGE_SIZE);
  if (base % PAGE_SIZE !== 0) {
    return refuse(
      'base-not-aligned',
      `${who}: the base ${formatAddress(base)} is ${base % PAGE_SIZE} bytes beyond a page boundary`,
      'a base is a multiple of 4K, and of 2M for a RISC-V Image',
    );
  }
  if (run.page < 0 || run.page + run.pages > ramPages) {
    return refuse(
      'memory-outside',
      `${who} asks for ${range}, and RAM is ${formatRange(RAM_BASE, ramPages * PAGE_SIZE)}`,
      'choose a base inside RAM, or leave --memory-base out',
    );
  }
  const other = holders(state).find((held) => overlap(held.run, run) !== null);
  const shared = other ? overlap(other.run, run) : null;
  if (!other || !shared) return ok(run);
  return refuse(
    'memory-overlap',
    `${who} asks for ${range}, ${other.what} has ${formatRun(other.run)}: they overlap in ${formatRun(shared)}`,
    'choose another base, or leave --memory-base out',
  );
}

/** Who still has channels to deleted instances, as something to do about it; '' when nobody has. */
function leftover(state: MachineState): string {
  const words = state.instances.list().flatMap(({ id, name }) => {
    const count = state.channels.of(id).filter((channel) => otherEnd(channel, id) === GONE_END).length;
    return count > 0 ? [`, or stop ${name}, which still has ${count} to deleted ones`] : [];
  });
  return words.join('');
}

/** Room for one more channel region in each of `peers` and one for management, given the runs still free. */
export function checkChannels(
  state: MachineState,
  who: string,
  peers: readonly Instance[],
  free: readonly PageRun[],
): Result<PageRun[]> {
  const wanted = peers.length + 1;
  const entries = MAX_CHANNELS - state.channels.list().length;
  const hint = `name fewer peers with --peer, or delete an instance${leftover(state)}`;
  if (wanted > entries) {
    return refuse(
      'no-channel',
      `${who} needs ${wanted} channels and ${entries} of ${MAX_CHANNELS} are left`,
      hint,
    );
  }
  const places: PageRun[] = [];
  let rest = free;
  for (let n = 0; n < wanted; n += 1) {
    const place = placeChannel(rest, CHANNEL_PAGES);
    if (!place) {
      const needs = formatSize(wanted * CHANNEL_PAGES * PAGE_SIZE);
      const left = formatSize(totalPages(free) * PAGE_SIZE);
      return refuse(
        'no-channel-memory',
        `${who} needs ${needs} for ${wanted} channels beside its memory, and the pool would have ${left} left`,
        `${hint}, or ask for less with --memory`,
      );
    }
    places.push(place);
    rest = withoutRun(rest, place);
  }
  return ok(places);
}

export function checkPeers(
  state: MachineState,
  who: string,
  names: readonly string[] | null,
): Result<Instance[]> {
  if (names === null) return ok(state.instances.list());
  const peers: Instance[] = [];
  for (const [index, name] of names.entries()) {
    if (name === who)
      return refuse('peer-self', `${who} cannot be its own peer`, 'name other instances with --peer');
    if (names.indexOf(name) < index) {
      return refuse('peer-twice', `${who}: the peer ${name} is given twice`, 'name each peer once');
    }
    const peer = findInstance(state, name);
    if (!peer.ok)
      return refuse('no-such-peer', `${who}: ${peer.error.reason} to be its peer`, peer.error.hint);
    peers.push(peer.value);
  }
  return ok(peers);
}

const lostHart = (who: string, hart: number): Result<never> =>
  refuse(
    'hart-lost',
    `${who} cannot have hart ${hart}: its worker died and has not been replaced yet`,
    'try again in a moment',
  );

const freeHartsHint = (state: MachineState): string =>
  `free harts: ${formatHarts(state.ownership.hartsOf(null).filter((hart) => state.noWorker(hart) === null))}`;

/** Without the stack that an error of a runtime comes with. */
const firstLine = (reason: string): string => reason.split('\n', 1)[0] ?? '';

const formatRun = (run: PageRun): string => formatRange(pageAddress(run.page), run.pages * PAGE_SIZE);

function overlap(one: PageRun, other: PageRun): PageRun | null {
  const page = Math.max(one.page, other.page);
  const end = Math.min(one.page + one.pages, other.page + other.pages);
  return page < end ? { page, pages: end - page } : null;
}

/** Everything that has memory, with the words for it. */
function holders(state: MachineState): { what: string; run: PageRun }[] {
  const kernels = state.instances
    .list()
    .flatMap((instance) => runsOf(instance).map((run) => ({ what: instance.name, run })));
  const channels = state.channels
    .list()
    .map((channel) => ({ what: channelWords(state, channel), run: channel }));
  return [...kernels, ...channels];
}

function channelWords(state: MachineState, channel: Channel): string {
  const name = (end: ChannelEnd): string | undefined =>
    state.instances.list().find((each) => each.id === end)?.name;
  const ends = [name(channel.a), name(channel.b)].filter((end) => end !== undefined);
  if (ends.length === 2) return `the channel of ${ends.join(' and ')}`;
  return channel.a === CONTROLLER_END
    ? `the management channel of ${ends.join('')}`
    : `a channel of ${ends.join('')}`;
}
