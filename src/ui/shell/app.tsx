import { lazy, Suspense, useCallback, useState } from 'react';
import { useMachine } from '../../store/machine-store.ts';
import type { PageActions } from '../../store/page-actions.ts';
import { usePresent } from '../../store/present-store.ts';
import type { Scenes } from '../../store/scene-player.ts';
import { ImageOffers } from '../images/image-offers.tsx';
import { Announcer } from '../kit/announcer.tsx';
import { text } from '../text.ts';
import { Banners } from './banners.tsx';
import { FileDrop } from './file-drop.tsx';
import { KeysDialog } from './keys-dialog.tsx';
import { LastMachineOffer } from './last-machine-offer.tsx';
import { TopBar } from './top-bar.tsx';
import { usePageKeys } from './use-page-keys.ts';

const PresentBar = lazy(() =>
  import('../present/present-bar.tsx').then((module) => ({ default: module.PresentBar })),
);
const Playground = lazy(() => import('./playground.tsx').then((module) => ({ default: module.Playground })));

/** The page. */
export function App(props: {
  readonly actions: PageActions;
  readonly scenes: Scenes;
  /** In a frame of another page. */
  readonly embedded: boolean;
}) {
  const { actions } = props;
  const presenting = usePresent((state) => state.presenting);
  const machine = useMachine((state) => state.machine);
  const view = useMachine((state) => state.view);
  // The board appears whole, once the kernels of the scenario have their columns, and does not jump as they are made.
  const shown = useMachine(
    (state) => state.settled || state.view?.instances.some((instance) => instance.state === 'active'),
  );
  const [keysOpen, setKeysOpen] = useState(false);
  const openKeys = useCallback(() => setKeysOpen(true), []);
  usePageKeys(openKeys);
  return (
    <div className="page">
      <a className="skip" href="#kerf-input">
        {text.skip}
      </a>
      <TopBar {...{ view, machine, actions }} embedded={props.embedded} onKeys={openKeys} />
      {presenting && (
        <Suspense>
          <PresentBar scenes={props.scenes} />
        </Suspense>
      )}
      <Banners view={view} />
      <LastMachineOffer actions={actions} />
      {view && machine && shown ? (
        <Suspense fallback={<Starting />}>
          <Playground view={view} machine={machine} actions={actions} />
        </Suspense>
      ) : (
        <Starting />
      )}
      <FileDrop actions={actions} />
      <ImageOffers />
      <Announcer />
      <KeysDialog isOpen={keysOpen} onClose={() => setKeysOpen(false)} />
    </div>
  );
}

function Starting() {
  const trouble = useMachine((state) => state.trouble);
  return <main className="starting">{trouble ? null : <p>{text.starting}</p>}</main>;
}
