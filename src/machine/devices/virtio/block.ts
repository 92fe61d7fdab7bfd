/**
 * Block device (virtio 1.2, 5.2) over the bytes of a disk in the one memory. What is on it stays when the device is reset,
 * or moves to another kernel. At most REQUEST_LIMIT bytes a request: more is an I/O error.
 */
import { ACCESS } from '../../../hart/interpreter-abi.ts';
import { DISK_SIZE, diskBytes } from '../../../protocol/layout.ts';
import { POOL_DEVICES } from '../../../protocol/pool-devices.ts';
import type { DeviceWords } from './device-words.ts';
import { SegmentCursor } from './guest-bytes.ts';
import { QUEUE_SIZE_MAX, type ChainHandler } from './split-queue.ts';

const SECTOR = 512;
const SEGMENT_SIZE_MAX = 4096;
/** Without the header and the status of a request. */
const SEGMENTS_MAX = QUEUE_SIZE_MAX - 2;
const REQUEST_LIMIT = SEGMENTS_MAX * SEGMENT_SIZE_MAX;

/** VIRTIO_BLK_F_SIZE_MAX and VIRTIO_BLK_F_SEG_MAX. */
export const BLOCK_FEATURES = (1 << 1) | (1 << 2);
/** u32 words of the configuration (5.2.4): capacity in sectors (u64), size_max, seg_max. */
export const BLOCK_CONFIG = [DISK_SIZE / SECTOR, 0, SEGMENT_SIZE_MAX, SEGMENTS_MAX] as const;

const REQUEST = { IN: 0, OUT: 1, GET_ID: 8 } as const;
/** u32 type, u32 reserved, u64 sector. */
const HEADER = { SIZE: 16, TYPE: 0, SECTOR_LOW: 8, SECTOR_HIGH: 12 } as const;
const DONE = { OK: 0, IO_ERROR: 1, UNSUPPORTED: 2 } as const;
const ID_SIZE = 20;

export function blockHandler(memory: WebAssembly.Memory, device: DeviceWords): ChainHandler {
  const bytes = new Uint8Array(memory.buffer);
  const disk = bytes.subarray(diskBytes(device.index), diskBytes(device.index) + DISK_SIZE);
  const id = new Uint8Array(ID_SIZE);
  id.set(new TextEncoder().encode(POOL_DEVICES[device.index]?.name ?? ''));

  /** Copies between the guest and `ours`, up to the end of `ours`. */
  const copy = (cursor: SegmentCursor, ours: Uint8Array, kind: 'to-guest' | 'from-guest'): void => {
    for (let done = 0; done < ours.length;) {
      const piece = cursor.next(ours.length - done);
      if (piece === null) return;
      const part = ours.subarray(done, done + piece.length);
      if (kind === 'to-guest') bytes.set(part, piece.host);
      else part.set(bytes.subarray(piece.host, piece.host + piece.length));
      done += piece.length;
    }
  };

  /** Whole sectors from `sector` on, or null: they are not all there. */
  const sectors = (sector: number, length: number): Uint8Array | null => {
    const whole = length % SECTOR === 0 && length <= REQUEST_LIMIT;
    if (!whole || sector * SECTOR + length > DISK_SIZE) return null;
    return disk.subarray(sector * SECTOR, sector * SECTOR + length);
  };

  return ({ readable, writable }, guest) => {
    const input = new SegmentCursor(guest, readable, ACCESS.LOAD);
    const output = new SegmentCursor(guest, writable, ACCESS.STORE);
    const header = new Uint8Array(HEADER.SIZE);
    // The last byte that the device may write is the status (5.2.6); the driver may cut the rest as it likes (2.7.4.2).
    const room = output.left - 1;
    if (input.left < HEADER.SIZE || room < 0) return null;
    copy(input, header, 'from-guest');
    const view = new DataView(header.buffer);
    const type = view.getUint32(HEADER.TYPE, true);
    const sector =
      view.getUint32(HEADER.SECTOR_HIGH, true) * 2 ** 32 + view.getUint32(HEADER.SECTOR_LOW, true);

    let status: number = DONE.UNSUPPORTED;
    let written = 0;
    if (type === REQUEST.IN) {
      const from = sectors(sector, room);
      if (from) copy(output, from, 'to-guest');
      written = from ? room : 0;
      status = from ? DONE.OK : DONE.IO_ERROR;
    } else if (type === REQUEST.OUT) {
      const to = sectors(sector, input.left);
      if (to) copy(input, to, 'from-guest');
      status = to ? DONE.OK : DONE.IO_ERROR;
    } else if (type === REQUEST.GET_ID) {
      written = Math.min(room, ID_SIZE);
      copy(output, id.subarray(0, written), 'to-guest');
      status = DONE.OK;
    }
    if (input.refused || output.refused) return null;
    const last = output.last();
    if (last === null) return null;
    bytes[last] = status;
    // What lies between the data and the status was not written (2.7.8.2).
    return written === room ? room + 1 : written;
  };
}
