// What every parameter control gets.
import type { Operation, Param } from '../catalogue';

export interface ControlProps {
  operation: Operation;
  param: Param;
  value: string;
  inactive: boolean; // without effect, because of other parameters' values
  half: boolean; // shares its row with another control
  change(value: string): void;
}
