// Rules for stylelint that compare the style sheets with the source: nothing in a sheet is left over, and every custom
// property that is read is set somewhere.
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import stylelint from 'stylelint';

const folder = fileURLToPath(new URL('../src/', import.meta.url));
const read = (pattern) =>
  readdirSync(folder, { recursive: true })
    .filter((path) => pattern.test(path))
    .map((path) => readFileSync(folder + path, 'utf8'))
    .join('\n');
const code = read(/\.tsx?$/).replace(/(?<!:)\/\/.*$/gm, '');
const sheets = read(/\.css$/);

// Words in strings, which may be class names, and custom properties set by style attributes.
const words = new Set(
  (code.match(/(['"`])(?:(?!\1).)*\1/gs) ?? []).flatMap((text) => text.match(/[\w-]+/g) ?? []),
);
const propertiesSet = new Set([
  ...(sheets.match(/--[\w-]+(?=:)/g) ?? []),
  ...(code.match(/--[\w-]+(?=')/g) ?? []),
]);
const propertiesRead = new Set(sheets.match(/(?<=var\()--[\w-]+/g) ?? []);

function rule(name, message, check) {
  const ruleName = `tilecast/${name}`;
  const messages = stylelint.utils.ruleMessages(ruleName, { rejected: message });
  const run = (option) => (root, result) =>
    check(root, option, (node, ...details) =>
      stylelint.utils.report({ ruleName, result, node, message: messages.rejected(...details) }),
    );
  return stylelint.createPlugin(ruleName, Object.assign(run, { ruleName, messages }));
}

export default [
  rule(
    'no-unused-class',
    (name) => `No component has the class "${name}"`,
    (root, _, report) =>
      root.walkRules((node) => {
        for (const [, name] of node.selector.matchAll(/\.([a-z][\w-]*)/g))
          if (!words.has(name)) report(node, name);
      }),
  ),
  rule(
    'no-unknown-property',
    (name, fault) => `The custom property ${name} is ${fault}`,
    (root, _, report) =>
      root.walkDecls((node) => {
        for (const [, name] of node.value.matchAll(/var\((--[\w-]+)/g))
          if (!propertiesSet.has(name)) report(node, name, 'never set');
        if (node.prop.startsWith('--') && !propertiesRead.has(node.prop))
          report(node, node.prop, 'never read');
      }),
  ),
  rule(
    'no-unused-sheet',
    (name) => `No module imports ${name}`,
    (root, _, report) => {
      const name = basename(root.source.input.file);
      if (!new RegExp(`^import '[./a-z_]*/${name}';$`, 'm').test(code)) report(root, name);
    },
  ),
  rule(
    'max-lines',
    (count, most) => `${count} lines, of at most ${most}`,
    (root, most, report) => {
      const count = root.source.input.css.trimEnd().split('\n').length;
      if (count > most) report(root, count, most);
    },
  ),
];
