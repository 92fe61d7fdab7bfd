/** The page's side of the services worker: starts a machine in it and gives a `MachineHandle`. */
import * as Comlink from 'comlink';
import { assert } from '../base/assert.ts';
import type { MachineConfig } from '../protocol/machine-view.ts';
import type { MachineHandle, ServicesApi } from '../protocol/services-api.ts';
import { MemoryMirror } from './memory-mirror.ts';
import type { MachineServer } from './serve-machine.ts';

/** A worker as far as this file needs one. */
export interface ServicesWorker extends Comlink.Endpoint {
  terminate(): void;
}

/**
 * Starts a machine of this configuration in a fresh services worker (workers/services.ts). `page`: address of the page, as
 * `MachineServer.start` has it.
 */
export async function connectMachine(
  worker: ServicesWorker,
  config: MachineConfig,
  page: string,
): Promise<MachineHandle> {
  const server = Comlink.wrap<MachineServer>(worker);
  const shared = await server.start(config, page);
  const mirror = shared === null ? new MemoryMirror(config, () => server.mirror()) : null;
  const memory = shared ?? mirror?.memory;
  assert(memory !== undefined, 'a machine without memory');
  void mirror?.follow();
  /** An answer after which the page's memory tells of what it says. */
  const mirrored = async <T>(asked: Promise<T>): Promise<T> => {
    const answer = await asked;
    await mirror?.pull();
    return answer;
  };
  const remote = (await server.services()) as unknown as Comlink.Remote<ServicesApi>;
  const services: ServicesApi = {
    view: () => mirrored(remote.view()),
    onView: (listener) => remote.onView(Comlink.proxy(listener)),
    onConsole: (listener) => remote.onConsole(Comlink.proxy(listener)),
    onKerf: (listener) => remote.onKerf(Comlink.proxy(listener)),
    unsubscribe: (subscription) => remote.unsubscribe(subscription),
    kerf: (line) => mirrored(remote.kerf(line)),
    type: (instance, bytes) => remote.type(instance, bytes),
    setIsolation: (isolation) => mirrored(remote.setIsolation(isolation)),
    pause: () => mirrored(remote.pause()),
    resume: () => mirrored(remote.resume()),
    step: (instance, count) => mirrored(remote.step(instance, count)),
    runUntil: (request) => mirrored(remote.runUntil(request)),
    copyMemory: (base, size) => remote.copyMemory(base, size),
    hashMemory: (instance) => remote.hashMemory(instance),
    lastWords: (instance) => remote.lastWords(instance),
    takeTrace: () => remote.takeTrace(),
    exportTrace: () => remote.exportTrace(),
    timeline: (query) => server.timeline(query),
    traceEvent: (query) => remote.traceEvent(query),
    traceRows: (rows) => remote.traceRows(rows),
    message: (query) => remote.message(query),
    registerLayout: () => remote.registerLayout(),
    inspectHart: (hart) => remote.inspectHart(hart),
    disassemble: (query, before, count) => remote.disassemble(query, before, count),
    readMemory: (query, rows) => remote.readMemory(query, rows),
    walk: (hart, address, access) => remote.walk(hart, address, access),
    deviceTree: (instance) => remote.deviceTree(instance),
    describeImage: (name, bytes, place) => remote.describeImage(name, bytes, place),
    addFile: (name, bytes) => remote.addFile(name, bytes),
  };
  const dispose = (): void => {
    mirror?.end();
    worker.terminate();
  };
  return { config, memory, services, dispose };
}
