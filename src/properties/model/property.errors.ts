import { ProblemError } from '../../http/problem.js';

/** Also for a hidden property: the caller must not learn that it exists. */
export class PropertyNotFound extends ProblemError {
  constructor() {
    super('property-not-found');
  }
}

/** `If-Match` does not contain the current ETag of the property. */
export class PropertyHasChanged extends ProblemError {
  constructor() {
    super('property-has-changed');
  }
}
