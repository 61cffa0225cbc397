'use client';

import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { fetchOrThrow } from '@/data/browser-api';
import { page } from '@/data/paths';
import type { Status } from '@/data/shapes';
import { shownState } from '@/look/state';
import { offsetZone } from '@/look/time';
import { Ago, Instant } from '@/parts/instant';
import { ReasonWords } from '@/parts/reason-words';
import { StateWord } from '@/parts/state-icon';
import { PageHead, Panel, TextLink } from '@/parts/surface';

// What nothing else shows changes by itself (a run becomes late), so it is asked again without an event.
const EVERY_MS = 30_000;
// What comes is told last and shortly; all of it is on the jobs' own pages.
const EXPECTED_SHOWN = 20;

type StatusViewProps = Readonly<{ path: string; first: Status; zone: string }>;

/** What is not as it should be, gravest first, and what comes. */
export function StatusView({ path, first, zone }: StatusViewProps) {
  const t = useTranslations('status');
  const { data: status } = useQuery({
    queryKey: ['status', path],
    queryFn: () => fetchOrThrow<Status>(path),
    initialData: first,
    refetchInterval: EVERY_MS,
  });
  const { counts } = status;
  return (
    <>
      <PageHead title={t('title')}>
        <p className="mt-1 text-muted">
          {t(counts.atLeast ? 'countsAtLeast' : 'counts', {
            late: counts.late + status.notMade.length,
            waiting: counts.waiting,
            missed: counts.missed,
          })}
        </p>
      </PageHead>
      <div className="flex flex-col gap-4 px-4 pb-6 md:px-6">
        <Late status={status} zone={zone} />
        <Waiting status={status} zone={zone} />
        <Frozen status={status} zone={zone} />
        <Pools status={status} />
        <Missed status={status} />
        <Restored status={status} zone={zone} />
        <Expected status={status} />
      </div>
    </>
  );
}

// As wide as it is, up to a line's measure; then it goes on below.
const NAME = 'break-all md:inline-block md:w-max md:max-w-sm md:whitespace-normal';
// A reason is a sentence: it goes on in a second line and is never cut.
const REASON = 'whole w-full md:min-w-72 md:whitespace-normal! md:py-1!';

type Part = Readonly<{ status: Status }>;
type PartIn = Part & Readonly<{ zone: string }>;

/** A list under its heading, with how many there are; nothing where there are none, unless `none` says so. */
function List(
  props: Readonly<{ title: string; count: number; shown: number; none?: string; head: ReactNode; children: ReactNode }>,
) {
  const t = useTranslations('status');
  if (props.count === 0 && props.none === undefined) return null;
  return (
    <Panel title={props.title} flush aside={<span className="numbers text-muted">{props.count}</span>}>
      {props.count === 0 ? (
        <p className="px-4 py-3 text-muted">{props.none}</p>
      ) : (
        <table className="rows stack">
          <thead>
            <tr>{props.head}</tr>
          </thead>
          <tbody>{props.children}</tbody>
        </table>
      )}
      {props.shown < props.count && (
        <p className="px-4 py-2 text-muted">{t('more', { count: props.count - props.shown })}</p>
      )}
    </Panel>
  );
}

/** Names of columns. */
function Heads({ names, wide }: Readonly<{ names: readonly string[]; wide: string }>) {
  return names.map((name) => (
    <th key={name} className={name === wide ? 'w-full' : undefined}>
      {name}
    </th>
  ));
}

const JobCell = ({ job, project }: Readonly<{ job: string; project: string }>) => (
  <td className="grow font-medium">
    <TextLink href={page.job(job, project)} className={NAME}>
      {job}
    </TextLink>
  </td>
);

const RunCell = ({ run, period, zone }: Readonly<{ run: string; period: string; zone: string }>) => (
  <td>
    <TextLink href={page.run(run)}>
      <Instant at={period} jobZone={zone} short />
    </TextLink>
  </td>
);

function Late({ status, zone }: PartIn) {
  const t = useTranslations('status');
  const { late, notMade, project, counts } = status;
  const names = [t('job'), t('period'), t('state'), t('lateSince'), t('why')];
  return (
    <List
      title={t('late')}
      none={t('noneLate')}
      count={counts.late + notMade.length}
      shown={late.length + notMade.length}
      head={<Heads names={names} wide={names.at(-1)!} />}
    >
      {late.map((run) => (
        <tr key={run.run}>
          <JobCell job={run.job} project={project} />
          <RunCell run={run.run} period={run.period} zone={offsetZone(run.periodLocal)} />
          <td className="on-bg">
            <StateWord state={shownState(run)} />
          </td>
          <td>
            <Ago at={run.since} />
          </td>
          <td className={REASON}>
            {run.reasons[0] && <ReasonWords reason={run.reasons[0]} jobZone={offsetZone(run.periodLocal)} />}
          </td>
        </tr>
      ))}
      {notMade.map(({ timetable, period, jobs }) => (
        <tr key={`${timetable} ${period}`}>
          <td className="grow break-all">{timetable}</td>
          <td>
            <Instant at={period} jobZone={zone} short />
          </td>
          <td className="on-bg">
            <StateWord state="none" />
          </td>
          <td>
            <Ago at={period} />
          </td>
          <td className={REASON}>{t('notMade', { jobs })}</td>
        </tr>
      ))}
    </List>
  );
}

