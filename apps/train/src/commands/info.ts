import { Command } from "commander";
import { type BackendOptions, openBackend } from "../backend-options.ts";
import { loadedLibrary } from "./loaded-library.ts";
import { backendOptions } from "./options.ts";

export function infoCommand(): Command {
  const command = new Command("info").description(
    "what the backend chose on this machine, and why not something better",
  );
  for (const option of backendOptions()) command.addOption(option);
  return command.action(async (options: BackendOptions) => {
    const backend = await openBackend(options);
    try {
      for (const [fact, value] of Object.entries({ node: process.version, ...backend.info() })) {
        console.log(`${fact}: ${value}`);
        const library = fact === "blas" ? loadedLibrary(String(value)) : undefined;
        if (library !== undefined) console.log(`blasLibrary: ${library}`);
      }
    } finally {
      await backend.dispose();
    }
  });
}
