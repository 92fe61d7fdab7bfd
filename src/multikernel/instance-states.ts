/** Which verb an instance takes in which state (the table "Instance" of the multikernel model), and the way there. */
import { ok, refuse, type Result } from '../base/result.ts';
import { HEADER, INSTANCE } from '../protocol/layout.ts';
import type { InstanceState } from '../protocol/machine-view.ts';
import type { ControllerContext } from './controller-context.ts';
import type { Instance } from './instances.ts';
import type { Verb } from './kerf-verbs.ts';

export type StateVerb =
  Exclude<Verb, 'init' | 'create' | 'console' | 'apply' | 'rollback' | 'show' | 'help'> | 'exec --kho';

const TAKES: Readonly<Record<StateVerb, readonly InstanceState[]>> = {
  load: ['ready', 'active'],
  exec: ['loaded'],
  'exec --kho': ['active'],
  handover: ['active'],
  update: ['ready', 'loaded', 'active'],
  kill: ['active'],
  unload: ['loaded', 'failed'],
  delete: ['empty', 'ready', 'failed'],
};

/** Verbs that lead from a state to the one in which the wanted verb is taken. */
const WAY: Readonly<Partial<Record<StateVerb, Readonly<Partial<Record<InstanceState, readonly string[]>>>>>> =
  {
    load: { loaded: ['unload'], failed: ['unload'] },
    exec: { ready: ['load'], active: ['kill'], failed: ['unload', 'load'] },
    'exec --kho': { ready: ['load', 'exec'], loaded: ['exec'], failed: ['unload', 'load', 'exec'] },
    handover: { ready: ['load', 'exec'], loaded: ['exec'], failed: ['unload', 'load', 'exec'] },
    update: { failed: ['unload'] },
    unload: { active: ['kill'] },
    delete: { loaded: ['unload'], active: ['kill', 'unload'] },
  };

/** Lines after which the instance takes the verb; none: it takes it as it is, or no lines lead there. */
export const wayTo = (instance: Instance, verb: StateVerb): readonly string[] =>
  WAY[verb]?.[instance.state]?.map((step) => `kerf ${step} ${instance.name}`) ?? [];

/** Refused with `wrong-state` when the instance's state does not take the verb. */
export function checkState(instance: Instance, verb: StateVerb): Result<Instance> {
  if (TAKES[verb].includes(instance.state)) return ok(instance);
  const because = instance.reason === '' ? '' : ` (${instance.reason})`;
  const way = wayTo(instance, verb);
  return refuse(
    'wrong-state',
    `${verb} works on an instance that is ${TAKES[verb].join(' or ')}; ${instance.name} is ${instance.state}${because}`,
    way.length > 0 ? `first: ${way.join(', then ')}` : `see: kerf show ${instance.name}`,
  );
}

/** Refused with `paused` when the kernel cannot answer because time stands for it. */
export function checkNotPaused(
  context: ControllerContext,
  instance: Instance,
  whatFor: string,
): Result<Instance> {
  const machine = Atomics.load(context.words, HEADER.PAUSED >> 2) !== 0;
  if (!machine && context.instanceWord(instance.id, INSTANCE.PAUSED) === 0) return ok(instance);
  return refuse(
    'paused',
    `${machine ? 'the machine' : instance.name} is paused, and ${instance.name} has to run ${whatFor}`,
    'resume first',
  );
}
