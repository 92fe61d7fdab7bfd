/** An owner byte of the page-owner table (protocol/layout.ts) in the page's words and looks. */
import { CONTROLLER_END, GONE_END, OWNER_CHANNEL, OWNER_POOL } from '../../protocol/layout.ts';
import type { MachineView } from '../../protocol/machine-view.ts';
import { instanceOf } from '../../store/core-moves.ts';
import { kernelLook } from '../../store/kernel-look.ts';
import { inspectorText } from '../inspector-text.ts';

const words = inspectorText.memory;

function endName(view: MachineView, end: number): string {
  if (end === CONTROLLER_END) return words.controller;
  if (end === GONE_END) return words.gone;
  return instanceOf(view, end)?.name ?? `kernel ${end}`;
}

export function ownerName(view: MachineView, owner: number): string {
  if (owner === OWNER_POOL) return words.pool;
  if (owner < OWNER_CHANNEL) return endName(view, owner - 1);
  const channel = owner - OWNER_CHANNEL;
  const found = view.channels.find(({ id }) => id === channel);
  const ends = found ? `${endName(view, found.a)} – ${endName(view, found.b)}` : '';
  return words.channel(channel, ends);
}

/** Instances at whom the owner's colours are: one, the two ends of a channel, or none. */
export function instancesOf(view: MachineView, owner: number): number[] {
  if (owner === OWNER_POOL) return [];
  if (owner < OWNER_CHANNEL) return [owner - 1];
  const found = view.channels.find(({ id }) => id === owner - OWNER_CHANNEL);
  return [found?.a, found?.b].filter((end): end is number => end !== undefined && end < 64);
}

/** Variable of the style sheet with the colour of an instance. */
export const hueOf = (instance: number): string => `--hue-${kernelLook(instance).hue}`;
