/** Line icons of 16 × 16 in the text's colour, decorative: the control that holds one has a name. */
import type { ReactNode } from 'react';
import type { Shape } from '../../store/kernel-look.ts';

function Icon(props: { readonly children: ReactNode }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      {props.children}
    </svg>
  );
}

export const PauseIcon = () => (
  <Icon>
    <path d="M5 3v10M11 3v10" />
  </Icon>
);
export const PlayIcon = () => (
  <Icon>
    <path d="M5 3l8 5-8 5z" fill="currentColor" />
  </Icon>
);
export const StepIcon = () => (
  <Icon>
    <path d="M3.5 3.5l6 4.5-6 4.5zM12.5 3.5v9" fill="currentColor" />
  </Icon>
);
export const ResetIcon = () => (
  <Icon>
    <path d="M3 8a5 5 0 1 0 1.6-3.7M3 2.5v3h3" />
  </Icon>
);
export const MoreIcon = () => (
  <Icon>
    <path d="M3.5 8h.01M8 8h.01M12.5 8h.01" strokeWidth="2.4" />
  </Icon>
);
export const ChevronIcon = () => (
  <Icon>
    <path d="M4 6l4 4 4-4" />
  </Icon>
);
export const OpenIcon = () => (
  <Icon>
    <path d="M9 2.5h4.5V7M13.5 2.5l-6 6M11.5 9.5v4h-9v-9h4" />
  </Icon>
);
export const SearchIcon = () => (
  <Icon>
    <path d="M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.5 10.5l3.5 3.5" />
  </Icon>
);
export const CopyIcon = () => (
  <Icon>
    <path d="M5.5 5.5h8v8h-8zM10.5 5V2.5h-8v8H5" />
  </Icon>
);
export const InspectIcon = () => (
  <Icon>
    <path d="M4.5 4.5h7v7h-7zM6.5 2v2.5M9.5 2v2.5M6.5 11.5V14M9.5 11.5V14M2 6.5h2.5M2 9.5h2.5M11.5 6.5H14M11.5 9.5H14" />
  </Icon>
);
export const SaveIcon = () => (
  <Icon>
    <path d="M8 2.5v7M5 7l3 3 3-3M2.5 13.5h11" />
  </Icon>
);
export const PresentIcon = () => (
  <Icon>
    <path d="M2 3h12M3 3v7h10V3M8 10v2M5 14l3-2 3 2" />
  </Icon>
);
export const GalleryIcon = () => (
  <Icon>
    <path d="M2.5 3h4.5v4H2.5zM9 3h4.5v4H9zM2.5 9.5h4.5v4H2.5zM9 9.5h4.5v4H9z" />
  </Icon>
);
export const ShareIcon = () => (
  <Icon>
    <path d="M8 10V2.5M5 5.5l3-3 3 3M3 8.5v5h10v-5" />
  </Icon>
);
export const SpeechIcon = () => (
  <Icon>
    <path d="M2.5 6v4h2.5l3.5 3V3L5 6zM11 6a3 3 0 0 1 0 4M13 4a6 6 0 0 1 0 8" />
  </Icon>
);
export const CheckIcon = () => (
  <Icon>
    <path d="M3 8.5l3.5 3.5L13 4.5" strokeWidth="2" />
  </Icon>
);
export const LessonIcon = () => (
  <Icon>
    <path d="M8 4C6.5 2.8 4.5 2.5 2 2.8v9.7c2.5-.3 4.5 0 6 1.2 1.5-1.2 3.5-1.5 6-1.2V2.8c-2.5-.3-4.5 0-6 1.2zM8 4v9.7" />
  </Icon>
);
export const CloseIcon = () => (
  <Icon>
    <path d="M4 4l8 8M12 4l-8 8" />
  </Icon>
);
export const PlusIcon = () => (
  <Icon>
    <path d="M8 3v10M3 8h10" />
  </Icon>
);
export const SunIcon = () => (
  <Icon>
    <path d="M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M3 13l1-1M12 4l1-1" />
  </Icon>
);
export const MoonIcon = () => (
  <Icon>
    <path d="M13 9.6A5.5 5.5 0 0 1 6.4 3 5.5 5.5 0 1 0 13 9.6z" />
  </Icon>
);
export const SystemIcon = () => (
  <Icon>
    <path d="M8 2.5a5.5 5.5 0 1 0 0 11z" fill="currentColor" />
    <path d="M8 13.5a5.5 5.5 0 0 0 0-11" />
  </Icon>
);

const SHAPE_PATHS: Record<Shape, string> = {
  square: 'M1 1h14v14H1z',
  triangle: 'M8 .5l7.8 14.5H.2z',
  circle: 'M8 .5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15z',
  diamond: 'M8 0l8 8-8 8-8-8z',
};

/** A kernel's shape, filled with its colour. */
export function ShapeMark(props: { readonly shape: Shape }) {
  return (
    <svg
      className="shape-mark"
      viewBox="0 0 16 16"
      width="12"
      height="12"
      aria-hidden="true"
      focusable="false"
    >
      <path d={SHAPE_PATHS[props.shape]} />
    </svg>
  );
}
