import { beforeEach, describe, expect, it } from 'vitest';
import { MSG_SYSTEM, SYSTEM } from '../protocol/channel.ts';
import { signalController } from '../protocol/hart-protocol.ts';
import { CONTROLLER_END, HART, hartBlock, RAM_BASE, RAM_HOST } from '../protocol/layout.ts';
import type { KerfReply } from '../protocol/machine-view.ts';
import {
  KERF_REPLY,
  MK_FILLED,
  MK_FREE,
  MK_IMAGE_LIMIT,
  MK_REPLY_LIMIT,
  MK_REQUEST,
  MK_SLOTS_KEPT,
  MK_TAKEN,
  MK_VERBS,
  type MkVerb,
} from '../protocol/mk.ts';
import { ringOf } from './channels.ts';
import { VERBS } from './kerf-verbs.ts';
import { kernelImage } from './test-image.ts';
import { TestMachine } from './test-machine.ts';

const MIB = 2 ** 20;
const HOST = 0;

/** The host runs on harts 0 and 1 and hears nothing, so that its ring is the test's to read. */
let machine: TestMachine;
let heard: KerfReply[];
let tail: number;
let ticket: bigint;

beforeEach(async () => {
  machine = new TestMachine({ harts: 4, memory: 256 * MIB });
  machine.files.set('kernel', kernelImage([0x11, 0x22, 0x33]));
  machine.mannersOf.set(HOST, { deaf: true });
  await machine.kerf('init --cpus 0-1 --memory 128M', 'load host --kernel kernel', 'exec host');
  await machine.settle();
  heard = [];
  // `settle` asks for it, too.
  machine.controller.onKerf((reply) => {
    if (reply.line !== 'kerf show') heard.push(reply);
  });
  tail = 0;
  ticket = 16n;
});

const block = (hart: number): number => hartBlock(hart) + HART.MK_REQUEST;
const state = (hart: number): number => machine.hartWord(hart, HART.MK_REQUEST + MK_REQUEST.STATE);
const memoryOf = (name: string): number =>
  machine.controller.view().instances.find((instance) => instance.name === name)?.memory?.base ?? 0;

/** What the firmware of a hart does. */
function ask(
  hart: number,
  verb: MkVerb,
  text: string,
  image = { address: 0, length: 0 },
  boot = machine.controller.view().instances[0]?.bootId ?? 0,
): bigint {
  const bytes = new TextEncoder().encode(text);
  const view = new DataView(machine.memory.buffer, block(hart));
  ticket += 16n;
  new Uint8Array(machine.memory.buffer).set(bytes, block(hart) + MK_REQUEST.TEXT);
  view.setUint32(MK_REQUEST.VERB, MK_VERBS[verb], true);
  view.setBigUint64(MK_REQUEST.TICKET, ticket, true);
  view.setUint32(MK_REQUEST.BOOT, boot, true);
  view.setUint32(MK_REQUEST.TEXT_LENGTH, bytes.length, true);
  view.setBigUint64(MK_REQUEST.IMAGE, BigInt(image.address), true);
  view.setUint32(MK_REQUEST.IMAGE_LENGTH, image.length, true);
  machine.setHartWord(hart, HART.MK_REQUEST + MK_REQUEST.STATE, MK_FILLED);
  signalController(machine.words);
  return ticket;
}

interface Part {
  readonly ticket: bigint;
  readonly exit: number;
  readonly part: number;
  readonly parts: number;
  readonly text: string;
}

/** What the host would find in its ring; other news left out. */
function answers(): Part[] {
  const channel = machine.channels.between(CONTROLLER_END, HOST as never);
  if (!channel) throw new Error('no management channel');
  const drained = machine.region.drainMessages(ringOf(channel, 'a-to-b'), tail);
  tail = drained.tail;
  return drained.messages
    .filter((message) => message.type === MSG_SYSTEM && message.subtype === SYSTEM.KERF_REPLY)
    .map(({ payload }) => {
      const view = new DataView(payload.buffer, payload.byteOffset);
      return {
        ticket: view.getBigUint64(KERF_REPLY.TICKET, true),
        exit: view.getUint32(KERF_REPLY.EXIT_CODE, true),
        part: view.getUint32(KERF_REPLY.PART, true),
        parts: view.getUint32(KERF_REPLY.PARTS, true),
        text: new TextDecoder().decode(payload.subarray(KERF_REPLY.TEXT)),
      };
    });
}

