/** A ping from instance 1 on hart 0 to instance 2 on hart 1, taken by interrupt. */
import { MESSAGE, MSG_USER, USER } from '../../protocol/channel.ts';
import { KEPT_BYTES, type MessageStations } from '../../protocol/stations.ts';

const bytes = new Uint8Array(KEPT_BYTES);
const view = new DataView(bytes.buffer);
view.setUint32(MESSAGE.TYPE, MSG_USER, true);
view.setUint32(MESSAGE.SUBTYPE, USER.PING, true);
view.setBigUint64(MESSAGE.ID, 7n, true);
view.setUint32(MESSAGE.PAYLOAD_LEN, 16, true);

export const message: MessageStations = {
  what: (BigInt(MSG_USER) << 32n) | BigInt(USER.PING),
  id: 7n,
  channel: 2,
  slot: 69,
  from: 1,
  to: 2,
  publish: { sequence: 10, time: 10_000_000, lane: 0 },
  doorbell: { sequence: 11, time: 10_000_010, lane: 0 },
  rang: 1,
  wake: { sequence: 12, time: 10_000_030, lane: 1 },
  trap: {
    sequence: 13,
    time: 10_000_040,
    lane: 1,
    pc: 0xffff_ffc0_0000_1234n,
    mstatus: 1 << 1,
    mip: 1 << 1,
    privilege: 1,
  },
  drain: { sequence: 15, time: 10_000_090, lane: 1 },
  copy: { senderCpu: 0n, type: BigInt(MSG_USER), dataSize: 0n, bytes },
  lossy: false,
};
