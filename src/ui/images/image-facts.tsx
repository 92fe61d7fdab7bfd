import { useEffect } from 'react';
import type { Refusal, Result } from '../../base/result.ts';
import type { ImageDescription, ImagePlacement, ImageReport } from '../../protocol/image-report.ts';
import { imageText } from '../image-text.ts';
import { announce } from '../kit/announcer.tsx';
import { RefusalText } from '../kit/refusal-text.tsx';
import { fileSize } from '../file-size.ts';
import '../styles/images.css';
import { MemoryPicture } from './memory-picture.tsx';
import type { ImageTold } from './use-image-report.ts';

/** Rows of segments that are shown; an ELF may have tens of thousands. */
const ROWS = 6;

/** What a file is and where it would lie, or why it cannot be booted there. */
export function ImageFacts(props: {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly told: ImageTold;
  /** The machine has refused it since, and says so itself. */
  readonly refused: boolean;
}) {
  const { name, size, told } = props;
  const report = told.kind === 'told' ? told.report : null;
  const error =
    told.kind === 'refused' ? told.error : (errorOf(report?.description) ?? errorOf(report?.placement));
  const said = told.kind === 'reading' ? null : (error?.reason ?? 'fits');
  useEffect(() => {
    if (said !== null) announce(said === 'fits' ? imageText.fits(name) : said);
  }, [said, name]);
  return (
    <section className="image-facts" aria-label={imageText.facts} data-testid="image-facts">
      <p className="image-name">
        <span>{name}</span>
        <span className="image-size">{fileSize(size)}</span>
      </p>
      {told.kind === 'reading' && <p className="image-note">{imageText.reading}</p>}
      {told.kind === 'told' && (
        <>
          {told.report.description.ok && (
            <Said
              description={told.report.description.value}
              placement={told.report.placement?.ok === true ? told.report.placement.value : null}
            />
          )}
          <p className="image-hash">
            <span>{imageText.hash}</span> <code>{told.hash}</code>
          </p>
        </>
      )}
      {error && !props.refused && (
        <div className="refusal-box" data-testid="image-refusal">
          <RefusalText error={error} />
          {report && <Needs needs={report.needs} isImage={report.description.ok} />}
        </div>
      )}
    </section>
  );
}

const errorOf = (result: Result<unknown> | null | undefined): Refusal | null =>
  result && !result.ok ? result.error : null;

const hex = (address: number): string => `0x${address.toString(16)}`;

/** A size that the file claims; one that no unit helps stays as it is written. */
const sizeText = (size: string): string => {
  const bytes = Number(size);
  return bytes < 2 ** 40 ? fileSize(bytes) : size;
};

/** Its addresses: those it would have, where there is a place for it, else those that it was linked for. */
function Said(props: { readonly description: ImageDescription; readonly placement: ImagePlacement | null }) {
  const { description, placement } = props;
  const written = (address: string): string => (description.movable ? imageText.fromBase(address) : address);
  const rows = description.segments.slice(0, ROWS).map((segment, at) => ({
    address: placement ? hex(placement.segments[at]?.address ?? 0) : written(segment.address),
    inFile: fileSize(segment.fileSize),
    inMemory: sizeText(segment.memorySize),
  }));
  const more = description.segments.length - rows.length;
  return (
    <>
      <p className="image-note">{imageText.format[description.format]}</p>
      {placement && <MemoryPicture placement={placement} />}
      <table className="image-table">
        <thead>
          <tr>
            <th scope="col">{imageText.segment}</th>
            <th scope="col">{imageText.fromFile}</th>
            <th scope="col">{imageText.inMemory}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>
              <td>{row.address}</td>
              <td>{row.inFile}</td>
              <td>{row.inMemory}</td>
            </tr>
          ))}
        </tbody>
        {more > 0 && (
          <tfoot>
            <tr>
              <td colSpan={3}>{imageText.more(more)}</td>
            </tr>
          </tfoot>
        )}
      </table>
      <p className="image-entry">
        <span>{imageText.entry}</span>
        <code>{placement ? hex(placement.entry) : written(description.entry)}</code>
      </p>
    </>
  );
}

function Needs(props: { readonly needs: ImageReport['needs']; readonly isImage: boolean }) {
  const { needs } = props;
  if (!props.isImage) return null;
  if (needs === null) return <p>{imageText.noMemory}</p>;
  return needs.base === null ? null : <p>{imageText.needsNote(fileSize(needs.size), hex(needs.base))}</p>;
}
