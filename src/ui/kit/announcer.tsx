/** One polite live region for the page: what a gesture does, said with names. */
let region: HTMLElement | null = null;

export function announce(message: string): void {
  if (!region) return;
  // The same sentence twice is said twice only when the node changes.
  region.textContent = region.textContent === message ? `${message}\u00a0` : message;
}

export function Announcer() {
  return (
    <div
      className="visually-hidden"
      role="status"
      aria-live="polite"
      data-testid="announcer"
      ref={(node) => {
        region = node;
      }}
    />
  );
}
