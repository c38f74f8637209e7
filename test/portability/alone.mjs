// For programs that run it: prints the numbers.
import { probe } from "./probe.mjs";

console.log(JSON.stringify(probe()));
