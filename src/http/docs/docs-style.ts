/** How the page at `/docs` looks: system fonts, light and dark, narrow and wide. */
export const DOCS_STYLE = `
:root { color-scheme: light dark; --ink: #1d2330; --soft: #525c6e; --line: #d5dae2; --paper: #fff; --block: #f4f6f9;
  --link: #0b57a4; --get: #0b57a4; --post: #17693a; --put: #7a4d00; --delete: #a3191f; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --soft: #a9b3c3; --line: #394150; --paper: #14181f;
  --block: #1d232d; --link: #7fb8f5; --get: #7fb8f5; --post: #76cf98; --put: #e3b565; --delete: #f2989c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 0 1rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { margin: 1.5rem 0 .5rem; font-size: 1.75rem; }
h2 { margin: 2.5rem 0 .25rem; font-size: 1.35rem; border-bottom: 1px solid var(--line); }
h3 { margin: 0; font-size: 1.05rem; }
h4 { margin: .75rem 0 .25rem; font-size: .9rem; }
p { margin: .35rem 0; }
a { color: var(--link); }
code { font: .92em ui-monospace, monospace; }
article { margin: 1rem 0; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--block); }
article:target, details:target { outline: 2px solid var(--link); outline-offset: 2px; }
dl { margin: .25rem 0; padding-left: .75rem; border-left: 2px solid var(--line); }
dd { margin: 0 0 .4rem 1rem; }
summary { cursor: pointer; padding: .15rem 0; }
nav ul { padding-left: 1rem; columns: 16rem; list-style: none; }
nav details ul { columns: auto; }
.type, .needs { color: var(--soft); font-size: .9rem; }
.method { display: inline-block; min-width: 4rem; font-weight: 700; color: var(--put); }
.get { color: var(--get); } .post { color: var(--post); } .delete { color: var(--delete); }
.skip { position: absolute; left: -999rem; } .skip:focus { position: static; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
`;
