// For programs that run it: prints the numbers.
import { compiled } from "./compiled.mjs";
import { probe } from "./probe.mjs";
import { trained } from "./trained.mjs";

console.log(JSON.stringify({ ...probe(), compiled: await compiled(), trained: await trained() }));
