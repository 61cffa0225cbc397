import { NoSuchJob } from './no-such-job';

/** Answered with 404; what the address names is known to the browser, which asks for the nearest names. */
export default function JobNotFound() {
  return <NoSuchJob />;
}