describe('a request of the host', () => {
  it('has a function for every verb of kerf', () => {
    expect(Object.keys(MK_VERBS).toSorted()).toEqual(Object.keys(VERBS).toSorted());
    expect(new Set(Object.values(MK_VERBS)).size).toBe(Object.keys(MK_VERBS).length);
  });

  it('is carried out like a typed line, heard by all with its name, and answered once', async () => {
    const asked = ask(0, 'create', 'beta --cpus 2 --memory 8M');
    machine.controller.poll();
    expect(state(0)).toBe(MK_TAKEN);
    await machine.settle();
    expect(heard).toMatchObject([
      { from: 'host', line: 'kerf create beta --cpus 2 --memory 8M', exitCode: 0 },
    ]);
    expect(answers()).toMatchObject([{ ticket: asked, exit: 0, part: 0, parts: 1 }]);
    expect(state(0)).toBe(MK_FREE);
    expect((await machine.kerf('show beta')).from).toBeUndefined();
  });

  it('is answered with exit code, reason, rule and hint when it is refused', async () => {
    ask(1, 'exec', 'nobody');
    await machine.settle();
    const [answer] = answers();
    expect([answer?.exit, answer?.text]).toEqual([
      1,
      'kerf: there is no instance "nobody" [no-such-instance]\nthe instances are host',
    ]);
  });

  it('waits its turn beside those of the other harts, in order', async () => {
    const tickets = [ask(0, 'create', 'beta --cpus 2 --memory 8M'), ask(1, 'delete', 'beta')];
    const outside = machine.kerf('show');
    await machine.settle();
    expect((await outside).output).not.toContain('beta');
    expect(answers().map((answer) => [answer.ticket, answer.exit])).toEqual(tickets.map((one) => [one, 0]));
  });

  it('is shown without control characters', async () => {
    ask(0, 'show', '\u001b[2Jbeta\n\u0007');
    await machine.settle();
    expect(heard[0]?.line).toBe('kerf show  [2Jbeta');
  });

  it.each(['kill', 'unload', 'delete'] as const)(
    '%s of the host itself is refused by its own rule',
    async (verb) => {
      ask(0, verb, 'host');
      await machine.settle();
      expect(heard).toMatchObject([{ exitCode: 1, error: { code: 'host-itself' } }]);
      expect(answers()[0]?.text).toContain('[host-itself]');
      expect(machine.controller.view().instances[0]?.state).toBe('active');
    },
  );
});

