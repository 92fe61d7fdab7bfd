import { beforeEach, describe, expect, it } from 'vitest';
import { MSG_RESOURCE, RESOURCE } from '../protocol/channel.ts';
import { signalController } from '../protocol/hart-protocol.ts';
import { CONTROLLER_END, GONE_END } from '../protocol/layout.ts';
import type { InstanceId } from '../base/brand.ts';
import type { Message } from './channel-region.ts';
import { ringAddress, ringOf, type ChannelEnd } from './channels.ts';
import { kernelImage } from './test-image.ts';
import { TestMachine } from './test-machine.ts';

const ALPHA = 1 as InstanceId;
const BETA = 2 as InstanceId;
const GAMMA = 3 as InstanceId;

/** Alpha runs and answers nothing by itself, so that its end of the management channel is the test's. */
let machine: TestMachine;
let sent: number;
let tail: number;

beforeEach(async () => {
  machine = new TestMachine({ harts: 4, memory: 64 * 2 ** 20 });
  machine.files.set('kernel', kernelImage([0x11]));
  machine.mannersOf.set(ALPHA, { deaf: true });
  await machine.kerf('create alpha --cpus 0 --memory 4M', 'load alpha --kernel kernel', 'exec alpha');
  await machine.settle();
  [sent, tail] = [0, 0];
});

function channelOf(one: ChannelEnd, other: ChannelEnd) {
  const channel = machine.channels.between(one, other);
  if (!channel) throw new Error(`no channel between ${one} and ${other}`);
  return channel;
}

function news(): Message[] {
  const ring = ringOf(channelOf(CONTROLLER_END, ALPHA), 'a-to-b');
  const drained = machine.region.drainMessages(ring, tail);
  tail = drained.tail;
  return [...drained.messages];
}

/** What alpha says about a channel: its ring, and a status. */
async function acknowledge(ring: number, status: bigint, length = 16): Promise<void> {
  const payload = new Uint8Array(16);
  const view = new DataView(payload.buffer);
  view.setBigUint64(0, BigInt(ring), true);
  view.setBigInt64(8, status, true);
  const message = {
    type: MSG_RESOURCE,
    subtype: RESOURCE.PEER_REMOVE + RESOURCE.ACK,
    id: 1n,
    payload: payload.subarray(0, length),
  };
  machine.region.sendMessage(ringOf(channelOf(CONTROLLER_END, ALPHA), 'b-to-a'), sent, message);
  sent += 1;
  signalController(machine.words);
  await machine.settle();
}

const free = (): number => machine.controller.view().freeMemory;
const words = (message: Message | undefined): bigint[] => {
  const view = new DataView(message?.payload.buffer ?? new ArrayBuffer(0), message?.payload.byteOffset ?? 0);
  return [0, 8, 16].filter((at) => at + 8 <= view.byteLength).map((at) => view.getBigUint64(at, true));
};

describe('a running kernel', () => {
  it('is told of a new peer: the ring it receives in, the one it sends in, whose it is, and its name', async () => {
    const reply = await machine.kerf('create beta --cpus 1 --memory 4M');
    expect(reply.output).toContain('alpha was told of the new channel');
    const channel = channelOf(ALPHA, BETA);
    const [told, ...more] = news();
    expect(more).toEqual([]);
    expect(told).toMatchObject({ type: MSG_RESOURCE, subtype: RESOURCE.PEER_ADD });
    expect(words(told)).toEqual([
      BigInt(ringAddress(channel, BETA)),
      BigInt(ringAddress(channel, ALPHA)),
      BigInt(BETA),
    ]);
    expect(new TextDecoder().decode(told?.payload.subarray(24))).toBe('beta');
  });

  it('is told of nobody who is no peer of it', async () => {
    const reply = await machine.kerf('create beta --cpus 1 --memory 4M --peer ""');
    expect(reply.output).not.toContain('was told');
    expect(news()).toEqual([]);
  });

  it('keeps slots for orders, though it reads no news', async () => {
    for (let round = 0; round < 40; round += 1)
      await machine.kerf('create beta --cpus 1 --memory 4M', 'delete beta');
    expect(news().length).toBeGreaterThan(0);
    expect(tail).toBeLessThanOrEqual(48);
  });

  it('hears of every deleted peer, of those later for whom its ring had no room', async () => {
    const before = free();
    for (let round = 0; round < 40; round += 1)
      await machine.kerf('create beta --cpus 1 --memory 4M', 'delete beta');
    expect(free()).toBeLessThan(before);
    for (let heard = news(); heard.length > 0; heard = news()) {
      const left = heard.filter(({ subtype }) => subtype === RESOURCE.PEER_REMOVE);
      for (const message of left) await acknowledge(Number(words(message)[0]), 0n);
    }
    expect(free()).toBe(before);
    expect(machine.channels.of(GONE_END)).toEqual([]);
  });

  it('that starts anew is not told of channels it never had', async () => {
    for (let round = 0; round < 40; round += 1)
      await machine.kerf('create beta --cpus 1 --memory 4M', 'delete beta');
    await machine.kerf('kill alpha --force');
    await machine.settle();
    await machine.kerf('exec alpha');
    tail = 0;
    await machine.settle();
    expect(news().filter(({ type }) => type === MSG_RESOURCE)).toEqual([]);
  });
});

describe('the channel to a deleted peer', () => {
  let before: number;
  let ring: number;

  beforeEach(async () => {
    before = free();
    await machine.kerf('create beta --cpus 1 --memory 4M');
    ring = ringAddress(channelOf(ALPHA, BETA), BETA);
    await machine.kerf('delete beta');
    expect(news().at(-1)).toMatchObject({ type: MSG_RESOURCE, subtype: RESOURCE.PEER_REMOVE });
    expect(free()).toBeLessThan(before);
  });

  it('is freed when the kernel says that it uses it no more, once', async () => {
    await acknowledge(ring, 0n);
    expect(free()).toBe(before);
    await acknowledge(ring, 0n);
    expect(free()).toBe(before);
  });

  it.each([
    ['refuses', () => acknowledge(ring, -1n)],
    ['names another ring', () => acknowledge(ring + 4096, 0n)],
    ['says too little', () => acknowledge(ring, 0n, 8)],
  ])('stays while the kernel %s, until it stops', async (_, lie) => {
    await lie();
    expect(free()).toBeLessThan(before);
    await machine.kerf('kill alpha --force');
    await machine.settle();
    await machine.kerf('unload alpha', 'delete alpha');
    expect(machine.channels.list()).toEqual([]);
  });

  it('is not to be confused with one to a peer that exists', async () => {
    await machine.kerf('create gamma --id 3 --cpus 2 --memory 4M');
    await acknowledge(ringAddress(channelOf(ALPHA, GAMMA), GAMMA), 0n);
    expect(machine.channels.between(ALPHA, GAMMA)).toBeDefined();
  });
});
