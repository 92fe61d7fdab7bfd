/** The commands of the headless runner, and which one is meant. */
import { readArguments } from './arguments.ts';
import { bootCommand } from './boot.ts';
import { EXIT, type Command, type Context } from './command.ts';
import { conformanceCommand } from './conformance.ts';
import { diagramCommand } from './diagram.ts';
import { lessonCommand } from './lesson.ts';
import { movesCommand } from './moves-command.ts';
import { runCommand } from './run.ts';
import { serveCommand } from './serve.ts';
import { soakCommand } from './soak-command.ts';
import { stressCommand } from './stress-command.ts';

const COMMANDS: Readonly<Record<string, Command>> = {
  run: runCommand,
  boot: bootCommand,
  serve: serveCommand,
  lesson: lessonCommand,
  conformance: conformanceCommand,
  diagram: diagramCommand,
  stress: stressCommand,
  moves: movesCommand,
  soak: soakCommand,
};

/** Carries out a command line (without node and script) and gives the exit status. */
export async function dispatch(args: readonly string[], context: Context): Promise<number> {
  const [name, ...rest] = args;
  if (name === 'help' || name === '--help' || name === '-h') {
    for (const line of helpLines()) context.say(line);
    return EXIT.HELD;
  }
  const command = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    context.complain(name === undefined ? 'a command is missing' : `"${name}" is not a command`);
    for (const line of helpLines()) context.complain(line);
    return EXIT.USAGE;
  }
  const read = readArguments(rest, command.options, command.operands);
  if (!read.ok) {
    context.complain(read.error.reason);
    context.complain(`usage: ${command.usage}`);
    context.complain(read.error.hint);
    return EXIT.USAGE;
  }
  return command.run(read.value, context);
}

function helpLines(): string[] {
  const lines = ['Archipelago: several kernels side by side on one emulated RISC-V machine', ''];
  for (const { usage, summary, options } of Object.values(COMMANDS)) {
    lines.push(usage, `    ${summary}`);
    for (const [name, row] of Object.entries(options)) {
      lines.push(`    --${`${name}${row.value === null ? '' : ` ${row.value}`}`.padEnd(22)} ${row.summary}`);
    }
    lines.push('');
  }
  return [...lines, 'archipelago help', '    print this'];
}
