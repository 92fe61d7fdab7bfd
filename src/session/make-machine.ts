/** A machine around an engine: its memory, its interpreter and its services, all in this thread. */
import { startClock } from '../machine/clock.ts';
import { createInterpreter } from '../machine/hart-loop.ts';
import { createMemory } from '../machine/memory.ts';
import type { MachineConfig } from '../protocol/machine-view.ts';
import type { Engine } from './engine.ts';
import { Services, type FileReader } from './services.ts';

/** A machine whose services live in this thread. */
export interface LocalMachine {
  readonly config: MachineConfig;
  readonly memory: WebAssembly.Memory;
  readonly services: Services;
  /** Ends every worker. */
  dispose(): Promise<void>;
}

/** Makes what runs the harts; `heard` is to be called whenever the memory may have changed. */
export type EngineFactory = (
  memory: WebAssembly.Memory,
  interpreter: WebAssembly.Module,
  heard: () => void,
) => Engine;

export function makeMachine(
  config: MachineConfig,
  engine: EngineFactory,
  readFile: FileReader = () => Promise.resolve(null),
): LocalMachine {
  const memory = createMemory(config);
  const interpreter = createInterpreter(memory);
  startClock(memory);
  const services = new Services({
    memory,
    config,
    readFile,
    engine: (heard) => engine(memory, interpreter, heard),
  });
  return { config, memory, services, dispose: () => services.dispose() };
}
