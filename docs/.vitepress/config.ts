import { posix } from "node:path";
import { defineConfig } from "vitepress";

/** The name of a heading as GitHub makes it, so that links work there and here. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(/\s/g, "-");
}

export default defineConfig({
  title: "Onda",
  description: "Data assimilation with deep learning models, in Node and in the browser",
  markdown: {
    anchor: { slugify: anchor },
    toc: { slugify: anchor },
    headers: { slugify: anchor },
    config(md) {
      // Sources and examples beside this folder are on no page: what links to them is text here that names the place.
      const render = md.renderer.rules.link_open;
      md.renderer.rules.link_open = (tokens, index, options, env, self) => {
        const token = tokens[index]!;
        const href = token.attrGet("href") ?? "";
        const place = posix.join("docs", posix.dirname(env.relativePath ?? ""), href);
        const outside = href.startsWith(".") && !place.startsWith("docs/");
        const file = href.endsWith(".bib");
        if (!outside && !file)
          return render?.(tokens, index, options, env, self) ?? self.renderToken(tokens, index, options);
        for (let i = index + 1; i < tokens.length; i++)
          if (tokens[i]!.type === "link_close") {
            tokens[i]!.tag = "span";
            break;
          }
        return `<span title="${md.utils.escapeHtml(place)}, in the repository">`;
      };
    },
  },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
      { text: "Start", link: "/start" },
      { text: "Methods", link: "/methods" },
      { text: "Case format", link: "/case-format" },
      { text: "API", link: "/api/index.html", target: "_self" },
    ],
    sidebar: [
      {
        text: "Using it",
        items: [
          { text: "Getting started", link: "/start" },
          { text: "Which method?", link: "/choose" },
          { text: "A network from PyTorch or JAX", link: "/networks" },
          { text: "A model of one's own", link: "/models" },
          { text: "Training a surrogate", link: "/train-format" },
          { text: "Gallery", link: "/gallery" },
        ],
      },
      {
        text: "Reference",
        items: [
          { text: "Methods and models", link: "/methods" },
          { text: "Case format", link: "/case-format" },
          { text: "Conventions and conversions", link: "/conventions" },
          { text: "Architecture", link: "/architecture" },
        ],
      },
      {
        text: "Theory",
        items: [
          { text: "Filters", link: "/theory/filters" },
          { text: "Smoothers", link: "/theory/smoothers" },
          { text: "Variational", link: "/theory/variational" },
          { text: "Hybrids", link: "/theory/hybrids" },
        ],
      },
      {
        text: "Coming from",
        items: [
          { text: "TorchDA", link: "/torchda" },
          { text: "DAPPER", link: "/dapper" },
        ],
      },
    ],
  },
  vite: { build: { chunkSizeWarningLimit: 2000 } },
});
