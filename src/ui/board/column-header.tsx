import { useMemo } from 'react';
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import type { InstanceView } from '../../protocol/machine-view.ts';
import { columnActions, type ColumnAction } from '../../store/column-actions.ts';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import { kernelLook } from '../../store/kernel-look.ts';
import { KernelMeter } from '../../store/kernel-meter.ts';
import { useMachine } from '../../store/machine-store.ts';
import { MoreIcon, ShapeMark } from '../kit/icons.tsx';
import { LiveText } from '../kit/live-text.tsx';
import { text } from '../text.ts';
import { PulseLine } from './pulse-line.tsx';

/** Three digits are enough to see a change: 0.42, 7.3, 1,234. */
function figure(value: number): string {
  const digits = Number.isInteger(value) || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });
}

/** The word for how a kernel is, and whether it is the one that is drawn in red. */
function stateWord(instance: InstanceView, paused: boolean): { word: string; panic: boolean } {
  if (instance.state !== 'active' && instance.reason.startsWith('panic'))
    return { word: instance.reason, panic: true };
  if (instance.state === 'active')
    return { word: paused ? text.state.paused : text.state.active, panic: false };
  if (instance.state === 'loaded' && instance.reason !== '') return { word: instance.reason, panic: false };
  return { word: text.state[instance.state], panic: false };
}

export function ColumnHeader(props: { readonly instance: InstanceView; readonly machine: ConnectedMachine }) {
  const { instance, machine } = props;
  const look = kernelLook(instance.id);
  const paused = useMachine((state) => state.view?.run === 'paused');
  const busy = useMachine((state) => state.busy.includes(instance.name));
  const { word, panic } = stateWord(instance, paused);
  // A meter for each boot (hence bootId below): the figures of a kernel's last life say nothing about this one.
  const meter = useMemo(
    () => new KernelMeter(machine.reader, instance.id),
    [machine, instance.id, instance.bootId],
  );
  const actions = columnActions(instance);
  const [first] = actions;
  const run = (action: ColumnAction, element: Element | null): void => {
    const box = element?.getBoundingClientRect();
    void machine.columnAction(
      instance.name,
      action,
      box ? { x: box.left + box.width / 2, y: box.bottom } : null,
    );
  };
  const anchor = (): Element | null => document.querySelector(`[data-column="${instance.id}"] .column-head`);

  return (
    <header className="column-head">
      <div className="column-title">
        <ShapeMark shape={look.shape} />
        <span className="column-letter">{look.letter}</span>
        <h2>{instance.name}</h2>
        <span className="state-word" data-panic={panic || undefined} data-testid={`state-${instance.name}`}>
          {busy ? text.busy : word}
        </span>
        <PulseLine instance={instance} meter={meter} />
        {instance.state !== 'active' && first && first.id !== 'unload' && (
          <Button
            className="button small"
            isDisabled={busy}
            onPress={(event) => run(first, event.target)}
            aria-label={`${text.action[first.id]} ${instance.name}`}
          >
            {text.action[first.id]}
          </Button>
        )}
        <MenuTrigger>
          <Button className="icon-button" aria-label={text.header.menu(instance.name)} isDisabled={busy}>
            <MoreIcon />
          </Button>
          <Popover className="popover" placement="bottom end">
            <Menu
              className="menu"
              onAction={(key) => {
                const action = actions.find((other) => other.id === key);
                if (action) run(action, anchor());
              }}
            >
              {actions.map((action) => (
                <MenuItem key={action.id} id={action.id} className="menu-item">
                  {text.action[action.id]}
                </MenuItem>
              ))}
            </Menu>
          </Popover>
        </MenuTrigger>
      </div>
      <dl className="figures">
        <div title={text.header.workHint}>
          <dt>{text.header.work}</dt>
          <dd>
            <LiveText
              read={() => figure(meter.workPerMillionCycles())}
              testId={`work-${instance.name}`}
              className="figure"
            />
            <span className="unit">{text.header.workUnit}</span>
          </dd>
        </div>
        <div title={text.header.firmwareHint}>
          <dt>{text.header.firmware}</dt>
          <dd>
            <LiveText
              read={() => figure(Math.round(meter.firmwareEntriesPerSecond()))}
              testId={`firmware-${instance.name}`}
              className="figure"
            />
            <span className="unit">{text.header.firmwareUnit}</span>
          </dd>
        </div>
        <div title={text.header.faultsHint}>
          <dt>{text.header.faults}</dt>
          <dd>
            <LiveText
              read={() => machine.reader.gateFaults(instance.id).toLocaleString('en')}
              testId={`faults-${instance.name}`}
              className="figure"
            />
          </dd>
        </div>
      </dl>
    </header>
  );
}
