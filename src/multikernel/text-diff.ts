/** What differs between two texts, line by line. */

/** Lines around a difference that are shown with it. */
const CONTEXT = 2;

/** Lines of both, each with `-`, `+` or a blank before it; far from any difference they are left out for `…`. */
export function diffLines(before: string, after: string): string {
  const rows = edits(before.split('\n'), after.split('\n'));
  const near = (index: number): boolean =>
    rows.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(([mark]) => mark !== ' ');
  const lines: string[] = [];
  rows.forEach(([mark, line], index) => {
    if (near(index)) lines.push(`${mark}${line}`);
    else if (lines.at(-1) !== '…') lines.push('…');
  });
  return lines.join('\n');
}

type Row = readonly [mark: '-' | '+' | ' ', line: string];

/** By the longest common subsequence; both texts are a few hundred lines at most. */
function edits(before: readonly string[], after: readonly string[]): Row[] {
  const width = after.length + 1;
  const common = new Uint16Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      common[i * width + j] =
        before[i] === after[j]
          ? (common[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(common[(i + 1) * width + j] ?? 0, common[i * width + j + 1] ?? 0);
    }
  }
  const rows: Row[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      rows.push([' ', before[i] ?? '']);
      i += 1;
      j += 1;
    } else if (
      j >= after.length ||
      (i < before.length && (common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0))
    ) {
      rows.push(['-', before[i] ?? '']);
      i += 1;
    } else {
      rows.push(['+', after[j] ?? '']);
      j += 1;
    }
  }
  return rows;
}
