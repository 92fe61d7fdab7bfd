import { lazy, Suspense } from 'react';
import {
  Button,
  Label,
  ListBox,
  ListBoxItem,
  Menu,
  MenuItem,
  MenuTrigger,
  Popover,
  Select,
  SelectValue,
  Text,
} from 'react-aria-components';
import type { Isolation, MachineView } from '../../protocol/machine-view.ts';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import { TICKS_PER_SECOND } from '../../store/machine-reader.ts';
import type { PageActions } from '../../store/page-actions.ts';
import { useSteps } from '../../store/steps-store.ts';
import { usePage } from '../../store/page-store.ts';
import { choose, SETTINGS, useSettings, type Theme } from '../../store/settings.ts';
import {
  ChevronIcon,
  InspectIcon,
  MoonIcon,
  PauseIcon,
  PlayIcon,
  ResetIcon,
  SunIcon,
  SystemIcon,
} from '../kit/icons.tsx';
import { LiveText } from '../kit/live-text.tsx';
import { settingsText } from '../settings-text.ts';
import { text } from '../text.ts';
import { GalleryButton } from './gallery-button.tsx';
import { LessonButton } from './lesson-button.tsx';
import { PlainBadge } from './plain-badge.tsx';
import { SceneButtons } from './scene-buttons.tsx';
import { ShareButton } from './share-button.tsx';
import { toggleInspector } from './drawer-actions.ts';
import { MoreMenu } from './more-menu.tsx';

const ISOLATIONS: readonly Isolation[] = ['enforced', 'cooperative'];
const THEME_ICON: Record<Theme, () => React.JSX.Element> = {
  system: SystemIcon,
  dark: MoonIcon,
  light: SunIcon,
};

/** Reads and writes scenarios, which the first visit need not load. */
const EmbedLink = lazy(() => import('./embed-link.tsx').then((module) => ({ default: module.EmbedLink })));

/** Of use when the machine is paused, and not before. */
const BarSteps = lazy(() =>
  import('../steps/bar-steps.tsx').then((module) => ({ default: module.BarSteps })),
);

export function TopBar(props: {
  readonly view: MachineView | null;
  readonly machine: ConnectedMachine | null;
  readonly actions: PageActions;
  readonly embedded: boolean;
  readonly onKeys: () => void;
}) {
  const { view, machine } = props;
  const paused = view?.run === 'paused';
  const stepping = useSteps((state) => state.pending !== null);
  return (
    <header className="top-bar">
      <h1>
        {text.product}
        <span className="tagline">{text.tagline}</span>
      </h1>
      <div className="bar-controls" role="group" aria-label={text.bar.label}>
        <Button
          className="button primary pause"
          data-testid="pause"
          aria-label={paused ? text.bar.resume : text.bar.pause}
          isDisabled={!machine}
          aria-keyshortcuts="Space"
          onPress={() => void machine?.togglePause()}
        >
          {paused ? <PlayIcon /> : <PauseIcon />}
          <span>{paused ? text.bar.resume : text.bar.pause}</span>
        </Button>
        <Button
          className="button"
          data-testid="reset"
          aria-label={text.bar.reset}
          onPress={props.actions.reset}
        >
          <ResetIcon />
          <span>{text.bar.reset}</span>
        </Button>
        {view && machine && <IsolationSelect isolation={view.isolation} machine={machine} />}
        {view && machine && (paused || stepping) && (
          <Suspense>
            <BarSteps view={view} machine={machine} />
          </Suspense>
        )}
      </div>
      <div className="bar-end">
        <PlainBadge />
        <p className="machine-time" title={text.bar.time} data-testid="time">
          {machine && (
            <LiveText
              every={100}
              read={() => text.bar.timeValue((machine.reader.time() / TICKS_PER_SECOND).toFixed(3))}
            />
          )}
        </p>
        {props.embedded ? (
          <Suspense>
            <EmbedLink machine={machine} />
          </Suspense>
        ) : (
          <WholePage machine={machine} actions={props.actions} onKeys={props.onKeys} />
        )}
      </div>
    </header>
  );
}

/** What a frame of another page goes without. */
function WholePage(props: Pick<Parameters<typeof TopBar>[0], 'machine' | 'actions' | 'onKeys'>) {
  const { machine, actions, onKeys } = props;
  return (
    <>
      <LessonButton />
      <GalleryButton actions={actions} />
      <SceneButtons />
      <ShareButton machine={machine} actions={actions} />
      <InspectorToggle />
      <MoreMenu machine={machine} onKeys={onKeys} />
      <ThemeSwitch />
      <Button
        className="icon-button keys-button"
        aria-label={text.bar.keys}
        aria-keyshortcuts="?"
        onPress={onKeys}
      >
        ?
      </Button>
    </>
  );
}

function IsolationSelect(props: { readonly isolation: Isolation; readonly machine: ConnectedMachine }) {
  return (
    <div className="isolation" data-isolation={props.isolation}>
      <Select
        aria-label={text.bar.isolation}
        data-testid="isolation"
        value={props.isolation}
        onChange={(key) => {
          const chosen = ISOLATIONS.find((isolation) => isolation === key);
          if (chosen) void props.machine.setIsolation(chosen);
        }}
      >
        <Label className="visually-hidden">{text.bar.isolation}</Label>
        <Button className="button">
          <SelectValue>{text.isolation[props.isolation]}</SelectValue>
          <ChevronIcon />
        </Button>
        <Popover className="popover wide" placement="bottom start">
          <ListBox className="menu">
            {ISOLATIONS.map((isolation) => (
              <ListBoxItem
                key={isolation}
                id={isolation}
                textValue={text.isolation[isolation]}
                className="menu-item"
              >
                <Text slot="label">{text.isolation[isolation]}</Text>
                <Text slot="description" className="menu-reason">
                  {text.isolationSentence[isolation]}
                </Text>
              </ListBoxItem>
            ))}
          </ListBox>
        </Popover>
      </Select>
      <p className="isolation-sentence">{text.isolationSentence[props.isolation]}</p>
    </div>
  );
}

function InspectorToggle() {
  const open = usePage((state) => state.drawer === 'inspector');
  return (
    <Button
      className="icon-button inspector-toggle"
      aria-label={text.drawer.inspector}
      aria-expanded={open}
      aria-keyshortcuts="I"
      data-testid="inspector-toggle"
      onPress={toggleInspector}
    >
      <InspectIcon />
    </Button>
  );
}

function ThemeSwitch() {
  const { theme } = useSettings();
  const Icon = THEME_ICON[theme];
  return (
    <MenuTrigger>
      <Button
        className="icon-button"
        aria-label={`${settingsText.names.theme}: ${settingsText.values.theme[theme]}`}
        data-testid="theme"
      >
        <Icon />
      </Button>
      <Popover className="popover" placement="bottom end">
        <Menu
          className="menu"
          selectionMode="single"
          disallowEmptySelection
          selectedKeys={[theme]}
          onAction={(key) => {
            const chosen = SETTINGS.theme.find((other) => other === key);
            if (chosen) choose('theme', chosen);
          }}
        >
          {SETTINGS.theme.map((other) => (
            <MenuItem key={other} id={other} className="menu-item">
              {settingsText.values.theme[other]}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
