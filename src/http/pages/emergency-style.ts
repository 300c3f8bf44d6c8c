// The style sheet of the emergency pages, put into the page itself: nothing is fetched, and its hash goes into the policy.
import { createHash } from 'node:crypto';

/** Of decisions, answers, people to call: wherever a card is shown. */
export const ARTICLE_STYLE = `
h3{margin:0;font-size:.9375rem;font-weight:600;color:#33414f}
article{background:#fff;border:1px solid #c3ccd6;border-left:.5rem solid #5b6875;border-radius:.375rem;margin:.4375rem 0;padding:.4375rem .625rem .4375rem .5625rem}
.decision{display:grid;grid-template-columns:2.75rem 1fr;column-gap:.625rem;align-items:start}
.decision>svg{width:2.75rem;height:2.75rem;display:block;grid-column:1;grid-row:1/span 2}
.decision>*{grid-column:1/-1}
.decision>h3,.decision>.said{grid-column:2}
.said{margin:0;font-size:1.3125rem;line-height:1.2;font-weight:800;letter-spacing:.005em}
.words{margin:.25rem 0 0;font-size:1.0625rem;line-height:1.35;font-weight:600;overflow-wrap:anywhere;white-space:pre-line}
.plain{font-weight:400}
.more{margin:.25rem 0 0;overflow-wrap:anywhere;white-space:pre-line}
.facts{margin:.25rem 0 0;font-size:.875rem;line-height:1.32;color:#3f4b57;overflow-wrap:anywhere}
.facts b{color:#14181d;font-weight:700}
.do{border-left-color:#0b6b35}.do .said{color:#0b5a2d}
.do-not{border-left-color:#b3141d}.do-not .said{color:#9d1119}
.do-with-limits{border-left-color:#b25e00}.do-with-limits .said{color:#7a3f00}
.unknown{border-left-color:#30588c}.unknown .said{color:#264a78}
.not-recorded{border-left-style:dashed;border-left-color:#5b6875;background:#f7f8fa}.not-recorded .said{color:#33414f}
.cannot-interpret{border-left-color:#6a1b9a;border-left-style:double;border-left-width:.625rem}.cannot-interpret .said{color:#5b1786}
.alert{background:#fff;border:.25rem solid #b3141d;border-radius:.375rem;margin:.625rem 0;padding:.5rem .75rem;color:#14181d}
.alert p{margin:.25rem 0 0;font-weight:600}
.alert .shout{margin:0;font-size:1.125rem;font-weight:800;color:#9d1119}
.conflict{border:.3125rem solid #b3141d;border-radius:.5rem;background:#fdecec;margin:.75rem 0;padding:0 .5rem .25rem}
.conflict>h3{background:#b3141d;color:#fff;margin:0 -.5rem;padding:.5rem .75rem .5625rem;font-size:1.25rem;font-weight:800;line-height:1.2}
.conflict>p{margin:.5rem .25rem 0;font-weight:600}
.will{margin:.375rem 0 .125rem;padding:.3125rem .5rem;border:2px solid #9d1119;border-radius:.25rem;font-size:.875rem;line-height:1.32;background:#fff}
.will .title{margin:0;font-weight:700;color:#9d1119;font-size:1rem}
.conflict>.will{margin:.5rem .0625rem 0}
.also{margin:.3rem 0 0;font-size:.875rem;color:#3f4b57}
.answer{margin:.125rem 0 0;font-size:1.0625rem;font-weight:600;overflow-wrap:anywhere;white-space:pre-line}
.missing .answer{font-weight:400;color:#33414f}
.missing{border-left-style:dashed;background:#f7f8fa}
.warn{border-left-color:#b25e00}
.call{display:flex;align-items:center;gap:.625rem;min-height:3.25rem;margin:.5rem 0 .125rem;padding:.45rem .75rem;border-radius:.375rem;background:#0a4a86;color:#fff;font-size:1.125rem;font-weight:700;text-decoration:none;line-height:1.2}
.call svg{width:1.5rem;height:1.5rem;flex:none}
.call small{display:block;font-size:.8125rem;font-weight:600}
dl{margin:.25rem 0 0}dt{font-size:.875rem;font-weight:600;color:#33414f}dd{margin:0 0 .25rem;overflow-wrap:anywhere;white-space:pre-line}
ul{margin:.25rem 0 0;padding-left:1.1rem}
`.trim();

export const EMERGENCY_STYLE = `
*{box-sizing:border-box}
html{color-scheme:light;-webkit-text-size-adjust:100%}
body{margin:0;background:#eef1f4;color:#14181d;font:400 16px/1.38 -apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:42rem;margin:0 auto;padding:0 .625rem 2rem}
header{background:#12263a;color:#fff;padding:.7rem 0 .75rem}
header>div{max-width:42rem;margin:0 auto;padding:0 .625rem}
h1{margin:0;font-size:1.5rem;line-height:1.2}
header p{margin:.125rem 0 0}
.born{font-size:1.0625rem;font-weight:600}
.fresh{font-size:.875rem;color:#dbe6f1}
h2{margin:1rem 0 .375rem;font-size:1rem;color:#33414f}
.first{margin-top:.5rem}
${ARTICLE_STYLE}
.back{background:#12263a}
.back a{display:block;max-width:42rem;margin:0 auto;padding:.5rem .625rem;color:#fff}
a:focus-visible{outline:.1875rem solid #ffbf47;outline-offset:.125rem}
footer{margin-top:1.25rem;font-size:.875rem;color:#3f4b57}
@media print{body{background:#fff}.back{display:none}article,.conflict,.alert{break-inside:avoid}header{background:#fff;color:#000;border-bottom:2px solid #000}.fresh{color:#000}.call{background:#fff;color:#000;border:1px solid #000}}
`.trim();

/** Value for style-src of the Content-Security-Policy. */
export const EMERGENCY_STYLE_HASH = `'sha256-${createHash('sha256').update(EMERGENCY_STYLE, 'utf8').digest('base64')}'`;
