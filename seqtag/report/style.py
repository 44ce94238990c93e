"""The style sheet of pages: light and dark, on screens of all widths and on paper."""

from __future__ import annotations

STYLE = """
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1c2127; --soft: #57606a; --rule: #dfe3e8; --panel: #f5f7f9;
  --right: #0a5ea8; --wrong: #b0430b; --third: #5b4b9a; --fourth: #3d6b4f;
  --right-tint: #0a5ea81f; --wrong-tint: #c24d0f24; --grey-tint: #5c6a7a1c;
  --heat: 194 77 15;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #12161a; --ink: #e4e8ec; --soft: #9ea9b4; --rule: #2c343c; --panel: #1a2026;
    --right: #6db3f8; --wrong: #ff9f66; --third: #b9a8ff; --fourth: #8fcfa8;
    --right-tint: #6db3f82e; --wrong-tint: #ff9f6630; --grey-tint: #9eb0c224;
    --heat: 255 140 80;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0 auto; max-width: 70rem; padding: 3rem clamp(1rem, 4vw, 2.5rem) 5rem;
  background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums lining-nums;
}
h1, h2, h3, h4 {
  line-height: 1.2; font-weight: 650; margin: 0; text-wrap: balance;
  overflow-wrap: anywhere;
}
h1 { font-size: clamp(1.7rem, 1.3rem + 2vw, 2.4rem); letter-spacing: -0.02em; }
h2 { font-size: 1.4rem; letter-spacing: -0.01em; }
h3 { font-size: 1.1rem; }
h4 { font-size: 1rem; }
p { margin: 0.5rem 0 0; max-width: 68ch; overflow-wrap: anywhere; }
a { color: var(--right); text-underline-offset: 0.2em; text-decoration-thickness: 1px; }
:focus-visible { outline: 2px solid var(--right); outline-offset: 2px; }
.soft { color: var(--soft); }
.small { font-size: 0.875rem; }
header > .soft { margin-top: 0.4rem; }

.figures {
  display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; margin: 1.75rem 0 0; align-items: end;
}
.figures > div { display: flex; flex-direction: column-reverse; }
.figures dt { color: var(--soft); font-size: 0.875rem; }
.figures dd {
  margin: 0; font-size: 1.5rem; line-height: 1.15; font-weight: 600;
  letter-spacing: -0.015em;
}
.figures > div:first-child dd {
  font-size: 3.25rem; line-height: 1; letter-spacing: -0.035em; color: var(--right);
}
.lead { font-size: 1.0625rem; margin-top: 1.5rem; }

nav {
  margin-top: 2rem; padding-block: 0.75rem; border-block: 1px solid var(--rule);
  font-size: 0.9rem;
}
nav ul {
  display: flex; flex-wrap: wrap; gap: 0.25rem 1.4rem; list-style: none; margin: 0;
  padding: 0;
}
nav a { display: inline-block; padding-block: 0.2rem; text-decoration: none; }
nav a:hover { text-decoration: underline; }

section { margin-top: 3.25rem; scroll-margin-top: 1rem; }
section section { margin-top: 2.5rem; }
.column { border-top: 2px solid var(--ink); padding-top: 1.25rem; margin-top: 4rem; }
.charts {
  display: grid; gap: 1.5rem 2rem; margin-top: 1.25rem; align-items: start;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 17.5rem), 1fr));
}
.curves { align-items: end; }
.apart { margin-top: 1.75rem; }
figure { margin: 0; min-width: 0; }
figcaption { font-weight: 600; font-size: 0.9375rem; margin-bottom: 0.4rem; }
.legend {
  display: flex; flex-wrap: wrap; gap: 0 1rem; font-weight: 400; font-size: 0.8125rem;
  color: var(--soft);
}
.legend span { display: inline-flex; align-items: center; gap: 0.4rem; }

svg.chart { display: block; width: 100%; height: auto; max-width: 24rem; overflow: visible; }
svg.wide { max-width: 34rem; }
svg text { font-size: 11px; fill: var(--soft); font-family: inherit; }
svg text.strong { fill: var(--ink); font-weight: 600; }
.grid { stroke: var(--rule); stroke-width: 1; }
.zero { stroke: var(--soft); stroke-width: 1.25; }
.line { fill: none; stroke-width: 1.75; stroke-linejoin: round; stroke-linecap: round; }
.line0 { stroke: var(--right); } .mark0 { fill: var(--right); }
.line1 { stroke: var(--wrong); stroke-dasharray: 5 4; } .mark1 { fill: var(--wrong); }
.line2 { stroke: var(--third); stroke-dasharray: 1.5 4; } .mark2 { fill: var(--third); }
.line3 { stroke: var(--fourth); stroke-dasharray: 9 4 2 4; } .mark3 { fill: var(--fourth); }
.best { stroke: var(--right); stroke-dasharray: 2 3; opacity: 0.7; }
.ring { fill: none; stroke: var(--right); stroke-width: 1.5; }
.ideal { stroke: var(--soft); stroke-dasharray: 4 4; }
.stem { stroke: var(--wrong); stroke-width: 2; }
.point { fill: var(--right); stroke: var(--paper); stroke-width: 1.5; }
.point.few { fill: var(--paper); stroke: var(--right); }
.stem.few { opacity: 0.4; }
.interval { fill: none; stroke: var(--right); stroke-width: 2; }

.box { overflow-x: auto; margin-top: 1rem; }
table { border-collapse: collapse; font-size: 0.9rem; line-height: 1.35; }
caption {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap;
}
th, td {
  padding: 0.4rem 0.9rem 0.4rem 0; text-align: right; border-bottom: 1px solid var(--rule);
  vertical-align: baseline; white-space: nowrap;
}
th:last-child, td:last-child { padding-right: 0.25rem; }
th:first-child { text-align: left; }
thead th { color: var(--soft); font-weight: 500; font-size: 0.8125rem; vertical-align: bottom; }
tbody th { font-weight: 500; max-width: 22rem; overflow: hidden; text-overflow: ellipsis; }
.fill { width: 100%; }
.fill td:last-child { width: 40%; min-width: 3rem; }
.fill .bar { width: 100%; }
.limited { max-width: 48rem; }
@media (max-width: 34rem) { .rates :is(th, td):last-child { display: none; } }
th small { display: block; font-weight: 400; color: var(--soft); white-space: normal; }
.bar {
  display: inline-block; width: clamp(3.5rem, 12vw, 9rem); height: 0.5rem;
  border-radius: 2px; background: var(--grey-tint); vertical-align: 0.06rem;
  overflow: hidden; text-align: left;
}
.bar i {
  display: block; height: 100%; width: var(--part); background: var(--right);
  border-radius: 2px; min-width: 1px;
}
.bar.off i { background: var(--wrong); }
.bar i[style="--part:0%"] { min-width: 0; }

.matrix td { min-width: 2.6rem; padding: 0.35rem 0.5rem; border: 1px solid var(--rule); }
.matrix td:last-child { padding-right: 0.5rem; }
.matrix th { padding-inline: 0 0.6rem; }
.matrix tbody th { border-bottom: 0; max-width: 11rem; }
.matrix thead th { padding: 0 0.5rem 0.4rem; border: 0; text-align: right; }
.matrix thead th:first-child { white-space: normal; text-align: left; max-width: 6rem; }
.matrix.tall thead th:not(:first-child) span {
  writing-mode: vertical-rl; transform: rotate(180deg); display: inline-block;
  max-height: 9rem; overflow: hidden; text-align: left;
}
.matrix .same { font-weight: 600; background: var(--panel); }
.matrix .none { color: var(--soft); opacity: 0.55; }
.matrix .heat { background: rgb(var(--heat) / var(--part)); }

.kinds {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr));
  gap: 0 3rem;
}
.kind { margin-top: 1.75rem; min-width: 0; }
.kind > p { margin-top: 0.2rem; }
.examples { margin-top: 0.5rem; }
.example {
  padding: 0.7rem 0; border-bottom: 1px solid var(--rule); break-inside: avoid;
  overflow-wrap: anywhere;
}
.example:last-child { border-bottom: 0; }
.example dl { margin: 0; }
.row { display: grid; grid-template-columns: 5rem 1fr; gap: 0 0.75rem; align-items: baseline; }
.row dt {
  color: var(--soft); font-size: 0.8125rem; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap;
}
.row dd { margin: 0; min-width: 0; }
.place { color: var(--soft); font-size: 0.8125rem; margin-top: 0.1rem; }
.versions .place { margin-left: 5.75rem; }
.sentence { display: block; line-height: 1.75; }
.entities { line-height: inherit !important; } /* displaCy says otherwise in the element */
.answer { margin: 0; font-size: 0.875rem; color: var(--soft); }
.answer b { color: var(--ink); font-weight: 600; }
@media (max-width: 34rem) {
  .row { grid-template-columns: 1fr; }
  .row + .row { margin-top: 0.35rem; }
  .versions .place { margin-left: 0; }
}
mark {
  color: inherit; background: var(--grey-tint); border-radius: 3px; padding: 0.1em 0.3em;
  -webkit-box-decoration-break: clone; box-decoration-break: clone;
}
mark b { font-size: 0.75em; font-weight: 600; color: var(--soft); }
.label { color: #1c2127; border-radius: 2px; padding: 0 0.35em; }
mark.focus { background: var(--wrong-tint); box-shadow: inset 0 -2px 0 var(--wrong); }
mark.focus b { color: var(--ink); }
.wanted mark.focus {
  background: var(--right-tint); box-shadow: inset 0 -2px 0 var(--right);
}
.hidden {
  font-size: 0.75em; border: 1px dotted var(--soft); border-radius: 2px; padding: 0 0.2em;
  color: var(--soft);
}

details { margin-top: 0.9rem; }
summary {
  cursor: pointer; color: var(--right); font-size: 0.9rem; padding-block: 0.2rem;
  width: fit-content;
}
.settings { columns: 26rem; column-gap: 3rem; margin-top: 1.25rem; }
.settings figure { break-inside: avoid; padding-bottom: 1.75rem; }
.settings table { width: 100%; table-layout: fixed; }
.settings th, .settings td { text-align: left; white-space: normal; overflow-wrap: anywhere; }
.settings th:first-child { width: 58%; }
.settings .box { margin-top: 0.4rem; }
.facts {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(max(8.75rem, 22%), 1fr));
  gap: 1.1rem 1.5rem; margin: 1.25rem 0 0;
}
.facts > div {
  display: flex; flex-direction: column-reverse; border-top: 1px solid var(--rule);
  padding-top: 0.6rem;
}
.facts dt { color: var(--soft); font-size: 0.8125rem; }
.facts dd { margin: 0; font-weight: 600; }
footer {
  margin-top: 4rem; padding-top: 1rem; border-top: 1px solid var(--rule);
  color: var(--soft); font-size: 0.8125rem;
}

@media print {
  :root {
    --paper: #fff; --ink: #000; --soft: #444; --rule: #ccc; --right: #0a5ea8;
    --wrong: #b0430b;
  }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav { display: none; }
  section { margin-top: 1.5rem; }
  h2, h3, h4 { break-after: avoid; }
  figure, tr, .figures, .matrix { break-inside: avoid; }
  .charts { grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); }
  .settings { columns: 2; }
  .settings figure { break-inside: auto; }
  .box { overflow: visible; }
}
"""
"""CSS; it names no other file."""
