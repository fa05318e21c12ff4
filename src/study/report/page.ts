import { escapeHtml } from "./html.ts";
import { STYLE } from "./style.ts";

/** A self-contained page of pieces of HTML; its own content policy forbids it to load anything. */
export function page(title: string, body: readonly string[]): string {
  return `${head(title)}<body>\n${body.filter((line) => line !== "").join("\n")}\n</body>\n</html>\n`;
}

function head(title: string): string {
  const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
`;
}
