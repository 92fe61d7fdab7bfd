/** Words of the consoles that tell how the keyboard gets out of them. */
export const consoleText = {
  /** Said by screen readers with the field's name. */
  leaveAbout: 'Tab goes to the kernel. To leave the console press Escape, then Tab or Shift Tab.',
  leaveHint: {
    how: 'Esc, then Tab leaves',
    ready: 'Tab leaves now',
  },
  leaveKeys: ['Escape, then Tab', 'in a console, where Tab is the kernel’s: leave it'],
} as const;
