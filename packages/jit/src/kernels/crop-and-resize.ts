import type { Value } from "../ir/graph.js";
import type { GraphBuilder } from "../ir/graph-builder.js";
import { attributes, input } from "./call.js";
import type { Lowering, LoweringTable } from "./lowering.js";
import { cast, elementwise, gather, reshape, slice, where, withScalar } from "./nodes.js";

/** Crops boxes from images and resizes them. The boxes are tensors, so the graph computes the positions. */

interface CropAttributes {
  readonly cropSize: [number, number];
  readonly method: "bilinear" | "nearest";
  readonly extrapolationValue: number;
}

interface Samples {
  /** `[boxes, size]`, clipped into the image. */
  readonly positions: Value;
  /** Whether the positions lie in the image. */
  readonly isInside: Value;
}

/**
 * Positions along one axis: from `start` to `end` of each box (in units of the axis), or the middle for a single
 * position.
 */
function sample(graph: GraphBuilder, start: Value, end: Value, size: number, length: number): Samples {
  const last = length - 1;
  const difference = elementwise(graph, "Sub", [end, start]);
  const grid = graph.constant(
    Float32Array.from({ length: size }, (_, i) => i),
    [1, size],
    "float32",
  );
  const positions =
    size > 1
      ? elementwise(graph, "Add", [
          withScalar(graph, "Mul", start, last),
          elementwise(graph, "Mul", [
            grid,
            withScalar(graph, "Div", withScalar(graph, "Mul", difference, last), size - 1),
          ]),
        ])
      : withScalar(graph, "Mul", withScalar(graph, "Mul", elementwise(graph, "Add", [start, end]), 0.5), last);
  const isInside = elementwise(graph, "And", [
    withScalar(graph, "GreaterOrEqual", positions, 0, "bool"),
    withScalar(graph, "LessOrEqual", positions, last, "bool"),
  ]);
  const bounds = [graph.scalar(0, "float32"), graph.scalar(last, "float32")];
  return { positions: graph.op("Clip", [positions, ...bounds], {}, positions), isInside };
}

const cropAndResize: Lowering = (call) => {
  const { graph } = call;
  const image = cast(graph, input(call, "image"), "float32");
  const boxes = input(call, "boxes");
  const boxInd = cast(graph, input(call, "boxInd"), "int32");
  const { cropSize, method, extrapolationValue } = attributes<CropAttributes>(call);
  const [batch, height, width, channels] = image.shape as [number, number, number, number];
  const count = boxes.shape[0] as number;
  const side = (column: number) => slice(graph, boxes, [{ axis: 1, start: column, size: 1 }]);
  const vertical = sample(graph, side(0), side(2), cropSize[0], height);
  const horizontal = sample(graph, side(1), side(3), cropSize[1], width);

  const pixels = reshape(graph, image, [batch * height * width, channels]);
  const known = graph.op("Clip", [boxInd, graph.scalar(0, "int32"), graph.scalar(batch - 1, "int32")], {}, boxInd);
  const firstPixel = reshape(graph, withScalar(graph, "Mul", known, height * width), [count, 1, 1]);
  const at = (rows: Value, columns: Value) => {
    const row = withScalar(graph, "Mul", cast(graph, rows, "int32"), width);
    const column = reshape(graph, cast(graph, columns, "int32"), [count, 1, cropSize[1]]);
    const offset = elementwise(graph, "Add", [reshape(graph, row, [count, cropSize[0], 1]), column]);
    return gather(graph, pixels, elementwise(graph, "Add", [offset, firstPixel]), 0);
  };
  const between = (low: Value, high: Value, fraction: Value) =>
    elementwise(graph, "Add", [low, elementwise(graph, "Mul", [elementwise(graph, "Sub", [high, low]), fraction])]);
  const rounded = (opType: string, x: Value) => elementwise(graph, opType, [x]);

  let sampled: Value;
  if (method === "nearest") {
    // Rounds half up.
    const nearest = ({ positions }: Samples) => rounded("Floor", withScalar(graph, "Add", positions, 0.5));
    sampled = at(nearest(vertical), nearest(horizontal));
  } else {
    const [top, bottom] = [rounded("Floor", vertical.positions), rounded("Ceil", vertical.positions)];
    const [left, right] = [rounded("Floor", horizontal.positions), rounded("Ceil", horizontal.positions)];
    const across = elementwise(graph, "Sub", [horizontal.positions, left]);
    const down = elementwise(graph, "Sub", [vertical.positions, top]);
    const acrossFraction = reshape(graph, across, [count, 1, cropSize[1], 1]);
    const upper = between(at(top, left), at(top, right), acrossFraction);
    const lower = between(at(bottom, left), at(bottom, right), acrossFraction);
    sampled = between(upper, lower, reshape(graph, down, [count, cropSize[0], 1, 1]));
  }
  const isInside = elementwise(graph, "And", [
    reshape(graph, vertical.isInside, [count, cropSize[0], 1, 1]),
    reshape(graph, horizontal.isInside, [count, 1, cropSize[1], 1]),
  ]);
  // tfjs reads before its array for a negative index: NaN.
  const isImage = reshape(graph, withScalar(graph, "GreaterOrEqual", boxInd, 0, "bool"), [count, 1, 1, 1]);
  const read = where(graph, isImage, sampled, graph.scalar(Number.NaN, "float32"));
  const extrapolated = where(graph, isInside, read, graph.scalar(extrapolationValue, "float32"));
  // tfjs leaves the crops of boxes without an image at 0.
  const hasImage = reshape(graph, withScalar(graph, "Less", boxInd, batch, "bool"), [count, 1, 1, 1]);
  return where(graph, hasImage, extrapolated, graph.scalar(0, "float32"));
};

export const crops: LoweringTable = { CropAndResize: cropAndResize };
