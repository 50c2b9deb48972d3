declare module '@wasm/operations.json' {
  const table: unknown;
  export default table;
}
declare module '@wasm/*.mjs';
declare const TILECAST_VERSION: string;
