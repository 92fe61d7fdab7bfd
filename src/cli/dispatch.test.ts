import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { HartWorkerFactory } from '../session/hart-workers.ts';
import { dispatch } from './dispatch.ts';

const folder = mkdtempSync(join(tmpdir(), 'archipelago-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const empty = file('empty.yaml', 'name: empty');
const valid = file('valid.yaml', 'name: valid\nsteps: [{ wait: 1s }]');
const malformed = file('malformed.yaml', 'name: t\nmachine: { harts: 99 }');
const needy = file('needy.yaml', 'name: t\nfiles: [guests/none.img]\nsteps: [{ wait: 1s }]');
const kernel = file('kernel.img', 'not a kernel');

/** A context in which a machine that is started after all would be noticed. */
async function call(...args: string[]): Promise<{ status: number; said: string; complained: string }> {
  const said: string[] = [];
  const complained: string[] = [];
  const workers: HartWorkerFactory = {
    hart: () => {
      throw new Error('a machine was started');
    },
  };
  const status = await dispatch(args, {
    workers,
    publicFolder: folder,
    builtPage: () => Promise.reject(new Error('the page was built')),
    say: (line) => void said.push(line),
    complain: (line) => void complained.push(line),
  });
  return { status, said: said.join('\n'), complained: complained.join('\n') };
}

describe('a mistake in the arguments', () => {
  test.each<[string, string[], string]>([
    ['no command', [], 'a command is missing'],
    ['an unknown command', ['walk'], '"walk" is not a command'],
    ['a name that every object has', ['constructor'], '"constructor" is not a command'],
    ['no scenario', ['run'], 'SCENARIO.yaml is missing'],
    ['two scenarios', ['run', valid, valid], 'is one argument too many'],
    ['a scenario that is not there', ['run', join(folder, 'none.yaml')], 'cannot be read'],
    ['a malformed scenario', ['run', malformed], 'malformed.yaml:2: machine.harts: must be a whole number'],
    ['a scenario without a step', ['run', empty], 'empty.yaml:1: steps: there is no step'],
    ['an unknown option', ['run', valid, '--fast'], "Unknown option '--fast'"],
    ['an option without its value', ['run', valid, '--timeout'], 'argument missing'],
    ['a switch with a value', ['run', valid, '--json=yes'], 'does not take an argument'],
    ['an option twice', ['run', valid, '--seed', '1', '--seed', '2'], '--seed is given twice'],
    ['an empty option', ['run', valid, '--expect-text', ''], '--expect-text is empty'],
    ['a timeout without a unit', ['run', valid, '--timeout', '60'], '--timeout 60 is not a duration'],
    ['a timeout of nothing', ['run', valid, '--timeout', '0s'], '--timeout 0s is not a duration'],
    [
      'a seed that is no number',
      ['run', valid, '--repeatable', '--seed', 'x'],
      '--seed x is not a whole number',
    ],
    [
      'a seed too great',
      ['run', valid, '--repeatable', '--seed', '4294967296'],
      'is not a whole number from 0',
    ],
    ['a seed in Parallel mode', ['run', valid, '--seed', '7'], '--seed is for --repeatable'],
    ['a file without a path', ['run', needy, '--file', 'guests/none.img'], 'is not of the form NAME=PATH'],
    ['a file that the scenario does not name', ['run', needy, '--file', `x=${kernel}`], 'names no such file'],
    ['a file of the scenario that is not there', ['run', needy], 'guests/none.img is not at'],
    ['no kernel', ['boot'], '--kernel FILE is missing'],
    ['a kernel that is not there', ['boot', '--kernel', join(folder, 'none')], 'cannot be read'],
    ['no hart', ['boot', '--kernel', kernel, '--cpus', '0'], '--cpus 0 is not a whole number from 1 to 16'],
    ['too many harts', ['boot', '--kernel', kernel, '--cpus', '17'], '--cpus 17 is not a whole number'],
    ['a size that is none', ['boot', '--kernel', kernel, '--memory', 'much'], '"much" is not a size'],
    [
      'an address that is none',
      ['boot', '--kernel', kernel, '--memory-base', 'top'],
      '"top" is not an address',
    ],
    ['a mode that is none', ['boot', '--kernel', kernel, '--entry', 'u'], '--entry u is neither s nor m'],
    ['more memory than a machine has', ['boot', '--kernel', kernel, '--memory', '4G'], 'at most'],
    ['nothing to serve', ['serve'], '--kernel FILE is missing'],
    ['a file to serve that is not there', ['serve', '--kernel', join(folder, 'none')], 'cannot be read'],
    ['a file to serve that is no image', ['serve', '--kernel', kernel], 'kernel.img: the file has 12 bytes'],
    ['a port that is none', ['serve', '--kernel', kernel, '--port', '65536'], '--port 65536 is not a whole'],
    ['harts that no machine has', ['serve', '--kernel', kernel, '--cpus', '0-16'], '--cpus names hart 16'],
    ['harts that are none', ['serve', '--kernel', kernel, '--cpus', 'all'], '"all" is not a list of harts'],
    ['no folder of tests', ['conformance'], 'DIR is missing'],
    ['a folder that is not there', ['conformance', join(folder, 'none')], 'cannot be read'],
    ['a folder without tests', ['conformance', folder], 'has no file named rv64ui-p-…'],
    ['a stress of no time', ['stress', '--seconds', '0'], '--seconds 0 is not a whole number'],
  ])('%s: exit 2 and a message', async (_, args, message) => {
    const { status, said, complained } = await call(...args);
    expect(complained).toContain(message);
    expect(status).toBe(2);
    expect(said).toBe('');
  });
});

test('help names every command and every option', async () => {
  const { status, said } = await call('help');
  expect(status).toBe(0);
  for (const word of [
    'run',
    'boot',
    'conformance',
    'serve',
    'stress',
    '--timeout',
    '--expect-text',
    '--kernel',
    '--json',
  ]) {
    expect(said).toContain(word);
  }
});
