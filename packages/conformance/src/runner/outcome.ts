/** How a case went. */
export type CaseOutcome =
  | {
      readonly status: "passed";
      /** The largest error as a share of what is allowed. */
      readonly share: number;
    }
  | { readonly status: "failed"; readonly message: string }
  | { readonly status: "skipped"; readonly reason: string };
