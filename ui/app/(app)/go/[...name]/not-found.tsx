import { NoSuchName } from './no-such-name';

/** Answered with 404. */
export default function GoNotFound() {
  return <NoSuchName />;
}
