// The access rule as SQL: which rows of `resource` a caller may see, joined into every query.
import type { Principal } from '../auth/principal.js';
import type { Visibility } from '../store/search-bindings.js';

/** Every caller whose token holds the scope sees every record: the fine-grained rule joins here. */
export function visibilityOf(_principal: Principal): Visibility {
  return () => 'TRUE';
}
