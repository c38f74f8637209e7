import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { LineChart } from "../components/line-chart.js";
import { settings } from "../settings/store.js";
import type { Bounds, Command, Pictures, Report } from "../training/messages.js";

type Phase = "idle" | "running" | "paused" | "done";

const phase = signal<Phase>("idle");
const status = signal("");
const relaxation = signal<"igr" | "gumbel-softmax">("igr");
export const bounds = signal<readonly Bounds[]>([]);
const speed = signal(0);
const pictures = signal<Pictures | undefined>(undefined);
const edited = signal<readonly number[]>([]);
const decoded = signal<Float32Array | undefined>(undefined);

let worker: Worker | undefined;

function send(command: Command): void {
  worker?.postMessage(command);
}

function start(): void {
  worker?.terminate();
  bounds.value = [];
  pictures.value = decoded.value = undefined;
  edited.value = [];
  phase.value = "running";
  status.value = "loading the training code";
  worker = new Worker(new URL("../training/worker.js", import.meta.url), { type: "module" });
  worker.addEventListener("message", ({ data }: MessageEvent<Report>) => hear(data));
  worker.addEventListener("error", ({ message }) =>
    hear({ kind: "error", text: message || "the worker did not start" }),
  );
  send({ kind: "start", relaxation: relaxation.value, seed: settings.value.seed });
}

function hear(report: Report): void {
  switch (report.kind) {
    case "status":
      status.value = report.text;
      break;
    case "bounds":
      bounds.value = [...bounds.value, report.bounds];
      speed.value = report.millisecondsPerStep;
      break;
    case "pictures":
      pictures.value = report.pictures;
      if (edited.value.length === 0) edited.value = report.pictures.categories;
      send({ kind: "decode", oneHot: edited.value });
      break;
    case "decoded":
      decoded.value = report.image;
      break;
    case "file":
      download(report.name, report.bytes);
      break;
    case "done":
      phase.value = "done";
      status.value = "five epochs are finished";
      break;
    case "error":
      phase.value = "idle";
      status.value = `Training stopped: ${report.text}`;
      break;
  }
}

