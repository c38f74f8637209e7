import { createRequire } from "node:module";
import { Resvg } from "@resvg/resvg-js";

/** A PNG of an SVG, at twice its size on white. The font is part of the command, because a machine may have none. */
export function svgToPng(svg: string): Uint8Array {
  const font = createRequire(import.meta.url).resolve("@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf");
  const resvg = new Resvg(svg, {
    background: "#ffffff",
    fitTo: { mode: "zoom", value: 2 },
    font: { fontFiles: [font], loadSystemFonts: false, defaultFontFamily: "Inter", sansSerifFamily: "Inter" },
  });
  return resvg.render().asPng();
}
