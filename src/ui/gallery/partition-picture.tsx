import type { IndexedKernel, IndexedScenario } from '../../protocol/scenario-index.ts';
import { kernelLook } from '../../store/kernel-look.ts';
import { text } from '../text.ts';

/** Of a core, and between kernels, in units of the picture. */
const CORE = 14;
const GAP = 4;
const BETWEEN = 12;
const HEIGHT = 64;
const TOP = 14;
/** More columns of cores than this are drawn in two rows. */
const ONE_ROW = 10;

interface Placed {
  readonly kernel: IndexedKernel | null;
  readonly x: number;
  readonly width: number;
  readonly cores: readonly number[];
}

/** The partition that a scenario makes: its cores by owner, and the channels between kernels as wires under them. */
export function PartitionPicture(props: { readonly scenario: IndexedScenario }) {
  const { kernels, harts } = props.scenario;
  const owned = new Set(kernels.flatMap((kernel) => kernel.harts));
  const free = Array.from({ length: harts }, (_, hart) => hart).filter((hart) => !owned.has(hart));
  const rows = harts > ONE_ROW ? 2 : 1;
  const placed: Placed[] = [];
  let x = 0;
  const place = (kernel: IndexedKernel | null, cores: readonly number[]): void => {
    const width = Math.ceil(cores.length / rows) * (CORE + GAP) - GAP;
    placed.push({ kernel, x, width, cores });
    x += width + BETWEEN;
  };
  for (const kernel of kernels) place(kernel, kernel.harts);
  if (free.length > 0) place(null, free);
  const width = Math.max(1, x - BETWEEN);
  const bottom = TOP + rows * (CORE + GAP);
  const middle = (id: number): number => {
    const at = placed.find(({ kernel }) => kernel?.id === id);
    return at ? at.x + at.width / 2 : 0;
  };
  return (
    <svg
      className="partition-picture"
      viewBox={`-2 0 ${width + 4} ${HEIGHT + (rows - 1) * CORE}`}
      role="img"
      aria-label={text.gallery.picture(
        kernels.map((kernel) => text.gallery.pictureKernel(kernel.name, kernel.harts)),
        free.length,
      )}
    >
      {kernels.flatMap((kernel) =>
        kernel.peers.map((peer) => {
          const [from, to] = [middle(kernel.id), middle(peer)];
          const depth = Math.min(20, 8 + Math.abs(from - to) / 8);
          return (
            <path
              key={`${kernel.id}-${peer}`}
              className="picture-wire"
              d={`M${from} ${bottom} C${from} ${bottom + depth} ${to} ${bottom + depth} ${to} ${bottom}`}
            />
          );
        }),
      )}
      {placed.map(({ kernel, x: left, width: wide, cores }) => (
        <g key={kernel?.id ?? 'free'} data-hue={kernel ? kernelLook(kernel.id).hue : 'pool'}>
          <text className="picture-name" x={left + wide / 2} y={9}>
            {kernel ? kernelLook(kernel.id).letter : ''}
          </text>
          {cores.map((core, index) => (
            <rect
              key={core}
              className={kernel ? 'picture-core' : 'picture-core free'}
              x={left + Math.floor(index / rows) * (CORE + GAP)}
              y={TOP + (index % rows) * (CORE + GAP)}
              width={CORE}
              height={CORE}
              rx={3}
            />
          ))}
        </g>
      ))}
    </svg>
  );
}
