// The style sheets use the tokens of src/ui/tokens.css for everything that has one.
const SPACE = String.raw`(0|auto|-\d+px|var\(--space-\d\)|calc\(.+ \+ env\(.+\)\)|env\(.+\))`;
const RADIUS = String.raw`(0|var\(--radius-[a-z]+\))`;
const list = (one) => new RegExp(`^${one}( ${one})*$`);

const tokens = {
  'color-no-hex': true,
  'color-named': 'never',
  'function-disallowed-list': [/^(rgb|hsl)a?$/, /^(hwb|lab|lch|oklab|oklch|color|light-dark)$/],
  'declaration-property-value-allowed-list': {
    font: ['inherit', /^var\(--text-[a-z0-9]+\) \/ [\d.]+ var\(--font-[a-z]+\)$/],
    'font-size': [/^var\(--text-[a-z0-9]+\)$/],
    'font-family': [/^var\(--font-[a-z]+\)$/],
    'font-weight': ['normal', /^var\(--weight-[a-z]+\)$/],
    '/radius$/': [list(RADIUS)],
    '/^(padding|margin|gap|row-gap|column-gap)/': [list(SPACE)],
    'box-shadow': [/^var\(--shadow-[a-z-]+\)$/, /^(inset )?0 0 0 \dpx (var\(--color-|color-mix\()/],
    'z-index': [/^var\(--layer-[a-z-]+\)$/],
    transition: ['none', /^[a-z-]+ var\(--duration\)/],
  },
};

export default {
  plugins: ['./build/style_rules.js'],
  reportNeedlessDisables: true,
  reportInvalidScopeDisables: true,
  rules: {
    'tilecast/no-unused-class': true,
    'tilecast/no-unknown-property': true,
    'tilecast/no-unused-sheet': true,
    'tilecast/max-lines': 250,
    'block-no-empty': true,
    'color-no-invalid-hex': true,
    'custom-property-no-missing-var-function': true,
    'custom-property-pattern': '^[a-z0-9]+(-[a-z0-9]+)*$',
    'declaration-block-no-duplicate-custom-properties': true,
    'declaration-block-no-duplicate-properties': true,
    'declaration-block-no-shorthand-property-overrides': true,
    'declaration-property-value-no-unknown': true,
    'font-family-no-duplicate-names': true,
    'function-calc-no-unspaced-operator': true,
    'function-no-unknown': true,
    'keyframe-block-no-duplicate-selectors': true,
    'keyframe-declaration-no-important': true,
    'length-zero-no-unit': true,
    'max-nesting-depth': 0,
    'media-feature-name-no-unknown': true,
    // Those that src/ui/tokens.css lists.
    'media-feature-name-value-allowed-list': {
      'max-width': ['760px', '1000px', '1120px'],
      'min-width': ['761px'],
      'max-height': ['500px'],
    },
    'media-query-no-invalid': true,
    'no-duplicate-selectors': true,
    'no-empty-source': true,
    'no-irregular-whitespace': true,
    'no-unknown-animations': true,
    'property-no-unknown': true,
    'selector-class-pattern': '^[a-z0-9]+(-[a-z0-9]+)*$',
    'selector-max-id': 0,
    'selector-pseudo-class-no-unknown': true,
    'selector-pseudo-element-no-unknown': true,
    'selector-type-no-unknown': true,
    'shorthand-property-no-redundant-values': true,
    'unit-no-unknown': true,
    ...tokens,
  },
  overrides: [
    {
      files: ['src/ui/tokens.css'],
      rules: Object.fromEntries(Object.keys(tokens).map((rule) => [rule, null])),
    },
  ],
};
