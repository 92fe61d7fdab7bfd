import { useState } from 'react';
import { Button } from 'react-aria-components';
import type { Refusal } from '../../base/result.ts';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import type { KerfEntry } from '../../store/machine-store.ts';
import { announce } from '../kit/announcer.tsx';
import { copyText } from '../kit/copy-text.ts';
import { CopyIcon } from '../kit/icons.tsx';
import { RefusalText } from '../kit/refusal-text.tsx';
import { text } from '../text.ts';

/** What came of copying, until the next kerf line. */
interface Said {
  readonly log: readonly KerfEntry[];
  readonly words: string | Refusal;
}

/** What was done by hand, as a scenario on the clipboard; what makes one is loaded when it is asked for. */
export function useCopyHistory(machine: ConnectedMachine, log: readonly KerfEntry[]) {
  const [said, setSaid] = useState<Said | null>(null);
  const copy = async (): Promise<void> => {
    const { historyFileOf } = await import('../../store/share-machine.ts');
    const file = await historyFileOf(machine);
    if (!file.ok) {
      setSaid({ log, words: file.error });
      announce(file.error.reason);
      return;
    }
    const done = await copyText(file.value.yaml);
    const words = done ? text.share.historyCopied : text.share.historyNotCopiedHere;
    setSaid({ log, words });
    announce(words);
  };
  const button = (
    <Button
      className="icon-button"
      aria-label={text.share.copyHistory}
      data-testid="kerf-copy-history"
      onPress={() => void copy()}
    >
      <CopyIcon />
    </Button>
  );
  const note =
    said?.log === log ? (
      <div className="kerf-note" data-testid="kerf-note">
        {typeof said.words === 'string' ? said.words : <RefusalText error={said.words} />}
      </div>
    ) : null;
  return { button, note };
}
