// When the page builds what is being typed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ours } from "./browser.mjs";

const { Pace } = await ours("pace");

test("a single key is built at once, however long builds take", () => {
  const pace = new Pace();
  assert.equal(pace.key(1_000), 0);
  pace.took(400);
  assert.equal(pace.key(2_000), 0);
});

test("in a burst, quick builds follow every key and slow ones wait for its end", () => {
  const pace = new Pace();
  pace.key(1_000);
  pace.took(20);
  assert.equal(pace.key(1_080), 0);
  pace.took(300);
  assert.equal(pace.key(1_160), 120);
  assert.equal(pace.key(1_240), 120);
  assert.equal(pace.key(1_500), 0);
});
