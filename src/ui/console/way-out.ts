/**
 * The way out of a terminal by the keyboard (WCAG 2.1.2). A terminal gives Tab to its kernel, so Tab alone cannot move the
 * focus: Escape, which the kernel gets too, makes the very next Tab leave, forwards or with Shift backwards.
 */

/** `kernel`: the key is the kernel's. `leave`: it is the browser's, which moves the focus. */
export type KeyGoesTo = 'kernel' | 'leave';

/** What the person at the keyboard is told: how to get out (a Tab went to the kernel), or that the next Tab does it. */
export type WayOutHint = 'none' | 'how' | 'ready';

const MODIFIERS = ['Shift', 'Control', 'Alt', 'Meta', 'CapsLock', 'AltGraph'];

export class WayOut {
  private hint: WayOutHint = 'none';
  private readonly onHint: (hint: WayOutHint) => void;

  constructor(onHint: (hint: WayOutHint) => void) {
    this.onHint = onHint;
  }

  /** A key went down in the terminal. */
  keyDown(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'altKey' | 'metaKey'>): KeyGoesTo {
    // Shift goes down before Shift Tab does.
    if (MODIFIERS.includes(event.key)) return 'kernel';
    const bare = !event.ctrlKey && !event.altKey && !event.metaKey;
    const leaves = bare && event.key === 'Tab' && this.hint === 'ready';
    this.tell(
      bare && event.key === 'Escape' ? 'ready' : bare && event.key === 'Tab' && !leaves ? 'how' : 'none',
    );
    return leaves ? 'leave' : 'kernel';
  }

  /** The focus is elsewhere: an Escape from before does not count any more. */
  left(): void {
    this.tell('none');
  }

  private tell(hint: WayOutHint): void {
    if (hint === this.hint) return;
    this.hint = hint;
    this.onHint(hint);
  }
}
