// The style sheet of the access log, put into the page itself: nothing is fetched, and its hash goes into the policy.
import { createHash } from 'node:crypto';

/** Of the table alone: for other pages that show the log. */
export const LOG_TABLE_STYLE = `
table{width:100%;border-collapse:collapse;background:#fff}
caption{text-align:left;padding:.5rem 0;font-weight:600}
th,td{text-align:left;vertical-align:top;padding:.5rem .625rem;border-bottom:1px solid #c3ccd6;overflow-wrap:break-word}
thead th{background:#33414f;color:#fff}
tbody th{font-weight:600}
.more{display:block;font-size:.9375rem;color:#3f4b57}
.glass{border-left:.5rem solid #b3141d;background:#fdecec}
.urgent{border-left:.5rem solid #b25e00}
.mark{font-weight:700;color:#9d1119}
.denied{font-weight:700}
@media (max-width:46rem){
thead{position:absolute;clip-path:inset(50%);height:1px;width:1px;overflow:hidden}
table,caption,tbody,tr,th,td{display:block}
table{background:transparent}
tr{margin:.5rem 0;border:1px solid #c3ccd6;background:#fff}
tbody th,td{border-bottom:0;padding:.25rem .625rem;overflow-wrap:anywhere}
td::before{content:attr(data-label) ": ";font-weight:600}
}
`.trim();

export const ACCESS_LOG_STYLE = `
*{box-sizing:border-box}
html{color-scheme:light;-webkit-text-size-adjust:100%}
body{margin:0;background:#eef1f4;color:#14181d;font:400 16px/1.45 -apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
header{background:#12263a;color:#fff;padding:1rem 0}
header>div,main{max-width:60rem;margin:0 auto;padding:0 .875rem}
main{padding:.75rem .875rem 2rem}
h1{margin:0;font-size:1.5rem;line-height:1.2}
header p{margin:.25rem 0 0;color:#dbe6f1}
${LOG_TABLE_STYLE}
nav a{display:inline-block;margin-top:1rem;padding:.625rem 1rem;background:#12263a;color:#fff;border-radius:.375rem}
nav a:focus-visible{outline:.25rem solid #b25e00;outline-offset:.125rem}
.note{background:#fff;border:1px solid #c3ccd6;border-left:.5rem solid #5b6875;padding:.625rem .875rem}
@media print{
body,header{background:#fff;color:#000}
header p{color:#000}
nav{display:none}
thead th{background:#fff;color:#000;border-bottom:2px solid #000}
tr{break-inside:avoid}
}
`;

/** As a source of the Content-Security-Policy. */
export const ACCESS_LOG_STYLE_HASH = `'sha256-${createHash('sha256').update(ACCESS_LOG_STYLE).digest('base64')}'`;
