import { describe, expect, it } from 'vitest';
import { RAM_BASE } from '../../../protocol/layout.ts';
import { drawFrom } from '../../../base/random.ts';
import {
  AVAILABLE,
  BUFFERS,
  FLAGS,
  FOREIGN,
  machineWith,
  QUEUE_SIZE,
  TABLE,
  USED,
  type TestDescriptor,
} from './virtio.testkit.ts';

const INDIRECT = 1 << 28;
const buffer = (more: Partial<TestDescriptor> = {}): TestDescriptor => ({
  address: BUFFERS,
  length: 32,
  flags: FLAGS.WRITE,
  ...more,
});

describe('entropy', () => {
  it('fills a buffer and says how much', () => {
    const { driver } = machineWith('rng0');
    driver.start();
    driver.descriptor(2, buffer());
    driver.offer(2);
    expect(driver.usedIndex()).toBe(1);
    expect(driver.usedEntry(0)).toEqual({ id: 2, length: 32 });
    expect(driver.bytes(BUFFERS, 32).some((byte) => byte !== 0)).toBe(true);
    expect(driver.bytes(BUFFERS + 32, 8)).toEqual(new Uint8Array(8));
  });

  it('fills chains of several buffers, direct and indirect', () => {
    const { driver } = machineWith('rng0');
    driver.start({ low: INDIRECT });
    driver.descriptor(0, buffer({ flags: FLAGS.WRITE | FLAGS.NEXT, next: 1 }));
    driver.descriptor(1, buffer({ address: BUFFERS + 0x100 }));
    driver.descriptor(2, { address: BUFFERS + 0x800, length: 32, flags: FLAGS.INDIRECT });
    driver.descriptor(0, buffer({ address: BUFFERS + 0x200, flags: 3, next: 1 }), BUFFERS + 0x800);
    driver.descriptor(1, buffer({ address: BUFFERS + 0x300 }), BUFFERS + 0x800);
    driver.offer(0, 2);
    expect([driver.usedEntry(0), driver.usedEntry(1)]).toEqual([
      { id: 0, length: 64 },
      { id: 2, length: 64 },
    ]);
    for (const at of [0, 0x100, 0x200, 0x300])
      expect(driver.bytes(BUFFERS + at, 32).some((byte) => byte !== 0)).toBe(true);
  });

  it('fills no more than 4 KiB of a chain', () => {
    const { driver } = machineWith('rng0');
    driver.start();
    driver.descriptor(0, buffer({ length: 0xffff_fff0 }));
    driver.offer(0);
    expect(driver.usedEntry(0)).toEqual({ id: 0, length: 4096 });
    expect(driver.bytes(BUFFERS + 4096, 16)).toEqual(new Uint8Array(16));
  });

  it('goes round its rings, also where their 16-bit numbers wrap', () => {
    const { driver } = machineWith('rng0');
    driver.start();
    driver.descriptor(0, buffer({ length: 1 }));
    for (let n = 0; n < 0x1_0004; n++) driver.offer(0);
    expect(driver.usedIndex()).toBe(4);
    expect(driver.needsReset()).toBe(false);
  });

  it('draws the same numbers again from the same seed, others from another, and others from the other device', () => {
    const draw = (name: 'rng0' | 'rng1', seed: number): string => {
      const { driver } = machineWith(name, 0, 'repeatable', seed);
      driver.start();
      driver.descriptor(0, buffer());
      driver.offer(0);
      driver.descriptor(0, buffer({ address: BUFFERS + 32 }));
      driver.offer(0);
      return driver.bytes(BUFFERS, 64).join();
    };
    expect(draw('rng0', 7)).toBe(draw('rng0', 7));
    expect(draw('rng0', 7)).not.toBe(draw('rng0', 8));
    expect(draw('rng0', 7)).not.toBe(draw('rng1', 7));
  });
});

/** Each is something that no driver may do. */
const WRONG: Readonly<Record<string, (driver: ReturnType<typeof machineWith>['driver']) => void>> = {
  'a buffer outside RAM': (driver) => {
    driver.descriptor(0, buffer({ address: 0x1000_0000 }));
    driver.offer(0);
  },
  'a buffer at the end of the address space': (driver) => {
    driver.descriptor(0, buffer({ address: 0xffff_ffff_ffff_fff0n }));
    driver.offer(0);
  },
  "a buffer in another kernel's memory": (driver) => {
    driver.descriptor(0, buffer({ address: FOREIGN }));
    driver.offer(0);
  },
  'a buffer that ends there': (driver) => {
    driver.descriptor(0, buffer({ address: FOREIGN - 8 }));
    driver.offer(0);
  },
  'a buffer that the device is to read': (driver) => {
    driver.descriptor(0, buffer({ flags: 0 }));
    driver.offer(0);
  },
  'an empty buffer': (driver) => {
    driver.descriptor(0, buffer({ length: 0 }));
    driver.offer(0);
  },
  'a head outside the table': (driver) => driver.offer(QUEUE_SIZE),
  'a chain that leads outside the table': (driver) => {
    driver.descriptor(0, buffer({ flags: FLAGS.WRITE | FLAGS.NEXT, next: 0xffff }));
    driver.offer(0);
  },
  'a chain in a circle': (driver) => {
    driver.descriptor(0, buffer({ flags: FLAGS.WRITE | FLAGS.NEXT, next: 0 }));
    driver.offer(0);
  },
  'more chains than the queue has entries': (driver) => {
    driver.descriptor(0, buffer());
    driver.setAvailable(QUEUE_SIZE + 1);
    driver.notify();
  },
  'an indirect table that was not agreed on': (driver) => {
    driver.descriptor(0, { address: BUFFERS, length: 16, flags: FLAGS.INDIRECT });
    driver.descriptor(0, buffer(), BUFFERS);
    driver.offer(0);
  },
};

