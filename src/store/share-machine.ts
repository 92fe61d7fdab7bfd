/** The machine on the page as a link or a file, and a link as the machine on the page. */
import { refuse, type Refusal, type Result } from '../base/result.ts';
import { sha256 } from '../base/sha256.ts';
import type { Scenario } from '../protocol/scenario.ts';
import { parseScenario } from '../session/scenario-file.ts';
import { scenarioOfView, type ViewScenario } from '../session/scenario-of-view.ts';
import type { ConnectedMachine } from './connected-machine.ts';
import { reportTrouble, useMachine } from './machine-store.ts';
import type { PageActions } from './page-actions.ts';
import { pageUntil } from './page-host.ts';
import { openFragment, shareFragment, type Opened } from './share-link.ts';

const NAME = 'shared-machine';
const HISTORY_NAME = 'done-by-hand';
const HISTORY_DESCRIPTION = 'What was done by hand on the page, with as much time between.';
/** Bytes; more than a scenario may have. */
const MOST_READ = 2 ** 20;

export interface MachineLink {
  readonly address: string;
  /** Images that the link cannot bring along. */
  readonly own: readonly string[];
}

function present(machine: ConnectedMachine): ViewScenario | null {
  const { view } = useMachine.getState();
  return view && useMachine.getState().machine === machine ? scenarioOfView(view, NAME, '') : null;
}

const noMachine = (): { ok: false; error: Refusal } =>
  refuse('no-machine', 'There is no machine to share.', 'wait until it is there');

/** The address of this page with the present machine in its fragment. */
export async function linkOf(machine: ConnectedMachine): Promise<Result<MachineLink>> {
  const { view } = useMachine.getState();
  const scenario = present(machine);
  if (scenario === null || view === null) return noMachine();
  const { document, own } = scenario;
  const images: Record<string, string> = {};
  for (const name of document.files) {
    const hash = await hashOfServed(name);
    if (hash !== null) images[name] = hash;
  }
  const paused = view.run === 'paused';
  const at = view.config.mode === 'repeatable' ? machine.reader.time() : null;
  const fragment = await shareFragment({ document, images, standing: { paused, at } });
  if (!fragment.ok) return fragment;
  const { origin, pathname } = location;
  return { ok: true, value: { address: `${origin}${pathname}${fragment.value}`, own } };
}

/** The present machine as a scenario file. */
export async function fileOf(machine: ConnectedMachine): Promise<{ name: string; yaml: string } | null> {
  const scenario = present(machine);
  if (scenario === null) return null;
  const { stringify } = await import('yaml');
  return { name: `${NAME}.yaml`, yaml: stringify(scenario.document, { lineWidth: 120 }) };
}

/** What was done on the machine by hand, as a scenario file whose first lines say how to run it. */
export async function historyFileOf(
  machine: ConnectedMachine,
): Promise<Result<{ name: string; yaml: string }>> {
  const history = machine.history.scenario(HISTORY_NAME, HISTORY_DESCRIPTION, machine.reader.time());
  if (!history.ok) return history;
  const { document, own, waits } = history.value;
  const { stringify } = await import('yaml');
  const name = `${HISTORY_NAME}.yaml`;
  // Twice the time of its waits, for hosts that are slower, and what boots take.
  const timeout = Math.ceil((2 * waits) / 1000) + 60;
  const files = own.map((file) => ` --file ${file}=PATH`).join('');
  const how = `# npx archipelago run ${name} --timeout ${timeout}s${files}\n`;
  return { ok: true, value: { name, yaml: how + stringify(document, { lineWidth: 120 }) } };
}

/**
 * Opens the machine that the fragment says; a link that cannot be read opens an empty one, and says why. What opens it takes
 * the place of the machine on the page; a machine that takes its own place meanwhile has nothing to do with the link.
 */
export async function openLink(fragment: string, open: PageActions['open']): Promise<void> {
  const opened = await openFragment(fragment);
  if (!opened.ok) {
    if (await open(EMPTY)) report({ kind: 'bad-link', detail: opened.error.reason });
    return;
  }
  const [differing, machine] = await Promise.all([
    differingImages(opened.value),
    open(opened.value.scenario).then((stayed) => (stayed ? useMachine.getState().machine : null)),
  ]);
  if (machine === null || useMachine.getState().machine !== machine) return;
  if (differing.length > 0) report({ kind: 'images-differ', detail: differing.join('\n') });
  await standAgain(machine, opened.value);
}

const EMPTY: Scenario = {
  name: 'empty',
  description: '',
  machine: { harts: 4, memory: 0x1000_0000, isolation: 'enforced', mode: 'parallel', seed: 1 },
  files: [],
  setup: [],
  steps: [],
};

/** What hindered the machine itself is worse, and stays. */
function report(trouble: Parameters<typeof reportTrouble>[0]): void {
  if (useMachine.getState().trouble === null) reportTrouble(trouble);
}

/** Pauses the machine where it was shared: in Repeatable mode at that machine time or shortly after. */
async function standAgain(machine: ConnectedMachine, { standing }: Opened): Promise<void> {
  if (!standing.paused) return;
  const { at } = standing;
  const gone = (): boolean => useMachine.getState().machine !== machine;
  if (at !== null) await pageUntil(() => gone() || machine.reader.time() >= at, Infinity);
  if (!gone() && useMachine.getState().view?.run === 'running') await machine.togglePause();
}

async function differingImages({ images }: Opened): Promise<string[]> {
  const checked = await Promise.all(
    [...images].map(async ([name, hash]) => ((await hashOfServed(name)) === hash ? [] : [name])),
  );
  return checked.flat();
}

/** SHA-256, hex, of a file that is served with the page; null: there is none. */
async function hashOfServed(name: string): Promise<string | null> {
  const found = await fetch(name).catch(() => null);
  if (!found?.ok) return null;
  return found.arrayBuffer().then(
    (bytes) => sha256(new Uint8Array(bytes)),
    () => null,
  );
}

/** The scenario that a file says; refused with `unreadable`, or `bad-scenario` and the line of each problem. */
export async function readScenarioFile(file: File): Promise<Result<Scenario>> {
  let content: string;
  try {
    // A scenario is small; of what is chosen by mistake no more is read than tells so.
    content = await file.slice(0, MOST_READ).text();
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return refuse('unreadable', `${file.name} cannot be read: ${detail}`, 'choose it again');
  }
  // An image, most likely. What is wrong with it as YAML would help nobody.
  if (content.includes('\0'))
    return refuse(
      'bad-scenario',
      `${file.name} is no text, and no scenario`,
      'an image belongs to a kernel: choose it in the menu of the kernel',
    );
  return parseScenario(content, file.name);
}
