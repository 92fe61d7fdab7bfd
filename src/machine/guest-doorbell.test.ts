/**
 * A kernel of ours told nonsense about whom to ring: neither the ring nor the device tree names a hart that there may be.
 * It says so and rings nobody; above all not its own harts, which the number of "no hart" means to SEND_IPI.
 */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CHANNEL_PAGES, RING, RING_PAGES } from '../protocol/channel.ts';
import { signal } from '../protocol/hart-protocol.ts';
import {
  HART,
  hartBlock,
  HSM_START_PENDING,
  PAGE_SIZE,
  RAM_BASE,
  RAM_HOST,
  REASON_START,
} from '../protocol/layout.ts';
import { TRACE_KIND } from '../protocol/trace.ts';
import { InstructionClock } from './clock.ts';
import { drainConsoleOutput, pushConsoleInput } from './console-ring.ts';
import { kernelTree } from './device-tree/kernel-tree.ts';
import { cells, type DeviceTreeNode } from './device-tree/node.ts';
import { writeBlob } from './device-tree/write-blob.ts';
import { uartInputArrived } from './devices/ns16550a.ts';
import { EXTENSION } from './firmware/sbi.ts';
import { createHartRunner, createInterpreter } from './hart-loop.ts';
import { applyLoad, planLoad } from './loaders/load.ts';
import { TestMachine } from './machine.testkit.ts';
import { createTraceReader } from './trace-reader.ts';

const ALPHA = 0;
const BETA = 1;
/** Alpha's memory, and behind it the channel. */
const PAGES = 256;
const CHANNEL_BASE = RAM_BASE + PAGES * PAGE_SIZE;
const TREE = RAM_BASE + (PAGES - 16) * PAGE_SIZE;
const TURN = 100_000;
/** Turns within which islet has booted or answered, many times over. */
const PATIENCE = 400;

class Alpha {
  readonly machine = new TestMachine([ALPHA, BETA]);
  readonly #clock = new InstructionClock(this.machine.memory);
  readonly #runner;
  #console = '';

  /** `hostIpiCpu` is what the tree says of beta's hart, null: nothing. */
  constructor(hostIpiCpu: number | null) {
    const { machine } = this;
    machine.givePages(ALPHA, 0, PAGES);
    machine.connect(0, ALPHA, BETA, PAGES, CHANNEL_PAGES);
    machine.setInterruptHart(ALPHA, 0);
    machine.setInterruptHart(BETA, 1);
    const region = { base: RAM_BASE, size: (PAGES - 16) * PAGE_SIZE };
    const plan = planLoad(new Uint8Array(readFileSync('public/guests/islet.img')), region);
    if (!plan.ok) throw new Error(plan.error.reason);
    applyLoad(machine.memory, plan.value);
    machine.bytes.set(this.#tree(hostIpiCpu), RAM_HOST + (TREE - RAM_BASE));
    this.#runner = createHartRunner(
      { memory: machine.memory, interpreter: createInterpreter(machine.memory), hart: 0 },
      this.#clock,
    );
    const view = new DataView(machine.memory.buffer);
    const send = RAM_HOST + (CHANNEL_BASE - RAM_BASE) + RING_PAGES * PAGE_SIZE;
    view.setBigUint64(send + RING.RECEIVER_CPU, 99n, true);
    const block = hartBlock(0);
    Atomics.store(machine.words, (block + HART.HSM) >> 2, HSM_START_PENDING);
    view.setBigUint64(block + HART.START_PC, BigInt(plan.value.entry), true);
    view.setBigUint64(block + HART.START_OPAQUE, BigInt(TREE), true);
    view.setUint32(block + HART.START_PRIVILEGE, 1, true);
    signal(machine.words, 0, REASON_START);
  }

  type(text: string): void {
    pushConsoleInput(this.machine.memory, ALPHA, new TextEncoder().encode(text));
    uartInputArrived(this.machine.memory, ALPHA);
  }

  /** Runs until the console has shown `text` anew, and returns all that it showed until then. */
  until(text: string): string {
    this.#console = '';
    for (let turn = 0; turn < PATIENCE && !this.#console.includes(text); turn++) {
      const busy = this.#runner.turn(TURN);
      const deadline = this.#runner.deadline();
      if (!busy && deadline < Infinity) this.#clock.advanceTo(deadline);
      this.#console += new TextDecoder().decode(drainConsoleOutput(this.machine.memory, ALPHA));
    }
    return this.#console;
  }

  #tree(hostIpiCpu: number | null): Uint8Array {
    const tree = kernelTree({
      id: ALPHA,
      bootId: 1,
      name: 'alpha',
      harts: 2,
      bootHart: 0,
      memory: { base: RAM_BASE, size: PAGES * PAGE_SIZE },
      addedMemory: [],
      cmdline: '',
      entry: 's',
      links: [
        {
          peer: BETA,
          name: 'beta',
          receive: CHANNEL_BASE,
          send: CHANNEL_BASE + RING_PAGES * PAGE_SIZE,
          pages: RING_PAGES,
          hart: null,
        },
      ],
    });
    const name = 'multikernel,host-ipi-cpu';
    const changed = (node: DeviceTreeNode): DeviceTreeNode => ({
      ...node,
      properties: node.properties.flatMap((property) => {
        if (property.name !== name) return [property];
        return hostIpiCpu === null ? [] : [cells(name, hostIpiCpu)];
      }),
      children: node.children.map(changed),
    });
    return writeBlob(changed(tree), 0);
  }
}

it.each([
  ['16', 16],
  ['0xffffffff', 0xffff_ffff],
  ['absent', null],
])(
  'a guest rings nobody when host-ipi-cpu is %s and the ring names no hart, and says why',
  (_, hostIpiCpu) => {
    const alpha = new Alpha(hostIpiCpu);
    const traces = createTraceReader(alpha.machine.memory);
    expect(alpha.until('alpha>')).toContain('islet on alpha');
    traces.drain();
    alpha.type('ping beta 2\r');
    const said = alpha.until('denied') + alpha.until('denied') + alpha.until('alpha>');
    expect(
      said.match(/beta cannot be rung: neither its ring nor host-ipi-cpu names a hart below 16/g),
    ).toHaveLength(1);
    expect(said.match(/no reply from beta: the doorbell was denied/g)).toHaveLength(2);
    const ipis = traces
      .drain()
      .records.filter(({ kind, a }) => kind === TRACE_KIND.SBI && a === BigInt(EXTENSION.IPI));
    expect(ipis).toEqual([]);
  },
);
