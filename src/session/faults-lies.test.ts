/**
 * A peer that lies in every word of a ring and of a message (Repeatable mode, real guests). The liar does it with `poke`:
 * the ring in which it sends is its own to write, and the header of the one in which it receives too. Whatever it writes,
 * nobody crashes, and nothing beyond the slot is read; what is no message is counted as such. After a restart of the liar
 * its channels are as new.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  MESSAGE,
  MSG_RESOURCE,
  MSG_SYSTEM,
  MSG_USER,
  RESOURCE,
  RING,
  RING_SLOTS,
  SLOT,
  SYSTEM,
  USER,
} from '../protocol/channel.ts';
import { INSTANCE, instanceBlock } from '../protocol/layout.ts';
import { HOST, instanceOf, ringBetween, tryKerf, type RingWords } from './faults.testkit.ts';
import { startGuests, type Guests } from './guests.testkit.ts';

const folder = fileURLToPath(new URL('../../public/guests/', import.meta.url));
const readImage = async (name: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await readFile(folder + name));

const ALL = 0xffff_ffff_ffff_ffffn;
const HIGH = 1n << 63n;
/** Bytes of a message without a payload: the least that a slot may hold. */
const LEAST = BigInt(MESSAGE.PAYLOAD);

let guests: Guests;
beforeAll(async () => {
  guests = await startGuests(readImage, 3, [
    { name: 'alpha', cpus: '0' },
    { name: 'beta', cpus: '1', commandLine: 'beat', peers: ['alpha'] },
    { name: 'gamma', cpus: '2', commandLine: 'beat', peers: ['beta'] },
  ]);
});
afterAll(() => guests.machine.dispose());

const hex = (value: bigint | number): string => `0x${value.toString(16)}`;
const poke = (ring: RingWords, offset: number, value: bigint, width = ''): Promise<string> =>
  guests.ask('alpha', `poke${width} ${hex(ring.guest + offset)} ${hex(value)}`);

/** The slot that beta looks at next. */
const next = (out: RingWords): number => out.slot(out.tail);

/** Slots that beta found to hold no message, as it says itself. */
async function malformed(): Promise<number> {
  const told = /(\d+) slots held no message/.exec(await guests.ask('beta', 'peers'));
  return Number(told?.[1] ?? 0);
}

/** beta and gamma work, talk, have missed nothing, and were not stopped at anything that is not theirs. */
async function expectUnharmed(): Promise<void> {
  expect(await guests.ask('gamma', 'ping beta')).toContain('reply from beta: n=1');
  for (const name of ['beta', 'gamma']) {
    const { id, state, bootId } = await instanceOf(guests, name);
    expect([name, state, bootId]).toEqual([name, 'active', 1]);
    const block = new Int32Array(guests.machine.memory.buffer, instanceBlock(id));
    expect(block[INSTANCE.GATE_FAULTS >> 2]).toBe(0);
  }
  expect([guests.status('beta', 'missed'), guests.status('gamma', 'missed')]).toEqual([0, 0]);
  expect((await tryKerf(guests, 'show')).exitCode).toBe(0);
}

/** Both directions of a channel work. */
async function expectTalk(): Promise<void> {
  expect(await guests.ask('alpha', 'ping beta')).toContain('reply from beta: n=1');
  expect(await guests.ask('beta', 'ping alpha')).toContain('reply from alpha: n=1');
}

/** Rings beta without a message, as a real doorbell of alpha. */
async function ring(): Promise<void> {
  const { harts } = await instanceOf(guests, 'beta');
  expect(harts).toEqual([1]);
  await guests.ask('alpha', 'misbehave ring beta 1');
  await guests.pass(2);
  await guests.ask('alpha', 'misbehave ring beta 0');
}

describe('in the header of a ring', () => {
  test.each([
    ['HEAD', RING.HEAD, [0n, 1n, 63n, 64n, 65n, HIGH, ALL]],
    ['TAIL', RING.TAIL, [1n, 64n, HIGH, ALL]],
    ['EPOCH', RING.EPOCH, [0n, 7n, ALL]],
    ['DEAD', RING.DEAD, [1n, ALL]],
    ['RECEIVER_CPU', RING.RECEIVER_CPU, [0n, 2n, 15n, 16n, HIGH, ALL]],
  ] as const)(
    '%s of either ring costs the liar its own messages, and nobody else anything',
    async (_, offset, values) => {
      const [out, back] = [
        await ringBetween(guests, 'alpha', 'beta'),
        await ringBetween(guests, 'beta', 'alpha'),
      ];
      for (const value of values) {
        for (const lied of [out, back]) {
          await poke(lied, offset, value);
          await guests.ask('alpha', 'send beta after a lie');
          await ring();
          await guests.type('beta', 'send alpha from beta');
          await guests.pass(5);
          await expectUnharmed();
        }
        await guests.restart('alpha');
        await expectTalk();
      }
    },
  );

  test('and in all of them at once, with every slot full of nonsense', async () => {
    const out = await ringBetween(guests, 'alpha', 'beta');
    const before = await malformed();
    for (let slot = 0; slot < RING_SLOTS; slot++) await poke(out, out.slot(slot) + SLOT.DATA_SIZE, ALL);
    await poke(out, RING.HEAD, ALL);
    await poke(out, RING.TAIL, HIGH);
    await ring();
    await expectUnharmed();
    expect((await malformed()) - before).toBe(RING_SLOTS);
    await guests.restart('alpha');
    await expectTalk();
  });
});

