/** What is told of a machine's history, and that it can be read again. */
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { TICKS_PER_MS } from '../machine/clock.ts';
import type { KerfReply } from '../protocol/machine-view.ts';
import { MachineHistory } from './machine-history.ts';
import { parseScenario } from './scenario-file.ts';

const FILE = `
name: start
description: d
machine: { harts: 3, memory: 64M, isolation: cooperative, mode: repeatable, seed: 9 }
files: [guests/islet.img]
setup:
  - kerf: create alpha --cpus 0 --memory 16M
  - kerf: load alpha --kernel guests/islet.img
  - kerf: exec alpha
  - isolation: enforced
  - expect: { console: alpha, pattern: 'alpha> ?', within: 5s }
`;
const parsed = parseScenario(FILE, 'start.yaml');
if (!parsed.ok) throw new Error(parsed.error.reason);
const { value: start } = parsed;

const reply = (line: string, exitCode: KerfReply['exitCode'] = 0, from?: string): KerfReply => ({
  line,
  exitCode,
  output: '',
  ...(from === undefined ? {} : { from }),
});
const ms = (time: number): number => time * TICKS_PER_MS;

function begun(): MachineHistory {
  const history = new MachineHistory(start);
  for (const step of start.setup) if (step.kind === 'kerf') history.kerf(reply(step.line), ms(1));
  history.ready(ms(10));
  return history;
}

test('tells kerf lines, typed text and isolation with the time between, and can be read again', () => {
  const history = begun();
  history.kerf(reply('kerf update alpha --cpus +1'), ms(110));
  for (const [index, key] of Array.from('ping\r').entries())
    history.type('alpha', key, ms(300 + index * 100));
  history.type('alpha', 'x', ms(710));
  history.isolation('cooperative', ms(720));
  history.kerf(reply('kerf kill beta', 1), ms(720.5));
  history.kerf(reply('kerf show', 0, 'host'), ms(800));

  const made = history.scenario('done', 'by hand', ms(60_000));
  if (!made.ok) throw new Error(made.error.reason);
  const { document, own, waits } = made.value;
  expect(document.steps).toEqual([
    { wait: '100ms' },
    { kerf: 'update alpha --cpus +1' },
    { wait: '190ms' },
    { type: { console: 'alpha', text: 'ping\r' } },
    { wait: '10ms' },
    { type: { console: 'alpha', text: 'x' } },
    { wait: '10ms' },
    { isolation: 'cooperative' },
    { kerf: 'kill beta', exit: 1 },
    { wait: '2000ms' },
  ]);
  expect([own, waits]).toEqual([[], 2310]);
  expect(document.machine).toEqual({ ...start.machine, devices: ['rng0'] });

  const again = parseScenario(stringify(document), 'done.yaml');
  if (!again.ok) throw new Error(again.error.reason);
  expect(again.value.setup).toEqual(start.setup);
  expect(again.value.machine).toEqual({ ...start.machine, devices: ['rng0'] });
});

test('a line of the setup that a person gives again is a deed', () => {
  const history = begun();
  history.kerf(reply('exec alpha'), ms(20));
  expect(history.scenario('done', '', ms(20))).toMatchObject({
    ok: true,
    value: { document: { steps: [{ wait: '10ms' }, { kerf: 'exec alpha' }] } },
  });
});

test('names the images that somebody brought', () => {
  const history = begun();
  history.file('guests/islet.img');
  history.file('mine.elf');
  history.kerf(reply('load alpha --kernel mine.elf'), ms(20));
  expect(history.scenario('done', '', ms(20))).toMatchObject({
    value: { own: ['mine.elf'], document: { files: ['guests/islet.img', 'mine.elf'] } },
  });
});

test('is nobody’s once a demonstration acts there', () => {
  const history = begun();
  history.type('alpha', 'x', ms(15));
  history.notByHand('The demonstration split');
  history.kerf(reply('kill alpha'), ms(20));
  expect(history.empty).toBe(true);
  expect(history.scenario('done', '', ms(30))).toMatchObject({ error: { code: 'not-by-hand' } });
});

test('refuses when there is nothing, and when there was more than is kept', () => {
  const history = begun();
  expect(history.scenario('done', '', 0)).toMatchObject({ error: { code: 'nothing-done' } });
  history.type('alpha', 'y'.repeat(300 * 1024), ms(20));
  expect(history.scenario('done', '', 0)).toMatchObject({ error: { code: 'history-too-long' } });
  const busy = begun();
  for (let line = 0; line <= 4000; line++) busy.kerf(reply('show'), ms(20 + line));
  expect(busy.scenario('done', '', 0)).toMatchObject({ error: { code: 'history-too-long' } });
});
