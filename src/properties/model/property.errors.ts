import { ProblemError } from '../../http/problem.js';

/** Also for a property that the caller may not see: whether it exists is not told. */
export class PropertyNotFound extends ProblemError {
  constructor() {
    super(404, 'property-not-found', 'There is no such property.');
  }
}

/** `If-Match` named another state. */
export class PropertyHasChanged extends ProblemError {
  constructor() {
    super(
      412,
      'property-has-changed',
      'The property has changed since: If-Match names another state of it. Nothing was done.',
    );
  }
}
