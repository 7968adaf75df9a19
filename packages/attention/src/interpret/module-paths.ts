import { type Module as AnyModule, Module } from "@saccade/core/nn";

/** Where the modules are that attend: one module, whose paths are those of its state dict, or a record of such trees. */
export type ModuleTree = AnyModule | { readonly [name: string]: ModuleTree | readonly ModuleTree[] };

/** Names calls of attention: by the path of the module that attends, in the order of the calls. */
export class CallNames {
  private readonly paths = new Map<AnyModule, string>();
  private readonly calls = new Map<string, number>();

  constructor(model: ModuleTree | undefined) {
    if (model) this.add(model, "");
  }

  private add(tree: ModuleTree | readonly ModuleTree[], path: string): void {
    const below = (name: string): string => (path === "" || name === "" ? path + name : `${path}.${name}`);
    if (tree instanceof Module) {
      for (const [name, module] of tree.namedModules()) {
        if (!this.paths.has(module)) this.paths.set(module, below(name));
      }
      return;
    }
    for (const [name, part] of Object.entries(tree)) this.add(part, below(name));
  }

  /** Every module of the model, each once, with its path; a model that is one module is "". */
  modules(): Iterable<readonly [AnyModule, string]> {
    return this.paths;
  }

  /** Whether a module is in the tree. */
  has(owner: object | null): boolean {
    return owner instanceof Module && this.paths.has(owner);
  }

  /** The path of a module; "attention" for what is in no tree, and for a model that is itself what attends. */
  path(owner: object | null): string {
    return (owner instanceof Module && this.paths.get(owner)) || "attention";
  }

  /** The path, and from the second call of a module on its number: `layers.0.selfAttention#2`. */
  next(path: string): string {
    const call = (this.calls.get(path) ?? 0) + 1;
    this.calls.set(path, call);
    return call === 1 ? path : `${path}#${call}`;
  }
}
