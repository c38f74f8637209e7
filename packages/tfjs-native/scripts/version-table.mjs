// The table of the README, from versions.json; try-versions.mjs writes both.

const cell = (text = "not tried") => (text.startsWith("computes on the CPU") ? "works" : text.replaceAll("|", "/"));

function versionTable({ rows, nodes: names, machine, date }) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const cpu = rows.filter(({ flavour }) => flavour === "cpu");
  const gpu = rows.filter(({ flavour }) => flavour === "gpu");
  return [
    line(["TensorFlow", ...names.map((name) => `Node ${name.slice(1)}`), "setup, seconds"]),
    line(["---", ...names.map(() => "---"), "---:"]),
    ...cpu.map(({ tensorflow, nodes: results, error, seconds }) =>
      line([`tensorflow-cpu ${tensorflow}`, ...names.map((name) => cell(error ?? results[name])), seconds]),
    ),
    ...gpu.map(({ tensorflow, nodes: results, error, seconds }) =>
      line([
        `tensorflow ${tensorflow} (GPU build)`,
        ...names.map((name) =>
          error ? cell(error) : cell(results[name]).replace("works", "builds and loads; no GPU here"),
        ),
        seconds,
      ]),
    ),
    "",
    `Written by \`node packages/tfjs-native/scripts/try-versions.mjs\` on ${date}: Linux x64 (${machine}), @tensorflow/tfjs-node 4.22.0. "Works" means that a matrix product and a ` +
      "gradient came out right; seconds count download, compilation and all checks.",
  ].join("\n");
}

const marked = /(?<=<!-- versions -->\n)[\s\S]*(?=<!-- \/versions -->)/;

/** `readme` with the table of `record` between its marks. */
export function withVersionTable(readme, record) {
  if (!marked.test(readme)) throw new Error("README.md lacks the lines <!-- versions --> and <!-- /versions -->");
  return readme.replace(marked, () => `\n${versionTable(record)}\n\n`);
}
