/** The stations of a message as a walk: one of six is lit, with the ring, the registers and the source line at it. */
import { useEffect, useRef, type KeyboardEvent } from 'react';
import { Button } from 'react-aria-components';
import type { MachineView } from '../../protocol/machine-view.ts';
import { STATIONS, type MessageStations, type Station } from '../../protocol/stations.ts';
import { RING_SLOTS } from '../../protocol/channel.ts';
import { kernelLook } from '../../store/kernel-look.ts';
import { goToStation, kernelOfStation, useStations, walkOn } from '../../store/stations-store.ts';
import { announce } from '../kit/announcer.tsx';
import { CloseIcon } from '../kit/icons.tsx';
import { stationsText as words } from '../stations-text.ts';
import { sourceAt } from './station-source.ts';
import {
  bytesOf,
  happened,
  messageTitle,
  recordOf,
  registerBits,
  ringWords,
  sentenceOf,
  slotPlace,
  spokenStation,
  whereOf,
  type Word,
} from './station-facts.ts';
import { closeStations } from './stations-actions.ts';
import '../styles/stations.css';

const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1 };

export function StationsPanel(props: { readonly view: MachineView }) {
  const message = useStations((state) => state.message);
  return message && <Walk view={props.view} message={message} />;
}

function Walk(props: { readonly view: MachineView; readonly message: MessageStations }) {
  const { view, message } = props;
  const station = useStations((state) => state.station);
  const row = useRef<HTMLOListElement>(null);
  const number = message.publish.sequence;
  const latest = useRef(view);
  useEffect(() => {
    latest.current = view;
  }, [view]);

  // The keys belong to the walk from when it begins; whoever goes on by a button stays there.
  useEffect(() => {
    row.current?.querySelector<HTMLElement>('[aria-current=step]')?.focus();
  }, []);
  // A view that comes anew says nothing new of the message.
  useEffect(() => {
    announce(`${messageTitle(latest.current, message)}. ${spokenStation(latest.current, message, station)}`);
  }, [message, station]);

  const go = (to: Station): void => {
    goToStation(to);
    const index = STATIONS.indexOf(to);
    row.current?.querySelectorAll<HTMLElement>('.station')[index]?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = STEPS[event.key];
    const at = STATIONS.indexOf(station);
    if (step !== undefined) go(STATIONS[Math.min(STATIONS.length - 1, Math.max(0, at + step))] ?? station);
    else if (event.key === 'Home') go('fill');
    else if (event.key === 'End') go('drain');
    else if (event.key === 'Escape') closeStations();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const other = (way: 'next' | 'previous') => () =>
    void walkOn(way).then((found) => {
      if (!found) announce(words.none);
    });

  return (
    <section className="stations" aria-label={words.label} data-testid="stations" onKeyDown={onKeyDown}>
      <header className="stations-head">
        <h2 data-testid="stations-title">{messageTitle(view, message)}</h2>
        <span className="stations-how" aria-hidden="true">
          {words.howTo}
        </span>
        <Button className="icon-button" aria-label={words.previous} onPress={other('previous')}>
          <span aria-hidden="true">‹</span>
        </Button>
        <Button className="icon-button" aria-label={words.next} onPress={other('next')}>
          <span aria-hidden="true">›</span>
        </Button>
        <Button className="icon-button" aria-label={words.close} onPress={closeStations}>
          <CloseIcon />
        </Button>
      </header>
      <ol className="stations-row" ref={row}>
        {STATIONS.map((one) => {
          const kernel = kernelOfStation(message, one);
          return (
            <li key={one} data-hue={kernel === null ? 'pool' : kernelLook(kernel).hue}>
              <Button
                className="station"
                data-happened={happened(message, one)}
                aria-current={one === station ? 'step' : false}
                excludeFromTabOrder={one !== station}
                onPress={() => goToStation(one)}
              >
                <span className="station-mark" aria-hidden="true" />
                <span className="station-name">{words.name[one]}</span>
                <span className="station-where">{whereOf(view, message, one)}</span>
              </Button>
            </li>
          );
        })}
      </ol>
      <Station key={`${number} ${station}`} view={view} message={message} station={station} />
    </section>
  );
}

function Station(props: {
  readonly view: MachineView;
  readonly message: MessageStations;
  readonly station: Station;
}) {
  const { view, message, station } = props;
  const { when, record } = recordOf(message, station);
  const bits = registerBits(message, station);
  const kernel = kernelOfStation(message, station);
  return (
    <div
      className="station-body"
      role="group"
      aria-label={words.name[station]}
      tabIndex={0}
      data-testid="station"
      data-station={station}
      data-hue={kernel === null ? 'pool' : kernelLook(kernel).hue}
    >
      <div className="station-part">
        <p className="station-what" data-testid="station-what">
          {sentenceOf(view, message, station)}
        </p>
        <p className="station-note" data-testid="station-when">
          {record ? `${when}, ${record}` : when}
        </p>
        {bits.length > 0 && (
          <>
            <h3>{words.bitsTitle}</h3>
            <Words rows={bits} testId="station-bits" />
          </>
        )}
      </div>
      <Ring message={message} station={station} />
      <Source view={view} message={message} station={station} />
    </div>
  );
}

function Words(props: { readonly rows: readonly Word[]; readonly testId: string }) {
  return (
    <dl className="station-words" data-testid={props.testId}>
      {props.rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Ring(props: { readonly message: MessageStations; readonly station: Station }) {
  const { message, station } = props;
  const bytes = bytesOf(message);
  const place = slotPlace(message);
  return (
    <div className="station-part" data-testid="station-ring">
      <h3>{words.ring(message.channel, place)}</h3>
      <div className="slots" aria-hidden="true">
        {Array.from({ length: RING_SLOTS }, (_, slot) => (
          <span key={slot} data-here={slot === place || undefined} />
        ))}
      </div>
      <Words rows={ringWords(message, station)} testId="station-words" />
      {bytes ? (
        <>
          <pre className="station-bytes" aria-label={words.bytes} role="group" data-testid="station-bytes">
            {bytes.rows.map(([at, row]) => (
              <span key={at}>
                <span className="station-offset">{at} </span>
                {row}
                {'\n'}
              </span>
            ))}
          </pre>
          {bytes.more > 0 && <p className="station-note">{words.moreBytes(bytes.more)}</p>}
        </>
      ) : (
        <p className="station-note" data-testid="station-no-bytes">
          {words.noBytes}
        </p>
      )}
    </div>
  );
}

function Source(props: {
  readonly view: MachineView;
  readonly message: MessageStations;
  readonly station: Station;
}) {
  const source = sourceAt(props.view, props.message, props.station);
  return (
    <div className="station-part" data-testid="station-source">
      <h3>{source.kind === 'lines' ? words.sourceOf(source.file, source.line) : words.sourceTitle}</h3>
      {source.kind === 'lines' && (
        <>
          <pre className="station-lines">
            {source.lines.map(({ number, text, here }) => (
              <span key={number} data-here={here || undefined}>
                <span className="station-offset">{String(number).padStart(3)} </span>
                {text.replaceAll('\t', '  ')}
              </span>
            ))}
          </pre>
          <p className="station-note">{words.otherLine}</p>
        </>
      )}
      {source.kind === 'firmware' && <p className="station-note">{words.inFirmware}</p>}
      {source.kind === 'controller' && <p className="station-note">{words.ofController}</p>}
      {source.kind === 'foreign' && <p className="station-note">{words.foreign(source.kernel)}</p>}
    </div>
  );
}
