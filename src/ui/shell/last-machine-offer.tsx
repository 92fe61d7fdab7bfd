import { Button } from 'react-aria-components';
import { dismissLastMachine, restoreLastMachine, useLastMachine } from '../../store/last-machine.ts';
import type { PageActions } from '../../store/page-actions.ts';
import { CloseIcon } from '../kit/icons.tsx';
import { text } from '../text.ts';

/** Offers the machine of the last visit. */
export function LastMachineOffer(props: { readonly actions: PageActions }) {
  const offer = useLastMachine((state) => state.offer);
  if (offer === null) return null;
  return (
    <section className="offer" aria-label={text.lastMachine.label} data-testid="last-machine">
      <p>{text.lastMachine.what(offer.kernels)}</p>
      <Button
        className="button"
        data-testid="restore"
        onPress={() => void restoreLastMachine(props.actions.openLink)}
      >
        {text.lastMachine.restore}
      </Button>
      <Button className="icon-button" aria-label={text.lastMachine.dismiss} onPress={dismissLastMachine}>
        <CloseIcon />
      </Button>
    </section>
  );
}
