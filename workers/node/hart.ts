/** Entry of a hart's worker in Node: its one message is its `workerData`. */
import { workerData } from 'node:worker_threads';
import { runHart, type HartWorkerInit } from '../../src/machine/hart-loop.ts';

runHart(workerData as HartWorkerInit);