function Waiting({ status, zone }: PartIn) {
  const t = useTranslations('status');
  const names = [t('runs'), t('first'), t('since'), t('waitsFor')];
  return (
    <List
      title={t('waiting')}
      none={t('noneWaiting')}
      count={status.counts.waiting}
      shown={status.waiting.reduce((sum, cause) => sum + cause.runs, 0)}
      head={<Heads names={names} wide={names.at(-1)!} />}
    >
      {status.waiting.map((cause) => (
        <tr key={`${cause.run} ${cause.reason.kind}`}>
          <td className="numbers font-medium" data-label={t('runs')}>
            {cause.runs}
          </td>
          <td className="grow">
            <TextLink href={page.run(cause.run)} className={NAME}>
              {cause.job}
            </TextLink>
          </td>
          <td>
            <Ago at={cause.since} />
          </td>
          <td className={REASON}>
            <ReasonWords reason={cause.reason} jobZone={zone} />
          </td>
        </tr>
      ))}
    </List>
  );
}

function Frozen({ status, zone }: PartIn) {
  const t = useTranslations('status');
  return (
    <List
      title={t('frozen')}
      count={status.freezes.length}
      shown={status.freezes.length}
      head={<Heads names={[t('since'), t('freeze')]} wide={t('freeze')} />}
    >
      {status.freezes.map(({ id, at, endedAt: _, endedBy: __, ...freeze }) => (
        <tr key={id}>
          <td>
            <Ago at={at} />
          </td>
          <td className={REASON}>
            <ReasonWords reason={{ kind: 'freeze', freeze: id, ...freeze }} jobZone={zone} />
          </td>
        </tr>
      ))}
    </List>
  );
}

function Pools({ status }: Part) {
  const t = useTranslations('status');
  return (
    <List
      title={t('pools')}
      count={status.pools.length}
      shown={status.pools.length}
      head={<Heads names={[t('pool'), t('taken'), t('waiting')]} wide={t('waiting')} />}
    >
      {status.pools.map(({ name, size, taken, waiting }) => (
        <tr key={name}>
          <td className="grow font-medium">{name}</td>
          <td className="numbers">{t('takenOf', { taken, size })}</td>
          <td className="numbers" data-label={t('waiting')}>
            {waiting}
          </td>
        </tr>
      ))}
    </List>
  );
}

function Missed({ status }: Part) {
  const t = useTranslations('status');
  const names = [t('job'), t('period'), t('leftOut')];
  return (
    <List
      title={t('missed')}
      count={status.counts.missed}
      shown={status.missed.length}
      head={<Heads names={names} wide={names.at(-1)!} />}
    >
      {status.missed.map((run) => (
        <tr key={run.run}>
          <JobCell job={run.job} project={status.project} />
          <RunCell run={run.run} period={run.period} zone={offsetZone(run.periodLocal)} />
          <td>
            <Ago at={run.at} />
          </td>
        </tr>
      ))}
    </List>
  );
}

function Restored({ status, zone }: PartIn) {
  const t = useTranslations('status');
  const names = [t('tick'), t('period'), t('made')];
  return (
    <List
      title={t('restored')}
      count={status.counts.restored}
      shown={status.restored.length}
      head={<Heads names={names} wide={names.at(-1)!} />}
    >
      {status.restored.map(({ timetable, note, period, at }) => (
        <tr key={`${timetable} ${period}`}>
          <td className="grow">{note}</td>
          <td>
            <Instant at={period} jobZone={zone} short />
          </td>
          <td>
            <Ago at={at} />
          </td>
        </tr>
      ))}
    </List>
  );
}

function Expected({ status }: Part) {
  const t = useTranslations('status');
  const names = [t('job'), t('period'), t('when')];
  const expected = status.expected.slice(0, EXPECTED_SHOWN);
  return (
    <List
      title={t('expected')}
      none={t('noneExpected')}
      count={status.counts.expected}
      shown={expected.length}
      head={<Heads names={names} wide={names.at(-1)!} />}
    >
      {expected.map(({ job, period, periodLocal }) => (
        <tr key={`${job} ${period}`}>
          <JobCell job={job} project={status.project} />
          <td>
            <Instant at={period} jobZone={offsetZone(periodLocal)} short />
          </td>
          <td>
            <Ago at={period} />
          </td>
        </tr>
      ))}
    </List>
  );
}
