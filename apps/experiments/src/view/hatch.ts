const SVG = "http://www.w3.org/2000/svg";

/** Directions of the lines, so that bars differ without color. */
const angles = [45, -45, 0, 90];

/** Adds patterns of colored lines to a chart, to be used as `fill="url(#id)"`. */
export function appendHatches(
  document: Document,
  plot: Element,
  hatches: readonly { readonly id: string; readonly color: string }[],
): void {
  if (hatches.length === 0) return;
  const defs = document.createElementNS(SVG, "defs");
  for (const [index, { id, color }] of hatches.entries()) {
    const pattern = element("pattern", {
      id,
      width: "4",
      height: "4",
      patternUnits: "userSpaceOnUse",
      patternTransform: `rotate(${angles[index % angles.length]})`,
    });
    pattern.append(
      element("rect", { width: "4", height: "4", fill: color, "fill-opacity": "0.25" }),
      element("rect", { width: "2", height: "4", fill: color }),
    );
    defs.append(pattern);
  }
  plot.prepend(defs);

  function element(name: string, attributes: Readonly<Record<string, string>>): Element {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }
}
