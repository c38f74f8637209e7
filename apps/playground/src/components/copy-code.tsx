import { useState } from "preact/hooks";

/** A program to copy, in a closed drawer. */
export function CopyCode({ code, label }: { readonly code: string; readonly label: string }) {
  const [said, say] = useState("Copy");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(code);
      say("Copied");
    } catch {
      say("Select the text and copy it: the browser denied access to the clipboard");
    }
    setTimeout(() => say("Copy"), 2000);
  };
  return (
    <details class="code">
      <summary>{label}</summary>
      <button type="button" onClick={copy}>
        {said}
      </button>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard. */}
      <pre tabIndex={0}>
        <code>{code}</code>
      </pre>
    </details>
  );
}