function download(name: string, bytes: Uint8Array): void {
  const url = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Part 4: a discrete autoencoder trained in the page. */
export function Train() {
  useEffect(() => () => worker?.terminate(), []);
  const isBusy = phase.value === "running" || phase.value === "paused";
  const last = bounds.value.at(-1);
  const hard = bounds.value.filter((each) => each.hard !== undefined);
  return (
    <section aria-labelledby="part-4">
      <h2 id="part-4">4. Train a discrete autoencoder</h2>
      <p>
        Thirty variables of ten categories, trained on MNIST in this page. The <em>relaxed</em> bound is that of the
        model that trains, whose decoder receives soft points. The <em>hard</em> bound is that of the discrete model,
        whose decoder sees corners. A soft temperature flatters the first and costs the second.
      </p>
      <div class="controls">
        <label>
          Relaxation{" "}
          <select
            disabled={isBusy}
            value={relaxation.value}
            onChange={({ currentTarget }) => {
              relaxation.value = currentTarget.value as "igr" | "gumbel-softmax";
            }}
          >
            <option value="igr">IGR, temperature 0.5</option>
            <option value="gumbel-softmax">Gumbel-Softmax, temperature 0.67</option>
          </select>
        </label>
        <button type="button" onClick={start} disabled={phase.value === "running"}>
          {phase.value === "idle" ? "Train" : "Train anew"}
        </button>
        <button
          type="button"
          disabled={!isBusy}
          onClick={() => {
            const pauses = phase.value === "running";
            send({ kind: pauses ? "pause" : "resume" });
            phase.value = pauses ? "paused" : "running";
          }}
        >
          {phase.value === "paused" ? "Go on" : "Pause"}
        </button>
        <button type="button" disabled={phase.value !== "paused"} onClick={() => send({ kind: "step" })}>
          One step
        </button>
        <button
          type="button"
          disabled={pictures.value === undefined}
          onClick={() => send({ kind: "export", format: "onnx" })}
        >
          Download the decoder as ONNX
        </button>
        <button
          type="button"
          disabled={pictures.value === undefined}
          onClick={() => send({ kind: "export", format: "safetensors" })}
        >
          Download the weights as safetensors
        </button>
      </div>
      <p aria-live="polite" class="status" data-phase={phase.value}>
        {status.value}
        {last && `, step ${last.step}, ${speed.value.toFixed(0)} ms per step`}
        {!("gpu" in navigator) &&
          phase.value === "running" &&
          " (this browser has no WebGPU; WebAssembly does the work)"}
      </p>
      {last && (
        <LineChart
          title="Bounds on the log-likelihood"
          xLabel="step"
          yLabel="nats per image"
          series={[
            { name: "relaxed, training", values: smooth(bounds.value) },
            { name: "hard, test", values: hard.map(({ step, hard }) => [step, hard!] as const) },
          ]}
          xDomain={[0, Math.max(100, last.step)]}
          yDomain={[Math.min(-250, ...hard.slice(-1).map(({ hard }) => 1.1 * hard!)), -80]}
        />
      )}
      {pictures.value && (
        <>
          <PictureRow title="Test images" images={pictures.value.originals} />
          <PictureRow title="Reconstructed from one-hot vectors" images={pictures.value.reconstructions} />
          <PictureRow title="Drawn from the prior, one-hot" images={pictures.value.samples} />
          <Editor />
        </>
      )}
    </section>
  );
}

/** The mean of each ten reports: one batch alone is noisy. */
function smooth(all: readonly Bounds[]): [number, number][] {
  return all.map(({ step }, index) => {
    const window = all.slice(Math.max(0, index - 9), index + 1);
    return [step, window.reduce((sum, { relaxed }) => sum + relaxed, 0) / window.length];
  });
}

function PictureRow({ title, images }: { readonly title: string; readonly images: Float32Array }) {
  return (
    <figure class="pictures">
      <figcaption>{title}</figcaption>
      {Array.from({ length: images.length / 784 }, (_, index) => (
        <Picture
          key={index}
          pixels={images.subarray(784 * index, 784 * (index + 1))}
          label={`${title}, number ${index + 1}`}
        />
      ))}
    </figure>
  );
}

function Picture({ pixels, label }: { readonly pixels: Float32Array; readonly label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = (canvas.current as HTMLCanvasElement).getContext("2d") as CanvasRenderingContext2D;
    const image = context.createImageData(28, 28);
    for (const [index, value] of pixels.entries()) {
      image.data.fill(Math.round(255 * (1 - value)), 4 * index, 4 * index + 3);
      image.data[4 * index + 3] = 255;
    }
    context.putImageData(image, 0, 0);
  }, [pixels]);
  return <canvas ref={canvas} width="28" height="28" role="img" aria-label={label} />;
}

/** The thirty one-hot vectors of the first test image. A click on a cell chooses that category and draws the image anew. */
function Editor() {
  const choose = (variable: number, category: number) => {
    edited.value = edited.value.map((each, index) => (index === variable ? category : each));
    send({ kind: "decode", oneHot: edited.value });
  };
  return (
    <div class="editor">
      <div>
        <p>
          The first image as thirty choices. Click a cell, or move with the arrow keys, and the decoder draws again.
        </p>
        <div class="cells">
          {edited.value.map((chosen, variable) => (
            <div class="cell-row" role="radiogroup" aria-label={`Variable ${variable + 1}`}>
              {Array.from({ length: 10 }, (_, category) => (
                <input
                  type="radio"
                  name={`variable-${variable}`}
                  aria-label={`Category ${category + 1}`}
                  checked={category === chosen}
                  onChange={() => choose(variable, category)}
                />
              ))}
            </div>
          ))}
        </div>
      </div>
      {decoded.value && (
        <figure class="pictures large">
          <Picture pixels={decoded.value} label="The image of the chosen categories" />
        </figure>
      )}
    </div>
  );
}
