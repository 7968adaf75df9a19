import { heatColors, heatLevels } from "../render/heat-scale.ts";

/** The style of the page of `renderLens`, beside the colours of the probabilities. */
export const lensStyle = `
:root{color-scheme:light dark;--page:light-dark(#f5f4f0,#0f1216);--card:light-dark(#fff,#171b21);
--ink:light-dark(#1b232e,#e9ebee);--soft:light-dark(#596270,#a0a9b6);--line:light-dark(#e2e0d9,#2b323b);
--warm:light-dark(#b04d12,#f2a866);--mono:ui-monospace,"SF Mono","Cascadia Mono",Menlo,Consolas,"Noto Sans Mono",monospace;
font:16px/1.45 system-ui,-apple-system,"Segoe UI","Noto Sans",sans-serif}
*{box-sizing:border-box}
body{margin:0 auto;max-width:90rem;padding:1.6rem clamp(.7rem,3vw,2.2rem) 11rem;background:var(--page);color:var(--ink)}
h1{margin:0;font-size:clamp(1.3rem,1rem + 1.5vw,1.9rem);line-height:1.2;letter-spacing:-.015em;overflow-wrap:anywhere}
header p{margin:.4rem 0 0;color:var(--soft);font-size:.9rem;max-width:48rem;overflow-wrap:anywhere}
.legend{display:flex;align-items:center;gap:.4rem;margin-top:.6rem;font-size:.75rem;color:var(--soft)}
.legend i{display:flex;border:1px solid var(--line);border-radius:4px;overflow:hidden}.legend b{width:7px;height:12px}
.scroll{overflow-x:auto;margin-top:1rem;background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.9rem .9rem .9rem 0;scroll-padding:0 1rem 0 12rem}
.scroll>table{border-collapse:separate;border-spacing:2px;font:13px/1.3 var(--mono)}
th{font-weight:400;color:var(--soft);white-space:nowrap}
th[scope=row],tfoot td{position:sticky;left:0;background:var(--card);z-index:1}
th[scope=row]{text-align:end;padding-inline:.9rem .6rem;font-size:12px}
tfoot th{padding:.4rem .3rem 0;color:var(--ink);font-weight:600}
td[tabindex]{min-width:3.4em;height:2.1em;padding:.2em .15em;text-align:center;border-radius:4px;white-space:nowrap}
td[tabindex]>bdi,tfoot bdi{display:inline-block;max-width:15ch;padding-inline:.4em;overflow:hidden;text-overflow:ellipsis;vertical-align:bottom}
td.same{font-weight:700}
td[tabindex]:focus-visible{outline:2px solid var(--warm);outline-offset:1px}
.tip{display:none;position:fixed;bottom:1rem;left:50%;translate:-50%;z-index:2;padding:.5rem .8rem;border:1px solid var(--line);border-radius:8px;
max-width:92vw;background:var(--card);color:var(--ink);font-weight:400;text-align:start;white-space:normal;overflow-wrap:anywhere;box-shadow:0 4px 16px #0003;pointer-events:none}
.tip td{padding:0 .8rem 0 0}.tip td:last-child{white-space:nowrap;vertical-align:top}
td:hover>.tip,td:focus>.tip{display:block}
td[tabindex]:hover>.tip{z-index:3}
@media(max-width:30rem){.scroll{scroll-padding-left:7rem}th[scope=row]{white-space:normal;max-width:6.5rem;line-height:1.1}}
`;

/** One rule for each step of colour: text on it, black or white, whichever stands out more. */
export function inkStyles(): string {
  return Array.from({ length: heatLevels + 1 }, (_, level) => {
    const [light, dark] = heatColors(level).map((ground) =>
      contrast("#000000", ground) >= contrast("#ffffff", ground) ? "#000000" : "#ffffff",
    );
    return `td.w${level}{color:light-dark(${light},${dark})}`;
  }).join("");
}

/**
 * How far two colours stand apart, 1 to 21.
 *
 * @see W3C, Web Content Accessibility Guidelines 2.2, "contrast ratio" and "relative luminance"
 */
export function contrast(a: string, b: string): number {
  const [darker, lighter] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
