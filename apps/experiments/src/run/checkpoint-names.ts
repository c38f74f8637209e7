/** A choice among a run's checkpoints. */
export const checkpointNames = ["best", "last"] as const;
export type CheckpointName = (typeof checkpointNames)[number];
