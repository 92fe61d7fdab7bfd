/** What is free, and where something new goes: kernels from the bottom of RAM at 2 MiB, channels from the top. */
import { PAGE_SIZE } from '../protocol/layout.ts';
import type { PageRun } from './ownership.ts';

/** A RISC-V `Image` wants 2 MiB, so every kernel's memory begins at one unless the user says where. */
const KERNEL_ALIGNMENT_PAGES = 0x20_0000 / PAGE_SIZE;

export const totalPages = (runs: readonly PageRun[]): number => runs.reduce((sum, run) => sum + run.pages, 0);

/** Lowest place for a kernel's memory in the free runs, or null. */
export function placeKernel(free: readonly PageRun[], pages: number): PageRun | null {
  for (const run of free) {
    const page = alignKernel(run.page);
    if (page + pages <= run.page + run.pages) return { page, pages };
  }
  return null;
}

/** Highest place for a channel's region in the free runs, or null. */
export function placeChannel(free: readonly PageRun[], pages: number): PageRun | null {
  const run = free.findLast((candidate) => candidate.pages >= pages);
  return run ? { page: run.page + run.pages - pages, pages } : null;
}

/** The free runs without `taken`, which must lie inside one of them. */
export function withoutRun(free: readonly PageRun[], taken: PageRun): PageRun[] {
  const end = taken.page + taken.pages;
  return free.flatMap((run) => {
    const runEnd = run.page + run.pages;
    if (end <= run.page || taken.page >= runEnd) return [run];
    const rest = [
      { page: run.page, pages: taken.page - run.page },
      { page: end, pages: runEnd - end },
    ];
    return rest.filter((part) => part.pages > 0);
  });
}

/** Pages of the largest kernel that fits in one piece. */
export function largestKernel(free: readonly PageRun[]): number {
  return free.reduce((most, run) => Math.max(most, run.page + run.pages - alignKernel(run.page)), 0);
}

const alignKernel = (page: number): number =>
  Math.ceil(page / KERNEL_ALIGNMENT_PAGES) * KERNEL_ALIGNMENT_PAGES;
