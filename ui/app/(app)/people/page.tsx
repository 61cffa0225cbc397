import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { api } from '@/data/paths';
import { readApi, readApiSignedIn } from '@/data/server-api';
import type { Account, Team } from '@/data/shapes';
import { ProblemNote } from '@/parts/empty';
import { PageHead, Panel } from '@/parts/surface';
import { AccountPanel } from './account-panel';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('people'))('title') };
}

type List<T> = Readonly<{ items: readonly T[] }>;

/** Accounts, for admins, and teams with who put each member into them. */
export default async function PeoplePage() {
  const t = await getTranslations('people');
  const teams = await readApiSignedIn<List<Team>>(api.teams, '/people');
  if (!teams.ok) return <ProblemNote problem={teams.problem} />;
  const accounts = await readApi<List<Account>>(api.accounts);
  return (
    <>
      <PageHead title={t('title')} />
      <div className="flex flex-col gap-4 px-4 md:px-6">
        {accounts.ok ? (
          <AccountPanel accounts={accounts.value.items} />
        ) : (
          <p className="text-muted">{t('onlyAdmins')}</p>
        )}
        <Panel title={t('teams')}>
          {teams.value.items.length === 0 && <p className="text-muted">{t('noTeams')}</p>}
          <ul className="flex flex-col gap-2">
            {teams.value.items.map((team) => (
              <li key={`${team.project}/${team.team}`}>
                <strong>{team.team}</strong>
                {team.title && ` ${team.title}`} {team.project && <span className="text-muted">{team.project}</span>}
                <span className="block text-muted">
                  {team.members.map((one) => `${one.account} (${t(`sources.${one.source}`)})`).join(', ')}
                </span>
              </li>
            ))}
          </ul>
        </Panel>
      </div>
    </>
  );
}
