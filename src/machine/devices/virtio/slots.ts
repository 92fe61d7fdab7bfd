/**
 * The virtio-mmio windows of a kernel, version 2 (virtio 1.2, 4.2). Which device of the pool answers in which slot is said
 * by the table in the one memory (DeviceWords.place); a slot without one reads as device ID 0, "no device". Queues are
 * served on the hart that notifies, before its store is done.
 */
import type { AccessKind } from '../../../hart/interpreter-abi.ts';
import { POOL_DEVICE } from '../../../protocol/layout.ts';
import {
  VIRTIO_BASE,
  VIRTIO_BLOCK,
  VIRTIO_ENTROPY,
  VIRTIO_SLOT_SIZE,
  VIRTIO_SLOTS,
} from '../../../protocol/pool-devices.ts';
import { Gate } from '../../gate.ts';
import type { Device, DeviceAccess } from '../device.ts';
import { settle } from '../settle.ts';
import { BLOCK_CONFIG, BLOCK_FEATURES, blockHandler } from './block.ts';
import { deviceTable, INTERRUPT, STATUS, WORD, type DeviceWords } from './device-words.ts';
import { entropyHandler } from './entropy.ts';
import { GuestBytes } from './guest-bytes.ts';
import { QUEUE_SIZE_MAX, SplitQueue, type ChainHandler } from './split-queue.ts';

/** Register map (4.2.2). */
const REGISTER = {
  MAGIC: 0x00,
  VERSION: 0x04,
  DEVICE_ID: 0x08,
  VENDOR_ID: 0x0c,
  DEVICE_FEATURES: 0x10,
  DEVICE_FEATURES_SEL: 0x14,
  DRIVER_FEATURES: 0x20,
  DRIVER_FEATURES_SEL: 0x24,
  QUEUE_SEL: 0x30,
  QUEUE_SIZE_MAX: 0x34,
  QUEUE_SIZE: 0x38,
  QUEUE_READY: 0x44,
  QUEUE_NOTIFY: 0x50,
  INTERRUPT_STATUS: 0x60,
  INTERRUPT_ACK: 0x64,
  STATUS: 0x70,
  QUEUE_DESCRIPTORS: 0x80,
  QUEUE_AVAILABLE: 0x90,
  QUEUE_USED: 0xa0,
  SHARED_MEMORY_LENGTH: 0xb0,
  SHARED_MEMORY_BASE: 0xb8,
  CONFIG: 0x100,
} as const;
const MAGIC = 0x7472_6976;
const VERSION = 2;
/** 'ARCH', as in the header of the one memory. */
const VENDOR = 0x4152_4348;

/** Feature bits: VIRTIO_F_INDIRECT_DESC, and VIRTIO_F_VERSION_1 (bit 32) in the upper word. */
const INDIRECT = 1 << 28;
const VERSION_1 = 1;

/** What a kind of device is beside its queue. */
interface DeviceType {
  /** Feature bits 0 … 31. */
  readonly features: number;
  /** The configuration, u32 words. */
  readonly config: readonly number[];
  readonly handler: (memory: WebAssembly.Memory, device: DeviceWords) => ChainHandler;
}
const TYPES: ReadonlyMap<number, DeviceType> = new Map([
  [VIRTIO_ENTROPY, { features: INDIRECT, config: [], handler: entropyHandler }],
  [VIRTIO_BLOCK, { features: INDIRECT | BLOCK_FEATURES, config: BLOCK_CONFIG, handler: blockHandler }],
]);

interface PoolDevice {
  readonly words: DeviceWords;
  readonly type: DeviceType;
  readonly handle: ChainHandler;
}

export class VirtioSlots implements Device {
  readonly base = VIRTIO_BASE;
  readonly size = VIRTIO_SLOTS * VIRTIO_SLOT_SIZE;
  private readonly devices: readonly PoolDevice[];
  private readonly queue: SplitQueue;
  private readonly gate: Gate;
  private readonly refused: (address: number, kind: AccessKind) => void;

