import { expect, test } from "vitest";
import { setBackend, withBackend } from "./default-backend.ts";
import { createReferenceBackend } from "./reference/reference-backend.ts";
import { settle } from "./settle.ts";

test("waits for the backend that is given, or that of new tensors, if it has anything to wait for", async () => {
  const seen: string[] = [];
  const waiting = (name: string) => ({
    ...createReferenceBackend(),
    async settle() {
      await null;
      seen.push(name);
    },
  });
  await settle(waiting("given"));
  await withBackend(createReferenceBackend(), () => ({ done: settle() })).done;
  expect(seen).toEqual(["given"]);
  setBackend(waiting("default"));
  await settle();
  expect(seen).toEqual(["given", "default"]);
  setBackend(createReferenceBackend());
});
