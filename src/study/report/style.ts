/** The report's style sheet: light, dark where the reader prefers it on a screen, and light on paper. */
export const STYLE = `
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1c2126; --soft: #5b6570; --line: #d9dee3; --fill: #f4f6f8;
  --truth: #30363d; --analysis: #0067a9; --forecast: #c4520a; --observation: #00795a; --shade: #8a939c; --warn: #a32020;
  --run-0: #0067a9; --run-1: #c4520a; --run-2: #00795a; --run-3: #a8457f; --run-4: #8f6b00; --run-5: #4b5561; }
@media screen and (prefers-color-scheme: dark) {
  :root { --paper: #14181c; --ink: #e4e8ec; --soft: #9aa5b0; --line: #333b43; --fill: #1d2329;
    --truth: #dfe4e8; --analysis: #58b4ee; --forecast: #f2914e; --observation: #3cc49a; --shade: #8a939c; --warn: #ff8a80;
    --run-0: #58b4ee; --run-1: #f2914e; --run-2: #3cc49a; --run-3: #e08dbb; --run-4: #e2c04c; --run-5: #aab4be; } }
* { box-sizing: border-box; }
html { background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
body { max-width: 51rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; overflow-wrap: break-word; }
h1 { font-size: 1.75rem; line-height: 1.2; letter-spacing: -0.01em; margin: 0 0 0.75rem; }
h2 { font-size: 1.3rem; margin: 3rem 0 0.5rem; padding-top: 1rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.02rem; margin: 0 0 0.25rem; }
h4 { font-size: 0.85rem; font-weight: 600; color: var(--soft); margin: 0.75rem 0 0; }
p { margin: 0 0 0.75rem; max-width: 44rem; }
.lead { font-size: 1.08rem; }
.warning { border-left: 4px solid var(--warn); color: var(--warn); padding: 0.4rem 0.8rem; font-weight: 600; background: var(--fill); }
nav { margin-top: 1rem; }
nav a { color: var(--analysis); margin-right: 1rem; }
.notes { color: var(--soft); padding-left: 1.1rem; margin: 0 0 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.92rem; margin: 0.75rem 0 1rem; }
th, td { text-align: left; padding: 0.2rem 1.4rem 0.2rem 0; border-bottom: 1px solid var(--line); vertical-align: baseline; }
.halves { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: 0 2.5rem; margin: 0.75rem 0 1rem; }
.halves table { margin: 0; align-self: start; }
.halves th { width: 45%; }
tbody th { font-weight: 400; color: var(--soft); white-space: nowrap; }
thead th { font-weight: 600; }
figure { margin: 2.25rem 0 0; }
figcaption { color: var(--soft); font-size: 0.88rem; max-width: 44rem; margin-top: 0.3rem; }
.legend { display: flex; flex-wrap: wrap; gap: 0.1rem 1.1rem; font-size: 0.85rem; margin-bottom: 0.2rem; }
.key { display: inline-flex; align-items: center; gap: 0.4rem; }
.key svg { fill: none; flex: none; }
.scroll { overflow-x: auto; }
.plot { display: block; width: 100%; min-width: 34rem; height: auto; font-size: 12px; font-family: inherit; overflow: visible; }
.plot text { white-space: pre; fill: var(--ink); }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 0 0.5rem; }
.pair .plot { min-width: 17rem; }
.maps { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: 1rem; margin: 0.5rem 0; }
.map > div:first-child { font-size: 0.85rem; }
.map > img { display: block; width: 100%; image-rendering: pixelated; border: 1px solid var(--line); }
.colorbar { display: flex; align-items: center; gap: 0.4rem; font-size: 0.8rem; font-variant-numeric: tabular-nums; margin-top: 0.35rem; }
.colorbar span { white-space: nowrap; }
.colorbar img { flex: 0 1 7rem; min-width: 2rem; height: 0.6rem; }
.colorbar span:first-child { margin-right: auto; }
details { border-top: 1px solid var(--line); padding: 0.6rem 0; }
summary { cursor: pointer; font-weight: 600; }
pre { background: var(--fill); padding: 0.8rem 1rem; overflow-x: auto; font: 0.82rem/1.45 ui-monospace, "SF Mono", Menlo, Consolas, monospace; tab-size: 2; }
dl { display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; gap: 0.25rem 1.25rem; font-size: 0.9rem; }
dt { font-weight: 600; } dd { margin: 0; color: var(--soft); }
.folded { margin-top: 3rem; }
footer { color: var(--soft); font-size: 0.82rem; border-top: 1px solid var(--line); padding-top: 0.6rem; }
@media print {
  :root { color-scheme: light; }
  html { font-size: 11pt; }
  body { max-width: none; padding: 0; }
  figure, tr, .maps, .pair { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  .scroll, pre { overflow: visible; }
  pre { white-space: pre-wrap; }
  .plot, .pair .plot { min-width: 0; }
  nav { display: none; }
  img { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
@media (max-width: 36rem) { dl, .pair { grid-template-columns: 1fr; } dd { margin-bottom: 0.4rem; } }
`;
