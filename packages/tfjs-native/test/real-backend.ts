/** Tests that download TensorFlow (300 MB) and build the add-on run where this is set. */
export const isEnabled = !!process.env.IGR_TFJS_NATIVE;

/** What a skipped test says. */
export const enabling =
  "tfjs-node built against PyPI's TensorFlow: set IGR_TFJS_NATIVE=1 (needs Python 3.9 with venv, a C++ compiler, PyPI; 2 GB of disk)";
