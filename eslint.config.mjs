import tseslint from 'typescript-eslint';

/** The layers of lib, the lowest first. None imports from one above it: https://eslint.org/docs/latest/rules/no-restricted-imports. */
const LAYERS = [
  { name: 'kit', files: ['lib/kit/**', 'lib/versions.ts'], imports: ['**/kit/**'] },
  { name: 'features', files: ['lib/features/**'], imports: ['**/features/**'] },
  { name: 'environment', files: ['lib/environment/**'], imports: ['**/environment/**'] },
  { name: 'platform chart', files: ['lib/platform-chart.ts'], imports: ['**/platform-chart'] },
  { name: 'programs', files: ['lib/manifests/**', 'lib/reference/**'], imports: ['**/manifests/**', '**/reference/**'] },
];

/** The features, in the same order: arrows between their folders run in one direction. Types of the whole environment file are everybody's. */
const FEATURES = ['database', 'artifact-store', 'access', 'users', 'tracking-server', 'observability', 'network', 'connection-limit', 'namespace'];

const features = FEATURES.map((name, place) => ({
  files: [`lib/features/${name}/**`],
  rules: {
    'no-restricted-imports': ['error', {
      patterns: [
        ...LAYERS.slice(2).map((above) => ({ group: above.imports, message: `features is below ${above.name}, and must not know it.` })),
        ...FEATURES.slice(place + 1).map((above) => ({ group: [`../${above}/**`], message: `${name} is below ${above}, and must not know it.` })),
      ],
    }],
  },
}));

const layers = LAYERS.map(({ name, files }, place) => ({
  files,
  rules: {
    'no-restricted-imports': ['error', {
      patterns: LAYERS.slice(place + 1).map((above) => ({ group: above.imports, message: `${name} is below ${above.name}, and must not know it.` })),
    }],
  },
}));

export default tseslint.config(
  { ignores: ['imports/', 'dist/', 'node_modules/', '*.config.*'] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // A construct enters the tree by being made.
      'no-new': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/prefer-regexp-exec': 'error',
      'max-len': ['error', { code: 150, ignoreTemplateLiterals: true, ignoreStrings: true, ignoreRegExpLiterals: true, ignoreUrls: true }],
      'quotes': ['error', 'single', { avoidEscape: true, allowTemplateLiterals: true }],
      'semi': ['error', 'always'],
    },
  },
  {
    files: ['lib/**'],
    rules: {
      'max-lines': ['error', 250],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: false, skipComments: false }],
    },
  },
  ...layers,
  ...features,
);