  /** `refused` hears of each access of a device that the gate refused. */
  constructor(memory: WebAssembly.Memory, gate: Gate, refused: (address: number, kind: AccessKind) => void) {
    this.queue = new SplitQueue(memory);
    this.gate = gate;
    this.refused = refused;
    this.devices = deviceTable(new Int32Array(memory.buffer)).flatMap((words) => {
      const type = TYPES.get(words.type);
      return type ? { words, type, handle: type.handler(memory, words) } : [];
    });
  }

  /** Registers are words of 32 bits: any other access reads as 0 and writes nothing, as on the virt board. */
  read(access: DeviceAccess): boolean {
    const { device, register } = this.find(access);
    if (register >= REGISTER.CONFIG)
      access.lo = configBytes(device, register - REGISTER.CONFIG, access.width);
    else if (access.width === 4) access.lo = readRegister(device, register);
    return true;
  }

  write(access: DeviceAccess): boolean {
    const { device, register } = this.find(access);
    if (device && access.width === 4) this.writeRegister(device, register, access);
    return true;
  }

  private find({ instance, offset }: DeviceAccess): { device: PoolDevice | undefined; register: number } {
    const slot = Math.floor(offset / VIRTIO_SLOT_SIZE);
    const device = this.devices.find(({ words }) => {
      const { place } = words;
      return place !== null && place.instance === instance && place.slot === slot;
    });
    return { device, register: offset % VIRTIO_SLOT_SIZE };
  }

  private writeRegister(device: PoolDevice, register: number, { lo, hart, instance }: DeviceAccess): void {
    const { words } = device;
    const known = words.load(WORD.QUEUE_SEL) === 0;
    // A queue that is in use stays as it is (4.2.2.2).
    const open = known && words.load(WORD.QUEUE_READY) === 0;
    switch (register) {
      case REGISTER.DEVICE_FEATURES_SEL:
        words.store(WORD.DEVICE_FEATURES_SEL, lo);
        break;
      case REGISTER.DRIVER_FEATURES_SEL:
        words.store(WORD.DRIVER_FEATURES_SEL, lo);
        break;
      case REGISTER.DRIVER_FEATURES:
        writeFeatures(words, lo);
        break;
      case REGISTER.QUEUE_SEL:
        words.store(WORD.QUEUE_SEL, lo);
        break;
      case REGISTER.QUEUE_SIZE:
        if (open) words.store(WORD.QUEUE_SIZE, lo);
        break;
      case REGISTER.QUEUE_READY:
        if (open) words.store(WORD.SERVED, 0);
        if (known) words.store(WORD.QUEUE_READY, lo & 1);
        break;
      case REGISTER.QUEUE_NOTIFY:
        if (lo === 0) this.serve(device, instance, hart);
        break;
      case REGISTER.INTERRUPT_ACK:
        words.acknowledge(lo, hart);
        break;
      case REGISTER.STATUS:
        writeStatus(device, lo, hart);
        break;
      default: {
        const word = QUEUE_ADDRESSES.get(register);
        if (word !== undefined && open) words.store(word, lo);
      }
    }
  }

  /**
   * Several harts may notify at once: one of them serves, and looks again when another has notified meanwhile. A kernel that
   * keeps one of its harts here does so with another, and no longer than it has the device.
   */
  private serve(device: PoolDevice, instance: number, hart: number): void {
    const { words } = device;
    settle(words.words, words.at + WORD.SERVE, hart, () => {
      if (!mayServe(words)) return;
      const served = words.load(WORD.SERVED);
      const outcome = this.queue.serve(
        {
          size: words.load(WORD.QUEUE_SIZE),
          descriptors: words.address(WORD.QUEUE_DESCRIPTORS),
          available: words.address(WORD.QUEUE_AVAILABLE),
          used: words.address(WORD.QUEUE_USED),
          served,
          indirect: (words.load(WORD.DRIVER_FEATURES) & INDIRECT) !== 0,
        },
        new GuestBytes(this.gate, instance, this.refused),
        device.handle,
      );
      if (outcome.kind === 'broken') {
        words.fail(hart);
        return;
      }
      words.store(WORD.SERVED, outcome.served);
      if (outcome.interrupt) words.interrupt(INTERRUPT.USED, hart);
    });
  }
}