describe('in a slot', () => {
  test.each([
    ['1 byte', 1n],
    ['one byte less than a header', LEAST - 1n],
    ['4097 bytes', 4097n],
    ['2^32 + 20 bytes', (1n << 32n) + LEAST],
    ['2^63 bytes', HIGH],
    ['2^64 − 1 bytes', ALL],
  ])('a size of %s is counted as malformed, once', async (_, size) => {
    const out = await ringBetween(guests, 'alpha', 'beta');
    const before = await malformed();
    const tail = out.tail;
    await poke(out, next(out) + SLOT.DATA_SIZE, size);
    await ring();
    expect([(await malformed()) - before, out.tail - tail]).toEqual([1, 1]);
    await expectUnharmed();
    await guests.restart('alpha');
    await expectTalk();
  });

  test('a size of 0 is a claim: it is waited for, and what is behind it waits too', async () => {
    const out = await ringBetween(guests, 'alpha', 'beta');
    const [before, tail] = [await malformed(), out.tail];
    await poke(out, RING.HEAD, BigInt(out.head + 1));
    await guests.ask('alpha', 'send beta behind the claim');
    await guests.pass(1000);
    expect([(await malformed()) - before, out.tail - tail]).toEqual([0, 0]);
    await expectUnharmed();
    await guests.restart('alpha');
    await expectTalk();
  });

  test.each([
    ['payload_len of one more than there is', MESSAGE.PAYLOAD_LEN, LEAST, 1n],
    ['payload_len of 4096 in a full slot', MESSAGE.PAYLOAD_LEN, 4096n, 4096n],
    ['payload_len of 4077 in a full slot', MESSAGE.PAYLOAD_LEN, 4096n, 4077n],
    ['payload_len of 2^31', MESSAGE.PAYLOAD_LEN, 4096n, 1n << 31n],
    ['payload_len of 2^32 − 1', MESSAGE.PAYLOAD_LEN, 4096n, 0xffff_ffffn],
  ] as const)('a %s is counted as malformed, once', async (_, offset, size, value) => {
    const out = await ringBetween(guests, 'alpha', 'beta');
    const [before, slot] = [await malformed(), next(out)];
    await poke(out, slot + SLOT.BUFFER + offset, value, '32');
    await poke(out, slot + SLOT.DATA_SIZE, size);
    await ring();
    expect((await malformed()) - before).toBe(1);
    await expectUnharmed();
    await guests.restart('alpha');
    await expectTalk();
  });

  test.each([
    ['sender_cpu', SLOT.SENDER_CPU, '', [0n, 1n, 16n, HIGH, ALL]],
    ['type', SLOT.TYPE, '', [0n, 0x2000n, 0x3000n, HIGH, ALL]],
    ['msg_type', SLOT.BUFFER + MESSAGE.TYPE, '32', [0n, 0x1000n, 0x2000n, 0x3000n, 0x5000n, 0xffff_ffffn]],
    ['subtype', SLOT.BUFFER + MESSAGE.SUBTYPE, '32', [0n, 2n, 0x10n, 0x102n, 0xffff_ffffn]],
    ['msg_id', SLOT.BUFFER + MESSAGE.ID, '', [0n, HIGH, ALL]],
  ] as const)(
    'any %s is taken as it is, and gives no right that the sender has not',
    async (_, offset, width, values) => {
      const out = await ringBetween(guests, 'alpha', 'beta');
      const before = await malformed();
      for (const value of values) {
        const [slot, tail] = [next(out), out.tail];
        for (const word of [0, 8]) await poke(out, slot + SLOT.BUFFER + word, 0n);
        await poke(out, slot + SLOT.BUFFER + MESSAGE.PAYLOAD_LEN, 0n, '32');
        await poke(out, slot + offset, value, width);
        await poke(out, slot + SLOT.DATA_SIZE, LEAST);
        await ring();
        expect([value, out.tail - tail]).toEqual([value, 1]);
        await expectUnharmed();
      }
      expect((await malformed()) - before).toBe(0);
      await guests.restart('alpha');
      await expectTalk();
    },
  );
});

