/** Looks inside the machine for people (protocol/inspect.ts), from the one memory; the harts are not asked. */
import { assert } from '../base/assert.ts';
import { ok, refuse, type Result } from '../base/result.ts';
import { registerName } from '../isa/registers.ts';
import { printSource, printValue } from '../machine/device-tree/print-source.ts';
import type { DeviceTreeNode } from '../machine/device-tree/node.ts';
import { readBlob } from '../machine/device-tree/read-blob.ts';
import { Gate } from '../machine/gate.ts';
import { GuestReader } from '../machine/guest-reader.ts';
import { listCode } from '../machine/inspect/code-listing.ts';
import { CSR_LAYOUTS, hartReport, hex64 } from '../machine/inspect/hart-report.ts';
import { walkReport } from '../machine/inspect/walk-report.ts';
import type { FunctionTable } from '../machine/loaders/elf-symbols.ts';
import { functionsOf } from '../multikernel/image-functions.ts';
import type { FileContent } from '../multikernel/read-file.ts';
import { deviceTreeAddress, DEVICE_TREE_ROOM } from '../multikernel/instance-memory.ts';
import {
  ACCESS_NAMES,
  type AccessName,
  type AddressQuery,
  type CodeLine,
  type DeviceTreeReport,
  type HartInspection,
  type InspectorApi,
  type MemoryRow,
  type RegisterLayout,
  type TreeNode,
  type WalkReport,
} from '../protocol/inspect.ts';
import { RAM_BASE, RAM_HOST } from '../protocol/layout.ts';
import type { MachineView } from '../protocol/machine-view.ts';
import { parseAddress } from './address-text.ts';

const ROW = 16;
const MOST = 256;

export interface InspectorOptions {
  readonly memory: WebAssembly.Memory;
  readonly view: () => MachineView;
  readonly readFile: (name: string) => Promise<FileContent>;
  /** Machine time in ticks. */
  readonly time: () => number;
}

export class Inspector implements InspectorApi {
  private readonly options: InspectorOptions;
  private readonly memory: WebAssembly.Memory;
  private readonly gate: Gate;
  /** People may look at everything in RAM. */
  private readonly everything: Pick<Gate, 'mayRead'>;
  /** By image, as it was read last. */
  private readonly functions = new Map<string, Promise<FunctionTable | null>>();

  constructor(options: InspectorOptions) {
    this.options = options;
    this.memory = options.memory;
    this.gate = new Gate(options.memory);
    this.everything = { mayRead: (_, address, length) => this.gate.inRam(address, length) };
  }

  /** Files were added: an image, or the functions of one, may be another now. */
  forgetFiles(): void {
    this.functions.clear();
  }

  registerLayout(): Promise<RegisterLayout> {
    return Promise.resolve({
      registers: Array.from({ length: 32 }, (_, x) => registerName(x)),
      csrs: CSR_LAYOUTS,
    });
  }

  async inspectHart(hart: number): Promise<HartInspection | null> {
    if (!this.has(hart)) return null;
    const functions = await this.functionsOf(hart);
    const { pc, ...report } = hartReport(this.memory, hart, this.options.time);
    const symbol = functions?.nameOf(pc, false) ?? null;
    return { ...report, owner: this.ownerOf(hart), pc: { address: hex64(pc), symbol } };
  }

  async disassemble(query: AddressQuery, before: number, count: number): Promise<Result<CodeLine[]>> {
    const address = await this.address(query);
    if (!address.ok) return address;
    const functions = query.hart === null ? null : await this.functionsOf(query.hart);
    const at = address.value & ~1n;
    const read = this.reader(query.hart);
    if (read.parcel(at) === null) return this.notMapped(query.hart, at);
    return ok(listCode((place) => read.parcel(place), at, clamp(before, 0), clamp(count, 1), functions));
  }

  async readMemory(query: AddressQuery, rows: number): Promise<Result<MemoryRow[]>> {
    const address = await this.address(query);
    if (!address.ok) return address;
    const first = address.value & ~BigInt(ROW - 1);
    const read = this.reader(query.hart);
    const found = Array.from({ length: clamp(rows, 1) }, (_, row) =>
      this.row(read, BigInt.asUintN(64, first + BigInt(row * ROW))),
    );
    return found.some(({ bytes }) => bytes !== null) ? ok(found) : this.notMapped(query.hart, first);
  }

  async walk(hart: number, address: string, access: AccessName): Promise<Result<WalkReport>> {
    const at = await this.address({ hart, address });
    if (!at.ok) return at;
    assert(ACCESS_NAMES.includes(access), 'an access');
    return ok(walkReport(this.memory, this.gate, this.ownerOf(hart), hart, at.value, access));
  }

