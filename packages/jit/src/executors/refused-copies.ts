import { ProtobufWriter } from "../onnx/protobuf.js";

/**
 * onnxruntime-node 1.30 writes outputs to the memory that it is given, and then copies each of them once more into the
 * object that it returns: 0.9 ms of a 6 ms training step. The copies are made in the order of the outputs, and the
 * binding stops with an error at one that is not a tensor. So the models that we run there have an empty sequence as
 * their first output: when the error comes, the graph has run and the memory is written.
 * test/onnxruntime-contract.test.ts pins all of this; with other versions than those it was checked with, it is not done.
 */
export const REFUSED_OUTPUT = "jit:refused";

/** From this many bytes of outputs on, copying them takes longer than an error does. */
export const WORTH_REFUSING = 2 ** 17;

const SEQUENCE_OF_FLOATS = (type: ProtobufWriter) =>
  type.message(4, (sequence) => sequence.message(1, (element) => element.message(1, (tensor) => tensor.integer(1, 1))));

/** The model with the refused output first. Fields of a message that comes twice are joined, so it goes in front as it is. */
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

/** True for the error that says that the run is done. A run that fails says something else, before any output. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.message.includes("Non tensor type is temporarily not supported");
}
