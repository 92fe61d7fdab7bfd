/** `archipelago diagram`: runs a scenario in Repeatable mode and prints what its steps did as a Mermaid diagram. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ok, refuse, type Result } from '../base/result.ts';
import type { Step } from '../protocol/step.ts';
import { playedSteps } from '../protocol/beat.ts';
import type { Scenario } from '../protocol/scenario.ts';
import type { TraceRecord } from '../protocol/trace.ts';
import { parseScenario } from '../session/scenario-file.ts';
import { localHost } from '../session/scenario-host.ts';
import { ScenarioRunner } from '../session/scenario-runner.ts';
import { startMachine } from '../session/start-machine.ts';
import type { LocalMachine } from '../session/make-machine.ts';
import {
  DIAGRAM_DETAILS,
  sequenceDiagram,
  type DiagramDetail,
  type DiagramEvent,
} from '../session/trace-diagram.ts';
import { usage } from './arguments.ts';
import { complain, EXIT, type Command } from './command.ts';

export const diagramCommand: Command = {
  usage: 'archipelago diagram SCENARIO.yaml [OPTIONS]',
  summary: 'run a scenario in Repeatable mode; print what its steps (not its setup) did as a Mermaid diagram',
  operands: ['SCENARIO.yaml'],
  options: {
    detail: { value: 'DETAIL', summary: `${DIAGRAM_DETAILS.join(' or ')} (each slot and doorbell)` },
  },
  run: async (args, context) => {
    const wanted = args.text('detail') ?? 'messages';
    const detail = DIAGRAM_DETAILS.find((known) => known === wanted);
    if (detail === undefined)
      return complain(context, usage(`--detail ${wanted} is not ${DIAGRAM_DETAILS.join(' or ')}`).error);
    const diagram = await diagramOf(args.operands[0] ?? '', detail, context.publicFolder);
    if (!diagram.ok) {
      complain(context, diagram.error);
      return diagram.error.code === 'step-failed' ? EXIT.FAILED : EXIT.USAGE;
    }
    context.say(diagram.value.trimEnd());
    return EXIT.HELD;
  },
};

/** The diagram of a scenario file; the same text each time. Refused when a step does not hold, with what was seen. */
export async function diagramOf(
  file: string,
  detail: DiagramDetail,
  publicFolder: string,
): Promise<Result<string>> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => error as Error);
  if (typeof text !== 'string') return usage(`${file} cannot be read: ${text.message}`);
  const scenario = parseScenario(text, file);
  if (!scenario.ok) return scenario;
  const machine = startMachine({
    config: { ...scenario.value.machine, mode: 'repeatable' },
    workers: {
      hart: () => {
        throw new Error('no workers in Repeatable mode');
      },
    },
    readFile: (name) =>
      readFile(resolve(publicFolder, name)).then(
        (bytes) => new Uint8Array(bytes),
        () => null,
      ),
  });
  try {
    return await drawScenario(machine, scenario.value, detail);
  } finally {
    await machine.dispose();
  }
}

async function drawScenario(
  machine: LocalMachine,
  scenario: Scenario,
  detail: DiagramDetail,
): Promise<Result<string>> {
  const { setup } = scenario;
  const runner = await ScenarioRunner.create(localHost(machine));
  const names = new Map<number, string>();
  const watch = await machine.services.onView((view) => {
    for (const { id, name } of view.instances) names.set(id, name);
  });
  const take = async (): Promise<readonly TraceRecord[]> => (await machine.services.takeTrace()).records;
  let before: readonly TraceRecord[] = [];
  const events: DiagramEvent[] = [];
  for (const [index, step] of [...setup, ...playedSteps(scenario)].entries()) {
    const drawn = index >= setup.length;
    if (drawn) events.push(...eventOf(step, names));
    const [report] = await runner.run([step]);
    if (report?.outcome !== 'held')
      return refuse(
        'step-failed',
        `${report?.step ?? 'a step'}: ${report?.detail ?? ''}`,
        'run the scenario',
      );
    const records = await take();
    if (drawn) events.push(...records.map((record) => ({ kind: 'record' as const, record })));
    else before = [...before, ...records];
  }
  await runner.dispose();
  await machine.services.unsubscribe(watch);
  return ok(sequenceDiagram({ events, names, detail, before }));
}

/** What a person did in a step. */
function eventOf(step: Step, names: ReadonlyMap<number, string>): DiagramEvent[] {
  if (step.kind === 'kerf') return [{ kind: 'command', line: step.line }];
  if (step.kind !== 'type') return [];
  const instance = [...names].find(([, name]) => name === step.console)?.[0];
  return instance === undefined ? [] : [{ kind: 'typed', instance, text: step.text }];
}
