/** `archipelago lesson`: whether a lesson can be taught, for whoever writes one. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { checkLesson } from '../session/lesson-check.ts';
import { parseLesson } from '../session/lesson-file.ts';
import { startMachine } from '../session/start-machine.ts';
import { usage } from './arguments.ts';
import { complain, EXIT, type Command } from './command.ts';
import { firstReadable } from './run.ts';

export const lessonCommand: Command = {
  usage: 'archipelago lesson LESSON.md [OPTIONS]',
  summary:
    'go through a lesson: each step must pass when it is done, and not before; exit 0 good, 1 not, 2 usage',
  operands: ['LESSON.md'],
  options: {
    parallel: { value: null, summary: 'a thread for each hart, as on the page; left out, they take turns' },
  },
  run: async (args, context) => {
    const file = args.operands[0] ?? '';
    const text = await readFile(file, 'utf8').catch((error: unknown) => error as Error);
    if (typeof text !== 'string')
      return complain(context, usage(`${file} cannot be read: ${text.message}`).error);
    const read = parseLesson(text, file);
    if (!read.ok) return complain(context, read.error);
    const lesson = read.value;
    const files = new Map<string, Uint8Array>();
    for (const name of lesson.scenario.files) {
      const places = [resolve(dirname(file), name), resolve(context.publicFolder, name)];
      const bytes = await firstReadable(places);
      if (bytes === null)
        return complain(context, usage(`the lesson's file ${name} is not at ${places.join(' or ')}`).error);
      files.set(name, bytes);
    }
    const mode = args.given('parallel') ? 'parallel' : 'repeatable';
    const faults = await checkLesson(lesson, async () => {
      const machine = startMachine({
        config: { ...lesson.scenario.machine, mode },
        workers: context.workers,
      });
      for (const [name, bytes] of files) await machine.services.addFile(name, bytes);
      return machine;
    });
    for (const [index, { title, task }] of lesson.steps.entries()) {
      const own = faults.filter((fault) => fault.step === index + 1);
      const word = own.length > 0 ? 'FAIL' : task === null ? 'read' : 'ok  ';
      context.say(`${word}  ${index + 1} of ${lesson.steps.length}  ${title}`);
      for (const { what } of own) context.say(what.replace(/^/gm, '      '));
    }
    for (const { what } of faults.filter((fault) => fault.step === 0)) context.say(what);
    return faults.length === 0 ? EXIT.HELD : EXIT.FAILED;
  },
};
