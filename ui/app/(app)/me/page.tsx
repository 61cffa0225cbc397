import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { api } from '@/data/paths';
import { readApi, readApiSignedIn } from '@/data/server-api';
import type { Me, Session, Token } from '@/data/shapes';
import { ProblemNote } from '@/parts/empty';
import { Fact, Facts, PageHead, Panel, TextLink } from '@/parts/surface';
import { PasswordPanel } from './password-panel';
import { SessionPanel } from './session-panel';
import { TokenPanel } from './token-panel';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('you'))('title') };
}

/** One's own account: role, teams, password, sessions, tokens. */
export default async function MePage() {
  const t = await getTranslations('you');
  const me = await readApiSignedIn<Me>(api.me, '/me');
  if (!me.ok) return <ProblemNote problem={me.problem} />;
  const { account, title, role, teams, grants, hasPassword } = me.value;
  const sessions = await readApi<Readonly<{ items: readonly Session[] }>>(api.sessions);
  const tokens = await readApi<readonly Token[]>(api.tokens({ account }));
  const whole = t('whole');
  return (
    <>
      <PageHead
        title={title === null ? account : `${account} · ${title}`}
        aside={
          <>
            <TextLink href="/people">{t('people')}</TextLink>
            <TextLink href="/audit">{t('audit')}</TextLink>
          </>
        }
      />
      <div className="flex flex-col gap-4 px-4 md:px-6">
        <Panel title={t('title')}>
          <Facts>
            <Fact name={t('role')}>{role}</Fact>
            <Fact name={t('teams')}>{teams.join(', ') || t('none')}</Fact>
            <Fact name={t('grants')}>
              {grants.map((one) => `${one.project}/${one.folder || whole}: ${one.role}`).join(', ') || t('none')}
            </Fact>
          </Facts>
        </Panel>
        <PasswordPanel hasPassword={hasPassword} />
        {sessions.ok && <SessionPanel sessions={sessions.value.items} />}
        {tokens.ok && <TokenPanel tokens={tokens.value} />}
      </div>
    </>
  );
}
