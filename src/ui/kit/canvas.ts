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

const registered = new Set<string>();

/**
 * Present value of a colour of an element, a variable of the style sheet or `color`, for canvases and the terminal.
 * A variable is registered as a colour when it is first read: otherwise its computed value is what the style sheet says,
 * `light-dark(…)`, which a canvas does not understand.
 */
export function cssColour(element: Element, property: string): string {
  if (property.startsWith('--') && !registered.has(property)) {
    registered.add(property);
    CSS.registerProperty({ name: property, syntax: '<color>', inherits: true, initialValue: 'transparent' });
  }
  return getComputedStyle(element).getPropertyValue(property).trim();
}
