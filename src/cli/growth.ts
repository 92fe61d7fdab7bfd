/** How much more memory something has at the end of a long run than when everything was warm, whatever measured it. */

/** Bytes of each part that was measured, by its name as people read it. */
export type MemorySample = Readonly<Record<string, number>>;

export interface Growth {
  /** Rounds before `last`; before `first` there were WARM_ROUNDS. */
  readonly rounds: number;
  readonly first: MemorySample;
  readonly last: MemorySample;
}

/** Rounds after which everything that is made once has been made. */
export const WARM_ROUNDS = 100;
/** Greatest growth of each part that is measured, per cent. */
const MOST_GROWTH = 5;

/** Per cent by which a part grew; negative: it shrank. */
export function percentGrown({ first, last }: Growth, part: string): number {
  const [before, after] = [first[part] ?? 0, last[part] ?? 0];
  return before === after ? 0 : (100 * (after - before)) / before;
}

/** A line for people. */
export function growthText(growth: Growth | null): string {
  if (growth === null) return `memory: not measured, that takes more than ${WARM_ROUNDS} rounds`;
  const parts = Object.entries(growth.first).map(([part, before]) => {
    const percent = percentGrown(growth, part);
    const signed = `${percent >= 0 ? '+' : ''}${percent.toFixed(1)} %`;
    return `${part} ${mebibytes(before)} to ${mebibytes(growth.last[part] ?? 0)} (${signed})`;
  });
  return `memory, from round ${WARM_ROUNDS} to round ${growth.rounds}: ${parts.join('; ')}`;
}

/** A complaint for each part that grew by more than MOST_GROWTH. */
export function grownParts(growth: Growth | null): string[] {
  if (growth === null) return [];
  return Object.keys(growth.first)
    .filter((part) => percentGrown(growth, part) > MOST_GROWTH)
    .map(
      (part) =>
        `${part} grew by ${percentGrown(growth, part).toFixed(1)} %, which is more than ${MOST_GROWTH} %`,
    );
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(2)} MiB`;

/** A sample for people. */
export const sampleText = (sample: MemorySample): string =>
  Object.entries(sample)
    .map(([part, bytes]) => `${part} ${mebibytes(bytes)}`)
    .join('; ');
