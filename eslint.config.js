import js from '@eslint/js';
import boundaries from 'eslint-plugin-boundaries';
import tseslint from 'typescript-eslint';

/** Who may import whom: the arrows of docs/architecture.md. A folder may always import itself. */
const CORE = ['base', 'protocol', 'wasm', 'isa', 'hart', 'machine', 'multikernel', 'session'];
const ARROWS = {
  base: [],
  protocol: ['base'],
  wasm: ['base'],
  isa: ['wasm', 'base'],
  hart: ['isa', 'wasm', 'protocol', 'base'],
  machine: ['hart', 'isa', 'protocol', 'base'],
  multikernel: ['machine', 'protocol', 'base'],
  // Creates workers by URL and never imports them.
  session: ['multikernel', 'machine', 'isa', 'protocol', 'base'],
  store: ['session', 'protocol', 'base'],
  ui: ['store', 'protocol', 'base'],
  cli: ['session', 'multikernel', 'machine', 'isa', 'protocol', 'base'],
  // Composition roots and what stands outside the product.
  workers: ['session', 'multikernel', 'machine', 'hart', 'isa', 'protocol', 'base'],
  bench: ['cli', 'session', 'multikernel', 'machine', 'hart', 'isa', 'wasm', 'protocol', 'base'],
  e2e: ['session', 'protocol', 'base'],
};
const FOLDERS = [
  'base',
  'protocol',
  'wasm',
  'isa',
  'hart',
  'machine',
  'multikernel',
  'session',
  'store',
  'ui',
  'cli',
];

const elements = [
  ...FOLDERS.map((type) => ({ type, pattern: `src/${type}` })),
  ...['workers', 'bench', 'e2e'].map((type) => ({ type, pattern: type })),
];

const allowTo = (types) => ({ to: { element: { types: { anyOf: types } } } });
const policies = [
  ...Object.entries(ARROWS).map(([type, allowed]) => ({
    from: { element: { type } },
    allow: allowTo([type, ...allowed]),
  })),
  {
    from: { file: { categories: 'config' } },
    allow: [allowTo(['session', 'protocol', 'base']), { to: { file: { categories: 'config' } } }],
  },
  { from: { file: { categories: 'root' } }, allow: allowTo(['ui', 'store', 'session', 'protocol', 'base']) },
];

const REACT = [
  {
    regex: '^(react|react-dom|react-aria-components|react-resizable-panels)(/|$)',
    message: 'React draws in src/ui and src/main.tsx alone.',
  },
];
const NODE = [
  { regex: '^node:', message: 'The core runs alike in a page, a worker and Node: no node: modules.' },
];

/** What people read or hear is in the catalogue (src/ui/text.ts and the *-text.ts beside it), not in the components. */
const READ =
  'name.name=/^(aria-(label|description|roledescription|valuetext)|title|placeholder|alt|label|description|textValue)$/';
const BRANCH = ':matches(ConditionalExpression, LogicalExpression)';
const WORDS =
  ':matches(Literal[value=/\\p{L}{2}/u], TemplateLiteral:has(TemplateElement[value.raw=/\\p{L}{2}/u]))';
const WRITTEN_HERE = [
  'JSXText[value=/\\p{L}{2}/u]',
  ...[
    ':matches(JSXElement, JSXFragment) > JSXExpressionContainer',
    `JSXAttribute[${READ}]`,
    `JSXAttribute[${READ}] > JSXExpressionContainer`,
    'CallExpression[callee.name="announce"]',
  ].flatMap((place) => [`${place} > ${WORDS}`, `${place} > ${BRANCH} > ${WORDS}`]),
].map((selector) => ({
  selector,
  message: 'What people read comes from the catalogue: src/ui/text.ts or a *-text.ts beside it.',
}));

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'dist-cli/',
      'build/',
      'coverage/',
      'test-results/',
      'playwright-report/',
      'public/',
      '**/*.d.ts',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { project: ['./tsconfig.json'], tsconfigRootDir: import.meta.dirname },
    },
    plugins: { boundaries },
    settings: {
      'boundaries/elements': elements,
      // The composition root of the page, and the tools' configurations, are files outside every folder.
      'boundaries/files': [
        { category: 'root', pattern: 'src/main.tsx' },
        { category: 'config', pattern: ['*.config.ts', 'scripts/lib/*.ts'] },
      ],
      'import/resolver': { node: { extensions: ['.ts', '.tsx', '.js'] } },
    },
    rules: {
      'boundaries/dependencies': ['error', { default: 'disallow', policies }],
      'boundaries/no-unknown-files': 'error',
      'no-restricted-imports': ['error', { patterns: REACT }],
      '@typescript-eslint/no-explicit-any': 'error',
      // Numbers in messages are what most messages are about.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // `() => port.postMessage(0)` reads better than a block.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // A method that must be asynchronous for its interface need not wait for anything.
      '@typescript-eslint/require-await': 'off',
      // Loops of the machine end by what other threads write into memory.
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: CORE.map((folder) => `src/${folder}/**/*.ts`),
    ignores: ['**/*.test.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [...REACT, ...NODE] }] },
  },
  {
    files: ['src/ui/**/*.{ts,tsx}', 'src/main.tsx'],
    rules: { 'no-restricted-syntax': ['error', ...WRITTEN_HERE] },
  },
  { files: ['src/ui/**', 'src/main.tsx'], rules: { 'no-restricted-imports': ['error', { patterns: NODE }] } },
  {
    files: ['**/*.test.{ts,tsx}', 'e2e/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
    },
  },
  { files: ['bench/**'], rules: { 'no-console': 'off' } },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: {
      globals: {
        console: 'readonly',
        process: 'readonly',
        URL: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        fetch: 'readonly',
        // Of the page, in functions that Playwright runs there.
        window: 'readonly',
        TextEncoder: 'readonly',
      },
    },
  },
);
