import { CLASSES } from "../normalizers/character-classes.ts";
import { CharacterSet } from "../regex/character-set.ts";

const sets = new Map<string, CharacterSet>();

/** A class by name, with its table, made at its first use. */
export function characterSet(name: keyof typeof CLASSES): CharacterSet {
  let set = sets.get(name);
  if (set === undefined) {
    set = new CharacterSet(`[${CLASSES[name]()}]`);
    sets.set(name, set);
  }
  return set;
}
