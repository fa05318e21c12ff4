import { defineConfig } from "vitepress";

export default defineConfig({
  title: "Onda",
  description: "Data assimilation with deep learning models, in Node and in the browser",
  // Pages link to sources and examples beside this folder, which are on no page.
  ignoreDeadLinks: [/^(\.\/)?\.\.\//, /examples\//, /^\/?api\//, /references\.bib/],
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
          { text: "A network from PyTorch", link: "/networks" },
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
