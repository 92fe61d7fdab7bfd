/** The page around the machine: the top bar, and the kerf command line. */
import { expect, test } from './playground.ts';

test('pause freezes time and beats, resume lets them go on', async ({ page, playground }) => {
  await playground.open();
  const pause = page.getByTestId('pause');
  await pause.click();
  await expect(pause).toHaveAccessibleName('Resume');
  await expect(playground.state('alpha')).toHaveText('paused');
  // Twenty frames draw the time often enough for a clock that still goes to be seen.
  const [before, after] = await page.evaluate(async () => {
    const read = () => [
      document.querySelector('[data-testid=time]')?.textContent,
      window.archipelago.beats('alpha'),
    ];
    const frames = async (count: number) => {
      for (let k = 0; k < count; k++) await new Promise(requestAnimationFrame);
    };
    await frames(20);
    const first = read();
    await frames(20);
    return [first, read()];
  });
  expect(after).toEqual(before);
  const frozen = await playground.time();

  await pause.click();
  await expect(pause).toHaveAccessibleName('Pause');
  await playground.waitForTime(frozen + 0.2);
  await expect(playground.pulse('alpha')).toHaveAccessibleName('Pulse of alpha: beating');
});

test('isolation is chosen in the top bar', async ({ page, playground }) => {
  await playground.open();
  const isolation = () => page.evaluate(async () => (await window.archipelago.services?.view())?.isolation);
  expect(await isolation()).toBe('enforced');
  for (const choice of ['Cooperative', 'Enforced']) {
    await page.getByTestId('isolation').getByRole('button').click();
    await page.getByRole('option', { name: choice }).click();
    await expect(page.getByTestId('isolation')).toContainText(choice);
    await expect.poll(isolation).toBe(choice.toLowerCase());
  }
});

test('reset makes a new machine and boots it', async ({ page, playground }) => {
  await playground.open();
  await playground.ask('alpha', 'send beta before the reset', /alpha>$/);
  await playground.kerf('update beta --cpus +2');
  await expect(playground.core(2, 'beta')).toBeVisible();

  await page.getByTestId('reset').click();

  await expect(playground.core(2, 'free')).toBeVisible();
  await playground.waitForKernels();
  expect(await playground.consoleText('alpha')).not.toContain('before the reset');
  expect(await playground.time()).toBeLessThan(60);
});

test('a kerf line that is typed moves the tile, and the next need not wait for it', async ({
  playground,
}) => {
  await playground.open();
  await playground.kerf('update beta --cpus +2');
  await expect(playground.core(2, 'beta')).toBeVisible();
  await expect(playground.core(2, 'free')).toHaveCount(0);
  await expect(playground.kerfLog()).toContainText('hart 2 joined beta');
  for (const line of ['update beta --cpus -2', 'update alpha --cpus +2']) await playground.kerf(line);
  await expect(playground.core(2, 'alpha')).toBeVisible();
  await expect(playground.kerfLog()).toContainText(
    /hart 2 left beta: it has 3\$ kerf update alpha --cpus \+2/,
  );
});

test('a malformed kerf line is answered with its error and changes nothing', async ({ page, playground }) => {
  await playground.open();
  const board = () =>
    page.evaluate(async () => {
      const view = await window.archipelago.services?.view();
      return {
        harts: view?.harts.map((hart) => hart.owner),
        names: view?.instances.map((other) => other.name),
      };
    });
  const before = await board();
  for (const line of ['update beta --cpus banana', 'frobnicate beta', 'update gamma --cpus +2']) {
    await playground.kerf(line);
    const entry = playground.kerfLog().getByRole('listitem').filter({ hasText: line });
    await expect(entry).toContainText('Refused');
    await expect(entry.locator('code')).toHaveText(/^[a-z-]+$/i);
  }
  expect(await board()).toEqual(before);
  await playground.ask('alpha', 'uptime', /^up \d/m);
});

test('the theme colours the page and its canvases, as chosen or as the system has it', async ({
  page,
  playground,
}) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await playground.open();
  /** Background of the page, and whether alpha's pulse and the wires are painted in its dark or its light colour. */
  const painted = () =>
    page.evaluate(() => {
      const pulse = document.querySelector<HTMLCanvasElement>('[data-testid=pulse-alpha]')!;
      const wires = document.querySelector<HTMLCanvasElement>('.wires')!;
      const has = (canvas: HTMLCanvasElement, [red, green, blue]: readonly [number, number, number]) => {
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
        for (let k = 0; k < data.length; k += 4)
          if (
            (data[k + 3] ?? 0) > 180 &&
            Math.hypot((data[k] ?? 0) - red, (data[k + 1] ?? 0) - green, (data[k + 2] ?? 0) - blue) < 12
          )
            return true;
        return false;
      };
      const amber = { dark: [0xf2, 0xa9, 0x00], light: [0x9a, 0x5b, 0x00] } as const;
      return {
        page: getComputedStyle(document.body).backgroundColor,
        dark: has(pulse, amber.dark) && has(wires, amber.dark),
        light: has(pulse, amber.light) && has(wires, amber.light),
      };
    });
  const choose = async (theme: string) => {
    await page.getByTestId('theme').click();
    await page.getByRole('menuitemradio', { name: theme }).click();
  };
  const dark = { page: 'rgb(20, 22, 27)', dark: true, light: false };
  const light = { page: 'rgb(255, 255, 255)', dark: false, light: true };
  await expect.poll(painted).toEqual(dark);
  await choose('Light');
  await expect.poll(painted).toEqual(light);
  await choose('Follow system');
  await expect.poll(painted).toEqual(dark);
  await page.emulateMedia({ colorScheme: 'light' });
  await expect.poll(painted).toEqual(light);
  await choose('Dark');
  await expect.poll(painted).toEqual(dark);
});
