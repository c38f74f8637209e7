declare module "*?url" {
  /** Where Vite puts the file. */
  const url: string;
  export default url;
}

declare module "*.css";
