import { useEffect, useState } from 'react';
import type { CodeLine, CsrLayout, HartInspection, RegisterLayout } from '../../protocol/inspect.ts';
import type { Result } from '../../base/result.ts';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import { useInspector } from '../../store/inspector-store.ts';
import { LiveText } from '../kit/live-text.tsx';
import { inspectorText as text } from '../inspector-text.ts';
import { AddressField } from './address-field.tsx';
import { CopyButton } from './copy-button.tsx';
import { fieldCell, fieldWords } from './csr-words.ts';
import { linesOf, LiveRows, type LiveRow } from './live-rows.tsx';
import { RefusedLine } from './refused-line.tsx';
import { usePoll, type Poll } from './use-poll.ts';

const CODE_BEFORE = 5;
const CODE_AFTER = 11;
const CODE_SHAPE = Array.from({ length: CODE_BEFORE + CODE_AFTER }, () => 4);
const LEVELS: readonly CsrLayout['level'][] = ['supervisor', 'machine', 'user'];

/** A core's code around its pc, its registers and CSRs. */
export function CoreTab(props: {
  readonly machine: ConnectedMachine;
  readonly hart: number;
  readonly state: Poll<HartInspection | null>;
}) {
  const { machine, hart, state } = props;
  const [{ registers, csrs }, setLayout] = useState<RegisterLayout>({ registers: [], csrs: [] });
  useEffect(() => {
    let shown = true;
    void machine
      .ask((services) => services.registerLayout())
      .then((layout) => {
        if (shown && layout) setLayout(layout);
      });
    return () => {
      shown = false;
    };
  }, [machine]);
  return (
    <>
      <Code machine={machine} hart={hart} state={state} />
      <Registers names={registers} state={state} />
      {LEVELS.map((level) => (
        <Csrs key={level} level={level} csrs={csrs} state={state} />
      ))}
    </>
  );
}

function Code(props: {
  readonly machine: ConnectedMachine;
  readonly hart: number;
  readonly state: Poll<HartInspection | null>;
}) {
  const { machine, hart, state } = props;
  const code = useInspector((inspector) => inspector.code);
  const address = code === '' ? 'pc' : code;
  const listing = usePoll<Result<readonly CodeLine[]>>(`${machine.serial} ${hart} ${address}`, () =>
    machine.ask((services) => services.disassemble({ hart, address }, CODE_BEFORE, CODE_AFTER)),
  );
  const read = (row: number): LiveRow | null => {
    const line = listing.value?.ok ? listing.value.value[row] : undefined;
    if (!line) return null;
    const here = line.address === state.value?.pc.address;
    return {
      cells: [here ? '▸' : '', line.address.slice(2), line.code, symbolThen(line)],
      mark: here ? 'pc' : '',
    };
  };
  return (
    <section className="inspect-part">
      <div className="part-head">
        <h3>{text.code}</h3>
        <AddressField
          label={text.codeAt}
          labelHidden
          value={code}
          placeholder={text.codeHint}
          testId="code-address"
          onShow={(next) => useInspector.setState({ code: next })}
        />
        <CopyButton what={text.code} read={() => linesOf(CODE_SHAPE.length, read)} />
      </div>
      <p className="part-note">
        <LiveText every={100} read={() => functionOf(listing.value, state.value)} testId="inspect-function" />
      </p>
      <RefusedLine read={() => listing.value} />
      <LiveRows
        label={text.code}
        className="code-lines"
        scrolls
        testId="code"
        shape={CODE_SHAPE}
        read={read}
      />
    </section>
  );
}

const symbolThen = ({ text: words, symbol }: CodeLine): string =>
  symbol !== null && !symbol.includes('+') ? `${words}   ‹${symbol}›` : words;

/** In which function the code that is shown lies. */
function functionOf(
  listing: Result<readonly CodeLine[]> | undefined,
  state: HartInspection | null | undefined,
): string {
  const lines = listing?.ok ? listing.value : [];
  const line = lines.find(({ address }) => address === state?.pc.address) ?? lines[0];
  return line?.symbol ?? '';
}

function Registers(props: {
  readonly names: readonly string[];
  readonly state: Poll<HartInspection | null>;
}) {
  const { names, state } = props;
  const read = (row: number): LiveRow | null => {
    const value = state.value?.registers[row];
    return value === undefined ? null : { cells: [names[row] ?? '', value.slice(2)], mark: zero(value) };
  };
  return (
    <section className="inspect-part">
      <div className="part-head">
        <h3>{text.registers}</h3>
        <CopyButton what={text.registers} read={() => linesOf(names.length, read)} />
      </div>
      <LiveRows
        label={text.registers}
        key={names.length}
        className="registers"
        testId="registers"
        shape={names.map(() => 2)}
        read={read}
      />
    </section>
  );
}

const zero = (value: string): string => (/^0x0+$/.test(value) ? 'zero' : '');

function Csrs(props: {
  readonly level: CsrLayout['level'];
  readonly csrs: readonly CsrLayout[];
  readonly state: Poll<HartInspection | null>;
}) {
  const { level, csrs, state } = props;
  const shown = csrs
    .map((layout, index) => ({ layout, index }))
    .filter(({ layout }) => layout.level === level);
  const valueOf = (index: number): string | undefined => state.value?.csrs[index];
  const read = (row: number): LiveRow | null => {
    const { layout, index } = shown[row] ?? {};
    const value = index === undefined ? undefined : valueOf(index);
    if (!layout || value === undefined) return null;
    const number = BigInt(value);
    const fields = layout.fields.map((field) => fieldCell(layout, field, number));
    return { cells: [layout.name, value.slice(2), ...fields], mark: zero(value) };
  };
  const lines = (): string =>
    shown
      .map(({ layout, index }) => {
        const value = valueOf(index) ?? '0x0';
        return `${layout.name}  ${value}  ${fieldWords(layout, BigInt(value))}`.trimEnd();
      })
      .join('\n');
  return (
    <details className="inspect-part" open={level === 'supervisor'}>
      <summary>
        <h3>{text.csrs[level]}</h3>
      </summary>
      <CopyButton what={text.csrs[level]} read={lines} />
      <LiveRows
        key={shown.length}
        label={text.csrs[level]}
        className="csrs"
        testId={`csrs-${level}`}
        shape={shown.map(({ layout }) => 2 + layout.fields.length)}
        read={read}
      />
    </details>
  );
}
