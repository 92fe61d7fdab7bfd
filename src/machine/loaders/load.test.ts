import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { physAddr } from '../../base/brand.ts';
import { describeImage, planLoad, type LoadPlan } from './load.ts';
import { code, ELF_CODE, LoadTarget, makeElf, makeImage, REGION } from './loaders.testkit.ts';

const guest = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../../../public/guests/${name}`, import.meta.url)));

/** The plan for a file that must be accepted. */
function accepted(outcome: ReturnType<typeof planLoad>): LoadPlan {
  if (!outcome.ok) throw new Error(`${outcome.error.code}: ${outcome.error.reason}`);
  return outcome.value;
}

describe('Image', () => {
  it('is placed at the base, entered at its first byte, and claims image_size', () => {
    const target = new LoadTarget();
    const file = makeImage({ imageSize: 0x2000n });
    expect(accepted(target.load(file))).toEqual({
      kind: 'image',
      segments: [{ address: REGION.base, bytes: file, memorySize: 0x2000 }],
      entry: REGION.base,
    });
    expect(target.bytes(REGION.base, file.length)).toEqual(file);
    expect(target.written(), 'the rest of image_size is zero already').toBe(file.length);
  });

  it('is placed text_offset above the base, as Linux asks', () => {
    const target = new LoadTarget();
    const file = makeImage({ textOffset: 0x4000n });
    expect(accepted(target.load(file)).entry).toBe(REGION.base + 0x4000);
    expect(target.bytes(REGION.base + 0x4000, file.length)).toEqual(file);
    expect(target.written()).toBe(file.length);
  });

  it('may fill its memory to the last byte', () => {
    expect(accepted(planLoad(makeImage({ imageSize: BigInt(REGION.size) }), REGION)).kind).toBe('image');
    const moved = makeImage({ textOffset: 0x1000n, imageSize: BigInt(REGION.size - 0x1000) });
    expect(accepted(planLoad(moved, REGION)).entry).toBe(REGION.base + 0x1000);
  });

  it('may be a file of exactly image_size, without bss', () => {
    expect(accepted(planLoad(makeImage({ imageSize: 256n }, 256), REGION)).segments[0]?.memorySize).toBe(256);
  });

  it('may lack the deprecated first magic number and have a later minor version', () => {
    expect(accepted(planLoad(makeImage({ magic: 0n }), REGION)).kind).toBe('image');
    expect(accepted(planLoad(makeImage({ version: 0x0003 }), REGION)).kind).toBe('image');
  });

  it('is known by its header even when flat binaries are allowed', () => {
    expect(accepted(planLoad(makeImage(), REGION, { flat: true })).kind).toBe('image');
  });

  it('may be a view into a larger buffer', () => {
    const file = makeImage();
    const buffer = new Uint8Array(file.length + 3);
    buffer.set(file, 3);
    const target = new LoadTarget();
    accepted(target.load(buffer.subarray(3)));
    expect(target.bytes(REGION.base, file.length)).toEqual(file);
  });

  it.each(['islet.img', 'stress.img'])('takes our own %s', (name) => {
    const file = guest(name);
    const plan = accepted(planLoad(file, { base: REGION.base, size: 0x20_0000 }));
    expect(plan.kind).toBe('image');
    expect(plan.entry).toBe(REGION.base);
    expect(plan.segments[0]?.memorySize).toBeGreaterThan(file.length);
  });
});

describe('ELF', () => {
  const base = BigInt(REGION.base);

  it('is placed at its physical address, only the bytes of the file', () => {
    const target = new LoadTarget();
    const file = makeElf();
    const bytes = file.subarray(ELF_CODE, ELF_CODE + 256);
    expect(accepted(target.load(file))).toEqual({
      kind: 'elf',
      segments: [{ address: REGION.base, bytes, memorySize: 4096 }],
      entry: REGION.base,
    });
    expect(target.bytes(REGION.base, 256)).toEqual(bytes);
    expect(target.written()).toBe(256);
  });

  it('with a virtual entry is entered at the physical address of it', () => {
    const vaddr = 0xffff_ffff_8000_0000n;
    const file = makeElf({ entry: vaddr + 0x10n, segments: [{ vaddr, paddr: base + 0x1000n }] });
    expect(accepted(planLoad(file, REGION)).entry).toBe(REGION.base + 0x1010);
  });

  it('linked high may give the physical entry instead', () => {
    const file = makeElf({ entry: base + 0x20n, segments: [{ vaddr: 0xffff_ffff_8000_0000n, paddr: base }] });
    expect(accepted(planLoad(file, REGION)).entry).toBe(REGION.base + 0x20);
  });

  it('has its segments in the order of their addresses, whatever the order in the file', () => {
    const file = makeElf({
      segments: [
        { vaddr: base + 0x2000n, memsz: 0x1000n },
        { vaddr: base, memsz: 0x1000n },
        { vaddr: base + 0x1000n, memsz: 0x1000n },
      ],
    });
    const addresses = accepted(planLoad(file, REGION)).segments.map(({ address }) => address);
    expect(addresses).toEqual([0, 0x1000, 0x2000].map((offset) => physAddr(REGION.base + offset)));
  });

  it('may have a segment of bss alone, wherever its offset points', () => {
    const bss = { vaddr: base + 0x1000n, offset: 0xffff_ffff_ffff_fff0n, filesz: 0n, memsz: 0x1000n };
    const target = new LoadTarget();
    const plan = accepted(target.load(makeElf({ segments: [{}, bss] })));
    expect(plan.segments[1]).toEqual({
      address: REGION.base + 0x1000,
      bytes: new Uint8Array(0),
      memorySize: 0x1000,
    });
    expect(target.written()).toBe(256);
  });

  it('may have headers that load nothing, outside its memory and the file', () => {
    const far = { vaddr: 0n, offset: 1n << 63n, filesz: 87n, memsz: 0n };
    const attributes = { ...far, type: 0x7000_0003 };
    const stack = { ...far, type: 0x6474_e551 };
    const empty = { vaddr: 0n, filesz: 0n, memsz: 0n };
    expect(
      accepted(planLoad(makeElf({ segments: [attributes, {}, stack, empty] }), REGION)).segments,
    ).toHaveLength(1);
  });

  it('may fill its memory to the last byte and end with the file', () => {
    const segment = { offset: 0x700n, filesz: 0x100n, memsz: BigInt(REGION.size) };
    expect(accepted(planLoad(makeElf({ segments: [segment] }, 0x800), REGION)).kind).toBe('elf');
  });

  it('is placed by its own addresses, so memory need not begin at a multiple of 2 MiB', () => {
    const odd = { base: REGION.base - 0x1000, size: REGION.size + 0x1000 };
    expect(accepted(planLoad(makeElf(), odd)).entry).toBe(REGION.base);
  });

  it('is known by its magic number even when flat binaries are allowed', () => {
    expect(accepted(planLoad(makeElf(), REGION, { flat: true })).kind).toBe('elf');
  });
});

describe('flat binary', () => {
  it('is placed at the base and entered there when it is allowed', () => {
    const target = new LoadTarget();
    const file = code(1000);
    expect(accepted(target.load(file, REGION, { flat: true }))).toEqual({
      kind: 'flat',
      segments: [{ address: REGION.base, bytes: file, memorySize: 1000 }],
      entry: REGION.base,
    });
    expect(target.bytes(REGION.base, 1000)).toEqual(file);
    expect(target.written()).toBe(1000);
  });

  it('may be shorter than any header, and as long as its memory', () => {
    expect(accepted(planLoad(code(4), REGION, { flat: true })).kind).toBe('flat');
    expect(accepted(planLoad(code(REGION.size), REGION, { flat: true })).kind).toBe('flat');
  });
});

describe('a description, whatever the memory', () => {
  it('tells of an Image how far above its base it lies', () => {
    const file = makeImage({ textOffset: 0x4000n, imageSize: 0x2000n });
    expect(describeImage(file)).toEqual({
      ok: true,
      value: {
        format: 'image',
        bytes: file.length,
        movable: true,
        entry: '0x4000',
        segments: [{ address: '0x4000', fileSize: file.length, memorySize: '0x2000' }],
      },
    });
  });

  it('tells of an ELF the physical addresses, ascending, and the physical entry', () => {
    const file = makeElf({
      entry: 0xffff_ffff_8000_0010n,
      segments: [
        { vaddr: 0xffff_ffff_8000_1000n, paddr: 0x8400_1000n, filesz: 0n, memsz: 0x3000n },
        { vaddr: 0xffff_ffff_8000_0000n, paddr: 0x8400_0000n, filesz: 16n, memsz: 0x100n },
      ],
    });
    expect(describeImage(file)).toEqual({
      ok: true,
      value: {
        format: 'elf',
        bytes: file.length,
        movable: false,
        entry: '0x84000010',
        segments: [
          { address: '0x84000000', fileSize: 16, memorySize: '0x100' },
          { address: '0x84001000', fileSize: 0, memorySize: '0x3000' },
        ],
      },
    });
  });

  it('tells of bare code its size, and only when it is named as such', () => {
    expect(describeImage(code(100), { flat: true })).toEqual({
      ok: true,
      value: {
        format: 'flat',
        bytes: 100,
        movable: true,
        entry: '0x0',
        segments: [{ address: '0x0', fileSize: 100, memorySize: '0x64' }],
      },
    });
    expect(describeImage(code(100))).toMatchObject({ ok: false, error: { code: 'not-a-kernel' } });
  });

  it('agrees with where our own guests are placed', () => {
    for (const name of ['islet.img', 'metronome.img', 'stress.img']) {
      const file = guest(name);
      const description = describeImage(file);
      const plan = accepted(planLoad(file, { ...REGION, size: 0x40_0000 }));
      if (!description.ok) throw new Error(description.error.reason);
      expect(Number(description.value.entry)).toBe(plan.entry - REGION.base);
      expect(description.value.segments.map(({ memorySize }) => Number(memorySize))).toEqual(
        plan.segments.map(({ memorySize }) => memorySize),
      );
    }
  });
});