/** Low and high registers of the three addresses. */
const QUEUE_ADDRESSES: ReadonlyMap<number, number> = new Map([
  [REGISTER.QUEUE_DESCRIPTORS, WORD.QUEUE_DESCRIPTORS],
  [REGISTER.QUEUE_DESCRIPTORS + 4, WORD.QUEUE_DESCRIPTORS + 4],
  [REGISTER.QUEUE_AVAILABLE, WORD.QUEUE_AVAILABLE],
  [REGISTER.QUEUE_AVAILABLE + 4, WORD.QUEUE_AVAILABLE + 4],
  [REGISTER.QUEUE_USED, WORD.QUEUE_USED],
  [REGISTER.QUEUE_USED + 4, WORD.QUEUE_USED + 4],
]);

function readRegister(device: PoolDevice | undefined, register: number): number {
  switch (register) {
    case REGISTER.MAGIC:
      return MAGIC;
    case REGISTER.VERSION:
      return VERSION;
    case REGISTER.VENDOR_ID:
      return VENDOR;
  }
  if (!device) return 0;
  const { words } = device;
  const known = words.load(WORD.QUEUE_SEL) === 0;
  switch (register) {
    case REGISTER.DEVICE_ID:
      return words.load(POOL_DEVICE.TYPE);
    case REGISTER.DEVICE_FEATURES:
      return featuresOf(device)[words.load(WORD.DEVICE_FEATURES_SEL)] ?? 0;
    case REGISTER.QUEUE_SIZE_MAX:
      return known ? QUEUE_SIZE_MAX : 0;
    case REGISTER.QUEUE_READY:
      return known ? words.load(WORD.QUEUE_READY) : 0;
    case REGISTER.INTERRUPT_STATUS:
      return words.load(WORD.INTERRUPT);
    case REGISTER.STATUS:
      return words.load(WORD.STATUS);
    // All ones: there is no such region (4.2.2.1).
    case REGISTER.SHARED_MEMORY_LENGTH:
    case REGISTER.SHARED_MEMORY_LENGTH + 4:
    case REGISTER.SHARED_MEMORY_BASE:
    case REGISTER.SHARED_MEMORY_BASE + 4:
      return -1;
    default:
      return 0;
  }
}

/** Bits 0 … 31 and 32 … 63. */
const featuresOf = ({ type }: PoolDevice): readonly number[] => [type.features, VERSION_1];

function writeFeatures(words: DeviceWords, value: number): void {
  // What was agreed on stays (2.2.1).
  if ((words.load(WORD.STATUS) & STATUS.FEATURES_OK) !== 0) return;
  const half = words.load(WORD.DRIVER_FEATURES_SEL);
  if (half === 0 || half === 1) words.store(WORD.DRIVER_FEATURES + 4 * half, value);
}

/** 0 resets. FEATURES_OK stays off when the driver wants what is not there, or the interface of before version 1 (2.2.2). */
function writeStatus(device: PoolDevice, value: number, hart: number): void {
  const { words } = device;
  if ((value & 0xff) === 0) {
    words.reset(hart);
    return;
  }
  const agreed = featuresOf(device).every(
    (offered, half) => (words.load(WORD.DRIVER_FEATURES + 4 * half) & ~offered) === 0,
  );
  const current = (words.load(WORD.DRIVER_FEATURES + 4) & VERSION_1) !== 0;
  const refused = agreed && current ? 0 : STATUS.FEATURES_OK;
  const status = value & 0xff & ~refused & ~STATUS.NEEDS_RESET;
  // NEEDS_RESET is the device's own, and another hart may be raising it.
  words.clear(WORD.STATUS, ~status & ~STATUS.NEEDS_RESET);
  words.set(WORD.STATUS, status);
}

function mayServe(words: DeviceWords): boolean {
  const status = words.load(WORD.STATUS);
  const live = STATUS.DRIVER_OK | STATUS.FEATURES_OK;
  return (status & (live | STATUS.NEEDS_RESET)) === live && words.load(WORD.QUEUE_READY) === 1;
}

/** The configuration may be read in bytes, halves and words (4.2.2.2); it cannot be written. */
function configBytes(device: PoolDevice | undefined, offset: number, width: number): number {
  const word = device?.type.config[offset >> 2] ?? 0;
  return width >= 4 ? word : (word >>> (8 * (offset & 3))) & (2 ** (8 * width) - 1);
}