describe('an image that comes with load', () => {
  const image = kernelImage([0x11, 0x22, 0x33]);
  let address: number;
  const place = (bytes: Uint8Array): void =>
    new Uint8Array(machine.memory.buffer).set(bytes, RAM_HOST + (address - RAM_BASE));

  beforeEach(async () => {
    await machine.kerf('create beta --cpus 2 --memory 8M');
    address = memoryOf('host') + 4 * MIB;
    place(image);
  });

  it('is copied when it is taken: what the host does to it afterwards has no effect', async () => {
    ask(0, 'load', 'beta --kernel mine.img', { address, length: image.length });
    machine.controller.poll();
    place(new Uint8Array(image.length).fill(0xff));
    await machine.settle();
    expect(answers()[0]?.exit).toBe(0);
    const from = RAM_HOST + (memoryOf('beta') - RAM_BASE);
    expect(new Uint8Array(machine.memory.buffer).slice(from, from + image.length)).toEqual(image);
  });

  it.each([
    ['lies in a neighbour', () => ({ address: memoryOf('beta'), length: image.length })],
    ['ends outside memory', () => ({ address: RAM_BASE + 256 * MIB - 16, length: 4096 })],
    ['lies nowhere', () => ({ address: 2 ** 52, length: 4096 })],
  ])('is refused when by then it %s', async (_, where) => {
    ask(0, 'load', 'beta --kernel mine.img', where());
    await machine.settle();
    expect(heard.at(-1)).toMatchObject({
      exitCode: 1,
      error: {
        code: 'image-taken-away',
        reason: expect.stringMatching(
          /^the memory in which the image lay \(\d+ bytes at 0x[0-9a-f]+\) is not all the caller's any more$/,
        ),
        hint: 'keep the memory until the command is answered',
      },
    });
    expect(machine.controller.view().instances[1]?.state).toBe('ready');
  });

  it('is refused while more than may wait is waiting', async () => {
    const most = { address: memoryOf('host'), length: MK_IMAGE_LIMIT };
    ask(0, 'load', 'beta --kernel mine.img', most);
    ask(1, 'load', 'beta --kernel mine.img', { address, length: image.length });
    await machine.settle();
    expect(heard.map((reply) => reply.error)).toContainEqual({
      code: 'images-waiting',
      reason: `${MK_IMAGE_LIMIT} bytes of images wait to be loaded already; together with these ${image.length} they are more than ${MK_IMAGE_LIMIT}`,
      hint: 'wait for the answer to the last load',
    });
    ask(1, 'load', 'beta --kernel mine.img', { address, length: image.length });
    await machine.settle();
    expect(answers().at(-1)?.exit).toBe(0);
  });
});

describe('an answer', () => {
  it('is dropped with the kernel that asked, and the command is carried out', async () => {
    machine.manners.deaf = true;
    await machine.kerf('create beta --cpus 2 --memory 8M', 'load beta --kernel kernel', 'exec beta');
    ask(0, 'kill', 'beta');
    machine.controller.poll();
    const outside = machine.kerf('kill host --force', 'exec host');
    await outside;
    await machine.settle();
    expect(heard.map(({ line, exitCode }) => [line, exitCode])).toEqual([
      ['kerf create beta --cpus 2 --memory 8M', 0],
      ['kerf load beta --kernel kernel', 0],
      ['kerf exec beta', 0],
      // Does not wait for the one before it.
      ['kerf kill host --force', 0],
      ['kerf kill beta', 1],
      ['kerf exec host', 0],
    ]);
    expect(answers()).toEqual([]);
    expect(state(0)).toBe(MK_FREE);
  });

  it('is not made to a request that a former kernel left behind', async () => {
    ask(0, 'help', '', undefined, 99);
    await machine.settle();
    expect([heard, state(0), answers()]).toEqual([[], MK_FREE, []]);
  });

  it('frees only the block that still has its ticket', async () => {
    ask(0, 'show', '');
    machine.controller.poll();
    // A later kernel on this hart has asked meanwhile, and was taken.
    const view = new DataView(machine.memory.buffer, block(0));
    view.setBigUint64(MK_REQUEST.TICKET, 9999n, true);
    await machine.settle();
    expect(state(0)).toBe(MK_TAKEN);
  });

  it('comes in parts as the kernel makes room, and leaves slots for orders', async () => {
    const asked = ask(0, 'show', '--format dts');
    await machine.until(() => false, 100);
    const parts: Part[] = [];
    for (let more = answers(); more.length > 0; more = answers()) {
      expect(more.length).toBeLessThanOrEqual(64 - MK_SLOTS_KEPT);
      parts.push(...more);
      await machine.until(() => false, 100);
    }
    expect(parts.map(({ part }) => part)).toEqual(parts.map((_, index) => index));
    expect(parts.every((part) => part.parts === parts.length && part.ticket === asked)).toBe(true);
    const whole = parts.map(({ text }) => text).join('');
    expect(whole).toBe((await machine.kerf('show --format dts')).output.slice(0, MK_REPLY_LIMIT));
  });

  it('is given up when the kernel makes no room for it, and others go on', async () => {
    for (let round = 0; round < 60; round += 1) {
      ask(0, 'show', '--format json');
      await machine.until(() => state(0) === MK_FREE, 6_000);
      expect(state(0)).toBe(MK_FREE);
    }
    expect((await machine.kerf('kill host --force')).exitCode).toBe(0);
  });
});
