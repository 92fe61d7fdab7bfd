import { useEffect, useRef } from 'react';
import {
  Button,
  Header,
  Keyboard,
  Menu,
  MenuItem,
  MenuSection,
  MenuTrigger,
  Popover,
  Text,
} from 'react-aria-components';
import type { MachineView } from '../../protocol/machine-view.ts';
import type { StopAt } from '../../protocol/stop.ts';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import { useInspector } from '../../store/inspector-store.ts';
import { instanceOf } from '../../store/core-moves.ts';
import { forgetStop, giveUpRun, steppedCore, useSteps } from '../../store/steps-store.ts';
import { ChevronIcon, CloseIcon, StepIcon } from '../kit/icons.tsx';
import { STEP_KEYS, stepsText as text } from '../steps-text.ts';
import '../styles/steps.css';
import { step, STEPS, STOPS } from './steps-actions.ts';
import { runSentence, stopLine, stopSentence } from './stop-words.ts';
import { useStepKeys } from './use-step-keys.ts';

/** Steps in the top bar: there while the machine is paused, or runs up to a stop. */
export function BarSteps(props: { readonly view: MachineView; readonly machine: ConnectedMachine }) {
  const { view, machine } = props;
  const { pending, report, machine: asked } = useSteps();
  const paused = view.run === 'paused';
  /** Something in the group had the focus last. */
  const focused = useRef(false);
  useStepKeys(machine, paused);
  useEffect(() => (paused ? forgetStop : undefined), [paused]);
  const running = !paused && pending !== null && asked === machine;
  const group = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // What had the focus is gone with the run that began or ended.
    if (document.activeElement === document.body && focused.current)
      group.current?.querySelector('button')?.focus();
  }, [running]);
  if (!paused && !running) return null;
  const stopped = report && asked === machine ? report : null;
  return (
    <div
      ref={group}
      className="bar-steps"
      role="group"
      aria-label={text.label}
      onFocus={() => (focused.current = true)}
      onBlur={() => (focused.current = false)}
    >
      <Button
        className="button step-once"
        aria-label={running ? text.giveUp : text.stepLong}
        aria-keyshortcuts={running ? 'Space' : STEP_KEYS.instruction}
        data-testid="bar-step"
        onPress={() => (running ? giveUpRun(machine) : void step(machine, 'instruction'))}
      >
        {running ? <CloseIcon /> : <StepIcon />}
        <span>{running ? text.giveUp : text.step}</span>
      </Button>
      {!running && <StepMenu view={view} machine={machine} />}
      <p className="stop-line" data-testid="stop-line" title={stopped ? stopSentence(view, stopped) : ''}>
        {running ? runSentence(view, pending) : stopped ? stopLine(view, stopped) : ''}
      </p>
    </div>
  );
}

function StepMenu(props: { readonly view: MachineView; readonly machine: ConnectedMachine }) {
  const { view, machine } = props;
  const wished = useInspector((state) => state.hart);
  const alone = useSteps((state) => state.alone);
  const owner = view.harts[steppedCore(view, wished)]?.owner ?? null;
  const name = owner === null ? undefined : instanceOf(view, owner)?.name;
  const item = (at: StopAt) => (
    <MenuItem
      key={at}
      id={at}
      textValue={text.items[at]}
      className="menu-item step-item"
      onAction={() => void step(machine, at)}
    >
      <Text slot="label">{text.items[at]}</Text>
      <Keyboard>{STEP_KEYS[at]}</Keyboard>
      <Text slot="description" className="menu-reason">
        {text.hints[at]}
      </Text>
    </MenuItem>
  );
  return (
    <MenuTrigger>
      <Button className="button step-more" aria-label={text.menuButton} data-testid="step-menu">
        <ChevronIcon />
      </Button>
      <Popover className="popover wide" placement="bottom start">
        <Menu className="menu" aria-label={text.menu}>
          <MenuSection>{[...STEPS, ...STOPS].map(item)}</MenuSection>
          {name !== undefined && (
            <MenuSection
              className="menu-section"
              selectionMode="single"
              disallowEmptySelection
              selectedKeys={[alone ? 'alone' : 'all']}
              onSelectionChange={(keys) => useSteps.setState({ alone: keys !== 'all' && keys.has('alone') })}
            >
              <Header className="menu-head">{text.who}</Header>
              <MenuItem id="all" className="menu-item">
                {text.all}
              </MenuItem>
              <MenuItem id="alone" textValue={text.alone(name)} className="menu-item">
                <Text slot="label">{text.alone(name)}</Text>
                <Text slot="description" className="menu-reason">
                  {text.aloneHint(name)}
                </Text>
              </MenuItem>
            </MenuSection>
          )}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
