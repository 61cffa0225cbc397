import { redirect } from 'next/navigation';

/** The list of jobs is where one arrives. */
export default function Home(): never {
  redirect('/jobs');
}
