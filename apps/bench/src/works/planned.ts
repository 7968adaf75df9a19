/** Works that are asked for, and what they wait for. They are left out of a run, and it says so. */
export const plannedWorks: Readonly<Record<string, string>> = {
  rnn: "a training step of recurrent layers, which Saccade does not have yet",
};
