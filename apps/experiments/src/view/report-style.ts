/** The style of a report: light and dark by the reader's setting, from 360 px on, and on paper. */
export const reportStyle = `
:root{color-scheme:light dark;--back:#fff;--text:#1d2125;--muted:#57606a;--line:#d0d7de;--base:#c8ccd2;
--series-1:#0072b2;--series-2:#d55e00;--series-3:#00745a;--series-4:#a8478a;--series-5:#8a6100;--series-6:#1f77b4;--series-7:#000;--series-8:#7a5c2e}
@media (prefers-color-scheme:dark){:root{--back:#16191d;--text:#e6e8ea;--muted:#a2abb4;--line:#3a424b;--base:#59636e;
--series-1:#56b4e9;--series-2:#ff9d5c;--series-3:#3fd3ac;--series-4:#e9a5cf;--series-5:#f0c14b;--series-6:#9ecbff;--series-7:#fff;--series-8:#d8b98a}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:76rem;padding:1.5rem 1rem 3rem;background:var(--back);color:var(--text);font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.5rem;line-height:1.25}h2{font-size:1.15rem;margin-top:2.25rem}h3{font-size:1rem;margin:1.5rem 0 .5rem}
.headline{border-left:4px solid var(--series-1);margin:.75rem 0;padding:.25rem 0 .25rem .75rem;font-weight:600}
.notes,figcaption{color:var(--muted);font-size:.875rem}.notes{padding-left:1.2rem}
.scroll{overflow-x:auto}.scroll:focus-visible,pre:focus-visible{outline:2px solid var(--series-1)}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.875rem}
th,td{padding:.3rem .6rem;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap;overflow-wrap:normal}
thead th{white-space:normal;vertical-align:bottom;min-width:4.5rem}.left{text-align:left}
tbody th{font-weight:400;position:sticky;left:0;background:var(--back)}
figure{margin:1rem 0}svg,img{max-width:100%;height:auto;display:block}img{border-radius:2px}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,34rem),1fr));gap:1rem 2rem}
.narrow{display:none}@media screen and (max-width:40rem){.wide{display:none}.narrow{display:block}
table,tbody,tr,tbody th,td{display:block;text-align:left}thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
tbody th{position:static;font-weight:600;white-space:normal;border:0;padding:.6rem 0 .1rem}td{display:flex;justify-content:space-between;gap:1rem;white-space:normal;padding:.1rem 0;border:0}
td::before{content:attr(data-title);color:var(--muted)}td:empty{display:none}tr{border-bottom:1px solid var(--line);padding-bottom:.4rem}}
pre{overflow-x:auto;border:1px solid var(--line);padding:.75rem;font-size:.8rem}summary{cursor:pointer}
@media print{:root{color-scheme:light;--back:#fff;--text:#000;--muted:#444;--line:#bbb;--base:#c8ccd2;
--series-1:#0072b2;--series-2:#d55e00;--series-3:#00745a;--series-4:#a8478a;--series-5:#8a6100;--series-6:#1f77b4;--series-7:#000;--series-8:#7a5c2e}
body{max-width:none;padding:0;font-size:11px}table{font-size:9px}th,td{padding:.15rem .3rem;white-space:normal;position:static}thead th{min-width:0}
.scroll{overflow:visible}.charts{grid-template-columns:1fr 1fr}figure,tr{break-inside:avoid}h2,h3{break-after:avoid}
.wide{display:block}.narrow{display:none}pre{white-space:pre-wrap}details::details-content{content-visibility:visible;block-size:auto}}`;
