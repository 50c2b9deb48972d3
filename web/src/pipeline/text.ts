// Parses and prints the text form of a pipeline, `gaussian_blur ksize=5 | canny`, with the messages of core/pipeline.c.
import { findOperation, operations, type Operation, type Param } from './catalogue';

export interface Step {
  id: number; // for lists on the screen
  operation: Operation;
  values: Record<string, string>; // every parameter, as in the text form
}

const MAX_STEPS = 32;
const MAX_TEXT = 49151;
let nextId = 1;

export function newStep(operation: Operation): Step {
  const values = Object.fromEntries(operation.params.map((param) => [param.name, param.default]));
  return { id: nextId++, operation, values };
}

function quote(text: string): string {
  const shown = text.slice(0, 40).replace(/[^\x20-\x7e]/g, '?');
  return text.length > 40 ? `${shown}...` : shown;
}

function checkNames(operation: Operation, param: Param, value: string): string {
  const names = param.kind === 'set' ? value.split(',') : [value];
  const allowed = param.kind === 'set' ? ['all', ...param.choices] : param.choices;
  if (names.every((name) => allowed.includes(name))) return '';
  const what = param.kind === 'set' ? 'a comma-separated list' : 'one';
  return `${operation.name}: ${param.name}=${quote(value)} is not allowed; it must be ${what} of ${allowed.join(', ')}`;
}

// A decimal number; NaN for anything else, including JavaScript's other notations.
const readNumber = (text: string) => (/^[0-9+\-.eE]+$/.test(text) ? Number(text) : NaN);

// Formats like printf's %g: six digits, an exponent from 1e+06 and below 1e-04.
function formatBound(value: number): string {
  const six = Number(value.toPrecision(6));
  const size = Math.abs(six);
  if (six === 0 || (size >= 1e-4 && size < 1e6)) return String(six);
  return six.toExponential().replace(/([+-])(\d)$/, '$10$2');
}

// "9, 25 or 49"
const countText = (counts: number[]) => counts.join(', ').replace(/, (\d+)$/, ' or $1');

function checkList(operation: Operation, param: Param, value: string): string {
  const texts = value.split(',');
  const { name, min, max } = param;
  const counts = countText(param.counts);
  const invalid = texts.map(readNumber).findIndex((number) => !(number >= min && number <= max));
  if (invalid >= 0)
    return (
      `${operation.name}: number ${invalid + 1} of ${name}=${quote(value)} is not allowed; it must be ` +
      `${counts} numbers from ${formatBound(min)} to ${formatBound(max)} with commas between them`
    );
  if (param.counts.includes(texts.length)) return '';
  return `${operation.name}: ${name} has ${texts.length} numbers; it must have ${counts}`;
}

// One sentence about what is wrong with the value, or ''.
export function checkValue(operation: Operation, param: Param, value: string): string {
  if (param.kind === 'choice' || param.kind === 'set') return checkNames(operation, param, value);
  if (param.kind === 'list') return checkList(operation, param, value);
  const number = readNumber(value);
  const whole = param.kind !== 'real';
  const fits =
    number >= param.min &&
    number <= param.max &&
    (!whole || Number.isInteger(number)) &&
    (param.kind !== 'odd' || number % 2 !== 0);
  if (fits) return '';
  const what = param.kind === 'odd' ? 'an odd number' : whole ? 'a whole number' : 'a number';
  return `${operation.name}: ${param.name}=${quote(value)} is not allowed; it must be ${what} from ${formatBound(param.min)} to ${formatBound(param.max)}`;
}

function parseArgument(step: Step, word: string, given: Set<string>): string {
  const { operation } = step;
  const split = word.indexOf('=');
  if (split < 0)
    return `${operation.name}: "${quote(word)}" is not understood; write name=value, and | between operations`;
  const name = word.slice(0, split);
  const value = word.slice(split + 1);
  const param = operation.params.find((one) => one.name === name);
  if (!param) {
    const names = operation.params.map((one) => one.name).join(', ') || 'no parameters';
    return `${operation.name}: unknown parameter "${quote(name)}"; it takes ${names}`;
  }
  const error = checkValue(operation, param, value);
  if (error) return error;
  if (given.has(name)) return `${operation.name}: ${name} is given twice`;
  given.add(name);
  step.values[name] = value;
  return '';
}

function parseStep(text: string): Step | string {
  const [name, ...words] = text.trim().split(/\s+/);
  const operation = findOperation(name);
  if (!operation)
    return `unknown operation "${quote(name)}"; the operations are ${operations.map((one) => one.name).join(', ')}`;
  const step = newStep(operation);
  const given = new Set<string>();
  for (const word of words) {
    const error = parseArgument(step, word, given);
    if (error) return error;
  }
  return step;
}

export function parsePipeline(text: string): { steps: Step[] } | { error: string } {
  if (text.length > MAX_TEXT)
    return { error: `a pipeline of ${text.length} characters; at most ${MAX_TEXT} are allowed` };
  if (!text.trim()) return { steps: [] };
  const parts = text.split('|');
  const steps: Step[] = [];
  for (const [index, part] of parts.entries()) {
    if (!part.trim()) {
      const last = index === parts.length - 1 && index > 0;
      const what = last ? 'the pipeline ends with |' : 'the pipeline has an empty step';
      return { error: `${what}; write operations with | between them` };
    }
    if (steps.length === MAX_STEPS)
      return { error: `a pipeline of more than ${MAX_STEPS} operations is not allowed` };
    const step = parseStep(part);
    if (typeof step === 'string') return { error: step };
    steps.push(step);
  }
  return { steps };
}

function printStep(step: Step): string {
  const changed = step.operation.params.filter((param) => step.values[param.name] !== param.default);
  return [step.operation.name, ...changed.map((param) => `${param.name}=${step.values[param.name]}`)].join(
    ' ',
  );
}

// Without parameters that have their default value.
export const printPipeline = (steps: Step[]): string => steps.map(printStep).join(' | ');
