// R4's own definitions as trees: what XML is read and written by.
import { createDefinitions, r4Definitions } from '../validation/definitions.js';
import { createShapes, type Shapes } from '../validation/shapes.js';

let shapes: Shapes | undefined;

/** Read when the first XML comes by: JSON never pays for it. */
export function r4Shapes(): Shapes {
  shapes ??= createShapes(createDefinitions([r4Definitions()]));
  return shapes;
}
