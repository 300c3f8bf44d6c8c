// Validation as the service uses it: R4, its own profiles and the loaded packages, with the rules of the domain on what is taken in.

import { isObject } from '../fhir/json.js';
import { SPECIFICATION_OTHER } from '../izp/codes.js';
import { directiveKind } from '../izp/directive.js';
import { IZP_BASE, IZP_WISH_LETTER_PROFILE } from '../izp/izp-codes.js';
import { ownProfileOf } from '../izp/own-profiles.js';
import type { DefinitionSource } from '../validation/definitions.js';
import type { Validator } from '../validation/validator.js';
import { knownExtensions, textModifier } from '../validation/write-known-extensions.js';
import { createWriteJudge, type JudgeWrite } from '../validation/write-verdict.js';

/** What must be understood also without any package: the decision in words, which overrules permit and deny. */
export function builtInExtensions(): DefinitionSource {
  return knownExtensions([textModifier(SPECIFICATION_OTHER, 'Consent')]);
}

export function writeJudge(validator: Validator): JudgeWrite {
  return createWriteJudge({
    validator,
    ownBase: IZP_BASE,
    ownProfile: ownProfileOf,
    isLetter: (resource) => ownProfileOf(resource) === IZP_WISH_LETTER_PROFILE,
    // The card shows a directive with a modifier nobody knows as one that cannot be interpreted.
    showsUnknownModifiers: (resource) =>
      isObject(resource) && resource.resourceType === 'Consent' && directiveKind(resource as never) !== undefined,
  });
}
