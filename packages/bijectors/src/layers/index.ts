export { FlowLayer, type FlowLayerArgs } from "./flow-layer.js";
