/**
 * `npm run soak:page`: the parts of `archipelago soak` on the page, in a Chromium, each in a browser of its own. Between
 * rounds the page's memory is measured (page-memory.ts); it is judged from the hundredth round to the last.
 */
import { chromium, type Browser, type Page } from '@playwright/test';
import { ok, type Result } from '../src/base/result.ts';
import { readArguments, usage, wholeNumber, type OptionTable } from '../src/cli/arguments.ts';
import { grownParts, growthText, sampleText, WARM_ROUNDS, type Growth } from '../src/cli/growth.ts';
import { SOAK_PARTS, type SoakPart } from '../src/cli/soak-parts.ts';
import { quantiles } from '../src/cli/soak-run.ts';
import { FIXED_YOUNG_GENERATION } from '../src/cli/young-generation.ts';
import { PageMemory, type PageSample } from './page-memory.ts';

export interface PageSoakAsked {
  readonly parts: readonly string[];
  /** Of exec and moves; hand-overs are a fifth. */
  readonly rounds: number;
  readonly seed: number;
  /** Rounds between two samples of memory. */
  readonly every: number;
}

export interface PageSoakContext {
  /** Where the production build is served. */
  readonly url: string;
  readonly executablePath: string;
  /** bench/page-rounds.ts as one script. */
  readonly rounds: string;
  readonly say: (line: string) => void;
  readonly complain: (line: string) => void;
}

const NAMES = Object.keys(SOAK_PARTS);
const DEFAULTS = { rounds: 1000, every: 50 };
const OPTIONS: OptionTable = {
  part: { value: 'NAME', summary: `only this: ${NAMES.join(', ')}` },
  rounds: { value: 'N', summary: `how many of each, hand-overs a fifth (${DEFAULTS.rounds})` },
  seed: { value: 'N', summary: 'seed of what is killed how and moved where (drawn, and printed)' },
  every: { value: 'N', summary: `rounds between two samples of memory (${DEFAULTS.every})` },
};

/** How the command is called, a line for each option. */
export const usageLines = (): string[] => [
  'usage: npm run soak:page -- [OPTIONS]',
  ...Object.entries(OPTIONS).map(
    ([name, { value, summary }]) => `    --${`${name} ${value ?? ''}`.padEnd(12)} ${summary}`,
  ),
];

export function readPageSoak(given: readonly string[]): Result<PageSoakAsked> {
  const args = readArguments(given, OPTIONS, []);
  if (!args.ok) return args;
  const part = args.value.text('part');
  if (part !== null && !NAMES.includes(part)) return usage(`--part ${part} is none of ${NAMES.join(', ')}`);
  const rounds = wholeNumber(args.value, 'rounds', 1, 1_000_000);
  if (!rounds.ok) return rounds;
  const seed = wholeNumber(args.value, 'seed', 0, 2 ** 32 - 1);
  if (!seed.ok) return seed;
  const every = wholeNumber(args.value, 'every', 1, 1_000_000);
  if (!every.ok) return every;
  return ok({
    parts: part === null ? NAMES : [part],
    rounds: rounds.value ?? DEFAULTS.rounds,
    seed: seed.value ?? Math.floor(Math.random() * 2 ** 32),
    every: every.value ?? DEFAULTS.every,
  });
}

/** True when every round went well and no memory grew. */
export async function soakPage(asked: PageSoakAsked, context: PageSoakContext): Promise<boolean> {
  let held = true;
  for (const name of asked.parts) {
    const part = SOAK_PARTS[name];
    if (part === undefined) throw new Error(`there is no part ${name}`);
    const browser = await chromium.launch({
      executablePath: context.executablePath,
      args: ['--no-sandbox', `--js-flags=${FIXED_YOUNG_GENERATION.join(' ')}`],
    });
    const problems = await soakPart(browser, name, part, asked, context).catch((error: unknown) => [
      error instanceof Error ? (error.stack ?? error.message) : String(error),
    ]);
    await browser.close();
    for (const problem of problems) context.complain(problem);
    held &&= problems.length === 0;
  }
  return held;
}

async function soakPart(
  browser: Browser,
  name: string,
  part: SoakPart,
  { rounds: asked, seed, every }: PageSoakAsked,
  { url, rounds: script, say }: PageSoakContext,
): Promise<string[]> {
  const count = part.rounds(asked);
  say(`${part.title} on the page: ${count}, seed ${seed}`);
  const page = await browser.newPage({ viewport: { width: 1440, height: 770 } });
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(`the page threw: ${error.stack ?? error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`the page logged: ${message.text()}`);
  });
  await openMachine(page, url, part);
  const memory = await PageMemory.of(browser, page);
  await page.evaluate(script);
  const unready = await page.evaluate(([each, drawn]) => window.soakRounds.prepare(each, drawn), [
    name,
    seed,
  ] as const);
  if (unready !== '') return [unready];

  const times: number[] = [];
  let first: PageSample | null = null;
  let last = await memory.sample();
  const tell = (): void =>
    say(`${times.length}: ${sampleText(last.judged)}; told only: ${sampleText(last.told)}`);
  let remark = '';
  tell();
  while (times.length < count && problems.length === 0) {
    const next = nextStop(times.length, every, count);
    const done = await page.evaluate((more) => window.soakRounds.run(more), next - times.length);
    times.push(...done.times);
    if (done.problem !== '') problems.push(done.problem);
    remark = done.remark;
    last = await memory.sample();
    if (times.length === WARM_ROUNDS) first = last;
    tell();
  }
  const { median, p99, longest } = quantiles(times);
  say(
    `${part.title} on the page: ${times.length}, median ${median.toFixed(1)} ms, ` +
      `p99 ${p99.toFixed(1)} ms, longest ${longest.toFixed(1)} ms`,
  );
  if (remark !== '') say(remark);
  if (first === null || times.length === WARM_ROUNDS) {
    say(growthText(null));
    return problems;
  }
  const growth = (sort: keyof PageSample): Growth => ({
    rounds: times.length,
    first: first[sort],
    last: last[sort],
  });
  say(growthText(growth('judged')));
  say(`told only: ${growthText(growth('told'))}`);
  return [...problems, ...grownParts(growth('judged'))];
}

/** The round after which memory is measured next: each `every`th, the one in which all is warm, and the last. */
export function nextStop(done: number, every: number, count: number): number {
  const stops = [(Math.floor(done / every) + 1) * every, count];
  if (done < WARM_ROUNDS) stops.push(WARM_ROUNDS);
  return Math.min(...stops);
}

/** Opens the page with an empty machine, as `?scenario=` opens any that lies beside it. */
async function openMachine(page: Page, url: string, { config }: SoakPart): Promise<void> {
  const { harts, isolation, mode, seed } = config;
  const scenario = {
    name: 'soak',
    machine: { harts, memory: `${config.memory / 2 ** 20}M`, isolation, mode, seed },
    setup: [{ wait: '1ms' }],
  };
  await page.route('**/scenarios/soak.yaml', (route) =>
    route.fulfill({ contentType: 'text/yaml', body: JSON.stringify(scenario) }),
  );
  await page.goto(`${url}?scenario=soak`);
  await page.waitForFunction(() => window.archipelago.services !== null);
}
