import { ArgumentError } from "@saccade/core";
import { CallNames, type ModuleTree } from "./module-paths.ts";

/** Which calls of attention are looked at. */
export interface CallOptions {
  /** Names the maps by its paths. Without, maps are `attention`, `attention#2` and so on, in the order of the calls. */
  readonly model?: ModuleTree;
  /** Which modules to look at, by path: these, or those that match. Default all. */
  readonly modules?: readonly string[] | RegExp;
}

/** What is wrong where heads are asked for and none are seen. */
export const noHeads =
  "no module of the model called attention (mechanisms that compute weights themselves have maps, but no heads to take out)";

/** A call of attention, by who calls. */
type Call = { readonly owner: object | null };

/** Names the calls of attention that are wanted. */
export class SelectedCalls {
  private readonly owner: string;
  private readonly modules: CallOptions["modules"];
  private readonly names: CallNames;
  private readonly called = new Set<string>();

  constructor(owner: string, options: CallOptions) {
    this.owner = owner;
    this.modules = options.modules;
    this.names = new CallNames(options.model);
  }

  /** The path of the module that calls; null if it is not wanted. */
  path(call: Call): string | null {
    const path = this.names.path(call.owner);
    this.called.add(path);
    const { modules } = this;
    const wanted =
      modules === undefined ||
      (modules instanceof RegExp ? path.search(modules) >= 0 : modules.includes(path));
    return wanted ? path : null;
  }

  /** Whether a module of the model calls. */
  inModel(call: Call): boolean {
    return this.names.has(call.owner);
  }

  /** The path, and from the second call of a module on its number; null if the call is not wanted. */
  name(call: Call): string | null {
    const path = this.path(call);
    return path === null ? null : this.names.next(path);
  }

  /** @throws ArgumentError unless all modules that were named have called */
  requireCalled(): void {
    const { owner, modules, called } = this;
    if (modules === undefined || modules instanceof RegExp) return;
    const missing = modules.filter((path) => !called.has(path));
    if (missing.length === 0) return;
    const known = called.size > 0 ? [...called].join(", ") : "nothing";
    throw new ArgumentError(`${owner}: ${missing.join(", ")} did not attend (${known} did)`);
  }
}
