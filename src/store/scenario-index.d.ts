/** Made when the page is built (scripts/lib/scenario-index.ts). */
declare module 'virtual:scenario-index' {
  const index: readonly import('../protocol/scenario-index.ts').IndexedScenario[];
  export default index;
}
