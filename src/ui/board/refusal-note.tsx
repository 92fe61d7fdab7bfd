import { Button } from 'react-aria-components';
import { dismissRefusal, useMachine } from '../../store/machine-store.ts';
import { CloseIcon } from '../kit/icons.tsx';
import { RefusalText } from '../kit/refusal-text.tsx';
import { text } from '../text.ts';

/** Width of the note, CSS pixels; styles/board.css says the same. */
const WIDTH = 320;
const MARGIN = 12;

/** Why a gesture was refused, beside where it ended. Not modal: it goes with the next gesture or by its button. */
export function RefusalNote() {
  const refused = useMachine((state) => state.refused);
  if (!refused) return null;
  const at = refused.at ?? { x: WIDTH / 2 + MARGIN, y: innerHeight / 2 };
  // In CSS, so that it stays in the window when that becomes smaller.
  const left = `max(${MARGIN}px, min(${at.x - WIDTH / 2}px, 100vw - ${WIDTH + MARGIN}px))`;
  const top = `max(52px, min(${at.y + MARGIN}px, 100vh - 180px))`;
  return (
    <div className="refusal refusal-box" role="alert" data-testid="refusal" style={{ left, top }}>
      <RefusalText error={refused.error} line={refused.reply.line} />
      <Button className="icon-button refusal-close" aria-label={text.refusal.close} onPress={dismissRefusal}>
        <CloseIcon />
      </Button>
    </div>
  );
}
