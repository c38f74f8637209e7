/** `readme` with the table of `record`, the content of versions.json, between its marks. @throws Error where they are missing. */
export declare function withVersionTable(readme: string, record: unknown): string;