test.each([
  ['SHUTDOWN', MSG_SYSTEM, SYSTEM.SHUTDOWN],
  ['KHO_STOP', MSG_SYSTEM, SYSTEM.KHO_STOP],
  ['CPU_REMOVE', MSG_RESOURCE, RESOURCE.CPU_REMOVE],
  ['MEM_REMOVE', MSG_RESOURCE, RESOURCE.MEM_REMOVE],
  ['PEER_REMOVE', MSG_RESOURCE, RESOURCE.PEER_REMOVE],
] as const)(
  '%s, an order that the host alone may give, is not heard from a peer',
  async (_, type, subtype) => {
    const out = await ringBetween(guests, 'alpha', 'beta');
    const [slot, tail] = [next(out), out.tail];
    await poke(out, slot + SLOT.BUFFER + MESSAGE.TYPE, BigInt(type), '32');
    await poke(out, slot + SLOT.BUFFER + MESSAGE.SUBTYPE, BigInt(subtype), '32');
    await poke(out, slot + SLOT.BUFFER + MESSAGE.PAYLOAD_LEN, 16n, '32');
    await poke(out, slot + SLOT.DATA_SIZE, LEAST + 16n);
    await ring();
    expect(out.tail - tail).toBe(1);
    await expectUnharmed();
    await guests.restart('alpha');
    await expectTalk();
  },
);

describe('about a service', () => {
  /** Puts a message of two words into the ring to beta, and rings. */
  async function say(subtype: number, low: readonly [number, number]): Promise<void> {
    const out = await ringBetween(guests, 'alpha', 'beta');
    const [buffer, tail] = [next(out) + SLOT.BUFFER, out.tail];
    await poke(out, buffer + MESSAGE.TYPE, BigInt(MSG_USER), '32');
    await poke(out, buffer + MESSAGE.SUBTYPE, BigInt(subtype), '32');
    await poke(out, buffer + MESSAGE.PAYLOAD_LEN, 16n, '32');
    const words = [low[0], 0, low[1], 0];
    for (const [at, word] of words.entries())
      await poke(out, buffer + MESSAGE.PAYLOAD + at * 4, BigInt(word), '32');
    await poke(out, next(out) + SLOT.DATA_SIZE, LEAST + 16n);
    await ring();
    expect(out.tail - tail).toBe(1);
  }

  test('a REPLY from one that was not asked answers nothing', async () => {
    await guests.ask('gamma', 'serve on');
    await guests.ask('gamma', 'serve seal');
    await guests.type('beta', 'request gamma 1');
    await say(USER.REPLY, [1, 77]);
    await guests.said('beta', 'answers a second', 5);
    expect(guests.heard('beta')).toContain('sent 1, answered 0, dropped 1, out of order 0, late 1');
    await guests.ask('gamma', 'serve off');
    await guests.pass(100);
  });

  test('TAKEN from one that never followed ends no service', async () => {
    await guests.ask('beta', 'serve on');
    await say(USER.TAKEN, [99, 0]);
    expect(await guests.ask('beta', 'serve status')).toContain('serve on');
    await guests.ask('beta', 'serve off');
    await expectUnharmed();
  });
});

describe('to the controller', () => {
  test('in sizes and lengths is counted, shown, and costs the liar alone', async () => {
    const out = await ringBetween(guests, 'alpha', HOST);
    const shown = async (): Promise<number> => (await instanceOf(guests, 'alpha')).malformed ?? 0;
    expect(await shown()).toBe(0);
    let lies = 0;
    for (const size of [1n, LEAST - 1n, 4097n, (1n << 32n) + LEAST, HIGH, ALL]) {
      await poke(out, out.slot(out.tail) + SLOT.DATA_SIZE, size);
      await tryKerf(guests, 'kerf update alpha --cpus +0');
      lies += 1;
      expect([size, await shown()]).toEqual([size, lies]);
    }
    for (const length of [1n, 4096n, 0xffff_ffffn]) {
      const slot = out.slot(out.tail);
      await poke(out, slot + SLOT.BUFFER + MESSAGE.PAYLOAD_LEN, length, '32');
      await poke(out, slot + SLOT.DATA_SIZE, LEAST);
      await tryKerf(guests, 'kerf update alpha --cpus +0');
      lies += 1;
      expect([length, await shown()]).toEqual([length, lies]);
    }
    expect((await tryKerf(guests, 'show alpha')).output).toContain(`${lies} slots of its ring to the host`);
    await expectUnharmed();
    await guests.restart('alpha');
    expect(await shown()).toBe(0);
    await expectTalk();
  });

  test.each([
    ['HEAD', RING.HEAD],
    ['TAIL', RING.TAIL],
    ['EPOCH', RING.EPOCH],
    ['DEAD', RING.DEAD],
    ['RECEIVER_CPU', RING.RECEIVER_CPU],
  ] as const)('in %s of either ring changes nothing of what it does for others', async (_, offset) => {
    for (const value of [1n, 77n, HIGH, ALL]) {
      for (const lied of [await ringBetween(guests, 'alpha', HOST), await ringBetween(guests, HOST, 'alpha')])
        await poke(lied, offset, value);
      await guests.kerf('update beta --memory +2M');
      await guests.kerf('update beta --memory -2M');
      await expectUnharmed();
      await guests.kerf('kill alpha --force');
      await guests.kerf('exec alpha');
      await guests.pass(50);
      await expectTalk();
    }
  });
});
