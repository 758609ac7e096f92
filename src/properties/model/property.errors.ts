import { ProblemError } from '../../http/problem.js';

/** Also for a hidden property: the caller must not learn that it exists. */
export class PropertyNotFound extends ProblemError {
  constructor() {
    super(404, 'property-not-found', 'There is no such property.');
  }
}

/** `If-Match` does not contain the current ETag of the property. */
export class PropertyHasChanged extends ProblemError {
  constructor() {
    super(
      412,
      'property-has-changed',
      'The property has changed: If-Match does not contain its current ETag. Nothing was changed.',
    );
  }
}
