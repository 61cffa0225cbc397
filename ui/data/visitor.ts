import 'server-only';
import { cookies } from 'next/headers';
import { ZONE_COOKIE } from '@/look/time';
import { PROJECT_COOKIE, SIDE_COOKIE } from '@/parts/shell/choices';
import { api } from './paths';
import { readApi } from './server-api';
import type { Answer, Me, Project } from './shapes';

/** Who looks. */
export const readMe = (): Promise<Answer<Me>> => readApi<Me>(api.me);

export type Projects = Readonly<{ names: readonly string[]; current: string | null; zone: string }>;

/** The projects there are, and the one looked at: the address names it, else the cookie, else the first. */
export async function readProjects(asked?: string): Promise<Projects> {
  const answer = await readApi<readonly Project[]>(api.projects);
  const projects = answer.ok ? answer.value : [];
  const names = projects.map((each) => each.name);
  const kept = (await cookies()).get(PROJECT_COOKIE)?.value;
  const current = [asked, kept, names[0]].find((name) => name !== undefined && names.includes(name)) ?? null;
  const zone = projects.find((each) => each.name === current)?.zone ?? 'UTC';
  return { names, current, zone };
}

/** What the visitor chose before, from cookies. */
export async function readChoices(): Promise<Readonly<{ zone: string; narrow: boolean }>> {
  const jar = await cookies();
  return { zone: jar.get(ZONE_COOKIE)?.value ?? '', narrow: jar.get(SIDE_COOKIE)?.value === 'narrow' };
}
