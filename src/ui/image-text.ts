/** Sentences about images that people bring along; part of the catalogue in text.ts. */
import type { ImageDescription } from '../protocol/image-report.ts';
import { fileSize } from './file-size.ts';

export const imageText = {
  reading: 'Reading the file …',
  fits: (name: string) => `${name} fits into this memory.`,
  format: {
    image: 'RISC-V Linux Image, runs wherever it is put',
    elf: 'ELF64, linked for one place',
    flat: 'bare code, run from its first byte',
  } satisfies Record<ImageDescription['format'], string>,
  facts: 'What the file is',
  hash: 'SHA-256',
  entry: 'Entry',
  memory: (from: string, to: string) => `Memory ${from} to ${to}`,
  takes: (from: string, size: string) => `${size} at ${from}`,
  deviceTree: 'device tree, and what only the kernel uses',
  fromFile: 'in the file',
  inMemory: 'in memory',
  segment: 'Segment at',
  more: (count: number) => `and ${count} more`,
  fromBase: (offset: string) => `base + ${offset}`,
  needsNote: (size: string, base: string) => `It was linked for ${base} and needs ${size} there.`,
  noMemory: 'No memory that this machine has would do.',
  tooLarge: {
    code: 'file-too-large',
    reason: (name: string, size: string, most: string) =>
      `${name} has ${size}, and ${most} are read at most.`,
    hint: 'Choose the kernel itself, without a disk or debug information beside it.',
  },
  on: (name: string) => `Boot another image on ${name}`,
  title: (name: string) => `Boot ${name}`,
  where: 'Boots in',
  newKernel: 'a new kernel',
  running: (name: string) => `${name}, which runs`,
  stopped: (name: string) => name,
  ends: (name: string) =>
    `${name} runs, and ends: what it holds in its memory is lost. The other kernels go on.`,
  force: 'By force: do not wait until it has shut down',
  boot: { submit: 'Boot', working: 'Booting …' },
  killAndBoot: { submit: 'Kill and boot this', working: 'Booting …' },
  cameFrom: (origin: string, foreign: boolean) =>
    foreign ? `A link brought it, from ${origin}.` : 'A link brought it, from the server of this page.',
  hashHolds: 'Its SHA-256 is the one that the link says.',
  hashUnknown: 'The link says no SHA-256: whether it is what was meant, you can tell by the one below.',
  linkTitle: 'An image from a link',
  fetching: 'Fetching',
  fetched: (come: number, all: number | null) =>
    all === null ? fileSize(come) : `${fileSize(come)} of ${fileSize(all)}`,
  cancel: 'Cancel',
  close: 'Close',
  nothingBoots: 'Nothing boots before you have seen what it is.',
  notFetched: 'The image was not taken, and the machine stays as it is.',
  dropOn: (name: string) => `An image boots on ${name}, after you have seen what it is.`,
  dropNew: 'An image boots in a new kernel, after you have seen what it is.',
};
