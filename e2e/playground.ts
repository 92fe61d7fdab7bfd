/**
 * The page as a person uses it: what a test reads and does, in the words of the page. Every test made with this `test`
 * also fails when the page throws or logs an error.
 */
import { test as base, expect, type Locator, type Page } from '@playwright/test';

/** Milliseconds: how long the first visit may take on a busy host. The bench asserts the real limits. */
const BOOT_LIMIT = 30_000;
/** Milliseconds between two looks at what the machine changes past the DOM. */
const LOOK_EVERY = 50;

interface MachineAsked {
  readonly harts: number;
  readonly mode?: 'parallel' | 'repeatable';
  /** Lines of its setup. */
  readonly kerf: readonly string[];
  /** Files beside islet that its setup loads. */
  readonly files?: readonly string[];
}

/** The kerf lines that make a kernel of these cores and boot islet in it. */
export const bootLines = (name: string, cpus: string, more = ''): string[] => [
  `create ${name} --cpus ${cpus} --memory 16M${more}`,
  `load ${name} --kernel guests/islet.img --cmdline beat`,
  `exec ${name}`,
];

export class Playground {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Opens the page and waits until both kernels are at their prompts and beat. Nothing is pressed. */
  async open(): Promise<void> {
    await this.page.goto('./');
    await this.waitForKernels();
  }

  /** Opens the page with a machine of its own and waits until the kernels that are named are at their prompts. */
  async openMachine(machine: MachineAsked, names: readonly string[]): Promise<void> {
    await this.page.goto('./');
    const scenario = JSON.stringify({
      name: 'asked',
      description: 'A machine that a test asks for.',
      machine: {
        memory: '256M',
        isolation: 'enforced',
        mode: machine.mode ?? 'parallel',
        seed: 1,
        harts: machine.harts,
      },
      files: ['guests/islet.img', ...(machine.files ?? [])],
      setup: machine.kerf.map((line) => ({ kerf: line })),
      steps: [{ wait: '1ms' }],
    });
    await this.page.evaluate(
      (text) => window.archipelago.open(`data:text/yaml,${text}`),
      encodeURIComponent(scenario),
    );
    for (const name of names) await this.waitForConsole(name, new RegExp(`${name}>`), 0, BOOT_LIMIT);
  }

  async waitForKernels(): Promise<void> {
    for (const name of ['alpha', 'beta']) {
      await this.waitForConsole(name, new RegExp(`${name}>`), 0, BOOT_LIMIT);
      await expect(this.pulse(name)).toHaveAccessibleName(`Pulse of ${name}: beating`);
    }
  }

  column(name: string): Locator {
    return this.page.getByTestId(`column-${name}`);
  }

  /** The tile of a core inside a column. */
  core(core: number, column: string): Locator {
    return this.column(column).getByTestId(`core-${core}`);
  }

  pulse(name: string): Locator {
    return this.page.getByTestId(`pulse-${name}`);
  }

  state(name: string): Locator {
    return this.page.getByTestId(`state-${name}`);
  }

  /** A figure of a column's header as a number. */
  async figure(id: 'work' | 'firmware' | 'faults', name: string): Promise<number> {
    return Number((await this.page.getByTestId(`${id}-${name}`).innerText()).replaceAll(',', ''));
  }

  /** Doorbells that the wire between alpha and beta has counted. */
  async doorbells(): Promise<{ fromAlpha: number; fromBeta: number }> {
    const wire = await this.page.getByTestId('wire-alpha-beta').textContent();
    const match = /alpha to beta (\d+), beta to alpha (\d+)/.exec(wire ?? '');
    return { fromAlpha: Number(match?.[1]), fromBeta: Number(match?.[2]) };
  }

  /** Machine time, seconds. */
  async time(): Promise<number> {
    return Number(/([\d.]+) s$/.exec(await this.page.getByTestId('time').innerText())?.[1]);
  }

  /** Waits for machine time to reach an instant, seconds. */
  async waitForTime(seconds: number): Promise<void> {
    await expect.poll(() => this.time()).toBeGreaterThanOrEqual(seconds);
  }

