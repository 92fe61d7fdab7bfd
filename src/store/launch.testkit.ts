/** Machines for the page's store, in Repeatable mode and in this thread, that answer no more once they are disposed of. */
import type { MachineConfig } from '../protocol/machine-view.ts';
import type { Scenario } from '../protocol/scenario.ts';
import type { MachineHandle, ServicesApi } from '../protocol/services-api.ts';
import type { Step } from '../protocol/step.ts';
import { startMachine } from '../session/start-machine.ts';

export const kerf = (line: string): Step & { kind: 'kerf' } => ({
  kind: 'kerf',
  line,
  exit: 0,
  output: null,
});
export const CREATE = kerf('create alpha --cpus 0 --memory 8M');

export const scenarioOf = (more: Partial<Scenario>): Scenario => ({
  name: 'asked',
  description: '',
  machine: { harts: 2, memory: 64 * 2 ** 20, isolation: 'enforced', mode: 'repeatable', seed: 1 },
  files: [],
  setup: [CREATE],
  steps: [],
  ...more,
});

export interface Started extends MachineHandle {
  /** Whether the machine was disposed of. */
  readonly gone: () => boolean;
}

/**
 * Makes machines for `launch`; `change` may put other services in the place of some. One that is `paced` moves by itself, as
 * the page's does.
 */
export const starting =
  (
    change: (services: ServicesApi) => Partial<ServicesApi> = () => ({}),
    made: (machine: Started) => void = () => undefined,
    paced = false,
  ) =>
  (config: MachineConfig): Promise<MachineHandle> => {
    const machine = startMachine({
      config,
      workers: {
        hart: () => {
          throw new Error('no workers in Repeatable mode');
        },
      },
      paced,
    });
    let gone = false;
    const { memory } = machine;
    const changed = change(machine.services);
    // What a worker that was terminated is asked stays without an answer.
    const services = new Proxy(machine.services, {
      get(target, name: keyof ServicesApi) {
        const method = (changed[name] ?? target[name].bind(target)) as (
          ...words: unknown[]
        ) => Promise<unknown>;
        return async (...words: unknown[]): Promise<unknown> => {
          const answer = gone ? null : await method(...words);
          return gone ? new Promise(() => undefined) : answer;
        };
      },
    }) as ServicesApi;
    const dispose = (): void => {
      gone = true;
      void machine.dispose();
    };
    const handle = { config, memory, services, dispose };
    made({ ...handle, gone: () => gone });
    return Promise.resolve(handle);
  };

/** Resolves when `reached` is called; what waits for `held` waits until `open` is. */
export function gate(): { reached: Promise<void>; reach: () => void; held: Promise<void>; open: () => void } {
  let [reach, open] = [(): void => undefined, (): void => undefined];
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const held = new Promise<void>((resolve) => (open = resolve));
  return { reached, reach: () => reach(), held, open: () => open() };
}
