import { describe, expect, it } from 'vitest';
import { Aclint, ACLINT_BASE } from './aclint.ts';
import { deviceMemory, enterInMachineMode, Guest, mip } from './devices.testkit.ts';

const MSIP = 1 << 3;
const MTIP = 1 << 7;
const MTIMECMP = ACLINT_BASE + 0x4000;
const MTIME = ACLINT_BASE + 0xbff8;

function setUp(): {
  guest: Guest;
  aclint: Aclint;
  clock: { now: number };
  pending: (hart: number) => number;
} {
  const memory = deviceMemory([3, 3, 5]);
  enterInMachineMode(memory, 3);
  const clock = { now: 0 };
  const aclint = new Aclint(memory, () => clock.now);
  return { guest: new Guest(memory, 0, 3, aclint), aclint, clock, pending: (hart) => mip(memory, hart) };
}

describe('ACLINT', () => {
  it('is an access fault for a kernel that was entered in S-mode', () => {
    const memory = deviceMemory([3]);
    const guest = new Guest(memory, 0, 3, new Aclint(memory, () => 0));
    expect(guest.read(MTIME, 8)).toBe('fault');
    expect(guest.write(ACLINT_BASE, 1n)).toBe('fault');
  });

  it('shows mtime in one piece and in halves, and ignores writes to it', () => {
    const { guest, clock } = setUp();
    clock.now = 0x12_8765_4321;
    guest.write(MTIME, 0n, 8);
    expect(guest.read(MTIME, 8)).toBe(0x12_8765_4321n);
    expect(guest.read(MTIME)).toBe(0x8765_4321n);
    expect(guest.read(MTIME + 4)).toBe(0x12n);
  });

  it('raises MTIP when mtimecmp is not in the future, and lowers it at once when it is', () => {
    const { guest, aclint, clock, pending } = setUp();
    expect(aclint.deadline(3, 1)).toBe(Infinity);
    clock.now = 100;
    guest.write(MTIMECMP + 8, 100n, 8);
    expect(pending(1)).toBe(MTIP);
    guest.write(MTIMECMP + 8, 101n, 8);
    expect(pending(1)).toBe(0);
    expect(aclint.deadline(3, 1)).toBe(101);
  });

  it('takes mtimecmp in halves', () => {
    const { guest, aclint } = setUp();
    expect(guest.read(MTIMECMP, 8)).toBe(0xffff_ffff_ffff_ffffn);
    guest.write(MTIMECMP + 4, 2n);
    guest.write(MTIMECMP, 0x8000_0001n);
    expect(guest.read(MTIMECMP, 8)).toBe(0x2_8000_0001n);
    expect(guest.read(MTIMECMP + 4)).toBe(2n);
    expect(aclint.deadline(3, 0)).toBe(0x2_8000_0001);
  });

  it('sends and takes back software interrupts between harts of the kernel', () => {
    const { guest, pending } = setUp();
    guest.write(ACLINT_BASE + 4, 0xffff_ffffn);
    expect(pending(1)).toBe(MSIP);
    expect(guest.read(ACLINT_BASE + 4)).toBe(1n);
    guest.write(ACLINT_BASE + 4, 0n);
    expect(pending(1)).toBe(0);
  });

  it('leaves harts of other kernels alone', () => {
    const { guest, pending } = setUp();
    guest.write(ACLINT_BASE + 8, 1n);
    guest.write(MTIMECMP + 16, 0n, 8);
    expect(pending(2)).toBe(0);
    expect(guest.read(MTIMECMP + 16, 8)).toBe(0n);
  });

  it('refuses accesses that straddle or split registers', () => {
    const { guest } = setUp();
    expect(guest.read(ACLINT_BASE, 8)).toBe('fault');
    expect(guest.read(MTIMECMP + 4, 8)).toBe('fault');
    expect(guest.write(MTIMECMP, 1n, 2)).toBe('fault');
  });
});
