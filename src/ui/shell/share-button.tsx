import { lazy, Suspense, useState } from 'react';
import { Button } from 'react-aria-components';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import type { PageActions } from '../../store/page-actions.ts';
import { ShareIcon } from '../kit/icons.tsx';
import { text } from '../text.ts';

/** Reads and writes scenarios, which the first visit need not load. */
const ShareDialog = lazy(() =>
  import('./share-dialog.tsx').then((module) => ({ default: module.ShareDialog })),
);

export function ShareButton(props: {
  readonly machine: ConnectedMachine | null;
  readonly actions: PageActions;
}) {
  const { machine, actions } = props;
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        className="button share-button"
        data-testid="share"
        aria-label={text.share.button}
        isDisabled={!machine}
        onPress={() => setOpen(true)}
      >
        <ShareIcon />
        <span>{text.share.button}</span>
      </Button>
      {open && machine && (
        <Suspense>
          <ShareDialog machine={machine} onOpen={actions.open} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
