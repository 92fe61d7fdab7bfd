import { describe, expect, it } from 'vitest';
import { slotAddress } from '../../../protocol/pool-devices.ts';
import { Plic, PLIC_BASE } from '../plic.ts';
import { Guest, mip } from '../devices.testkit.ts';
import { BUFFERS, Driver, FLAGS, INSTANCE_ID, machineWith } from './virtio.testkit.ts';

const SEIP = 1 << 9;

describe('the register map of virtio-mmio', () => {
  it('shows magic, version 2, the device and its features', () => {
    const { driver } = machineWith('rng0');
    expect(driver.read(0x00)).toBe(0x7472_6976);
    expect(driver.read(0x04)).toBe(2);
    expect(driver.read(0x08)).toBe(4);
    driver.write(0x14, 1);
    expect(driver.read(0x10)).toBe(1);
    driver.write(0x14, 0);
    expect(driver.read(0x10)).toBe(1 << 28);
    driver.write(0x14, 2);
    expect(driver.read(0x10)).toBe(0);
  });

  it('shows no device in a slot without one, and in the slots of another kernel', () => {
    const { memory } = machineWith('rng0', 2);
    expect(new Driver(memory, 0).read(0x08)).toBe(0);
    expect(new Driver(memory, 0).read(0x00)).toBe(0x7472_6976);
    expect(new Driver(memory, 2).read(0x08)).toBe(4);
    expect(new Driver(memory, 2, INSTANCE_ID + 1, 1).read(0x08)).toBe(0);
  });

  it('has windows in eight slots and none after', () => {
    const { memory } = machineWith('rng0', 7);
    expect(new Driver(memory, 7).read(0x08)).toBe(4);
    expect(slotAddress(7)).toBe(0x1000_8000);
    expect(new Driver(memory, 8).read(0x00)).toBeNaN();
  });

  it('takes accesses of 32 bits only, but for the configuration', () => {
    const { driver } = machineWith('disk0');
    expect(driver.read(0x00, 2)).toBe(0);
    driver.write(0x70, 1, 1);
    expect(driver.read(0x70)).toBe(0);
    expect(driver.read(0x100)).toBe(2048);
    expect(driver.read(0x101, 1)).toBe(8);
    expect(driver.read(0x104)).toBe(0);
  });

  it('agrees on features that it offered, and on no driver of before version 1', () => {
    const { driver } = machineWith('rng0');
    expect(driver.negotiate(1 << 28) & 8).toBe(8);
    expect(driver.negotiate(1) & 8).toBe(0);
    expect(driver.negotiate(0, 0) & 8).toBe(0);
    expect(driver.negotiate(0, 3) & 8).toBe(0);
  });

  it('keeps a queue as it is while it is ready, and has no other queue', () => {
    const { driver } = machineWith('rng0');
    driver.start();
    driver.write(0x38, 4);
    driver.write(0x80, 0x1234);
    expect(driver.read(0x34)).toBe(64);
    expect(driver.read(0x44)).toBe(1);
    driver.write(0x30, 1);
    expect(driver.read(0x34)).toBe(0);
    expect(driver.read(0x44)).toBe(0);
    driver.write(0x44, 1);
    expect(driver.read(0x44)).toBe(0);
  });

  it('serves nothing before DRIVER_OK, and what waited once it is notified after', () => {
    const { driver } = machineWith('rng0');
    driver.start();
    driver.write(0x70, 0xb);
    driver.descriptor(0, { address: BUFFERS, length: 16, flags: FLAGS.WRITE });
    driver.offer(0);
    expect(driver.usedIndex()).toBe(0);
    driver.write(0x70, 0xf);
    driver.notify();
    expect(driver.usedIndex()).toBe(1);
  });

  it('is as new after a reset', () => {
    const { driver, words } = machineWith('rng0');
    driver.start();
    driver.descriptor(0, { address: BUFFERS, length: 16, flags: FLAGS.WRITE });
    driver.offer(0);
    expect(driver.read(0x60)).toBe(1);
    driver.write(0x70, 0);
    expect([driver.read(0x60), driver.read(0x44), driver.read(0x70)]).toEqual([0, 0, 0]);
    expect(words.place).toEqual({ instance: INSTANCE_ID, slot: 0 });
  });
});

describe('the interrupt of a slot', () => {
  const enable = (plic: Guest, source: number): void => {
    plic.write(PLIC_BASE + 4 * source, 1n);
    plic.write(PLIC_BASE + 0x2000 + 0x80, 0xffn << 1n);
  };

  it('is that of the slot, and goes when the driver acknowledges it', () => {
    const { memory, driver } = machineWith('rng0', 3);
    const plic = new Guest(memory, 0, INSTANCE_ID, new Plic(memory));
    enable(plic, 4);
    driver.start();
    driver.descriptor(0, { address: BUFFERS, length: 16, flags: FLAGS.WRITE });
    driver.offer(0);
    expect(mip(memory, 0) & SEIP).toBe(SEIP);
    expect(plic.read(PLIC_BASE + 0x20_1004)).toBe(4n);
    driver.write(0x64, 1);
    plic.write(PLIC_BASE + 0x20_1004, 4n);
    expect(mip(memory, 0) & SEIP).toBe(0);
    expect(driver.read(0x60)).toBe(0);
  });

  it('stays away when the driver asks for that', () => {
    const { driver } = machineWith('rng0');
    driver.start();
    driver.view.setUint16(0x1000, 1, true);
    driver.descriptor(0, { address: BUFFERS, length: 16, flags: FLAGS.WRITE });
    driver.offer(0);
    expect(driver.usedIndex()).toBe(1);
    expect(driver.read(0x60)).toBe(0);
  });
});
