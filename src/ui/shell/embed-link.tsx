import { useEffect, useState } from 'react';
import { Link } from 'react-aria-components';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import { withoutEmbed } from '../../store/embed.ts';
import { useMachine } from '../../store/machine-store.ts';
import { linkOf } from '../../store/share-machine.ts';
import { OpenIcon } from '../kit/icons.tsx';
import { text } from '../text.ts';

/** Milliseconds without a change before the link follows: making one takes some. */
const QUIET = 300;

/** Out of the frame, into a page of its own: the machine as it stands, or what the frame asks for while there is none. */
export function EmbedLink(props: { readonly machine: ConnectedMachine | null }) {
  const { machine } = props;
  const view = useMachine((state) => state.view);
  const settled = useMachine((state) => state.settled);
  const [live, setLive] = useState<string | null>(null);

  useEffect(() => {
    if (machine === null || !settled) {
      setLive(null);
      return;
    }
    let outdated = false;
    const timer = setTimeout(() => {
      void linkOf(machine).then((link) => {
        if (!outdated) setLive(link.ok ? link.value.address : null);
      });
    }, QUIET);
    return () => {
      outdated = true;
      clearTimeout(timer);
    };
  }, [machine, view, settled]);

  return (
    <Link
      className="button embed-link"
      data-testid="embed-link"
      href={live ?? withoutEmbed(location.href)}
      target="_blank"
      rel="noopener"
      aria-label={text.share.openPageLong}
    >
      <OpenIcon />
      <span>{text.share.openPage}</span>
    </Link>
  );
}
