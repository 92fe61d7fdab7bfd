/** What the person looks at in the inspector. No machine state. */
import { create } from 'zustand';
import type { AccessName } from '../protocol/inspect.ts';

export const INSPECTOR_TABS = ['core', 'memory', 'walk', 'tree'] as const;
export type InspectorTab = (typeof INSPECTOR_TABS)[number];

interface InspectorState {
  readonly hart: number;
  readonly tab: InspectorTab;
  /** Where code is shown: an address as it was written; '': around the pc. */
  readonly code: string;
  /** Where bytes are shown, as it was written, and whether the core's translation is meant or RAM itself. */
  readonly memory: { readonly address: string; readonly physical: boolean };
  readonly walk: { readonly address: string; readonly access: AccessName };
}

export const useInspector = create<InspectorState>()(() => ({
  hart: 0,
  tab: 'core',
  code: '',
  memory: { address: 'sp', physical: false },
  walk: { address: 'pc', access: 'fetch' },
}));

/** Shows the bytes at a guest-physical address. */
export function showPhysical(address: string): void {
  useInspector.setState({ tab: 'memory', memory: { address, physical: true } });
}
