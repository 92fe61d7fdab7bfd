/**
 * The page's copy of what it reads of a machine's memory, for a page that may not share memory with a worker (one that is
 * not cross-origin isolated): a memory of the same layout, in which only these regions are ever filled. The page asks for
 * them, some thirty times a second and after each answer that tells of a change; one request is on its way at a time but
 * for those, and the worker answers in the order in which it was asked, so that what was true at an answer is in the copy.
 */
import { STATUS_SIZE } from '../protocol/channel.ts';
import {
  CHANNEL_STRIDE,
  CHANNELS,
  HART,
  hartBlock,
  HEADER,
  INSTANCE,
  instanceBlock,
  MAX_CHANNELS,
  MAX_POOL_DEVICES,
  PAGE_OWNER,
  PAGE_SIZE,
  POOL_DEVICE_STRIDE,
  RAM_BASE,
  RAM_HOST,
} from '../protocol/layout.ts';
import type { MachineConfig, MachineView } from '../protocol/machine-view.ts';

/** Milliseconds from one answer to the next request. */
const PULL_EVERY_MS = 33;
const WASM_PAGE = 65536;

/** Regions of the memory, with their bytes one after the other. */
export interface MirrorPacket {
  /** Host address and size in bytes of each region, in turn. */
  readonly places: Uint32Array<ArrayBuffer>;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

function placesOf(config: MachineConfig, view: MachineView): number[] {
  const places = [
    [0, HEADER.POOL_DEVICES + MAX_POOL_DEVICES * POOL_DEVICE_STRIDE],
    [PAGE_OWNER, config.memory / PAGE_SIZE],
    [CHANNELS, MAX_CHANNELS * CHANNEL_STRIDE],
  ];
  for (let hart = 0; hart < config.harts; hart++) {
    const block = hartBlock(hart);
    places.push([block + HART.PC, HART.F - HART.PC], [block + HART.WAKE, HART.MK_REQUEST - HART.WAKE]);
  }
  for (const { id, status } of view.instances) {
    places.push([instanceBlock(id), INSTANCE.UART]);
    if (status !== null) places.push([RAM_HOST + (status - RAM_BASE), STATUS_SIZE]);
  }
  return places.flat();
}

/** A copy of the regions as they are now. */
export function packMirror(
  memory: WebAssembly.Memory,
  config: MachineConfig,
  view: MachineView,
): MirrorPacket {
  const places = new Uint32Array(placesOf(config, view));
  let size = 0;
  for (let i = 1; i < places.length; i += 2) size += places[i] ?? 0;
  const bytes = new Uint8Array(size);
  const from = new Uint8Array(memory.buffer);
  let at = 0;
  for (let i = 0; i < places.length; i += 2) {
    const [place = 0, length = 0] = places.subarray(i, i + 2);
    bytes.set(from.subarray(place, place + length), at);
    at += length;
  }
  return { places, bytes };
}

export class MemoryMirror {
  /** Of the size of the machine's; a platform gives pages that are never written no room. */
  readonly memory: WebAssembly.Memory;
  private readonly request: () => Promise<MirrorPacket>;
  private ended = false;

  /** `request` asks the machine's worker for a packet. */
  constructor(config: MachineConfig, request: () => Promise<MirrorPacket>) {
    const pages = (RAM_HOST + config.memory) / WASM_PAGE;
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    this.request = request;
  }

  /** Fills the copy with what is true now, or later. */
  async pull(): Promise<void> {
    const { places, bytes } = await this.request();
    const to = new Uint8Array(this.memory.buffer);
    let at = 0;
    for (let i = 0; i < places.length; i += 2) {
      const [place = 0, length = 0] = places.subarray(i, i + 2);
      to.set(bytes.subarray(at, at + length), place);
      at += length;
    }
  }

  /** Pulls again and again until `end`, or until the worker answers no more, which others tell. */
  async follow(): Promise<void> {
    try {
      while (!this.ended) {
        await this.pull();
        await new Promise<void>((settle) => setTimeout(settle, PULL_EVERY_MS));
      }
    } catch {
      this.ended = true;
    }
  }

  end(): void {
    this.ended = true;
  }
}
