/** A package that a release publishes. */
export interface Release {
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  /** The version that the waiting changesets give it. */
  readonly next: string;
}
export function publishedFolders(): string[];
export function releases(): Promise<Release[]>;
