import { expect, it } from 'vitest';
import { kernelView, machineView } from '../../protocol/machine-view.testkit.ts';
import { linesOf, PLACES, sourceAt } from './station-source.ts';
import { message } from './station-facts.testkit.ts';

it('the line of each station is once in its source', () => {
  for (const place of Object.values(PLACES)) expect(linesOf(place), place.has).toHaveLength(1);
});

it('is shown with the two lines around it, for a kernel that is built from that source', () => {
  const view = machineView({
    instances: [
      { ...kernelView(1, 'alpha'), kernel: 'guests/islet.img' },
      { ...kernelView(2, 'beta'), kernel: 'Image' },
    ],
  });
  const source = sourceAt(view, message, 'publish');
  expect(source.kind).toBe('lines');
  if (source.kind !== 'lines') return;
  expect(source.lines.map(({ here }) => here)).toEqual([false, false, true, false, false]);
  expect(source.lines[2]).toMatchObject({ number: source.line });
  expect(source.lines[2]?.text).toContain('data_size');
  // Another kernel's source is not known, the firmware has none of the guest, and the controller is no guest.
  expect(sourceAt(view, message, 'drain')).toEqual({ kind: 'foreign', kernel: 'beta' });
  expect(sourceAt(view, message, 'pending')).toEqual({ kind: 'firmware' });
  expect(sourceAt(view, { ...message, from: null }, 'fill')).toEqual({ kind: 'controller' });
});
