import { ProtobufWriter } from "../onnx/protobuf.js";

/**
 * onnxruntime-node 1.30 writes outputs to the memory that it is given, and then copies each of them again into the
 * object that it returns, which takes 0.9 ms of a 6 ms training step. The copies are made in the order of the outputs,
 * and the binding stops with an error at an output that is not a tensor. Models for it therefore have an empty sequence
 * as their first output: when the error occurs, the graph has run and the memory is written.
 * test/onnxruntime-contract.test.ts pins this behaviour; it is used only with versions that were tested.
 */
export const REFUSED_OUTPUT = "jit:refused";

/** From this many bytes of outputs on, copying takes longer than throwing the error. */
export const WORTH_REFUSING = 2 ** 17;

const SEQUENCE_OF_FLOATS = (type: ProtobufWriter) =>
  type.message(4, (sequence) => sequence.message(1, (element) => element.message(1, (tensor) => tensor.integer(1, 1))));

/**
 * The model with the refused output first. Protocol buffers merge a message field that occurs twice, so the output can
 * be prepended as bytes.
 */
export function withRefusedOutput(model: Uint8Array): Uint8Array {
  const prefix = new ProtobufWriter()
    .message(7, (graph) => {
      graph.message(1, (node) => node.string(2, REFUSED_OUTPUT).string(3, REFUSED_OUTPUT).string(4, "SequenceEmpty"));
      graph.message(12, (value) => value.string(1, REFUSED_OUTPUT).message(2, SEQUENCE_OF_FLOATS));
    })
    .finish();
  const bytes = new Uint8Array(prefix.length + model.length);
  bytes.set(prefix);
  bytes.set(model, prefix.length);
  return bytes;
}

/** True for the error that follows a completed run. A run that fails throws another error, before any output. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.message.includes("Non tensor type is temporarily not supported");
}