  deviceTree(id: number): Promise<Result<DeviceTreeReport>> {
    const instance = this.options.view().instances.find((each) => each.id === id);
    if (!instance?.memory || instance.bootId === 0)
      return Promise.resolve(
        refuse('no-kernel', 'No kernel has been started here.', 'Boot one: its tree is made then.'),
      );
    const { memory } = instance;
    const at = deviceTreeAddress({ memory });
    const tree = readBlob(
      new Uint8Array(this.memory.buffer, RAM_HOST + (at - RAM_BASE), DEVICE_TREE_ROOM).slice(),
    );
    if (!tree.ok)
      return Promise.resolve(
        refuse(
          'not-a-tree',
          `What lies at 0x${at.toString(16)} is no device tree any more: ${tree.error.reason}.`,
          'A kernel may overwrite it once it has read it. The next boot makes it anew.',
        ),
      );
    return Promise.resolve(
      ok({ address: hex64(BigInt(at)), root: treeNode(tree.value), source: printSource(tree.value) }),
    );
  }

  private row(read: GuestReader | PhysicalReader, at: bigint): MemoryRow {
    const physical = read.physical(at);
    const place = physical === null ? null : Number(physical);
    if (place === null || !this.gate.inRam(place, ROW))
      return {
        address: hex64(at),
        physical: physical === null ? null : hex64(physical),
        owner: null,
        bytes: null,
      };
    const bytes = [...new Uint8Array(this.memory.buffer, RAM_HOST + (place - RAM_BASE), ROW)];
    return { address: hex64(at), physical: hex64(BigInt(place)), owner: this.gate.ownerByte(place), bytes };
  }

  private reader(hart: number | null): GuestReader | PhysicalReader {
    return hart === null
      ? new PhysicalReader(this.memory, this.gate)
      : new GuestReader(this.memory, this.everything, 0, hart);
  }

  private async address(query: AddressQuery): Promise<Result<bigint>> {
    const { hart } = query;
    if (hart !== null && !this.has(hart))
      return refuse('no-hart', `There is no core ${hart}.`, 'Choose one that the machine has.');
    const functions = hart === null ? null : await this.functionsOf(hart);
    return parseAddress(query.address, { memory: this.memory, hart, functions });
  }

  private notMapped(hart: number | null, at: bigint): Result<never> {
    const address = `0x${at.toString(16)}`;
    const { config } = this.options.view();
    const end = RAM_BASE + config.memory - 1;
    if (hart !== null && this.reader(hart).physical(at) === null)
      return refuse(
        'not-mapped',
        `No page is mapped at ${address} by the page tables of core ${hart}.`,
        'Walk shows where the way through the tables ends.',
      );
    return refuse(
      'outside-ram',
      `${address} is outside RAM, which is 0x${RAM_BASE.toString(16)} … 0x${end.toString(16)}.`,
      'What lies elsewhere are devices, and to read one may change it.',
    );
  }

  private has(hart: number): boolean {
    return Number.isInteger(hart) && hart >= 0 && hart < this.options.view().harts.length;
  }

  private ownerOf(hart: number): number | null {
    return this.options.view().harts[hart]?.owner ?? null;
  }

  private functionsOf(hart: number): Promise<FunctionTable | null> {
    const owner = this.ownerOf(hart);
    const file = this.options.view().instances.find(({ id }) => id === owner)?.kernel ?? null;
    if (file === null) return Promise.resolve(null);
    let functions = this.functions.get(file);
    if (!functions) {
      functions = functionsOf(file, this.options.readFile);
      this.functions.set(file, functions);
    }
    return functions;
  }
}

/** RAM by its own addresses, in the manner of GuestReader. */
class PhysicalReader {
  private readonly memory: DataView;
  private readonly gate: Gate;

  constructor(memory: WebAssembly.Memory, gate: Gate) {
    this.memory = new DataView(memory.buffer);
    this.gate = gate;
  }

  physical(address: bigint): bigint {
    return address;
  }

  parcel(address: bigint): number | null {
    const at = Number(address);
    return this.gate.inRam(at, 2) ? this.memory.getUint16(RAM_HOST + (at - RAM_BASE), true) : null;
  }
}

const clamp = (count: number, least: number): number => Math.min(MOST, Math.max(least, Math.floor(count)));

const treeNode = (node: DeviceTreeNode): TreeNode => ({
  name: node.name,
  properties: node.properties.map((property) => ({ name: property.name, value: printValue(property) })),
  children: node.children.map(treeNode),
});
