// The frame of a report's pages. Hand-ins write evidence, and evidence must not write pages: every value is escaped.
import { Html, html } from '#docs/site/html.ts';

const STYLE = `
:root { color-scheme: light dark; --good: #1a7f37; --bad: #b3261e; --open: #9a6700; --dim: #6e7781; --line: #8884 }
@media (prefers-color-scheme: dark) { :root { --good: #4ac26b; --bad: #ff7b72; --open: #d4a72c; --dim: #9198a1 } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem }
.wide { overflow-x: auto }
table { border-collapse: collapse } th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top }
td.number { text-align: right; font-variant-numeric: tabular-nums }
.passed { color: var(--good) } .failed { color: var(--bad) } .could-not-grade { color: var(--open) } .not-attempted { color: var(--dim) }
details { border-bottom: 1px solid var(--line); padding: .3rem 0 } summary { cursor: pointer }
pre { overflow-x: auto; background: #8881; padding: .6rem; font-size: .85rem }
`;

/** A whole page. It loads nothing, and nothing in it runs. */
export function page(title: string, body: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
${body}
</body>
</html>
`.text;
}
