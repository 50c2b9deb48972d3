// The controls of an operation's parameters, generated from the catalogue.
import './control.css';
import type { Operation, Param } from '../catalogue';
import { ChoiceControl, SetControl, SwitchControl } from './choice';
import { KernelControl } from './kernel';
import { ListControl } from './list';
import { NumberControl } from './number';
import type { ControlProps } from './props';
import { isRange, RangeControl } from './range';
import { scaleOf } from './scale';

type Values = Record<string, string>;

// When a parameter is without effect. It can still be set.
const INACTIVE: Record<string, (values: Values) => boolean> = {
  'threshold.level': ({ method }) => method === 'otsu',
  'resize.scale': ({ width, height }) => Number(width) > 0 || Number(height) > 0,
};

function Control(props: ControlProps) {
  const { kind, choices, counts } = props.param;
  switch (kind) {
    case 'choice': {
      const yesNo = choices.length === 2 && choices.includes('yes') && choices.includes('no');
      return yesNo ? <SwitchControl {...props} /> : <ChoiceControl {...props} />;
    }
    case 'set':
      return <SetControl {...props} />;
    case 'list': {
      const square = counts.every((count) => Math.sqrt(count) % 2 === 1);
      return square ? <KernelControl {...props} /> : <ListControl {...props} />;
    }
    default:
      return <NumberControl {...props} />;
  }
}

// Consecutive numbers of one unit without sliders, such as width and height, are displayed in pairs.
function pairedParams(params: Param[]): Set<Param> {
  const result = new Set<Param>();
  const short = (param: Param) => ['int', 'odd', 'real'].includes(param.kind) && !scaleOf(param);
  params.forEach((param, index) => {
    const next = params[index + 1];
    if (!next || result.has(param) || !short(param) || !short(next)) return;
    if (param.unit === next.unit) result.add(param).add(next);
  });
  return result;
}

interface Props {
  operation: Operation;
  values: Values;
  set(name: string, value: string): void;
}

export function Controls({ operation, values, set }: Props) {
  const { params } = operation;
  const paired = pairedParams(params);
  return (
    <div class="fields">
      {params.map((param, index) => {
        const props = (of: Param): ControlProps => ({
          operation,
          param: of,
          value: values[of.name],
          inactive: INACTIVE[`${operation.name}.${of.name}`]?.(values) ?? false,
          half: paired.has(of),
          change: (value) => set(of.name, value),
        });
        if (isRange(params[index - 1], param)) return null; // displayed with the lower end
        if (isRange(param, params[index + 1]))
          return <RangeControl key={param.name} low={props(param)} high={props(params[index + 1])} />;
        return <Control key={param.name} {...props(param)} />;
      })}
    </div>
  );
}
