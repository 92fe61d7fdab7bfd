/** An action of a kernel's menu from the press to its end: asked about first if it ends the kernel, then carried out. */
import { create } from 'zustand';
import type { InstanceView } from '../../protocol/machine-view.ts';
import type { ColumnAction } from '../../store/column-actions.ts';
import { useMachine } from '../../store/machine-store.ts';

/** The one dialog about a kernel that is open. */
export type KernelDialog =
  | { readonly kind: 'confirm'; readonly instance: InstanceView; readonly action: ColumnAction }
  | { readonly kind: 'load' | 'image' | 'replace' | 'last-words'; readonly instance: InstanceView };

export const useKernelDialog = create<{ readonly dialog: KernelDialog | null }>()(() => ({ dialog: null }));

export const openKernelDialog = (
  kind: 'load' | 'image' | 'replace' | 'last-words',
  instance: InstanceView,
): void => useKernelDialog.setState({ dialog: { kind, instance } });

export const closeKernelDialog = (): void => useKernelDialog.setState({ dialog: null });

/** The last boot of which somebody said that it may end: not asked again, should the kernel not obey at once. */
let mayEnd = '';
const bootOf = (instance: InstanceView): string =>
  `${useMachine.getState().machine?.serial} ${instance.id} ${instance.bootId}`;

/** What a press of the action does. */
export function choose(instance: InstanceView, action: ColumnAction): void {
  if (action.opens) openKernelDialog(action.opens, instance);
  else if (action.ends && mayEnd !== bootOf(instance))
    useKernelDialog.setState({ dialog: { kind: 'confirm', instance, action } });
  else void carryOutAction(instance, action);
}

/** What the confirming button does. */
export function confirm(instance: InstanceView, action: ColumnAction): void {
  mayEnd = bootOf(instance);
  closeKernelDialog();
  void carryOutAction(instance, action);
}

/** A refusal is shown under the kernel's header. */
async function carryOutAction(instance: InstanceView, action: ColumnAction): Promise<void> {
  const { machine } = useMachine.getState();
  const head = document.querySelector(`.column[data-column="${instance.id}"] .column-head`);
  const box = head?.getBoundingClientRect();
  const at = box && box.width > 0 ? { x: box.left + box.width / 2, y: box.bottom } : null;
  await machine?.columnAction(instance.name, action, at);
}
