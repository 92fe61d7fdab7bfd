/** Looks for texts on every console of a machine: what must appear, and what must not. */
import { ConsoleTranscript } from '../session/console-transcript.ts';
import type { ServicesApi, Subscription } from '../protocol/services-api.ts';

export class TextWatch {
  private readonly text: string;
  private readonly transcripts = new Map<number, ConsoleTranscript>();
  /** The text has appeared. */
  seen = false;

  constructor(text: string) {
    this.text = text;
  }

  /** Returns what ends it (`unsubscribe`). */
  listenTo(services: ServicesApi): Promise<Subscription> {
    return services.onConsole((instance, bytes) => {
      if (this.seen) return;
      const transcript = this.transcripts.get(instance) ?? new ConsoleTranscript();
      this.transcripts.set(instance, transcript);
      transcript.add(bytes);
      this.seen = transcript.take(this.text) !== null;
    });
  }
}
