import { NoSuchRun } from './no-such-run';

/** Answered with 404; what the address names is known to the browser. */
export default function RunNotFound() {
  return <NoSuchRun />;
}
