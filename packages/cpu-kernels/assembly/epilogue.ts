export function activateRows(activation: i32, from: usize, to: usize, step: usize, rows: i32, columns: i32): void {}
