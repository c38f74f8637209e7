/** The content of a file. A string is written as UTF-8. */
export type FileContent = Uint8Array | string;
