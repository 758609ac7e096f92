import { ProblemError } from '../http/problem.js';

/** Also for a property that the caller may not see: whether it exists is not told. */
export class PropertyNotFound extends ProblemError {
  constructor() {
    super(404, 'property-not-found', 'There is no such property.');
  }
}
