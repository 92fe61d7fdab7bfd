import { useMemo } from 'react';
import { Button } from 'react-aria-components';
import type { InstanceView } from '../../protocol/machine-view.ts';
import { nextAction } from '../../store/column-actions.ts';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import { kernelLook } from '../../store/kernel-look.ts';
import { KernelMeter } from '../../store/kernel-meter.ts';
import type { PhaseShown } from '../../store/phase-playback.ts';
import { useMachine } from '../../store/machine-store.ts';
import { useStands } from '../../store/steps-store.ts';
import { ShapeMark } from '../kit/icons.tsx';
import { LiveText } from '../kit/live-text.tsx';
import { text } from '../text.ts';
import { choose, openKernelDialog } from './kernel-actions.ts';
import { KernelMenu } from './kernel-menu.tsx';
import { PhaseStrip } from './phase-strip.tsx';
import { PulseLine } from './pulse-line.tsx';
import { usePhase } from './use-phase.ts';

/** Three digits are enough to see a change: 0.42, 7.3, 1,234. */
function figure(value: number): string {
  const digits = Number.isInteger(value) || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });
}

/** The word for how a kernel is, and whether it is the one that is drawn in red. */
function stateWord(instance: InstanceView, paused: boolean): { word: string; panic: boolean } {
  if (instance.state !== 'active' && instance.reason.startsWith('panic'))
    return { word: instance.reason, panic: true };
  if (instance.state === 'active' && !paused && instance.heldFor !== undefined)
    return { word: text.state.held(instance.heldFor), panic: false };
  if (instance.state === 'active')
    return { word: paused ? text.state.paused : text.state.active, panic: false };
  if (instance.state === 'loaded' && instance.reason !== '') return { word: instance.reason, panic: false };
  return { word: text.state[instance.state], panic: false };
}

/** The phase of a hand-over, or of memory or devices that come and go: whichever there is. */
function useKernelPhase({ id, name }: InstanceView): PhaseShown | null {
  const kernel = usePhase({ kind: 'kernel', instance: id }, name);
  const memory = usePhase({ kind: 'memory', instance: id }, text.phase.memoryOf(name));
  const devices = usePhase({ kind: 'devices', instance: id }, text.phase.devicesOf(name));
  return kernel ?? memory ?? devices;
}

export function ColumnHeader(props: { readonly instance: InstanceView; readonly machine: ConnectedMachine }) {
  const { instance, machine } = props;
  const look = kernelLook(instance.id);
  const stands = useStands(instance.id);
  const paused = useMachine((state) => state.view?.run === 'paused') || stands;
  const busy = useMachine((state) => state.busy.includes(instance.name));
  const { word, panic } = stateWord(instance, paused);
  // A meter for each boot (hence bootId below): the figures of a kernel's last life say nothing about this one.
  const meter = useMemo(
    () => new KernelMeter(machine.reader, instance.id),
    [machine, instance.id, instance.bootId],
  );
  const next = nextAction(instance);
  const phase = useKernelPhase(instance);

  return (
    <header className="column-head">
      <div className="column-title">
        <ShapeMark shape={look.shape} />
        <span className="column-letter">{look.letter}</span>
        <h2>{instance.name}</h2>
        <span
          className="state-word"
          data-panic={(panic && !phase) || undefined}
          data-testid={`state-${instance.name}`}
        >
          {phase ? text.phase.word[phase.phase] : busy ? text.busy : word}
          {phase && <PhaseStrip shown={phase} />}
        </span>
        <PulseLine instance={instance} meter={meter} />
        {next && (
          <Button
            className="button small"
            isDisabled={busy}
            onPress={() => choose(instance, next)}
            aria-label={`${text.action[next.id]} ${instance.name}`}
          >
            {text.action[next.id]}
          </Button>
        )}
        <KernelMenu instance={instance} isDisabled={busy} />
      </div>
      <dl className="figures">
        {panic ? null : (
          <>
            <div title={text.header.workHint}>
              <dt>{text.header.work}</dt>
              <dd>
                <LiveText
                  read={() => figure(meter.workPerMillionCycles())}
                  testId={`work-${instance.name}`}
                  className="figure"
                />
                <span className="unit">
                  {text.header.workUnit}
                  <span className="wide">{text.header.workUnitLong}</span>
                </span>
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
          </>
        )}
        <div title={text.header.faultsHint}>
          <dt>
            <span className="wide">{text.header.faultsOf} </span>
            {text.header.faults}
          </dt>
          <dd>
            <LiveText
              read={() => machine.reader.gateFaults(instance.id).toLocaleString('en')}
              testId={`faults-${instance.name}`}
              className="figure"
            />
          </dd>
        </div>
      </dl>
      {panic && (
        <Button
          className="button small last-words-button"
          onPress={() => openKernelDialog('last-words', instance)}
          aria-label={text.lastWords.openOf(instance.name)}
        >
          {text.lastWords.open}
        </Button>
      )}
    </header>
  );
}
