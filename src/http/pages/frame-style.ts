// The style all pages of signed-in people share, and how a page puts its own beside it: nothing is fetched, its hash goes into the policy.
import { createHash } from 'node:crypto';

const FRAME_STYLE = `
*{box-sizing:border-box}
html{color-scheme:light;-webkit-text-size-adjust:100%}
body{margin:0;background:#eef1f4;color:#14181d;font:400 1rem/1.45 -apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
.skip{position:absolute;left:.5rem;top:-4rem;background:#fff;color:#12263a;padding:.5rem .75rem;z-index:1}
.skip:focus{top:.5rem}
.bar{background:#12263a;color:#fff}
.bar>div{max-width:60rem;margin:0 auto;padding:.375rem .875rem;display:flex;flex-wrap:wrap;gap:.25rem .875rem;align-items:center}
.bar nav{display:flex;flex-wrap:wrap;gap:0 .25rem}
.bar a{color:#fff;display:inline-block;padding:.375rem .5rem;min-height:2rem}
.bar a[aria-current]{font-weight:700;text-decoration-thickness:.1875rem}
.bar .who{margin:0 0 0 auto;font-size:.875rem;color:#dbe6f1}
.bar form{margin:0}
.bar button{background:transparent;border:1px solid #dbe6f1;color:#fff;font:inherit;font-size:.875rem;padding:.25rem .625rem;min-height:2rem;border-radius:.375rem;cursor:pointer}
main{max-width:60rem;margin:0 auto;padding:.75rem .875rem 2rem}
main:focus{outline:0}
h1{margin:.25rem 0 .5rem;font-size:1.5rem;line-height:1.2}
h2{margin:1.25rem 0 .375rem;font-size:1.1875rem}
h3{margin:.75rem 0 .25rem;font-size:1rem}
label,legend{display:block;font-weight:600;margin:.625rem 0 .1875rem}
input,select,textarea{font:inherit;color:inherit;background:#fff;border:1px solid #5b6875;border-radius:.375rem;padding:.5rem .625rem;min-height:2.75rem;width:100%}
input[type=radio],input[type=checkbox]{width:1.5rem;height:1.5rem;min-height:0;margin:0 .5rem 0 0;vertical-align:middle;flex:none}
fieldset{border:1px solid #8593a1;border-radius:.375rem;margin:.75rem 0;padding:0 .75rem .75rem}
.hint{margin:0 0 .25rem;font-size:.9375rem;color:#3f4b57}
.button,main button{display:inline-block;margin:.75rem .5rem 0 0;padding:.625rem 1.125rem;min-height:2.75rem;background:#0a4a86;color:#fff;border:0;border-radius:.375rem;font:inherit;font-weight:700;text-decoration:none;cursor:pointer}
main button.quiet{background:#fff;color:#0a4a86;border:1px solid #0a4a86}
main a{color:#0a4a86}
main a.button{color:#fff}
.error{margin:.1875rem 0;color:#9d1119;font-weight:600}
.error::before{content:"⚠ "}
[aria-invalid=true]{border:2px solid #9d1119}
.note{background:#fff;border:1px solid #c3ccd6;border-left:.5rem solid #5b6875;border-radius:.375rem;padding:.625rem .875rem;margin:.625rem 0}
.note.alert{border-left-color:#b3141d}
.note p{margin:.25rem 0}
a:focus-visible,button:focus-visible,input:focus-visible,select:focus-visible,textarea:focus-visible,summary:focus-visible{outline:.1875rem solid #12263a;outline-offset:.125rem;box-shadow:0 0 0 .375rem #ffbf47}
@media print{body{background:#fff}.bar,.skip,.no-print{display:none}main{max-width:none;padding:0}}
`.trim();

export interface PageStyle {
  css: string;
  /** Source expression for style-src of the Content-Security-Policy. */
  source: string;
}

/** The shared style with a page's own behind it. Made once for each page, when its file is loaded. */
export function pageStyle(own = ''): PageStyle {
  const css = `${FRAME_STYLE}${own.trim()}`;
  return { css, source: `'sha256-${createHash('sha256').update(css).digest('base64')}'` };
}
