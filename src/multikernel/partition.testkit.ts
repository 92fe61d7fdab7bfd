/** For tests with random commands: the commands and the machine, from a seed, and what must hold after each. */
import { expect } from 'vitest';
import { CONTROLLER_END, GONE_END, OWNER_CHANNEL, OWNER_POOL, PAGE_OWNER } from '../protocol/layout.ts';
import { POOL_DEVICES } from '../protocol/pool-devices.ts';
import { everything } from './kerf-errors.testkit.ts';
import { addressPage } from './ownership.ts';
import { kernelImage } from './test-image.ts';
import { TestMachine } from './test-machine.ts';

/** A small generator of our own (mulberry32): the same numbers for a seed on every host. */
export function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

export class Commands {
  readonly #below: (below: number) => number;
  #transactions = 0;

  constructor(seed: number) {
    this.#below = generator(seed);
  }

  next(): string {
    const name = this.#one(['alpha', 'beta', 'gamma', 'host']);
    const other = this.#one(['alpha', 'beta', 'gamma', 'host']);
    const size = this.#one(['2M', '4M', '6M', '2M', '4M', '8M', '3M', '1G']);
    const place = this.#one(['', '', '@0x80400000', '@0x81000000', '@0x82000000', '@0x83e00000']);
    const hart = this.#below(6);
    const device = this.#one(['rng0', 'rng1', 'disk0', 'net0']);
    const hex = (value: number): string => `0x${(0x80000000 + value * 0x200000).toString(16)}`;
    return this.#one<() => string>([
      () => `create ${name} --cpus ${hart},${this.#below(6)} --memory ${size}`,
      () => `create ${name} --cpu-count ${1 + this.#below(3)} --memory ${size}`,
      () => `create ${name} --cpu-count 1 --memory ${size}`,
      () => `create ${name} --cpu-count 1 --memory 4M`,
      () =>
        `create ${name} --cpus ${hart} --memory ${size} --memory-base ${hex(this.#below(32))} --peer ${other}`,
      () => `create ${name} --cpu-count 1 --memory 4M --devices ${device}`,
      () => `create ${name} --cpu-count 1 --memory 4M --id ${1 + this.#below(3)} --peer=`,
      () => `init --cpus ${hart} --memory ${size}`,
      () => `init --input pool.dts`,
      () => `load ${name} --kernel k.img`,
      () => `load ${name} --kernel k.img`,
      () => `load ${name} --kernel k.img --initrd disk.gz`,
      () => `exec ${name}`,
      () => `exec ${name}`,
      () => `kill ${name}`,
      () => `kill ${name} --force`,
      () => `unload ${name}`,
      () => `delete ${name}`,
      () => `update ${name} --cpus +${hart}`,
      () => `update ${name} --cpus -${hart}`,
      () => `update ${name} --cpus ${hart},${this.#below(4)}`,
      () => `update ${name} --cpus +${hart} --from ${other}`,
      () => `update ${name} --memory +${size}${place}`,
      () => `update ${name} --memory +2M`,
      () => `update ${name} --memory -${size}${place}`,
      () => `update ${name} --memory +2M --cpus +${hart}`,
      () => `update ${name} --devices +${device}`,
      () => `update ${name} --devices -${device}`,
      () => `update ${name} --devices +${device} --from ${other}`,
      () => `update ${name} --devices ${device},rng1`,
      () => `update ${name} --devices=`,
      () => `update ${name} --memory +2M --cpus +${hart} --devices +${device}`,
      () => `apply ${this.#one(['pair.dts', 'swap.dts', 'bad.dts'])}`,
      () => `apply pair.dts --dry-run --format dts`,
      () => `rollback tx_${1 + this.#below((this.#transactions += 1))}`,
    ])();
  }

  #one<T>(choices: readonly T[]): T {
    return choices[this.#below(choices.length)] as T;
  }
}

