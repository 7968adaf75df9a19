/** The style of the page of `renderAttention`, beside the colours of the weights. */
export const pageStyle = `
:root{color-scheme:light dark;--page:light-dark(#f5f4f0,#0f1216);--card:light-dark(#fff,#171b21);
--ink:light-dark(#1b232e,#e9ebee);--soft:light-dark(#596270,#a0a9b6);--line:light-dark(#e2e0d9,#2b323b);
--accent:light-dark(#0e6a87,#62c8d6);--warm:light-dark(#b04d12,#f2a866);
--mono:ui-monospace,"SF Mono","Cascadia Mono",Menlo,Consolas,"Noto Sans Mono",monospace;
font:16px/1.45 system-ui,-apple-system,"Segoe UI","Noto Sans",sans-serif}
*{box-sizing:border-box}
body{margin:0 auto;max-width:84rem;padding:1.6rem clamp(.7rem,3vw,2.2rem) 3rem;background:var(--page);color:var(--ink)}
h1{margin:0;font-size:clamp(1.3rem,1rem + 1.5vw,1.9rem);line-height:1.2;letter-spacing:-.015em;text-wrap:balance;overflow-wrap:anywhere}
h2{margin:0;font-size:1rem;overflow-wrap:anywhere}
header p,.note{overflow-wrap:anywhere;margin:.3rem 0 0;color:var(--soft);font-size:.9rem;max-width:46rem}
main{display:grid;gap:1rem;margin-top:1.2rem;grid-template-columns:minmax(0,1fr) minmax(0,1fr)}
section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1rem;min-width:0}
.overview{grid-column:1/-1}
.layers{display:grid;gap:.7rem;margin-top:.8rem;max-height:24rem;overflow:auto;padding:2px}
.layer{display:grid;grid-template-columns:minmax(6rem,11.5rem) minmax(0,1fr);gap:.3rem .8rem;align-items:center}
.layer>bdi{font-size:.8rem;color:var(--soft);overflow-wrap:anywhere;font-family:var(--mono)}
.heads{display:flex;flex-wrap:wrap;gap:.4rem}
button{font:inherit;color:inherit;background:none;cursor:pointer;border:1px solid var(--line);border-radius:6px}
.heads button{display:grid;justify-items:center;gap:2px;padding:3px 3px 1px;font-size:.7rem;line-height:1.3}
.heads svg{width:64px;height:48px;border-radius:3px;shape-rendering:crispEdges}
button:focus-visible,.scroll:has(.map:focus-visible){outline:2px solid var(--warm);outline-offset:1px}
.map:focus-visible{outline:none}
[aria-pressed=true]{border-color:var(--accent);box-shadow:0 0 0 1px var(--accent);color:var(--accent);font-weight:600}
.card{fill:var(--card)}
.nan{fill:var(--warm);background:var(--warm)}
.ground{fill:light-dark(#f4f6f6,#1f252d)}
.scroll{overflow:auto;max-height:36rem;margin-top:.7rem;border-radius:6px}
.map{display:block;border-radius:4px}
.map{font:12px var(--mono)}
.map text{fill:var(--ink);dominant-baseline:central;unicode-bidi:isolate}
.map text.lit{fill:var(--warm);font-weight:700}
.map .cells{shape-rendering:crispEdges;cursor:crosshair}
.map .cursor{fill:none;stroke:var(--warm);stroke-width:2;pointer-events:none}
.map .band{fill:none;stroke:var(--warm);stroke-width:1;stroke-dasharray:3 2;pointer-events:none}
output{display:block;min-height:2.9em;margin-top:.6rem;font-size:.88rem;color:var(--soft);font-variant-numeric:tabular-nums}
output b{color:var(--ink);font-family:var(--mono)}
.legend{display:flex;align-items:center;gap:.4rem;margin-top:.5rem;font-size:.75rem;color:var(--soft)}
.legend i{display:flex;border:1px solid var(--line);border-radius:4px;overflow:hidden}
.legend b{width:7px;height:12px}
.pair{position:relative;display:grid;grid-template-columns:minmax(0,1fr) minmax(2.5rem,9rem) minmax(0,1fr);margin-top:.7rem;max-height:36rem;overflow:auto;padding:2px}
.pair ol{list-style:none;margin:0;padding:0;display:grid;align-content:start;gap:2px;min-width:0}
.pair li{display:flex;min-width:0}
.pair ol:first-child li{justify-content:flex-end}
.pair button{font:12px/20px var(--mono);height:22px;padding:0 .4rem;border-color:transparent;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;max-width:100%}
.pair button:hover{border-color:var(--line)}
.pair button.looked{background:color-mix(in srgb,var(--accent) var(--share),transparent)}
.pair svg{width:100%;height:100%;overflow:visible;pointer-events:none}
.pair line{stroke:var(--accent);vector-effect:non-scaling-stroke}
.sides{display:grid;grid-template-columns:minmax(0,1fr) minmax(2.5rem,9rem) minmax(0,1fr);font-size:.75rem;color:var(--soft);margin-top:.6rem;padding:0 .5rem}
.sides :first-child{text-align:end}.sides :last-child{grid-column:3}
@media(max-width:52rem){main{grid-template-columns:minmax(0,1fr)}.layer{grid-template-columns:minmax(0,1fr)}}
@media(max-width:30rem){.heads svg{width:46px;height:36px}section{padding:.7rem}}
@media print{.layers,.scroll,.pair{max-height:none;overflow:visible}}
`;
