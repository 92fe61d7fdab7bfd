/** Sentences of Present, the gallery and the demonstration of a scene. */
export const sceneText = {
  present: {
    button: 'Present',
    label: 'Presentation',
    next: 'Next beat',
    previous: 'Previous beat',
    leave: 'Leave Present',
    position: (beat: number, beats: number) => `${beat} of ${beats}`,
    start: 'Page Down begins',
    noBeats: 'This scenario has no beats: the page is large and light, and the rest is yours.',
    reading: 'Reading the scenario …',
    unreadable: (detail: string) => `The scenario cannot be read: ${detail}`,
    progress: (done: number, total: number) => `Playing: step ${done} of ${total}`,
    failed: (step: string) => `Did not hold: ${step}`,
    announce: (name: string, beat: number, beats: number, says: string) =>
      `${name}, ${beat} of ${beats}. ${says}`,
    left: 'Present is over.',
  },
} as const;