  consoleText(name: string): Promise<string> {
    return this.page.evaluate((kernel) => window.archipelago.consoleText(kernel) ?? '', name);
  }

  beats(name: string): Promise<number> {
    return this.page.evaluate((kernel) => window.archipelago.beats(kernel), name);
  }

  /** Waits until the console's text from an offset on matches, and returns the match. */
  async waitForConsole(name: string, pattern: RegExp, from = 0, limit = 20_000): Promise<RegExpExecArray> {
    const { source, flags } = pattern;
    await this.page.waitForFunction(
      ([kernel, text, letters, offset]) =>
        // A page that loads itself again has none for a moment.
        new RegExp(text, letters).test(
          ((window as Partial<Window>).archipelago?.consoleText(kernel) ?? '').slice(offset),
        ),
      [name, source, flags, from] as const,
      { polling: LOOK_EVERY, timeout: limit },
    );
    const match = pattern.exec((await this.consoleText(name)).slice(from));
    expect(match, `console of ${name}`).not.toBeNull();
    return match!;
  }

  /** Types a line at a kernel's console. Returns the console's length before it. */
  async type(name: string, line: string): Promise<number> {
    const before = (await this.consoleText(name)).length;
    await this.page.getByTestId(`console-${name}`).locator('.xterm-screen').click();
    await this.page.keyboard.type(line);
    await this.page.keyboard.press('Enter');
    return before;
  }

  /** Types a line at a kernel's console and waits for an answer that matches. */
  async ask(name: string, line: string, answer: RegExp): Promise<RegExpExecArray> {
    return this.waitForConsole(name, answer, await this.type(name, line));
  }

  /** Types a line at the kerf command line. */
  async kerf(line: string): Promise<void> {
    await this.page.getByTestId('kerf-input').fill(line);
    await this.page.getByTestId('kerf-input').press('Enter');
  }

  kerfLog(): Locator {
    return this.page.getByTestId('kerf-log');
  }

  /** Drags a core's tile onto a column with the mouse. */
  async drag(core: number, from: string, to: string): Promise<void> {
    await this.carry(this.core(core, from), to);
    await this.page.mouse.up();
  }

  /** Takes something up with the mouse and holds it over a column. */
  async carry(thing: Locator, to: string): Promise<void> {
    const start = await centre(thing);
    const end = await centre(this.column(to));
    await this.page.mouse.move(start.x, start.y);
    await this.page.mouse.down();
    await this.page.mouse.move(end.x, end.y, { steps: 12 });
  }

  /** Opens the menu of a kernel with the keyboard and presses the entry of that name. */
  async pressEntry(name: string, entry: string): Promise<void> {
    const { page } = this;
    await page.getByRole('button', { name: `Actions of ${name}` }).focus();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('menu', { name: `Actions of ${name}` })).toBeVisible();
    const item = page.getByRole('menuitem', { name: entry, exact: true });
    for (let steps = 0; steps < 12; steps++) {
      if (await item.evaluate((node) => node === document.activeElement)) break;
      await page.keyboard.press('ArrowDown');
    }
    await expect(item).toBeFocused();
    await page.keyboard.press('Enter');
  }

  /** Chooses an action of a kernel's column menu; when it ends a kernel that runs, confirms that too. */
  async columnAction(name: string, action: string): Promise<void> {
    await this.page.getByRole('button', { name: `Actions of ${name}` }).click();
    await this.page.getByRole('menuitem', { name: action, exact: true }).click();
    const asks = action === 'Kill' || action === 'Kill by force';
    if (!asks) return;
    await this.page.getByRole('alertdialog').getByRole('button', { name: action, exact: true }).click();
  }
}

async function centre(locator: Locator): Promise<{ x: number; y: number }> {
  await expect(locator).toBeVisible();
  const box = (await locator.boundingBox())!;
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

export const test = base.extend<{ playground: Playground }>({
  playground: async ({ page }, use) => {
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.stack ?? error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    await use(new Playground(page));
    expect(errors, 'errors that the page threw or logged').toEqual([]);
  },
});

export { expect };
