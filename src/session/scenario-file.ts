/** Reads a scenario from YAML; every error names the file, the line and the place in the document. */
import { LineCounter, parseDocument, isMap, isScalar, type Document } from 'yaml';
import { ok, refuse, type Result } from '../base/result.ts';
import { parseKerf } from '../multikernel/kerf-parser.ts';
import { eachPlayed, playedSteps } from '../protocol/beat.ts';
import { issuePath } from '../protocol/scenario-values.ts';
import { eachStep } from '../protocol/step.ts';
import { scenarioSchema, type Scenario } from '../protocol/scenario.ts';

/** A scenario is written by a person; what is larger is another file by mistake. */
const LARGEST = 256 * 1024;
/** Errors told at once; more only bury the first. */
const MOST_ERRORS = 10;

/** A place in the document (keys and indices) and what is wrong there. */
interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/**
 * The scenario that `text` says, or a refusal `bad-scenario` whose reason has one line for each problem:
 * `FILE:LINE: PLACE: what is wrong`; without a line where there is none to name.
 */
export function parseScenario(text: string, fileName: string): Result<Scenario> {
  const hint = 'the format is described in docs/scenarios.md';
  if (text.length > LARGEST) {
    const reason = `${fileName}: ${text.length} characters; a scenario has at most ${LARGEST}`;
    return refuse('bad-scenario', reason, hint);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const reason = `${fileName}:${lines.linePos(broken.pos[0]).line}: ${yamlProblem(broken)}`;
    return refuse('bad-scenario', reason, hint);
  }
  const read = readValue(document);
  if (!read.ok) return refuse('bad-scenario', `${fileName}: ${read.error.reason}`, hint);
  const parsed = scenarioSchema.safeParse(read.value);
  const problems: Problem[] = parsed.success
    ? [...nothingToDo(parsed.data), ...kerfProblems(parsed.data)]
    : parsed.error.issues.map((issue) => ({ path: issuePath(issue), message: issue.message }));
  if (parsed.success && problems.length === 0) return ok(parsed.data);
  const told = problems
    .map((problem) => ({ ...problem, line: lineOf(document, lines, problem.path) }))
    .sort((a, b) => a.line - b.line)
    .map(
      ({ line, path, message }) =>
        `${fileName}:${line}: ${path.length > 0 ? `${place(path)}: ` : ''}${message}`,
    );
  const rest = told.length - MOST_ERRORS;
  const shown = rest > 0 ? [...told.slice(0, MOST_ERRORS), `… and ${rest} more`] : told;
  return refuse('bad-scenario', shown.join('\n'), hint);
}

const yamlProblem = (error: { code: string; message: string }): string =>
  error.code === 'MULTIPLE_DOCS' ? 'more than one document in the file' : `not YAML: ${error.message}`;

/** The document as plain values. Refused: nothing there, or aliases that multiply without end. */
function readValue(document: Document): Result<unknown> {
  try {
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    if (value === null || value === undefined) return refuse('empty', 'the file is empty', '');
    return ok(value);
  } catch (error) {
    return refuse('aliases', `not YAML: ${error instanceof Error ? error.message : String(error)}`, '');
  }
}

/** A scenario without a step would always hold. */
function nothingToDo(scenario: Scenario): Problem[] {
  if (scenario.setup.length + playedSteps(scenario).length > 0) return [];
  const message = 'there is no step, neither here nor under setup: nothing would be run, and nothing checked';
  return [{ path: ['steps'], message }];
}

/** Commands that kerf itself would answer with its usage, unless the step expects just that. */
function kerfProblems(scenario: Scenario): Problem[] {
  const problems: Problem[] = [];
  for (const { step, path } of [...eachStep(scenario.setup, ['setup']), ...eachPlayed(scenario)]) {
    if (step.kind !== 'kerf' || step.exit === 2) continue;
    const parsed = parseKerf(step.line);
    if (parsed.ok) continue;
    problems.push({ path: [...path, 'kerf'], message: `${parsed.error.reason}; ${parsed.error.hint}` });
  }
  return problems;
}

/** The line of the nearest thing in the document on the way to `path`: the key, where the value is under one. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const parent: unknown =
      length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    const pair = isMap(parent)
      ? parent.items.find((item) => isScalar(item.key) && item.key.value === key)
      : undefined;
    const node: unknown = pair?.key ?? document.getIn(path.slice(0, length), true);
    const range = (node as { range?: readonly number[] | null } | undefined)?.range;
    if (range?.[0] !== undefined) return lines.linePos(range[0]).line;
  }
  return 1;
}

/** `steps[2].expect.within` */
function place(path: readonly PropertyKey[]): string {
  return path
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i > 0 ? '.' : ''}${String(key)}`))
    .join('');
}
