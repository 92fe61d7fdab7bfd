/** Gives a canvas the size of its box in device pixels and a context that draws in CSS pixels; null when it has none. */
export function fitCanvas(
  canvas: HTMLCanvasElement,
): { context: CanvasRenderingContext2D; width: number; height: number } | null {
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  const context = width > 0 && height > 0 ? canvas.getContext('2d') : null;
  if (!context) return null;
  const ratio = devicePixelRatio;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

/** Present value of a colour variable of the style sheet, for canvases and the terminal. */
export function cssColour(element: Element, variable: string): string {
  return getComputedStyle(element).getPropertyValue(variable).trim();
}
