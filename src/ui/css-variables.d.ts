/** Variables of the style sheets that components set. */
import 'react';

declare module 'react' {
  interface CSSProperties {
    '--columns'?: string;
    '--least-width'?: string;
  }
}
