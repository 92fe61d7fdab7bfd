/** What a gallery shows of a scenario: its sentence, and the partition that the kerf lines of its setup make. */
import { ok, type Result } from '../base/result.ts';
import { parseKerf, type CreateCommand } from '../multikernel/kerf-parser.ts';
import type { Scenario } from '../protocol/scenario.ts';
import type { IndexedKernel, IndexedScenario } from '../protocol/scenario-index.ts';

/** Null: the scenario is in no group, and the gallery does not show it. Refused: a line of the setup that is no kerf line. Lines that only change a partition do not count: it is as created. */
export function indexScenario(scenario: Scenario): Result<IndexedScenario | null> {
  const kernels: IndexedKernel[] = [];
  for (const step of scenario.setup) {
    if (step.kind !== 'kerf') continue;
    const parsed = parseKerf(step.line);
    if (!parsed.ok) return parsed;
    const command = parsed.value;
    if (command.verb === 'create') kernels.push(kernelOf(command, kernels, scenario.machine.harts));
    if (command.verb === 'init')
      kernels.push(kernelOf({ ...command.create, id: 0 }, kernels, scenario.machine.harts));
  }
  const { name, description, machine, group } = scenario;
  if (group === undefined) return ok(null);
  return ok({
    name,
    sentence: firstSentence(description),
    mode: machine.mode,
    group,
    harts: machine.harts,
    kernels,
  });
}

function kernelOf(
  { name, id, cpus, peers }: CreateCommand,
  earlier: readonly IndexedKernel[],
  harts: number,
): IndexedKernel {
  const free = lowestFirst(harts).filter((hart) => !earlier.some((kernel) => kernel.harts.includes(hart)));
  const taken = earlier.map((kernel) => kernel.id);
  return {
    name,
    id:
      id ??
      lowestFirst(earlier.length + 2).find((candidate) => candidate > 0 && !taken.includes(candidate)) ??
      0,
    harts: 'list' in cpus ? [...cpus.list].sort((one, other) => one - other) : free.slice(0, cpus.count),
    peers: earlier.filter((kernel) => peers?.includes(kernel.name) ?? true).map((kernel) => kernel.id),
  };
}

const lowestFirst = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** Up to the first full stop or colon that ends a clause. */
const firstSentence = (description: string): string =>
  /^[^]*?[.!?](?=\s|$)/.exec(description.trim())?.[0] ?? description.trim();
