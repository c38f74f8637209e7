import "./tensorflow.js";
import "./style.css";
import { render } from "preact";
import { Approximate } from "./sections/approximate.js";
import { figures, NoiseToSimplex, scene } from "./sections/noise-to-simplex.js";
import { Predict } from "./sections/predict.js";
import { bounds, Train } from "./sections/train.js";
import { Zoom } from "./sections/zoom.js";
import { keepAddress, settings } from "./settings/store.js";
import { startWasm } from "./wasm.js";

await startWasm();
keepAddress();

function Page() {
  return (
    <>
      <header>
        <h1>Relaxed choices</h1>
        <p class="lead">
          Neural networks learn by gradients, and a choice has none. This page shows how a choice is softened, by
          Gaussian noise (Invertible Gaussian Reparameterization, IGR) and by Gumbel noise (the Gumbel-Softmax). All
          numbers are computed here, as you read.
        </p>
      </header>
      <main>
        <NoiseToSimplex />
        <Predict />
        <Zoom />
        <Approximate />
        <Train />
      </main>
      <footer>
        <p>
          After Potapczynski, Loaiza-Ganem and Cunningham (2020),{" "}
          <cite>Invertible Gaussian Reparameterization: Revisiting the Gumbel-Softmax</cite>. Made with the packages of
          @igr, which run the same code in Node.
        </p>
      </footer>
    </>
  );
}

render(<Page />, document.querySelector("#page") as HTMLElement);

// For tests.
Object.assign(globalThis, { playground: { settings, scene, figures, bounds } });
