/** Composition root of the page: gives the store its machine and React its place. */
import { createRoot } from 'react-dom/client';
import opening from 'virtual:opening-scenario';
import type { MachineConfig } from './protocol/machine-view.ts';
import { OWN_FOLLOW } from './protocol/own-kernel.ts';
import type { MachineHandle } from './protocol/services-api.ts';
import { connectMachine } from './session/connect-machine.ts';
import { isEmbedded } from './store/embed.ts';
import { keepLastMachine, offerLastMachine } from './store/last-machine.ts';
import { fetchScenario, launch, type LaunchOptions } from './store/launch.ts';
import { reportTrouble, useMachine } from './store/machine-store.ts';
import { askedLesson, askedScenario, isShareFragment } from './store/opening.ts';
import { keepForOffline, loadIsolated } from './store/offline.ts';
import { leavePresent, usePresent } from './store/present-store.ts';
import { usePage } from './store/page-store.ts';
import type { Following } from './store/page-actions.ts';
import type { Scenes } from './store/scene-player.ts';
import { applySettings } from './store/settings.ts';
import { followConsoleReplies } from './ui/console/console-focus.ts';
import { installDebugHandle } from './ui/debug-handle.ts';
import { App } from './ui/shell/app.tsx';
import './ui/styles/colours.css';
import './ui/styles/page.css';
import './ui/styles/controls.css';
import './ui/styles/board.css';
import './ui/styles/console.css';
import './ui/styles/timeline.css';

// Spelled out twice, since the bundler reads these lines.
const servicesWorker = (): Worker =>
  new Worker(new URL('../workers/services.ts', import.meta.url), { type: 'module', name: 'services' });
const soloWorker = (): Worker =>
  new Worker(new URL('../workers/solo.ts', import.meta.url), { type: 'module', name: 'solo' });

function start(config: MachineConfig): Promise<MachineHandle> {
  const worker = config.mode === 'repeatable' ? soloWorker() : servicesWorker();
  worker.addEventListener('error', (event) =>
    reportTrouble({ kind: 'services-lost', detail: event.message }),
  );
  return connectMachine(worker, config, document.baseURI);
}

/** A frame shows what its page asks for: it keeps nothing for another visit, and offers nothing of an earlier one. */
const embedded = isEmbedded(location.search);

let opened: LaunchOptions['scenario'] = opening;

/**
 * Opens a scenario in the place of the machine; Reset opens the same one again. What was presented is not this one: its next
 * beat would take the place of the machine.
 */
function open(scenario: LaunchOptions['scenario'], following?: Following): Promise<boolean> {
  if (usePresent.getState().presenting) leavePresent();
  opened = scenario;
  return launch({ scenario, start, ...following });
}

const scenes: Scenes = {
  // The page brings no more of the first scenario along than its setup.
  opened: async () => {
    if (opened === opening) return fetchScenario(`scenarios/${opening.name}.yaml`);
    return typeof opened === 'string' ? fetchScenario(opened) : opened;
  },
  launch: (options) => launch({ ...options, start }),
};

/** Opens what the page's address asks for. What reads links is loaded when there is one. */
async function openAddress(): Promise<void> {
  if (isShareFragment(location.hash)) return openFragment(location.hash);
  const lesson = askedLesson(location.search);
  if (lesson !== null && (await openAskedLesson(lesson))) return;
  const asked = askedScenario(location.search);
  if (asked === null && !embedded) offerLastMachine();
  await open(asked ?? opening);
}

/** False: what there is to say is said in the drawer, beside another machine. */
async function openAskedLesson({
  lesson,
  step,
}: NonNullable<ReturnType<typeof askedLesson>>): Promise<boolean> {
  usePage.getState().setDrawer('lesson');
  const { openLesson } = await import('./store/lesson-player.ts');
  return openLesson(lesson, step, { open });
}

/** The address is opened by the page that is to stay. */
async function begin(): Promise<void> {
  if (import.meta.env.PROD && (await loadIsolated())) return;
  // Beside the machine: what it brings is shown when there is one to boot it in.
  const query = new URLSearchParams(location.search);
  if (query.has('kernel')) void offerImageOfLink();
  if (query.has(OWN_FOLLOW)) void followOwnKernel();
  await openAddress();
}

async function followOwnKernel(): Promise<void> {
  const { followChanges } = await import('./store/own-kernel.ts');
  followChanges(document.baseURI);
}

async function offerImageOfLink(): Promise<void> {
  const { offerAsked } = await import('./store/image-link.ts');
  offerAsked(location.search, document.baseURI);
}

async function openFragment(fragment: string): Promise<void> {
  const { openLink } = await import('./store/share-machine.ts');
  return openLink(fragment, open);
}

// For the tools of a browser and for tests: when the first kernel ran.
const untilFirst = useMachine.subscribe(({ view }) => {
  if (!view?.instances.some((instance) => instance.state === 'active')) return;
  performance.mark('first-kernel');
  if (import.meta.env.PROD) void keepForOffline();
  untilFirst();
});

applySettings();
const root = document.getElementById('root');
if (root)
  createRoot(root).render(
    <App
      actions={{ reset: () => void open(opened), open, openLink: openFragment }}
      scenes={scenes}
      embedded={embedded}
    />,
  );
installDebugHandle((scenario) => void open(scenario));
followConsoleReplies();
// A kernel under development is on the disk, and is not offered at another visit.
if (!embedded && !new URLSearchParams(location.search).has(OWN_FOLLOW)) keepLastMachine();
void begin();
// A link that is pasted over the address of an open page does not load it anew.
addEventListener('hashchange', () => {
  if (isShareFragment(location.hash)) void openAddress();
});
