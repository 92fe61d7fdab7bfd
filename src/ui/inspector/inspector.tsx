import {
  Button,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select,
  SelectValue,
  Tab,
  TabList,
  TabPanel,
  Tabs,
} from 'react-aria-components';
import type { HartInspection } from '../../protocol/inspect.ts';
import type { MachineView } from '../../protocol/machine-view.ts';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import { instanceOf } from '../../store/core-moves.ts';
import { INSPECTOR_TABS, useInspector } from '../../store/inspector-store.ts';
import { ChevronIcon } from '../kit/icons.tsx';
import { LiveText } from '../kit/live-text.tsx';
import { inspectorText as text } from '../inspector-text.ts';
import '../styles/inspector.css';
import { StepPanel } from '../steps/step-panel.tsx';
import { CoreTab } from './core-tab.tsx';
import { MemoryTab } from './memory-tab.tsx';
import { TreeTab } from './tree-tab.tsx';
import { usePoll } from './use-poll.ts';
import { WalkTab } from './walk-tab.tsx';

/** Looks inside a core: its registers, code, memory, the way of its accesses, and its kernel's device tree. */
export function Inspector(props: { readonly view: MachineView; readonly machine: ConnectedMachine }) {
  const { view, machine } = props;
  const { hart: wished, tab } = useInspector();
  // Another machine may have fewer.
  const hart = Math.min(wished, view.harts.length - 1);
  const owner = view.harts[hart]?.owner ?? null;
  const instance = owner === null ? undefined : instanceOf(view, owner);
  const state = usePoll<HartInspection | null>(`${machine.serial} ${hart}`, () =>
    machine.ask((services) => services.inspectHart(hart)),
  );
  return (
    <div className="inspector">
      <div className="inspect-head">
        <CoreSelect view={view} hart={hart} />
        <p className="inspect-state">
          <LiveText every={100} read={() => exactness(state.value, view)} testId="exactness" />
        </p>
      </div>
      <Tabs
        className="inspect-tabs"
        selectedKey={tab}
        onSelectionChange={(key) => {
          const chosen = INSPECTOR_TABS.find((name) => name === key);
          if (chosen) useInspector.setState({ tab: chosen });
        }}
      >
        <TabList className="inspect-tab-list" aria-label={text.tabs}>
          {INSPECTOR_TABS.map((name) => (
            <Tab key={name} id={name} className="inspect-tab">
              {text.tab[name]}
            </Tab>
          ))}
        </TabList>
        <TabPanel id="core" className="inspect-panel">
          <p className="part-note">
            <LiveText every={100} read={() => modeAndCount(state.value)} />
          </p>
          <StepPanel view={view} machine={machine} hart={hart} />
          <CoreTab machine={machine} hart={hart} state={state} />
        </TabPanel>
        <TabPanel id="memory" className="inspect-panel">
          <MemoryTab view={view} machine={machine} hart={hart} />
        </TabPanel>
        <TabPanel id="walk" className="inspect-panel">
          <WalkTab view={view} machine={machine} hart={hart} />
        </TabPanel>
        <TabPanel id="tree" className="inspect-panel">
          <TreeTab key={`${machine.serial} ${hart}`} machine={machine} instance={instance} />
        </TabPanel>
      </Tabs>
    </div>
  );
}

function exactness(state: HartInspection | null | undefined, view: MachineView): string {
  if (!state) return text.reading;
  if (!state.exact) return text.exact.running;
  return view.run === 'paused' ? text.exact.paused : text.exact.rests;
}

function modeAndCount(state: HartInspection | null | undefined): string {
  return state ? `${text.mode(state.privilege)}, ${text.retired(state.retired)}` : '';
}

function CoreSelect(props: { readonly view: MachineView; readonly hart: number }) {
  const { view, hart } = props;
  const label = (core: number): string => {
    const owner = view.harts[core]?.owner ?? null;
    return text.coreOf(core, owner === null ? text.free : (instanceOf(view, owner)?.name ?? ''));
  };
  return (
    <Select
      aria-label={text.core}
      data-testid="inspect-core"
      value={hart}
      onChange={(key) => useInspector.setState({ hart: Number(key) })}
    >
      <Label className="visually-hidden">{text.core}</Label>
      <Button className="button small core-select">
        <SelectValue>{label(hart)}</SelectValue>
        <ChevronIcon />
      </Button>
      <Popover className="popover" placement="bottom start">
        <ListBox className="menu">
          {view.harts.map(({ id }) => (
            <ListBoxItem key={id} id={id} textValue={label(id)} className="menu-item">
              {label(id)}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </Select>
  );
}
