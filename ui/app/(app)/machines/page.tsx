import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { api } from '@/data/paths';
import { readApiSignedIn } from '@/data/server-api';
import type { Machine, Page } from '@/data/shapes';
import { ProblemNote } from '@/parts/empty';
import { MachineList } from './machine-list';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('nav'))('machines') };
}

export default async function MachinesPage() {
  const path = api.machines({});
  const answer = await readApiSignedIn<Page<Machine>>(path, '/machines');
  return answer.ok ? <MachineList path={path} first={answer.value} /> : <ProblemNote problem={answer.problem} />;
}
