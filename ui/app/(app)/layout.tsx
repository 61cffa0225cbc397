import type { ReactNode } from 'react';
import { readChoices, readMe, readProjects } from '@/data/visitor';
import { Keyboard } from '@/parts/shell/keyboard';
import { LiveProvider } from '@/parts/shell/live';
import { BottomBar, SideBar } from '@/parts/shell/side-bar';
import { SkipLink } from '@/parts/shell/skip-link';
import { TopBar } from '@/parts/shell/top-bar';
import { ZoneProvider } from '@/parts/shell/zone';

/** The frame of every page behind the sign-in. Who is not signed in is sent away by the page itself, which knows its address. */
export default async function AppLayout({ children }: Readonly<{ children: ReactNode }>) {
  const [me, projects, choices] = await Promise.all([readMe(), readProjects(), readChoices()]);
  return (
    <ZoneProvider chosen={choices.zone} servedAt={Math.floor(Date.now() / 1000) * 1000}>
      <LiveProvider project={projects.current}>
        <SkipLink />
        <div className="flex min-h-dvh">
          <SideBar narrow={choices.narrow} />
          <div className="flex min-w-0 flex-1 flex-col">
            <TopBar account={me.ok ? me.value.account : ''} projects={projects.names} project={projects.current} />
            <main id="main" className="min-w-0 flex-1 pb-20 md:pb-10">
              {children}
            </main>
          </div>
          <BottomBar />
        </div>
        <Keyboard />
      </LiveProvider>
    </ZoneProvider>
  );
}
