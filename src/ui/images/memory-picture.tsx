import type { ImagePlacement } from '../../protocol/image-report.ts';
import { imageText } from '../image-text.ts';
import { fileSize } from '../file-size.ts';

const hex = (address: number): string => `0x${address.toString(16)}`;

/** Segments that are drawn; more would be a pixel each. */
const DRAWN = 64;

/** The kernel's memory to scale: what the image brings, what it claims beyond, and what is kept from it at the end. */
export function MemoryPicture(props: { readonly placement: ImagePlacement }) {
  const { memory, room, segments } = props.placement;
  const part = (from: number, size: number) => ({
    left: `${((from - memory.base) / memory.size) * 100}%`,
    width: `${(size / memory.size) * 100}%`,
  });
  const [from, to] = [hex(memory.base), hex(memory.base + memory.size - 1)];
  const words = segments.map(({ address, memorySize }) =>
    imageText.takes(hex(address), fileSize(memorySize)),
  );
  return (
    <figure className="memory-picture">
      <div
        className="memory-bar"
        role="img"
        aria-label={`${imageText.memory(from, to)}: ${words.slice(0, DRAWN).join(', ')}`}
      >
        {segments.slice(0, DRAWN).map(({ address, fileSize: bytes, memorySize }) => (
          <span key={address}>
            <i className="memory-claimed" style={part(address, memorySize)} />
            <i className="memory-brought" style={part(address, bytes)} />
          </span>
        ))}
        <i className="memory-kept" style={part(memory.base + room, memory.size - room)} />
      </div>
      <figcaption>
        <span>{from}</span>
        <span>{fileSize(memory.size)}</span>
        <span>{to}</span>
      </figcaption>
    </figure>
  );
}
