// What the pages of the conversation form share: their address, their style, and the way back.

import { ARTICLE_STYLE } from './emergency-style.js';
import { pageStyle } from './frame-style.js';

export const CONVERSATION_PATH = '/gesprek';

/** Names of what stands in its addresses and forms beside the answers. */
export const DRAFT = 'concept';
export const ACTION = 'actie';

export const CONVERSATION_STYLE = pageStyle(`
main{max-width:46rem}
#bsn{font-size:1.5rem;letter-spacing:.06em;max-width:16rem}
.born{margin:0;font-size:1.125rem;font-weight:700}
.toc ul{columns:2;column-gap:1.5rem;margin:.25rem 0;padding-left:1.1rem}
.toc li{break-inside:avoid;padding:.1875rem 0}
section>h2{border-top:.1875rem solid #12263a;padding-top:.5rem}
fieldset{background:#fff}
legend{float:left;width:100%;margin:0;padding:.625rem 0 .25rem}
legend+*{clear:both}
.options{clear:both;display:grid;grid-template-columns:repeat(auto-fill,minmax(min(13rem,100%),1fr));gap:0 .75rem}
main a.next{display:inline-block;padding:.625rem .5rem;min-height:2.75rem}
.day{max-width:12rem}
.choice{display:flex;align-items:center;min-height:2.5rem}
.choice label{margin:0;font-weight:400;flex:1;padding:.375rem 0}
.pair{clear:both;display:grid;grid-template-columns:repeat(auto-fit,minmax(min(11rem,100%),1fr));gap:0 .75rem;align-items:end}
.faulty{border-color:#9d1119;border-width:2px}
input[readonly]{background:#eef1f4;border-style:dashed}
.errors{background:#fff;border:.25rem solid #9d1119;border-radius:.375rem;padding:.25rem .875rem .5rem;margin:.625rem 0}
.errors h2{margin:.375rem 0;color:#9d1119}
.errors li{padding:.1875rem 0}
.saved{font-size:.9375rem;color:#3f4b57;margin:.25rem 0}
.drafts{list-style:none;padding:0}
.drafts>li{background:#fff;border:1px solid #c3ccd6;border-radius:.375rem;padding:.5rem .75rem;margin:.5rem 0}
.told{background:#fff;border:1px solid #c3ccd6;border-radius:.375rem;padding:.25rem .75rem .5rem;margin:.4375rem 0}
.told dt{margin-top:.5rem}
.told .open{color:#3f4b57;font-style:italic}
.told .limit{font-weight:700}
details{margin:1rem 0}
summary{cursor:pointer;color:#0a4a86;padding:.5rem 0;min-height:2.75rem;font-weight:600}
${ARTICLE_STYLE}
fieldset .words{font-size:1rem}
`);
