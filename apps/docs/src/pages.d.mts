/** What a link means. */
export interface Link {
  readonly kind: "elsewhere" | "page" | "site" | "picture" | "file";
  readonly target?: string;
  readonly source?: string;
  readonly page?: string;
  readonly anchor?: string;
  readonly file?: string;
}
export const root: string;
export const sources: string[];
export const readmes: string[];
export function pageOf(source: string): string;
export function linksOf(text: string): { start: number; target: string }[];
export function anchorsOf(text: string): Set<string>;
export function resolveLink(source: string, target: string): Link;
