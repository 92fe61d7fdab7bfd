/** What is told of each lesson that comes with the page, before one of them is opened. Made when the page is built. */
export interface IndexedLesson {
  /** Its address is `lessons/NAME.md`. */
  readonly name: string;
  readonly title: string;
  /** What it is about, in a sentence. */
  readonly about: string;
  readonly steps: number;
}
