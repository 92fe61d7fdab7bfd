/** Made when the page is built (scripts/lib/lesson-index.ts). */
declare module 'virtual:lesson-index' {
  const index: readonly import('../protocol/lesson-index.ts').IndexedLesson[];
  export default index;
}
