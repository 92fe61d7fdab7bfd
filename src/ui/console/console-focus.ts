/** Which terminal takes the keyboard, by kernel name: the way there from a kernel's menu. */
const consoles = new Map<string, () => void>();

/** Returns how to take the console away again. */
export function registerFocus(name: string, focus: () => void): () => void {
  consoles.set(name, focus);
  return () => {
    if (consoles.get(name) === focus) consoles.delete(name);
  };
}

/** The next thing typed goes to the kernel. On the next frame: a menu that closes gives the focus back first. */
export function focusConsole(name: string): void {
  requestAnimationFrame(() => consoles.get(name)?.());
}
