// The page that the bundlers are given.
import { compiled } from "./compiled.mjs";
import { probe } from "./probe.mjs";

globalThis.answer = (async () => ({ ...probe(), compiled: await compiled() }))();
