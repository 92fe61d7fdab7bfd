/** Made when the page is built (scripts/lib/opening-scenario.ts). */
declare module 'virtual:opening-scenario' {
  const scenario: import('../protocol/scenario.ts').Scenario;
  export default scenario;
}
