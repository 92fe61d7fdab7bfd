/** Which terminal takes the keyboard, by kernel name: `kerf console`, typed or from a kernel's menu, leads there. */
import { useMachine } from '../../store/machine-store.ts';
import { usePage } from '../../store/page-store.ts';

const consoles = new Map<string, () => void>();

/** Returns how to take the console away again. */
export function registerFocus(name: string, focus: () => void): () => void {
  consoles.set(name, focus);
  return () => {
    if (consoles.get(name) === focus) consoles.delete(name);
  };
}

/** The next thing typed goes to the kernel. On the next frame: a menu that closes gives the focus back first. */
function focusConsole(name: string): void {
  requestAnimationFrame(() => consoles.get(name)?.());
}

/** Shows the console that a reply of kerf asks for. A kernel that gives the command itself has no keyboard to give away. */
export function followConsoleReplies(): void {
  useMachine.subscribe(({ kerfLog, view }, before) => {
    const last = kerfLog.at(-1);
    if (!last || last === before.kerfLog.at(-1) || last.reply.from !== undefined) return;
    const asked = view?.instances.find(({ id }) => id === last.reply.console);
    if (!asked) return;
    usePage.getState().showColumn(asked.id);
    focusConsole(asked.name);
  });
}
