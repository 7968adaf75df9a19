export type { CellConfig } from "./cells/cell-parameters.ts";
export { GruCell } from "./cells/gru-cell.ts";
export { LstmCell } from "./cells/lstm-cell.ts";
export { RnnCell, type RnnCellConfig } from "./cells/rnn-cell.ts";
export type { RecurrentConfig, RecurrentInit } from "./layers/config.ts";
export { Gru } from "./layers/gru.ts";
export { Lstm, type LstmConfig, type LstmOptions, type LstmResult, type LstmStates } from "./layers/lstm.ts";
export type { ParameterName } from "./layers/parameters.ts";
export { type HiddenOptions, type HiddenResult, Rnn, type RnnConfig } from "./layers/rnn.ts";
export type { LayerOptions } from "./layers/stack.ts";
export type { SequenceLengths } from "./sequence/check.ts";
export {
  type CellSequence,
  gruSequence,
  type HiddenSequence,
  lstmSequence,
  type RnnSequenceOptions,
  rnnSequence,
  type SequenceOptions,
} from "./sequence/sequence.ts";