const WRONG_TABLES: Readonly<Record<string, TestDescriptor>> = {
  'of no whole number of entries': { address: BUFFERS, length: 24, flags: FLAGS.INDIRECT },
  'that is empty': { address: BUFFERS, length: 0, flags: FLAGS.INDIRECT },
  'longer than the queue': { address: BUFFERS, length: 16 * (QUEUE_SIZE + 1), flags: FLAGS.INDIRECT },
  'with a next descriptor': { address: BUFFERS, length: 16, flags: FLAGS.INDIRECT | FLAGS.NEXT },
  'of another kernel': { address: FOREIGN, length: 16, flags: FLAGS.INDIRECT },
  'in a table': { address: TABLE, length: 16, flags: FLAGS.INDIRECT },
};

/** Table, available ring, used ring. */
const WRONG_PLACES: Readonly<Record<string, readonly [number, number, number]>> = {
  'a table at no multiple of 16': [TABLE + 8, AVAILABLE, USED],
  'an available ring at an odd address': [TABLE, AVAILABLE + 1, USED],
  'a used ring at no multiple of 4': [TABLE, AVAILABLE, USED + 2],
  'a table of another kernel': [FOREIGN, AVAILABLE, USED],
  'an available ring outside RAM': [TABLE, 0x1000, USED],
  'a used ring of another kernel': [TABLE, AVAILABLE, FOREIGN - 16],
  'a used ring beyond what addresses there are': [TABLE, AVAILABLE, 2 ** 53 + 2 ** 20],
};

describe('a driver that does what it must not', () => {
  const expectFailed = (driver: ReturnType<typeof machineWith>['driver']): void => {
    expect(driver.needsReset()).toBe(true);
    expect(driver.read(0x60)).toBe(2);
    expect(driver.usedIndex()).toBe(0);
    driver.start();
    driver.descriptor(0, buffer());
    driver.offer(0);
    expect(driver.usedEntry(0)).toEqual({ id: 0, length: 32 });
  };

  it.each(Object.entries(WRONG))('%s: the device needs a reset, and works after it', (_, wrong) => {
    const { driver, memory } = machineWith('rng0');
    driver.start();
    wrong(driver);
    expect(new Uint8Array(memory.buffer, 0x0600_0000 + FOREIGN - RAM_BASE, 64)).toEqual(new Uint8Array(64));
    expectFailed(driver);
  });

  it.each(Object.entries(WRONG_TABLES))('an indirect table %s', (_, descriptor) => {
    const { driver } = machineWith('rng0');
    driver.start({ low: INDIRECT });
    driver.descriptor(0, descriptor);
    driver.offer(0);
    expectFailed(driver);
  });

  it.each(Object.entries(WRONG_PLACES))('%s', (_, at) => {
    const { driver } = machineWith('rng0');
    driver.start({ at });
    driver.offer(0);
    driver.setAvailable(0);
    expectFailed(driver);
  });

  it.each([0, 3, 65, 128, 0x8000_0000, 0xffff_ffff])('a queue of %i entries', (size) => {
    const { driver } = machineWith('rng0');
    driver.start({ size });
    driver.offer(0);
    expectFailed(driver);
  });

  it('cannot take NEEDS_RESET back, and is not served before the reset', () => {
    const { driver } = machineWith('rng0');
    driver.start();
    driver.offer(QUEUE_SIZE);
    driver.write(0x70, 0xf);
    expect(driver.needsReset()).toBe(true);
    driver.descriptor(0, buffer());
    driver.setAvailable(1);
    driver.notify();
    expect(driver.usedIndex()).toBe(0);
  });

  it('is told where the gate refused', () => {
    const { driver } = machineWith('rng0');
    driver.start();
    driver.descriptor(0, buffer({ address: FOREIGN - 8 }));
    driver.offer(0);
    expect(driver.refused).toEqual([FOREIGN]);
  });

  it('survives a thousand queues of random bytes, and writes to no memory but its own', () => {
    const { driver } = machineWith('rng0');
    driver.bytes(FOREIGN, 0x2000).fill(0x5a);
    const draw = drawFrom(1);
    for (let round = 0; round < 1000; round++) {
      driver.start({ low: INDIRECT });
      // Addresses near the driver's memory, so that some are good.
      for (let index = 0; index < QUEUE_SIZE; index++) {
        const address = TABLE + draw(0x8000);
        driver.descriptor(index, { address, length: draw(64), flags: draw(8), next: draw(10) });
      }
      driver.offer(draw(9), draw(9), draw(9));
    }
    expect(driver.bytes(FOREIGN, 0x2000).every((byte) => byte === 0x5a)).toBe(true);
    driver.start();
    driver.descriptor(0, buffer());
    driver.setAvailable(0);
    driver.offer(0);
    expect(driver.usedEntry(0)).toEqual({ id: 0, length: 32 });
  });
});