const FILES = {
  'pool.dts': '/ { resources { cpus = <1 2 3 4>; memory@0 { size = <0x3400000>; }; }; };',
  'pair.dts': `/ {
    fragment@0 { target-path = "/instances"; __overlay__ { instance-create {
      instance-name = "gamma"; resources { cpus = <3>; memory-bytes = <0x400000>; }; }; }; };
    fragment@1 { target-path = "/instances/gamma"; __overlay__ {
      memory-add { memory@0 { size = <0x200000>; }; };
      cpu-add { cpu@2 { reg = <2>; }; }; }; };
  };`,
  'swap.dts': `/ {
    fragment@0 { target-path = "/instances/alpha"; __overlay__ { cpu-remove { cpu@1 { reg = <1>; }; }; }; };
    fragment@1 { target-path = "/instances/beta"; __overlay__ { cpu-add { cpu@1 { reg = <0 1>; }; }; }; };
  };`,
  'bad.dts': '/ { fragment@0 { target-path = "/resources"; __overlay__ { }; }; };',
};

export function makeMachine(): TestMachine {
  const machine = new TestMachine({
    harts: 5,
    memory: 64 << 20,
    devices: POOL_DEVICES.map(({ name }) => name),
  });
  machine.files.set('k.img', kernelImage([0x01, 0x02]));
  machine.files.set('disk.gz', new Uint8Array(5000).fill(7));
  for (const [name, text] of Object.entries(FILES)) machine.files.set(name, new TextEncoder().encode(text));
  return machine;
}

/** The owner tables, which have one owner for each hart and page, say the same as instances and channels. */
export function expectOneOwner(machine: TestMachine): void {
  const { ownership } = machine;
  const view = machine.controller.view();
  const wanted = new Uint8Array(ownership.ramPages).fill(OWNER_POOL);
  const claim = (page: number, pages: number, owner: number, who: string): void => {
    for (let at = page; at < page + pages; at += 1) {
      if (wanted[at] !== OWNER_POOL) throw new Error(`page ${at} of ${who} has another owner`);
      wanted[at] = owner;
    }
  };
  for (const { id, name, memory, addedMemory } of view.instances) {
    for (const { base, size } of memory ? [memory, ...addedMemory] : [])
      claim(addressPage(base), size / 4096, id + 1, name);
  }
  for (const channel of machine.channels.list()) {
    claim(channel.page, channel.pages, OWNER_CHANNEL + channel.id, `channel ${channel.id}`);
    for (const end of [channel.a, channel.b]) {
      if (end === CONTROLLER_END || end === GONE_END) continue;
      expect(view.instances.some(({ id }) => id === end)).toBe(true);
    }
  }
  const table = new Uint8Array(machine.memory.buffer).slice(PAGE_OWNER, PAGE_OWNER + ownership.ramPages);
  expect(table.findIndex((owner, page) => owner !== wanted[page])).toBe(-1);
  const owned = view.instances.flatMap(({ harts }) => harts);
  expect(new Set(owned).size).toBe(owned.length);
  for (const { id, owner } of view.harts) {
    const holders = view.instances.filter(({ harts }) => harts.includes(id)).map((each) => each.id);
    expect(holders).toEqual(owner === null ? [] : [owner]);
  }
  // The table has one owner for each device; that owner exists, and no two of its devices are in one slot.
  const windows = view.devices.flatMap(({ owner, window }) => (window ? [`${owner} ${window.base}`] : []));
  expect(new Set(windows).size).toBe(windows.length);
  for (const { owner, window } of view.devices) {
    expect(window === null).toBe(owner === null);
    if (owner !== null) expect(view.instances.some(({ id }) => id === owner)).toBe(true);
  }
}

/** An operation that began and failed, a move that its kernel refused, is on record; nothing else of it stays. */
export const lasting = async (machine: TestMachine): Promise<unknown> => {
  const { overlays, ...rest } = await everything(machine);
  const kept = JSON.parse(overlays) as { status: string }[];
  return { ...rest, overlays: kept.filter(({ status }) => status !== 'failed') };
};
